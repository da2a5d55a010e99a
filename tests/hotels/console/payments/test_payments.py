"""The pages that record, refund, move and settle payments: preview, confirm, and who may do so."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hotels.billing.payments import refresh_balances
from hotels.models import AuditEntry, Folio, Hotel, Invoice, Payment
from tests.dumps import every_row
from tests.factories import (
    FolioFactory,
    FolioLineFactory,
    HotelFactory,
    MembershipFactory,
    PaymentFactory,
)
from tests.hotels.billing.issued import NOW, completed, invoice_of
from tests.hotels.console.conftest import browser
from tests.hotels.console.reading import messages_of, text_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _after_the_invoice() -> Any:
    with time_machine.travel(LATER, tick=False):
        yield


@pytest.fixture
def invoice(hotel: Hotel) -> Invoice:
    """An invoice over 100.00."""
    return invoice_of(completed(hotel, 100))


@pytest.fixture
def payment(invoice: Invoice) -> Payment:
    """A payment of the whole invoice."""
    payment = PaymentFactory(folio=invoice.folio, method="card")
    refresh_balances(folios=[invoice.folio])
    return payment


def url(name: str, row: Any) -> str:
    return reverse(f"hotels:{name}", args=[row.pk])


def shown_in(answer: Any) -> str:
    return text_of(answer).replace("\xa0", " ")


def confirm(client: Client, page: str, *, reason: str = "Because", **chosen: Any) -> Any:
    """Confirm the preview of what was chosen, as its form is posted; `again` to post it twice."""
    again = chosen.pop("again", 1)
    preview = client.get(page, chosen)
    context = preview.context
    data = dict(context["choice"].hidden_values()) | {
        "version": context["effects"].version,
        "reason": reason,
        "next": context["next"],
    }
    if context.get("key"):
        data["key"] = context["key"]
    for _ in range(again):
        answer = client.post(page, data)
    return answer


class TestRecord:
    def test_the_amount_due_is_proposed(self, invoice: Invoice, manager: Client) -> None:
        answer = manager.get(url("record-payment", invoice.folio))

        assert answer.context["choice"]["amount"].value() == "100.00"
        assert "Total of charges 100.00 EUR" in shown_in(answer)

    def test_the_preview_shows_balance_and_status_and_changes_nothing(
        self, invoice: Invoice, manager: Client
    ) -> None:
        before = every_row()

        text = shown_in(manager.get(url("record-payment", invoice.folio), {"amount": "40"}))

        assert every_row() == before
        assert f"A payment of 40.00 EUR is recorded on folio {invoice.folio}." in text
        assert f"{invoice.number} 100.00 EUR hourglass_empty unpaid 60.00 EUR" in text
        assert "partially paid" in text

    def test_it_is_recorded_and_the_user_returns(
        self, invoice: Invoice, owner: User, manager: Client
    ) -> None:
        back = url("invoice", invoice)

        answer = confirm(
            manager,
            url("record-payment", invoice.folio),
            reason="",
            amount="1,100.50",
            method="cash",
            is_deposit="on",
            next=back,
        )

        payment = Payment.objects.get()
        assert (payment.amount, payment.method, payment.is_deposit) == (
            Decimal("1100.50"),
            "cash",
            True,
        )
        assert answer["Location"] == back
        assert messages_of(answer) == [
            ("success", f"Payment of 1,100.50\xa0EUR recorded on folio {invoice.folio}.")
        ]
        assert AuditEntry.objects.get().user == owner

    def test_a_second_click_records_nothing(self, invoice: Invoice, manager: Client) -> None:
        answer = confirm(manager, url("record-payment", invoice.folio), amount="40", again=2)

        assert Payment.objects.count() == 1
        assert messages_of(answer)[-1] == ("error", "This payment is already recorded.")

    def test_a_payment_of_a_colleague_meanwhile_is_noticed(
        self, invoice: Invoice, manager: Client
    ) -> None:
        page = url("record-payment", invoice.folio)
        context = manager.get(page, {"amount": "40"}).context
        PaymentFactory(folio=invoice.folio, amount=40)

        answer = manager.post(
            page,
            {"amount": "40.00", "key": context["key"], "version": context["effects"].version},
        )

        assert answer["Location"] == page
        assert "changed since the preview" in messages_of(answer)[-1][1]
        assert Payment.objects.count() == 1

    @pytest.mark.parametrize(
        ("language", "typed", "amount"),
        [("de", "1.100,50", "1100.50"), ("pt", "1100,5", "1100.50"), ("en", "1,100.50", "1100.5")],
    )
    def test_the_amount_is_read_in_the_users_language(
        self, invoice: Invoice, manager: Client, language: str, typed: str, amount: str
    ) -> None:
        manager.cookies["django_language"] = language

        confirm(manager, url("record-payment", invoice.folio), amount=typed)

        assert Payment.objects.get().amount == Decimal(amount)

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ("", "This field is required."),
            ("fifty", "Enter an amount such as 1,234.50."),
            ("50,00", "Enter an amount such as 1,234.50."),
            ("1e3", "Enter an amount such as 1,234.50."),
            ("1.000", "The smallest amount is 0.01 EUR."),
            ("0.001", "The smallest amount is 0.01 EUR."),
            ("0", "Enter an amount above zero."),
            ("-5", "Enter an amount above zero."),
            ("9" * 13, "The payments of a folio can be at most 999,999,999,999.99 EUR."),
        ],
    )
    def test_a_wrong_amount_has_one_sentence(
        self, invoice: Invoice, manager: Client, typed: str, sentence: str
    ) -> None:
        answer = manager.get(url("record-payment", invoice.folio), {"amount": typed})

        (error,) = answer.context["choice"].errors["amount"]
        assert error.replace("\xa0", " ") == sentence
        assert 'name="reason"' not in answer.content.decode()

    def test_a_forged_form_is_refused(self, invoice: Invoice, manager: Client) -> None:
        page = url("record-payment", invoice.folio)

        for data in ({}, {"amount": "NaN"}, {"amount": "5", "key": "x", "version": "x"}):
            assert manager.post(page, data).status_code in (200, 302)

        assert not Payment.objects.exists()

    def test_a_void_folio_is_refused_without_a_form(self, hotel: Hotel, manager: Client) -> None:
        folio = FolioFactory(booking__hotel=hotel, status="VOID")

        answer = manager.get(url("record-payment", folio), {"amount": "5"})

        assert f"Folio {folio} is void." in shown_in(answer)
        assert 'name="reason"' not in answer.content.decode()

    def test_a_page_of_another_site_is_not_returned_to(
        self, invoice: Invoice, manager: Client
    ) -> None:
        page = url("record-payment", invoice.folio)

        answer = confirm(manager, page, amount="5", next="https://example.com/")

        assert answer["Location"] == reverse("admin:hotels_folio_change", args=[invoice.folio_id])


class TestRefund:
    def test_the_preview_says_that_no_money_is_paid_out(
        self, invoice: Invoice, payment: Payment, manager: Client
    ) -> None:
        text = shown_in(manager.get(url("refund-payment", payment), {"amount": "30"}))

        assert "30.00 EUR of the payment is recorded as paid back." in text
        assert "No money is paid out automatically" in text
        assert f"{invoice.number} 0.00 EUR check paid 30.00 EUR" in text

    def test_it_is_recorded_with_the_reason(
        self, invoice: Invoice, payment: Payment, manager: Client
    ) -> None:
        answer = confirm(manager, url("refund-payment", payment), amount="30", reason="Noise")

        payment.refresh_from_db()
        invoice.refresh_from_db()
        assert (payment.refunded_amount, invoice.balance) == (30, 30)
        assert AuditEntry.objects.get().note == "Noise"
        assert messages_of(answer) == [("success", "Refund of 30.00\xa0EUR recorded.")]

    def test_a_second_click_refunds_nothing(self, payment: Payment, manager: Client) -> None:
        answer = confirm(manager, url("refund-payment", payment), amount="30", again=2)

        payment.refresh_from_db()
        assert payment.refunded_amount == 30
        assert "changed since the preview" in messages_of(answer)[-1][1]

    def test_a_reason_is_required(self, payment: Payment, manager: Client) -> None:
        before = every_row()

        answer = confirm(manager, url("refund-payment", payment), amount="30", reason=" ")

        assert answer.status_code == 200
        assert answer.context["confirm"].errors.keys() == {"reason"}
        assert answer.context["effects"].balances
        assert every_row() == before

    def test_a_refused_amount_is_not_shown_as_one_of_another_language(
        self, owner: User, manager: Client
    ) -> None:
        hotel = HotelFactory(currency="KWD")
        MembershipFactory(hotel=hotel, user=owner)
        dinars = PaymentFactory(folio=completed(hotel, 5000), amount=Decimal(1))
        manager.cookies["django_language"] = "de"  # in which 1.234 is more than a thousand

        answer = manager.post(
            url("refund-payment", dinars), {"amount": "1.234", "version": "x", "reason": " "}
        )

        assert answer.status_code == 302
        assert "1.234" not in manager.get(answer.url).content.decode()

    def test_more_than_was_paid_is_refused(self, payment: Payment, manager: Client) -> None:
        answer = manager.get(url("refund-payment", payment), {"amount": "100.01"})

        assert "At most 100.00 EUR of this payment can be refunded." in shown_in(answer)


class TestMove:
    @pytest.fixture
    def other(self, invoice: Invoice) -> Invoice:
        """The invoice of another folio of the booking, over 80.00."""
        return invoice_of(completed(invoice.hotel, 80, booking=invoice.folio.booking))

    def test_the_preview_shows_both_invoices(
        self, invoice: Invoice, payment: Payment, other: Invoice, manager: Client
    ) -> None:
        answer = manager.get(url("move-payment", payment), {"to": other.folio_id})

        text = shown_in(answer)
        assert f"moves from folio {invoice.folio} to folio {other.folio}." in text
        assert f"{invoice.number} 0.00 EUR check paid 100.00 EUR hourglass_empty unpaid" in text
        assert f"{other.number} 80.00 EUR hourglass_empty unpaid -20.00 EUR" in text.replace(
            "\u2212", "-"
        )

    def test_it_is_moved_with_the_reason(
        self, payment: Payment, other: Invoice, manager: Client
    ) -> None:
        confirm(manager, url("move-payment", payment), to=other.folio_id, reason="Wrong folio")

        payment.refresh_from_db()
        other.refresh_from_db()
        assert (payment.folio, other.payment_status) == (other.folio, "OVERPAID")
        entry = AuditEntry.objects.get()
        assert (entry.verb, entry.note) == ("move", "Wrong folio")

    def test_a_second_click_moves_nothing_back(
        self, payment: Payment, other: Invoice, manager: Client
    ) -> None:
        answer = confirm(manager, url("move-payment", payment), to=other.folio_id, again=2)

        payment.refresh_from_db()
        assert payment.folio == other.folio
        assert messages_of(answer)[-1][0] == "error"

    def test_only_folios_that_can_take_it_are_offered(
        self, hotel: Hotel, payment: Payment, other: Invoice, manager: Client
    ) -> None:
        booking = payment.folio.booking
        FolioFactory(booking=booking, status="VOID")
        FolioFactory(booking=booking, currency="USD")
        stranger = FolioFactory(booking__hotel=hotel)
        page = url("move-payment", payment)

        offered = manager.get(page).context["choice"].fields["to"].queryset
        forged = manager.get(page, {"to": stranger.pk})

        assert list(offered) == [other.folio]
        assert "to" in forged.context["choice"].errors

    @pytest.mark.parametrize("key", ["x", "9" * 30, "\x00", "-1"], ids=ascii)
    def test_a_key_that_no_folio_has_is_a_field_error(
        self, payment: Payment, other: Invoice, manager: Client, key: str
    ) -> None:
        answer = manager.get(url("move-payment", payment), {"to": key})

        assert "to" in answer.context["choice"].errors

    def test_without_another_folio_there_is_nothing_to_choose(
        self, payment: Payment, manager: Client
    ) -> None:
        answer = manager.get(url("move-payment", payment))

        assert "The booking has no other folio in EUR that is not void." in shown_in(answer)


class TestSettle:
    @pytest.mark.parametrize(
        ("name", "status", "balance"),
        [("mark-payment-paid", "SUCCEEDED", 0), ("mark-payment-failed", "FAILED", 100)],
    )
    def test_an_authorisation_is_paid_or_failed(
        self, invoice: Invoice, manager: Client, name: str, status: str, balance: int
    ) -> None:
        payment = PaymentFactory(folio=invoice.folio, status="AUTHORIZED")

        confirm(manager, url(name, payment))

        payment.refresh_from_db()
        invoice.refresh_from_db()
        assert (payment.status, invoice.balance) == (status, balance)

    def test_a_payment_that_was_received_is_refused(
        self, payment: Payment, manager: Client
    ) -> None:
        answer = manager.get(url("mark-payment-failed", payment))

        assert "Only a pending or authorised payment" in shown_in(answer)
        assert 'name="reason"' not in answer.content.decode()


class TestInvoicePage:
    def test_it_leads_to_the_actions_and_back(
        self, invoice: Invoice, payment: Payment, manager: Client
    ) -> None:
        page = manager.get(url("invoice", invoice)).content.decode()

        for name, row in (
            ("record-payment", invoice.folio),
            ("refund-payment", payment),
            ("move-payment", payment),
        ):
            assert f"{url(name, row)}?next=%2Fadmin%2Finvoices%2F{invoice.pk}%2F" in page

    def test_a_viewer_sees_no_actions(
        self, invoice: Invoice, payment: Payment, viewer: Client
    ) -> None:
        assert "/admin/payments/" not in viewer.get(url("invoice", invoice)).content.decode()


PAGES = ("refund-payment", "move-payment", "mark-payment-paid", "mark-payment-failed")


class TestAccess:
    def test_the_front_desk_may_record(self, invoice: Invoice, desk: Client) -> None:
        confirm(desk, url("record-payment", invoice.folio), amount="40")

        assert Payment.objects.count() == 1

    def test_a_viewer_is_refused(self, payment: Payment, viewer: Client) -> None:
        before = every_row()

        for page in paths(payment):
            assert viewer.get(page).status_code == 403
            assert viewer.post(page, {"amount": "1"}).status_code == 403

        assert every_row() == before

    def test_another_hotels_rows_are_not_found(self, payment: Payment, outsider: Client) -> None:
        before = every_row()

        for page in paths(payment):
            assert outsider.get(page).status_code == 404
            assert outsider.post(page, {"amount": "1"}).status_code == 404

        assert every_row() == before

    def test_a_viewer_here_who_is_manager_elsewhere_is_refused(
        self, payment: Payment, elsewhere: Hotel, hotel: Hotel
    ) -> None:
        user = MembershipFactory(hotel=hotel, role="VIEWER").user
        MembershipFactory(hotel=elsewhere, user=user)

        assert [browser(user).get(page).status_code for page in paths(payment)] == [403] * 5


def paths(payment: Payment) -> list[str]:
    return [url("record-payment", payment.folio), *(url(name, payment) for name in PAGES)]


def test_a_payment_in_yen_has_no_decimals(admin_client: Client) -> None:
    folio: Folio = FolioLineFactory(folio__booking__hotel=HotelFactory(currency="JPY")).folio

    page = admin_client.get(url("record-payment", folio))

    assert page.context["choice"]["amount"].value() == "100"
