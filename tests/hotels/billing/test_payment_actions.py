"""Recording, refunding, moving and settling payments: balances follow, nothing happens twice."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from hotels.billing.issuing import issue_invoices
from hotels.billing.payment_actions import (
    move_payment,
    record_payment,
    record_refund,
    settle_payment,
)
from hotels.billing.payment_checks import AlreadyRecorded, PaymentRefused, version_of
from hotels.billing.payment_effects import carry_out
from hotels.models import AuditEntry, Folio, Hotel, Invoice, Payment
from tests.concurrency import run_together
from tests.dumps import every_row
from tests.factories import FolioFactory, HotelFactory, PaymentFactory
from tests.hotels.billing.issued import NOW, charge, completed, invoice_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def invoice(hotel: Hotel) -> Invoice:
    """An invoice over 100.00."""
    return invoice_of(completed(hotel, 100))


@pytest.fixture
def payment(invoice: Invoice) -> Payment:
    """A payment of the whole invoice."""
    return record(invoice.folio, 100)


def record(folio: Folio, amount: Any, **options: Any) -> Payment:
    given = {"currency": folio.currency, "by": "ana", "now": LATER} | options
    return record_payment(folio=folio, amount=Decimal(amount), **given)


def refund(payment: Payment, amount: Any, **options: Any) -> Payment:
    given = {"by": "ana", "now": LATER, "reason": "Left early"} | options
    return record_refund(payment=payment, amount=Decimal(amount), **given)


def move(payment: Payment, to: Folio, **options: Any) -> Payment:
    given = {"by": "ana", "now": LATER, "reason": "Wrong folio"} | options
    return move_payment(payment=payment, to=to, **given)


def settle(payment: Payment, *, paid: bool, **options: Any) -> Payment:
    given = {"by": "ana", "now": LATER, "reason": "Terminal report"} | options
    return settle_payment(payment=payment, paid=paid, **given)


def balance_of(invoice: Invoice) -> tuple[Decimal, str]:
    invoice.refresh_from_db()
    return invoice.balance, invoice.payment_status


def beside(folio: Folio, **fields: Any) -> Folio:
    """Another folio of the same booking."""
    return FolioFactory(booking=folio.booking, **fields)


def refused(action: Any) -> str:
    """The sentence of a refusal, which changes nothing."""
    before = every_row()
    with pytest.raises(PaymentRefused) as refusal:
        action()
    assert every_row() == before
    return str(refusal.value).replace("\xa0", " ")


class TestRecord:
    @pytest.mark.parametrize(
        ("amount", "balance"),
        [("40", (60, "PARTIALLY_PAID")), ("100", (0, "PAID")), ("110", (-10, "OVERPAID"))],
    )
    def test_the_balance_follows(self, invoice: Invoice, amount: str, balance: Any) -> None:
        record(invoice.folio, amount)

        assert balance_of(invoice) == balance

    def test_it_is_stored_as_received_now(self, invoice: Invoice) -> None:
        stored = Payment.objects.get(
            pk=record(invoice.folio, "40.50", method=" cash ", is_deposit=True).pk
        )

        assert (stored.status, stored.amount, stored.currency) == ("SUCCEEDED", 40.5, "EUR")
        assert (stored.method, stored.is_deposit, stored.received_at) == ("cash", True, LATER)

    def test_it_is_in_the_audit_trail(self, invoice: Invoice) -> None:
        record(invoice.folio, 40, note="At the desk")

        entry = AuditEntry.objects.get()
        assert (entry.verb, entry.username, entry.note) == ("add", "ana", "At the desk")
        assert (entry.hotel, entry.after["amount"]) == (invoice.hotel, "40.00")

    def test_the_same_form_records_one_payment(self, invoice: Invoice) -> None:
        first = record(invoice.folio, 40, source_key="form")

        with pytest.raises(AlreadyRecorded) as second:
            record(invoice.folio, 40, source_key="form")

        assert second.value.payment == first
        assert balance_of(invoice) == (60, "PARTIALLY_PAID")

    @pytest.mark.parametrize(
        ("amount", "sentence"),
        [
            ("0", "Enter an amount above zero."),
            ("-5", "Enter an amount above zero."),
            ("NaN", "Enter an amount above zero."),
            ("Infinity", "Enter an amount above zero."),
            ("10.005", "The smallest amount is 0.01 EUR."),
            ("1e12", "The payments of a folio can be at most 999,999,999,999.99 EUR."),
            ("1e400", "The payments of a folio can be at most 999,999,999,999.99 EUR."),
        ],
    )
    def test_an_amount_that_cannot_be_stored_is_refused(
        self, invoice: Invoice, amount: str, sentence: str
    ) -> None:
        assert refused(lambda: record(invoice.folio, amount)) == sentence

    def test_the_smallest_amount_is_that_of_the_currency(self, db: None) -> None:
        folio = FolioFactory(booking__hotel=HotelFactory(currency="JPY"))

        assert refused(lambda: record(folio, "10.5")) == "The smallest amount is 1 JPY."

    def test_payments_of_a_folio_fit_the_column_of_the_balance(self, invoice: Invoice) -> None:
        record(invoice.folio, "999999999999.99")

        assert "at most" in refused(lambda: record(invoice.folio, "0.01"))

    def test_another_currency_is_refused(self, invoice: Invoice) -> None:
        assert refused(lambda: record(invoice.folio, 40, currency="USD")) == (
            f"Folio {invoice.folio} is in EUR: a payment in USD cannot be on it."
        )

    def test_a_void_folio_is_refused(self, hotel: Hotel) -> None:
        folio = FolioFactory(booking__hotel=hotel, status="VOID")

        assert "is void" in refused(lambda: record(folio, 40))

    def test_a_payment_recorded_by_a_colleague_is_noticed(self, invoice: Invoice) -> None:
        version = version_of([invoice.folio])
        record(invoice.folio, 40)

        assert refused(lambda: record(invoice.folio, 40, version=version)) == (
            f"The payments of folio {invoice.folio} changed since the preview. Check them again."
        )


class TestRefund:
    def test_several_refunds_add_up_to_the_payment(
        self, invoice: Invoice, payment: Payment
    ) -> None:
        refund(payment, 30)
        assert balance_of(invoice) == (30, "PARTIALLY_PAID")

        refund(payment, 70)

        payment.refresh_from_db()
        assert (payment.status, payment.refunded_amount) == ("REFUNDED", 100)
        assert balance_of(invoice) == (100, "UNPAID")

    def test_it_is_in_the_audit_trail_with_the_reason(self, payment: Payment) -> None:
        refund(payment, 30)

        entry = AuditEntry.objects.get(verb="refund")
        assert (entry.note, entry.object_id) == ("Left early", str(payment.pk))
        assert entry.before["refunded_amount"] != entry.after["refunded_amount"]

    def test_more_than_is_left_is_refused(self, payment: Payment) -> None:
        refund(payment, 30)

        assert refused(lambda: refund(payment, "70.01")) == (
            "At most 70.00 EUR of this payment can be refunded."
        )

    def test_nothing_is_left_after_a_whole_refund(self, payment: Payment) -> None:
        refund(payment, 100)

        assert refused(lambda: refund(payment, 1)) == "This payment is already refunded."

    @pytest.mark.parametrize("status", ["PENDING", "AUTHORIZED", "FAILED"])
    def test_money_that_was_not_received_is_not_refunded(self, hotel: Hotel, status: str) -> None:
        payment = PaymentFactory(folio__booking__hotel=hotel, status=status)

        assert refused(lambda: refund(payment, 1)) == (
            "Only a payment that was received can be refunded."
        )

    @pytest.mark.parametrize("amount", ["0", "-1", "0.001"])
    def test_an_amount_that_cannot_be_paid_is_refused(self, payment: Payment, amount: str) -> None:
        refused(lambda: refund(payment, amount))

    def test_a_reason_is_required(self, payment: Payment) -> None:
        assert refused(lambda: refund(payment, 1, reason=" ")) == "Give a reason."

    def test_a_second_click_refunds_nothing(self, payment: Payment) -> None:
        version = version_of([payment.folio])
        refund(payment, 30, version=version)

        assert "changed since the preview" in refused(lambda: refund(payment, 30, version=version))


class TestMove:
    def test_both_invoices_follow(self, invoice: Invoice, payment: Payment) -> None:
        other = invoice_of(completed(invoice.hotel, 80, booking=invoice.folio.booking))

        moved = move(payment, other.folio)

        assert moved.folio == other.folio
        assert balance_of(invoice) == (100, "UNPAID")
        assert balance_of(other) == (-20, "OVERPAID")

    def test_refunds_move_with_the_payment(self, invoice: Invoice, payment: Payment) -> None:
        other = invoice_of(completed(invoice.hotel, 80, booking=invoice.folio.booking))
        refund(payment, 20)

        move(payment, other.folio)

        assert balance_of(other) == (0, "PAID")

    def test_it_is_in_the_audit_trail_with_both_folios(self, payment: Payment) -> None:
        source, target = payment.folio, beside(payment.folio)

        move(payment, target)

        entry = AuditEntry.objects.get(verb="move")
        assert (entry.before["folio"], entry.after["folio"]) == (
            f"{source} (#{source.pk})",
            f"{target} (#{target.pk})",
        )
        assert entry.note == "Wrong folio"

    def test_another_booking_is_refused(self, hotel: Hotel, payment: Payment) -> None:
        other = FolioFactory(booking__hotel=hotel)

        assert refused(lambda: move(payment, other)) == (
            f"Folio {other} belongs to another booking: a payment stays in its booking."
        )

    def test_another_currency_is_refused(self, payment: Payment) -> None:
        other = beside(payment.folio, currency="USD")

        assert refused(lambda: move(payment, other)) == (
            f"Folio {other} is in USD: a payment in EUR cannot be on it."
        )

    def test_a_void_folio_is_refused(self, payment: Payment) -> None:
        void = beside(payment.folio, status="VOID")

        assert "is void" in refused(lambda: move(payment, void))

    def test_its_own_folio_is_refused(self, payment: Payment) -> None:
        assert "already on folio" in refused(lambda: move(payment, payment.folio))

    def test_an_authorisation_is_not_moved(self, hotel: Hotel) -> None:
        payment = PaymentFactory(folio__booking__hotel=hotel, status="AUTHORIZED")
        other = beside(payment.folio)

        assert refused(lambda: move(payment, other)) == (
            "Only a payment that was received can be moved."
        )

    def test_nothing_is_left_to_move_after_a_whole_refund(self, payment: Payment) -> None:
        other = beside(payment.folio)
        refund(payment, 100)

        assert "nothing to move" in refused(lambda: move(payment, other))

    def test_the_target_has_room_for_the_payment(self, payment: Payment) -> None:
        target = beside(payment.folio)
        record(target, "999999999999.99")

        assert "at most" in refused(lambda: move(payment, target))

    @pytest.mark.parametrize("action", [partial(refund, amount=10), None], ids=["refund", "move"])
    def test_a_payment_that_was_moved_meanwhile_stays(self, payment: Payment, action: Any) -> None:
        seen, target = Payment.objects.get(pk=payment.pk), beside(payment.folio)
        move(payment, target)

        again = partial(action, seen) if action else partial(move, seen, target)

        assert refused(again) == f"The payment was moved to folio {target} meanwhile."


class TestSettle:
    @pytest.fixture
    def authorised(self, invoice: Invoice) -> Payment:
        return PaymentFactory(folio=invoice.folio, status="AUTHORIZED")

    def test_paid_it_counts(self, invoice: Invoice, authorised: Payment) -> None:
        settle(authorised, paid=True)

        authorised.refresh_from_db()
        assert (authorised.status, authorised.received_at) == ("SUCCEEDED", LATER)
        assert balance_of(invoice) == (0, "PAID")

    def test_failed_it_does_not_count(self, invoice: Invoice, authorised: Payment) -> None:
        settle(authorised, paid=False)

        authorised.refresh_from_db()
        assert authorised.status == "FAILED"
        assert balance_of(invoice) == (100, "UNPAID")

    @pytest.mark.parametrize("paid", [True, False])
    def test_a_payment_is_settled_once(self, authorised: Payment, paid: bool) -> None:
        settle(authorised, paid=True)

        assert "Only a pending or authorised" in refused(lambda: settle(authorised, paid=paid))

    def test_it_is_in_the_audit_trail(self, authorised: Payment) -> None:
        settle(authorised, paid=True)

        entry = AuditEntry.objects.get()
        assert (entry.verb, entry.note) == ("change", "Terminal report")
        assert (entry.before["status"], entry.after["status"]) == ("AUTHORIZED", "SUCCEEDED")


class TestEffects:
    def test_a_dry_run_shows_the_effects_and_changes_nothing(self, invoice: Invoice) -> None:
        before = every_row()

        effects = carry_out(
            folios=[invoice.folio], action=partial(record, invoice.folio, 40), dry_run=True
        )

        assert every_row() == before
        (balance,), (folio,) = effects.balances, effects.folios
        assert (balance.before, balance.after) == (100, 60)
        assert (balance.was.payment_status, balance.invoice.payment_status) == (
            "UNPAID",
            "PARTIALLY_PAID",
        )
        assert (folio.before, folio.after) == (0, 40)

    def test_the_version_of_a_dry_run_is_accepted(self, invoice: Invoice) -> None:
        action = partial(record, invoice.folio, 40)
        shown = carry_out(folios=[invoice.folio], action=action, dry_run=True)

        done = carry_out(folios=[invoice.folio], action=partial(action, version=shown.version))

        assert [change.after for change in done.balances] == [60]

    def test_an_invoice_that_does_not_change_is_left_out(
        self, invoice: Invoice, payment: Payment
    ) -> None:
        charge(invoice.folio, 50)
        further = invoice_again(invoice.folio)

        effects = carry_out(folios=[invoice.folio], action=partial(record, invoice.folio, 50))

        assert [change.invoice for change in effects.balances] == [further]

    def test_the_number_of_queries_does_not_grow_with_payments(
        self, payment: Payment, queries_of: Any
    ) -> None:
        few = queries_of(lambda: refund(payment, 1))
        for _ in range(5):
            PaymentFactory(folio=payment.folio, amount=1)

        assert queries_of(lambda: refund(payment, 1)) == few


def invoice_again(folio: Folio) -> Invoice:
    """The further invoice of later charges."""
    with transaction.atomic():
        issue_invoices(hotel=Hotel.objects.get(pk=folio.hotel_id), now=NOW)
    further = folio.invoices.order_by("pk").last()
    assert further is not None
    return further


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestTogether:
    def test_two_clicks_record_one_payment(self, invoice: Invoice) -> None:
        def click() -> str:
            try:
                record(invoice.folio, 100, source_key="form")
            except AlreadyRecorded as refusal:
                return str(refusal)
            return "recorded"

        assert sorted(run_together(click, click)) == [
            "This payment is already recorded.",
            "recorded",
        ]
        assert balance_of(invoice) == (0, "PAID")

    def test_one_form_records_one_payment_though_it_names_two_folios(
        self, invoice: Invoice
    ) -> None:
        def click(folio: Folio) -> str:
            try:
                record(folio, 100, source_key="form")
            except AlreadyRecorded as refusal:
                return str(refusal)
            return "recorded"

        both = [partial(click, folio) for folio in (invoice.folio, beside(invoice.folio))]

        assert sorted(run_together(*both)) == ["This payment is already recorded.", "recorded"]

    def test_refunds_never_exceed_the_payment(self, payment: Payment) -> None:
        def click() -> bool:
            try:
                refund(payment, 60)
            except PaymentRefused:
                return False
            return True

        assert sorted(run_together(click, click)) == [False, True]

    def test_payments_at_once_do_not_exceed_what_can_be_stored(self, payment: Payment) -> None:
        large = record(beside(payment.folio), "600_000_000_000")

        def attempt(action: Any) -> bool:
            try:
                action()
            except PaymentRefused:
                return False
            return True

        done = run_together(
            lambda: attempt(partial(record, payment.folio, "600_000_000_000")),
            lambda: attempt(partial(move, large, payment.folio)),
        )

        assert sorted(done) == [False, True]

    def test_moves_in_both_directions_do_not_deadlock(self, payment: Payment) -> None:
        target = beside(payment.folio)
        other = record(target, 5)
        source = payment.folio

        run_together(partial(move, payment, target), partial(move, other, source))

        assert set(Payment.objects.values_list("pk", "folio")) == {
            (payment.pk, target.pk),
            (other.pk, source.pk),
        }
