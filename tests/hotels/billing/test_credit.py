"""Credit notes: limits, amounts by tax rate, numbers."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from hotels.billing.credit import CreditRefused, issue_credit_note
from hotels.models import FolioLine, Hotel, Invoice, InvoiceSeries
from tests.concurrency import run_together
from tests.dumps import every_row
from tests.factories import HotelFactory
from tests.hotels.billing.issued import NOW, charge, completed, invoice_of


@pytest.fixture
def invoice(hotel: Hotel) -> Invoice:
    """100.00 at 6 %, 50.00 at 23 % and 20.00 without tax."""
    folio = completed(hotel, 100, rate=6)
    charge(folio, 50, rate=23, business_date=date(2026, 7, 14))
    charge(folio, 20, business_date=date(2026, 7, 15))
    return invoice_of(folio)


def credit(invoice: Invoice, **what) -> Invoice:
    return issue_credit_note(invoice=invoice, **{"now": NOW, "reason": "a complaint"} | what)


class TestCharges:
    def test_selected_charges_are_credited_exactly(self, invoice) -> None:
        room, bar, _ = invoice.folio.lines.all()

        note = credit(invoice, lines=[room, bar])

        assert [line.folio_line for line in note.lines.all()] == [room, bar]
        for name in ("net", "tax", "gross"):
            assert getattr(note, name) == getattr(room, name) + getattr(bar, name)

    def test_a_credit_note_has_positive_amounts_its_invoice_and_its_reason(self, invoice) -> None:
        note = credit(invoice, lines=[invoice.folio.lines.first()])

        assert (note.kind, note.corrects, note.reason) == ("CREDIT_NOTE", invoice, "a complaint")
        assert (note.gross, note.balance, note.payment_status) == (100, 0, "NOTHING_DUE")
        assert note.buyer == invoice.buyer

    def test_the_amounts_are_those_of_the_invoice_even_if_the_folio_has_changed(
        self, invoice
    ) -> None:
        line = invoice.folio.lines.first()
        FolioLine.objects.filter(pk=line.pk).update(net=1, tax=0, gross=1)

        assert credit(invoice, lines=[line]).gross == 100

    def test_the_remainder_stays_due(self, invoice) -> None:
        credit(invoice, lines=[invoice.folio.lines.first()])

        invoice.refresh_from_db()
        assert (invoice.live, invoice.balance, invoice.payment_status) == (True, 70, "UNPAID")

    def test_a_fully_credited_invoice_is_no_longer_live(self, invoice) -> None:
        for line in invoice.folio.lines.all():
            credit(invoice, lines=[line])

        invoice.refresh_from_db()
        assert (invoice.live, invoice.balance, invoice.payment_status) == (False, 0, "NOTHING_DUE")

    def test_a_charge_is_credited_once(self, invoice) -> None:
        line = invoice.folio.lines.first()
        credit(invoice, lines=[line])

        with pytest.raises(CreditRefused, match="is already credited"):
            credit(invoice, lines=[line])

    def test_a_charge_of_another_folio_is_refused(self, invoice) -> None:
        with pytest.raises(CreditRefused, match="is not on INV-2026-000001"):
            credit(invoice, lines=[charge(invoice.folio, 5)])

    def test_a_charge_whose_rate_was_credited_by_amount_is_refused(self, invoice) -> None:
        credit(invoice, gross=Decimal(17))

        with pytest.raises(CreditRefused, match=r"At most 90\.00 EUR at 6 % tax can be credited"):
            credit(invoice, lines=[invoice.folio.lines.first()])


class TestAmounts:
    def test_an_amount_is_divided_among_the_rates(self, invoice) -> None:
        note = credit(invoice, gross=Decimal(17))

        assert list(note.taxes.values_list("rate", "gross")) == [(0, 2), (6, 10), (23, 5)]
        assert note.net + note.tax == note.gross == 17
        assert list(note.lines.values_list("folio_line", flat=True)) == [None] * 3

    def test_without_lines_or_amount_the_remainder_is_credited(self, invoice) -> None:
        credit(invoice, gross=Decimal("33.33"))

        note = credit(invoice)

        invoice.refresh_from_db()
        assert note.gross == Decimal("136.67")
        assert not invoice.live

    def test_an_untouched_invoice_is_credited_line_by_line(self, invoice) -> None:
        note = credit(invoice)

        same = ("position", "folio_line", "tax_rate", "net", "tax", "gross")
        assert list(note.lines.values_list(*same)) == list(invoice.lines.values_list(*same))

    @pytest.mark.parametrize("gross", ["170.01", "1000"])
    def test_more_than_the_remainder_is_refused(self, invoice, gross: str) -> None:
        before = every_row()

        with pytest.raises(CreditRefused, match=r"At most 170\.00 EUR can be credited"):
            credit(invoice, gross=Decimal(gross))

        assert every_row() == before

    def test_every_credit_note_reduces_the_remainder(self, invoice) -> None:
        credit(invoice, gross=Decimal(100))

        with pytest.raises(CreditRefused, match=r"At most 70\.00 EUR"):
            credit(invoice, gross=Decimal("70.01"))

    @pytest.mark.parametrize("gross", ["0", "-5"])
    def test_zero_and_negative_amounts_are_refused(self, invoice, gross: str) -> None:
        with pytest.raises(CreditRefused):
            credit(invoice, gross=Decimal(gross))

    @pytest.mark.parametrize("gross", ["1.005", "NaN", "Infinity"])
    def test_an_amount_with_too_many_decimals_is_refused(self, invoice, gross: str) -> None:
        with pytest.raises(CreditRefused, match=r"smallest amount is 0\.01 EUR"):
            credit(invoice, gross=Decimal(gross))

    def test_a_fully_credited_invoice_cannot_be_credited_again(self, invoice) -> None:
        credit(invoice)

        with pytest.raises(CreditRefused, match="already fully credited"):
            credit(invoice)

    def test_a_credit_note_cannot_be_credited(self, invoice) -> None:
        with pytest.raises(CreditRefused, match="is a credit note and cannot be credited"):
            credit(credit(invoice))

    def test_a_reason_is_required(self, invoice) -> None:
        with pytest.raises(CreditRefused, match="reason"):
            credit(invoice, reason=" ")


class TestNumbers:
    def test_credit_notes_have_their_own_series_without_gaps(self, invoice) -> None:
        first = credit(invoice, gross=Decimal(1))
        with pytest.raises(CreditRefused):
            credit(invoice, gross=Decimal(1000))
        second = credit(invoice, gross=Decimal(1))

        assert [first.number, second.number] == ["CN-2026-000001", "CN-2026-000002"]
        assert InvoiceSeries.objects.get(kind="INVOICE").last_number == 1

    def test_a_credit_note_is_not_dated_before_its_invoice(self, invoice) -> None:
        note = credit(invoice, now=NOW - timedelta(days=300))

        assert note.issue_date == invoice.issue_date


class TestEveryMinorUnit(TestCase):
    @settings(max_examples=40)
    @given(
        charges=st.lists(
            st.tuples(st.integers(1, 9999), st.sampled_from(["0", "6", "23", "100"])),
            min_size=1,
            max_size=4,
        ),
        shares=st.lists(st.integers(1, 99), max_size=4),
        currency=st.sampled_from(["JPY", "EUR", "KWD"]),
    )
    def test_partial_credits_sum_to_the_invoice_at_every_rate(
        self, charges, shares, currency
    ) -> None:
        hotel = HotelFactory(currency=currency)
        folio = completed(hotel)
        unit = {"JPY": Decimal(1), "EUR": Decimal("0.01"), "KWD": Decimal("0.001")}[currency]
        for amount, rate in charges:
            charge(folio, amount * unit, rate=rate)
        invoice = invoice_of(folio)

        left = invoice.gross
        for share in shares:
            part = (left / unit * share // 100) * unit
            if part:
                credit(invoice, gross=part)
                left -= part
        credit(invoice)

        for tax in invoice.taxes.all():
            credited = [
                t for n in invoice.credit_notes.all() for t in n.taxes.filter(rate=tax.rate)
            ]
            for name in ("net", "tax", "gross"):
                assert sum(getattr(part, name) for part in credited) == getattr(tax, name)
        invoice.refresh_from_db()
        assert (invoice.live, invoice.balance) == (False, 0)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_credits_at_the_same_time_do_not_exceed_the_invoice(invoice) -> None:
    """Needs two transactions at the same time, which SQLite does not have."""
    refused: list[str] = []

    def alone() -> None:
        try:
            credit(invoice, gross=Decimal(100))
        except CreditRefused as error:
            refused.append(str(error))

    run_together(alone, alone)

    assert refused == ["At most 70.00 EUR can be credited."]
    assert Invoice.objects.filter(kind="CREDIT_NOTE").count() == 1
