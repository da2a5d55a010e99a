"""Invoice generation: charges posted after the invoice, and proposed credit notes."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from hotels.billing.credit import CreditRefused, issue_credit_note
from hotels.billing.open_charges import open_charges
from hotels.billing.proposals import accept_proposed_credit
from hotels.models import AuditEntry, BookingRoom, Folio, FolioLine, Hotel, Invoice, Payment
from jobs.base import JobContext
from jobs.services.invoice_generator import InvoicingResult, generate_invoices
from tests.dumps import every_row
from tests.factories import FolioLineFactory, PaymentFactory, UserFactory, stay
from tests.hotels.billing.issued import charge, completed, reversal_line_of

Run = Callable[..., InvoicingResult]


@pytest.fixture
def run(hotel: Hotel, now: datetime) -> Run:
    """Run the service at `now`, or some time later."""
    return lambda later=timedelta(0): generate_invoices(JobContext(hotel=hotel, now=now + later))


@pytest.fixture
def invoiced(hotel: Hotel, run: Run) -> Folio:
    """A folio of 100.00 at 6 % and 20.00 at 23 % with its invoice."""
    folio = completed(hotel, 100, rate=6)
    charge(folio, 20, rate=23)
    run()
    return folio


def documents(folio: Folio) -> list[tuple[str, Decimal]]:
    return list(folio.invoices.order_by("pk").values_list("kind", "gross"))


class TestFurtherInvoices:
    def test_a_charge_posted_after_the_invoice_is_on_a_further_invoice(self, invoiced, run) -> None:
        minibar = charge(invoiced, 5, rate=23)

        result = run(later=timedelta(days=40))

        first, further = invoiced.invoices.order_by("pk")
        assert (result.invoices_generated, result.total_amount) == (1, 5)
        assert [line.folio_line for line in further.lines.all()] == [minibar]
        assert (further.first_invoice, first.first_invoice) == (first, None)
        assert (first.live, further.live) == (True, True)

    def test_each_charge_names_the_document_that_carries_it(self, invoiced, run) -> None:
        late = charge(invoiced, 5)
        run()

        room, bar, minibar = invoiced.lines.order_by("pk")
        assert room.document == bar.document == invoiced.invoices.get(first_invoice=None)
        assert (minibar, minibar.document.gross) == (late, 5)

    def test_a_third_invoice_names_the_first(self, invoiced, run) -> None:
        for amount in (5, 7):
            charge(invoiced, amount)
            run()

        first, *further = invoiced.invoices.order_by("pk")
        assert [each.first_invoice for each in further] == [first, first]

    def test_a_corrected_charge_after_a_partial_credit_is_invoiced(
        self, invoiced, run, now
    ) -> None:
        room, bar = invoiced.lines.order_by("pk")
        issue_credit_note(invoice=room.document or bar.document, lines=[bar], now=now, reason="x")
        charge(invoiced, 15, rate=23)

        run(later=timedelta(days=1))

        assert documents(invoiced) == [("INVOICE", 120), ("CREDIT_NOTE", 20), ("INVOICE", 15)]
        assert sum(invoiced.lines.values_list("gross", flat=True)) == 115

    def test_a_second_room_that_arrives_late_on_the_folio_is_invoiced(
        self, hotel, invoiced, run
    ) -> None:
        room = stay(hotel, arrival=date(2026, 7, 15), status="CHECKED_IN", folio=invoiced)
        charge(invoiced, 80, rate=6, booking_room=room)

        waiting = run(later=timedelta(days=1))
        BookingRoom.objects.filter(pk=room.pk).update(status="CHECKED_OUT")
        done = run(later=timedelta(days=2))

        assert [item.reason for item in waiting.skipped] == [
            "rooms on the folio are still in house"
        ]
        assert (done.total_amount, done.skipped) == (80, ())

    def test_payments_count_for_the_first_invoice_first(self, hotel, run) -> None:
        folio = completed(hotel, 100)
        PaymentFactory(folio=folio, amount=110)
        run()
        charge(folio, 30)

        run()

        first, further = folio.invoices.order_by("pk")
        assert (first.balance, first.payment_status) == (0, "PAID")
        assert (further.balance, further.payment_status) == (20, "PARTIALLY_PAID")

    def test_what_is_left_over_counts_for_the_last_invoice(self, invoiced, run) -> None:
        charge(invoiced, 30)
        run()
        PaymentFactory(folio=invoiced, amount=160)

        run()

        first, further = invoiced.invoices.order_by("pk")
        assert (first.balance, further.balance) == (0, -10)
        assert further.payment_status == "OVERPAID"

    def test_charges_at_a_total_of_zero_after_the_invoice_are_settled(self, invoiced, run) -> None:
        charge(invoiced, 5)
        charge(invoiced, -5)

        assert [item.reason for item in run().skipped] == ["total is zero"]
        assert not open_charges().exists()
        assert run().skipped == ()

    def test_a_second_run_writes_nothing(self, invoiced, run) -> None:
        charge(invoiced, 5)
        charge(invoiced, -9, rate=6)
        run()
        before = every_row()

        run(later=timedelta(days=1))

        assert every_row() == before


class TestCancelledAndInvoicedAgain:
    def test_the_charges_of_a_cancelled_invoice_are_invoiced_again(
        self, invoiced, run, now
    ) -> None:
        first = invoiced.invoices.get()
        issue_credit_note(invoice=first, now=now, reason="wrong payer", invoice_again=True)

        run(later=timedelta(days=1))

        assert documents(invoiced) == [("INVOICE", 120), ("CREDIT_NOTE", 120), ("INVOICE", 120)]
        assert sum(invoiced.lines.values_list("gross", flat=True)) == 120

    def test_a_forgiven_amount_stays_forgiven(self, invoiced, run, now) -> None:
        first = invoiced.invoices.get()
        issue_credit_note(invoice=first, gross=Decimal(40), now=now, reason="noise")
        issue_credit_note(invoice=first, now=now, reason="wrong payer", invoice_again=True)

        run(later=timedelta(days=1))

        assert documents(invoiced)[-1] == ("INVOICE", 80)


class TestProposedCreditNotes:
    def test_a_negative_rest_is_proposed_and_not_issued(self, invoiced, run) -> None:
        reversal_line_of(invoiced.lines.first())
        before = every_row()

        result = run(later=timedelta(days=1))

        assert every_row() == before
        (item,) = result.skipped
        assert item.reason == "a credit note of 100.00 EUR is proposed: decide on it"
        assert result.attention() == (f"folio {invoiced}: {item.reason}",)

    def test_a_charge_at_another_rate_is_invoiced_meanwhile(self, invoiced, run) -> None:
        reversal_line_of(invoiced.lines.first())
        charge(invoiced, 7, rate=23)

        result = run()

        assert result.total_amount == 7
        assert "100.00 EUR" in result.skipped[0].reason

    def test_an_accepted_proposal_is_a_credit_note_that_names_what_it_corrects(
        self, invoiced, run, now
    ) -> None:
        room = invoiced.lines.first()
        reversal = reversal_line_of(room)

        (note,) = accept_proposed_credit(
            folio=invoiced, by=UserFactory(), now=now, reason="Wrong room charged"
        )

        reversal.refresh_from_db()
        assert (note.gross, note.corrects, note.reason) == (
            100,
            room.document,
            "Wrong room charged",
        )
        assert (note.lines.get().folio_line, reversal.document) == (room, note)
        assert run().skipped == ()

    def test_who_accepted_it_is_recorded(self, invoiced, now) -> None:
        reversal_line_of(invoiced.lines.first())

        (note,) = accept_proposed_credit(folio=invoiced, by="ana", now=now, reason="wrong")

        entry = AuditEntry.objects.get()
        assert (entry.username, entry.verb, entry.object_label) == ("ana", "issue", str(note))

    def test_a_proposal_is_accepted_once(self, invoiced, now) -> None:
        reversal_line_of(invoiced.lines.first())
        accept_proposed_credit(folio=invoiced, by="ana", now=now, reason="wrong")

        with pytest.raises(CreditRefused, match="No credit note is proposed"):
            accept_proposed_credit(folio=invoiced, by="ana", now=now, reason="wrong")

    def test_a_charge_without_a_reversed_one_corrects_an_invoice_it_fits_into(
        self, invoiced, run, now
    ) -> None:
        charge(invoiced, 5, rate=23)
        run()
        charge(invoiced, -12, rate=23)

        (note,) = accept_proposed_credit(folio=invoiced, by="ana", now=now, reason="noise")

        assert (note.gross, note.corrects.gross) == (12, 120)

    def test_more_than_was_invoiced_is_refused_and_nothing_changes(self, invoiced, now) -> None:
        charge(invoiced, -30, rate=23)
        before = every_row()

        with pytest.raises(CreditRefused, match=r"At most 20\.00 EUR at 23 % tax"):
            accept_proposed_credit(folio=invoiced, by="ana", now=now, reason="noise")

        assert every_row() == before

    def test_reversals_of_two_invoices_are_two_credit_notes(self, invoiced, run, now) -> None:
        minibar = charge(invoiced, 5, rate=23)
        run()
        for line in (invoiced.lines.order_by("pk")[1], minibar):
            reversal_line_of(line)

        notes = accept_proposed_credit(folio=invoiced, by="ana", now=now, reason="wrong")

        assert sorted((note.gross, note.corrects.gross) for note in notes) == [(5, 5), (20, 120)]

    def test_a_reason_is_required(self, invoiced, now) -> None:
        with pytest.raises(CreditRefused, match="reason"):
            accept_proposed_credit(folio=invoiced, by="ana", now=now, reason=" ")


class TestBalances:
    def test_balances_changed_by_payments_in_sql_are_corrected_and_reported(
        self, invoiced, run
    ) -> None:
        payment = PaymentFactory(folio=invoiced, amount=120)

        first = run()
        Payment.objects.filter(pk=payment.pk).update(refunded_amount=20)
        second = run()

        assert [each.after for each in first.balances_corrected] == ["0.00 EUR"]
        (each,) = second.balances_corrected
        assert (each.invoice, each.before, each.after) == (
            "INV-2026-000001",
            "0.00 EUR",
            "20.00 EUR",
        )
        assert "balance corrected from 0.00 EUR to 20.00 EUR" in second.attention()[0]
        assert run().balances_corrected == ()

    @pytest.mark.parametrize("status", ["PENDING", "AUTHORIZED", "FAILED"])
    def test_payments_that_are_not_received_change_no_balance(self, invoiced, run, status) -> None:
        PaymentFactory(folio=invoiced, amount=120, status=status)

        assert run().balances_corrected == ()

    def test_a_credited_and_partly_refunded_invoice_has_the_right_balance(
        self, invoiced, run, now
    ) -> None:
        issue_credit_note(invoice=Invoice.objects.get(), gross=Decimal(50), now=now, reason="x")
        PaymentFactory(folio=invoiced, amount=100, refunded_amount=10)
        run()

        assert Invoice.objects.get(kind="INVOICE").balance == -20
        assert run().balances_corrected == ()

    def test_balances_of_other_hotels_are_left_alone(self, invoiced, run) -> None:
        PaymentFactory(folio=completed(invoiced.hotel, 1))
        other = FolioLineFactory().folio
        PaymentFactory(folio=other)

        assert run().balances_corrected == ()


def test_all_charges_of_an_invoice_are_on_it_and_none_is_open(invoiced) -> None:
    assert set(FolioLine.objects.values_list("document__number", flat=True)) == {"INV-2026-000001"}
