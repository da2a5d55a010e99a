"""Manual credit notes: which part is credited, once, with an audit entry."""

from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import translation

from hotels.billing.credit_outcomes import CreditOutcome
from hotels.billing.issuing import issue_invoices
from hotels.billing.manual_credit import (
    Credit,
    WrongLine,
    creditable_lines,
    issue_credit,
    preview_credit,
)
from hotels.billing.remainder import CreditRefused, WrongAmount, remainder_of
from hotels.errors import ActionRefused
from hotels.models import AuditEntry, FolioLine, Hotel, Invoice
from tests.concurrency import run_together
from tests.dumps import every_row
from tests.factories import PaymentFactory
from tests.hotels.billing.issued import NOW, charge, completed, invoice_of, reversal_line_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice(hotel: Hotel) -> Invoice:
    """100.00 at 6 % and 50.00 at 23 %."""
    folio = completed(hotel, 100, rate=6)
    charge(folio, 50, rate=23, description="Bar")
    return invoice_of(folio)


def line_of(invoice: Invoice, description: str = "Bar") -> int:
    return invoice.lines.get(description=description).pk


def issue(invoice: Invoice, *, seen: str | None = None, **part: Any) -> CreditOutcome:
    return issue_credit(
        invoice=invoice, credit=Credit(**part), by="ana", now=NOW, reason="noise", seen=seen
    )


def preview(invoice: Invoice, **part: Any) -> CreditOutcome:
    return preview_credit(invoice=invoice, credit=Credit(**part), by="ana", now=NOW)


def charged(invoice: Invoice) -> Decimal | None:
    """Total of the charges on the folio of the invoice."""
    return invoice.folio.lines.aggregate(sum=Sum("gross"))["sum"]


class TestPart:
    def test_chosen_lines_are_credited_and_their_charges_reversed(self, invoice: Invoice) -> None:
        note = issue(invoice, lines=(line_of(invoice),)).note

        assert (note.gross, [line.description for line in note.lines.all()]) == (50, ["Bar"])
        assert charged(invoice) == 100
        assert not FolioLine.objects.filter(document=None).exists()

    def test_an_amount_is_credited_at_each_rate(self, invoice: Invoice) -> None:
        note = issue(invoice, amount=Decimal(15)).note

        assert [(tax.rate, tax.gross) for tax in note.taxes.all()] == [(6, 10), (23, 5)]
        assert charged(invoice) == 135

    def test_without_lines_or_amount_all_that_is_left_is_credited(self, invoice: Invoice) -> None:
        issue(invoice, amount=Decimal(15))

        outcome = issue(invoice)

        assert outcome.note.gross == 135
        assert charged(invoice) == 0

    def test_a_cancelled_invoice_is_issued_again_by_the_next_generation(
        self, invoice: Invoice
    ) -> None:
        issue(invoice, invoice_again=True)

        (again,) = issue_invoices(hotel=invoice.hotel, now=NOW).invoices

        assert again.gross == 150
        assert charged(invoice) == 150

    def test_only_one_part_can_be_given(self) -> None:
        with pytest.raises(ValueError, match="not several"):
            Credit(amount=Decimal(1), invoice_again=True)

    def test_a_line_of_another_invoice_is_refused(self, invoice: Invoice, hotel: Hotel) -> None:
        other = invoice_of(completed(hotel, 10))

        with pytest.raises(WrongLine, match="A chosen line is not on INV-2026-000001"):
            issue(invoice, lines=(line_of(invoice), other.lines.get().pk))

    @pytest.mark.parametrize("amount", ["0", "-5", "1.005"])
    def test_an_impossible_amount_is_refused(self, invoice: Invoice, amount: str) -> None:
        with pytest.raises(WrongAmount):
            issue(invoice, amount=Decimal(amount))

    def test_more_than_what_is_left_is_refused_in_the_users_language(
        self, invoice: Invoice
    ) -> None:
        with translation.override("de"), pytest.raises(CreditRefused, match=r"150,00 EUR"):
            issue(invoice, amount=Decimal("150.01"))

    def test_a_credited_line_or_a_reversed_one_is_marked(self, invoice: Invoice) -> None:
        other = charge(invoice.folio, 10, description="Sauna")
        further = issue_invoices(hotel=invoice.hotel, now=NOW).invoices[0]
        issue(invoice, lines=(line_of(invoice),))
        reversal_line_of(other)
        charge(invoice.folio, 30)
        issue_invoices(hotel=invoice.hotel, now=NOW)

        marks = [
            (each.line.description, each.credited)
            for document in (invoice, further)
            for each in creditable_lines(invoice=document, left=remainder_of(document))
        ]

        assert marks[1:] == [("Bar", True), ("Sauna", True)]
        assert not marks[0][1]


class TestOutcome:
    def test_a_preview_changes_nothing_and_shows_what_is_issued(self, invoice: Invoice) -> None:
        before = every_row()

        shown = preview(invoice, lines=(line_of(invoice),))

        assert every_row() == before
        note = issue(invoice, lines=(line_of(invoice),)).note
        assert [(tax.rate, tax.net, tax.gross) for tax in shown.note.taxes.all()] == [
            (tax.rate, tax.net, tax.gross) for tax in note.taxes.all()
        ]

    def test_it_has_the_balances_before_and_after_and_what_is_overpaid(
        self, invoice: Invoice
    ) -> None:
        PaymentFactory(folio=invoice.folio, amount=150)
        invoice = Invoice.objects.get(pk=invoice.pk)

        outcome = preview(invoice, amount=Decimal(40))

        assert [(each.before, each.after) for each in outcome.balances] == [(150, -40)]
        assert outcome.overpaid == 40

    def test_who_issued_it_and_why_is_in_the_audit_trail(self, invoice: Invoice) -> None:
        note = issue(invoice).note

        entry = AuditEntry.objects.get()
        assert (entry.username, entry.verb, entry.note) == ("ana", "issue", "noise")
        assert entry.object_label == note.number


class TestOnce:
    def test_a_second_click_issues_nothing(self, invoice: Invoice) -> None:
        seen = preview(invoice, amount=Decimal(10)).state
        issue(invoice, amount=Decimal(10), seen=seen)

        with pytest.raises(ActionRefused, match=r"CN-2026-000001 .* was issued since the preview"):
            issue(invoice, amount=Decimal(10), seen=seen)

        assert invoice.credit_notes.count() == 1

    @pytest.mark.parametrize("part", [{"amount": Decimal(20)}, {"invoice_again": True}, {}])
    def test_another_part_than_in_the_preview_is_refused(
        self, invoice: Invoice, part: dict[str, Any]
    ) -> None:
        seen = preview(invoice, lines=(line_of(invoice),)).state
        before = every_row()

        with pytest.raises(ActionRefused, match="not the one in the preview"):
            issue(invoice, seen=seen, **part)

        assert every_row() == before

    def test_to_forgive_is_not_to_invoice_again(self, invoice: Invoice) -> None:
        seen = preview(invoice).state

        with pytest.raises(ActionRefused, match="not the one in the preview"):
            issue(invoice, seen=seen, invoice_again=True)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_issue_one_credit_note(invoice: Invoice) -> None:
    seen = preview(invoice, amount=Decimal(10)).state

    def confirm() -> str:
        try:
            issue(invoice, amount=Decimal(10), seen=seen)
        except ActionRefused:
            return "refused"
        return "issued"

    assert sorted(run_together(partial(confirm), partial(confirm))) == ["issued", "refused"]
    assert invoice.credit_notes.count() == 1
