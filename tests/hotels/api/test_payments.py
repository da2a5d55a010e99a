"""Payments over REST: list, record, refund, move, settle; previews, refusals and repeats."""

from typing import Any

import pytest
import time_machine

from hotels.models import AuditEntry, Hotel, Invoice, KeptAnswer, Payment
from tests.dumps import every_row
from tests.factories import FolioFactory, HotelFactory, PaymentFactory
from tests.hotels.billing.issued import NOW, completed, invoice_of
from tests.hotels.http.clients import Role

pytestmark = pytest.mark.django_db
AMOUNT = {"amount": "40.00", "currency": "EUR"}


@pytest.fixture
def invoice(hotel: Hotel) -> Invoice:
    """An invoice over 100.00."""
    return invoice_of(completed(hotel, 100))


@pytest.fixture
def payment(invoice: Invoice) -> Payment:
    return PaymentFactory(folio=invoice.folio)


def record_path(invoice: Invoice) -> str:
    return f"/api/folios/{invoice.folio_id}/payments"


def post(client: Any, path: str, body: Any, **headers: str) -> Any:
    return client.post(path, body, format="json", headers=headers)


def books() -> dict[str, Any]:
    """All rows except tokens, whose last use is stored."""
    found = every_row()
    return {name: rows for name, rows in found.items() if "Token" not in name}


class TestRecord:
    def test_it_answers_with_the_payment_and_the_balances(
        self, invoice: Invoice, manager: Any
    ) -> None:
        with time_machine.travel(NOW, tick=False):
            answer = post(manager, record_path(invoice), AMOUNT | {"method": "card"})

        assert answer.status_code == 201
        assert answer.json() == {
            "dryRun": False,
            "payment": {
                "id": Payment.objects.get().pk,
                "hotelId": invoice.hotel_id,
                "folioId": invoice.folio_id,
                "folio": str(invoice.folio),
                "status": "SUCCEEDED",
                "currency": "EUR",
                "amount": "40.00",
                "refundedAmount": "0.00",
                "method": "card",
                "deposit": False,
                "receivedAt": "2026-07-15T06:00:00Z",
            },
            "folios": [
                {
                    "folioId": invoice.folio_id,
                    "folio": str(invoice.folio),
                    "currency": "EUR",
                    "before": "0.00",
                    "after": "40.00",
                }
            ],
            "balances": [
                {
                    "invoiceId": invoice.pk,
                    "number": invoice.number,
                    "currency": "EUR",
                    "before": "100.00",
                    "after": "60.00",
                    "statusBefore": "UNPAID",
                    "statusAfter": "PARTIALLY_PAID",
                }
            ],
        }
        assert AuditEntry.objects.get().via == "API"

    def test_a_dry_run_changes_nothing(self, invoice: Invoice, manager: Any) -> None:
        before = books()

        answer = post(manager, record_path(invoice), AMOUNT | {"dryRun": True})

        assert (answer.status_code, answer.json()["payment"]["id"]) == (200, None)
        assert answer.json()["balances"][0]["after"] == "60.00"
        assert books() == before

    @pytest.mark.parametrize(
        ("body", "field", "detail"),
        [
            ({"amount": "0"}, "amount", "Enter an amount above zero."),
            ({"amount": "0.001"}, "amount", "The smallest amount is 0.01 EUR."),
            ({"amount": 40}, "amount", "Not a valid string."),
            ({"amount": "4e1"}, "amount", 'Must be an amount as text, such as "12.50".'),
            ({"currency": "euro"}, "currency", "This value does not match the required pattern."),
            ({"amout": "1"}, "amout", "Unknown member."),
        ],
    )
    def test_a_wrong_body_has_one_sentence(
        self, invoice: Invoice, manager: Any, body: Any, field: str, detail: str
    ) -> None:
        answer = post(manager, record_path(invoice), AMOUNT | body)

        assert answer.status_code == 400
        (error,) = answer.json()["errors"]
        assert (error["field"], error["detail"]) == (field, detail)

    def test_another_currency_is_refused(self, invoice: Invoice, manager: Any) -> None:
        answer = post(manager, record_path(invoice), AMOUNT | {"currency": "USD"})

        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["field"]) == (400, "currency")
        assert not Payment.objects.exists()

    def test_a_void_folio_is_a_conflict_without_a_retry(self, hotel: Hotel, manager: Any) -> None:
        folio = FolioFactory(booking__hotel=hotel, status="VOID")

        answer = post(manager, f"/api/folios/{folio.pk}/payments", AMOUNT)

        assert (answer.status_code, answer.json()["code"]) == (409, "refused")
        assert "Retry-After" not in answer

    def test_a_repeated_request_gets_the_first_answer(self, invoice: Invoice, manager: Any) -> None:
        key = {"Idempotency-Key": "till-7-0815"}

        first = post(manager, record_path(invoice), AMOUNT, **key)
        second = post(manager, record_path(invoice), AMOUNT, **key)
        other = post(manager, record_path(invoice), AMOUNT | {"amount": "41"}, **key)

        assert (second.status_code, second.json()) == (201, first.json())
        assert second["Idempotency-Replayed"] == "true"
        assert other.status_code == 422
        assert Payment.objects.count() == 1

    def test_a_crash_before_the_answer_is_stored_leaves_no_payment(
        self, invoice: Invoice, manager: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def crash(*_: Any, **__: Any) -> None:
            raise RuntimeError

        monkeypatch.setattr("hotels.http.idempotency._store", crash)

        answer = post(manager, record_path(invoice), AMOUNT, **{"Idempotency-Key": "k"})

        assert answer.status_code == 500
        assert not Payment.objects.exists()
        assert not KeptAnswer.objects.exists()


class TestRefund:
    def test_refunds_add_up(self, payment: Payment, manager: Any) -> None:
        path, body = f"/api/payments/{payment.pk}/refunds", {"amount": "60", "reason": "Noise"}

        first = post(manager, path, body)
        second = post(manager, path, body)

        assert first.json()["payment"]["refundedAmount"] == "60.00"
        assert (second.status_code, second.json()["detail"]) == (
            400,
            "amount: At most 40.00 EUR of this payment can be refunded.",
        )

    def test_a_dry_run_changes_nothing(self, payment: Payment, manager: Any) -> None:
        before = books()
        body = {"amount": "60", "reason": "Noise", "dryRun": True}

        answer = post(manager, f"/api/payments/{payment.pk}/refunds", body)

        assert answer.json()["payment"]["id"] == payment.pk
        assert books() == before

    def test_a_reason_is_required(self, payment: Payment, manager: Any) -> None:
        answer = post(manager, f"/api/payments/{payment.pk}/refunds", {"amount": "1"})

        assert answer.json()["errors"][0]["field"] == "reason"


class TestMove:
    def test_the_payment_is_on_the_other_folio(self, payment: Payment, manager: Any) -> None:
        target = FolioFactory(booking=payment.folio.booking)

        answer = post(
            manager,
            f"/api/payments/{payment.pk}/move",
            {"folioId": target.pk, "reason": "Wrong folio"},
        )

        assert answer.json()["payment"]["folioId"] == target.pk
        payment.refresh_from_db()
        assert payment.folio == target

    def test_a_repeated_request_gets_the_first_answer(self, payment: Payment, manager: Any) -> None:
        target = FolioFactory(booking=payment.folio.booking)
        path, body = f"/api/payments/{payment.pk}/move", {"folioId": target.pk, "reason": "x"}

        first, second = (post(manager, path, body, **{"Idempotency-Key": "k"}) for _ in range(2))

        assert (second.status_code, second.json()) == (200, first.json())
        assert AuditEntry.objects.count() == 1

    def test_an_amount_the_folio_cannot_hold_is_a_conflict(
        self, payment: Payment, manager: Any
    ) -> None:
        target = FolioFactory(booking=payment.folio.booking)
        PaymentFactory(folio=target, amount="999999999999.99")

        answer = post(
            manager, f"/api/payments/{payment.pk}/move", {"folioId": target.pk, "reason": "x"}
        )

        assert (answer.status_code, answer.json()["code"]) == (409, "refused")

    def test_another_booking_is_a_conflict(
        self, hotel: Hotel, payment: Payment, manager: Any
    ) -> None:
        body = {"folioId": FolioFactory(booking__hotel=hotel).pk, "reason": "x"}

        answer = post(manager, f"/api/payments/{payment.pk}/move", body)

        assert (answer.status_code, answer.json()["code"]) == (409, "refused")

    def test_another_currency_is_refused(self, payment: Payment, manager: Any) -> None:
        target = FolioFactory(booking=payment.folio.booking, currency="USD")

        answer = post(
            manager, f"/api/payments/{payment.pk}/move", {"folioId": target.pk, "reason": "x"}
        )

        assert answer.json()["errors"][0]["field"] == "folioId"

    def test_a_folio_of_another_hotel_is_not_found(self, payment: Payment, manager: Any) -> None:
        body = {"folioId": FolioFactory(booking__hotel=HotelFactory()).pk, "reason": "x"}

        assert post(manager, f"/api/payments/{payment.pk}/move", body).status_code == 404


def test_an_authorisation_is_settled(hotel: Hotel, manager: Any) -> None:
    payment = PaymentFactory(folio__booking__hotel=hotel, status="AUTHORIZED")
    body = {"paid": True, "reason": "Terminal report"}

    answers = [post(manager, f"/api/payments/{payment.pk}/settle", body) for _ in range(2)]

    assert answers[0].json()["payment"]["status"] == "SUCCEEDED"
    assert answers[1].status_code == 409


def test_the_payments_of_a_folio_are_listed(payment: Payment, member: Any) -> None:
    page = member(Role.VIEWER).get(f"/api/folios/{payment.folio_id}/payments").json()

    assert [row["id"] for row in page["payments"]] == [payment.pk]
    assert page["total"] == 1


def test_a_role_that_may_not_change_folios_is_refused(payment: Payment, member: Any) -> None:
    client = member(Role.HOUSEKEEPING)
    before = books()

    found = [post(client, path, body).status_code for path, body in every_action(payment)]

    assert found == [403] * 4
    assert books() == before


def test_rows_of_another_hotel_are_not_found(manager: Any) -> None:
    payment = PaymentFactory(folio__booking__hotel=HotelFactory())

    found = [post(manager, path, body).status_code for path, body in every_action(payment)]

    assert found == [404] * 4
    assert manager.get(f"/api/folios/{payment.folio_id}/payments").status_code == 404


def every_action(payment: Payment) -> list[tuple[str, dict[str, Any]]]:
    path = f"/api/payments/{payment.pk}"
    return [
        (f"/api/folios/{payment.folio_id}/payments", AMOUNT),
        (f"{path}/refunds", {"amount": "1", "reason": "x"}),
        (f"{path}/move", {"folioId": payment.folio_id, "reason": "x"}),
        (f"{path}/settle", {"paid": True, "reason": "x"}),
    ]
