"""The tax of issued invoices and their credit notes, by the hotel's rule (domain rule 5)."""

from decimal import Decimal

import pytest

from hotels import money
from hotels.billing.credit import issue_credit_note
from hotels.models import Hotel, Invoice
from hotels.no_shows.folio_settlement import accounts_of
from tests.factories import FolioLineFactory, HotelFactory, PaymentFactory
from tests.hotels.billing.issued import NOW, completed, invoice_of

pytestmark = pytest.mark.django_db


def tax_of(document: Invoice) -> tuple[Decimal, Decimal, Decimal]:
    (tax,) = document.taxes.all()
    return tax.net, tax.tax, tax.gross


def invoice_without_tax_in_prices(
    *prices: str, rate: str = "14.75", currency: str = "EUR"
) -> Invoice:
    """An invoice of charges to which the tax is added."""
    folio = completed(HotelFactory(prices_include_tax=False, currency=currency))
    for price in prices:
        parts = money.add_tax(Decimal(price), rate=Decimal(rate), currency=currency)
        FolioLineFactory(
            folio=folio, tax_rate=Decimal(rate), net=parts.net, tax=parts.tax, gross=parts.gross
        )
    return invoice_of(folio)


class TestInvoices:
    def test_in_the_eu_the_tax_of_a_rate_is_rounded_once(self, hotel: Hotel) -> None:
        """Three lines of 10.00 at 6 % contain 0.57 each; one of 30.00 contains 1.70."""
        invoice = invoice_of(completed(hotel, 10, 10, 10, rate=6))

        assert tax_of(invoice) == (Decimal("28.30"), Decimal("1.70"), 30)
        assert [line.tax * 100 for line in invoice.lines.all()] == [57, 57, 56]
        assert invoice.taxed_once_per_rate

    def test_tokyo_three_nights_at_26800_yen_show_7309_yen_of_tax(self) -> None:
        hotel = HotelFactory(currency="JPY", timezone="Asia/Tokyo")

        invoice = invoice_of(completed(hotel, 26800, 26800, 26800, rate=10))

        assert tax_of(invoice) == (73091, 7309, 80400)

    def test_elsewhere_the_tax_of_a_rate_is_the_sum_of_its_lines(self) -> None:
        hotel = HotelFactory(timezone="America/New_York", currency="USD")

        invoice = invoice_of(completed(hotel, 10, 10, 10, rate=6))

        assert tax_of(invoice) == (Decimal("28.29"), Decimal("1.71"), 30)
        assert not invoice.taxed_once_per_rate

    def test_a_hotel_can_choose_its_rounding(self) -> None:
        hotel = HotelFactory(tax_rounding="LINE")

        invoice = invoice_of(completed(hotel, 10, 10, 10, rate=6))

        assert tax_of(invoice) == (Decimal("28.29"), Decimal("1.71"), 30)

    def test_with_tax_on_top_of_prices_the_tax_is_base_times_rate(self) -> None:
        """10.00 at 14.75 % is 1.48; three times that is 4.44, but 14.75 % of 30.00 is 4.43."""
        invoice = invoice_without_tax_in_prices("10.00", "10.00", "10.00")

        assert tax_of(invoice) == (30, Decimal("4.43"), Decimal("34.43"))
        assert invoice.gross == sum(line.gross for line in invoice.lines.all())
        assert invoice.balance == invoice.gross


class TestCreditNotes:
    @pytest.mark.parametrize("included", [True, False])
    def test_a_full_credit_mirrors_the_invoice_line_by_line(self, hotel, included) -> None:
        invoice = (
            invoice_of(completed(hotel, 10, 10, 10, rate=6))
            if included
            else invoice_without_tax_in_prices("10.00", "10.00", "10.00")
        )

        note = issue_credit_note(invoice=invoice, now=NOW, reason="mistake")

        amounts = ("net", "tax", "gross")
        assert list(note.lines.values_list(*amounts)) == list(invoice.lines.values_list(*amounts))
        assert tax_of(note) == tax_of(invoice)

    def test_credited_charges_are_taxed_as_one_amount(self, hotel: Hotel) -> None:
        """Two lines of 10.00 at 6 % contain 1.13; the lines of the invoice 0.57 each."""
        invoice = invoice_of(completed(hotel, 10, 10, 10, rate=6))
        first, second, _ = invoice.folio.lines.all()

        note = issue_credit_note(invoice=invoice, lines=[first, second], now=NOW, reason="noise")

        assert tax_of(note) == (Decimal("18.87"), Decimal("1.13"), 20)
        assert note.taxed_once_per_rate

    @pytest.mark.parametrize("included", [True, False])
    def test_charges_credited_one_by_one_sum_to_the_invoice(self, hotel, included) -> None:
        invoice = (
            invoice_of(completed(hotel, 10, 10, 10, rate=6))
            if included
            else invoice_without_tax_in_prices("10.00", "10.00", "10.00")
        )
        notes = [
            issue_credit_note(invoice=invoice, lines=[line], now=NOW, reason="noise")
            for line in invoice.folio.lines.all()
        ]

        for name in ("net", "tax", "gross"):
            assert sum(getattr(note, name) for note in notes) == getattr(invoice, name)
        invoice.refresh_from_db()
        assert (invoice.live, invoice.balance) == (False, 0)

    def test_charges_credited_one_by_one_leave_nothing_due_on_the_folio(self) -> None:
        """Two fees of 12,345 yen are 27,160 yen with tax, and 27,159 yen on their invoice."""
        invoice = invoice_without_tax_in_prices("12345", "12345", rate="10", currency="JPY")
        PaymentFactory(folio=invoice.folio, amount=27160)

        for line in invoice.folio.lines.all():
            issue_credit_note(invoice=invoice, lines=[line], now=NOW, reason="waived")

        invoice.refresh_from_db()
        account = accounts_of([invoice.folio])[invoice.folio_id]
        assert (invoice.gross, account.due) == (27159, 0)
        assert account.surplus == -invoice.balance == 27160

    def test_a_credited_amount_contains_the_tax_of_its_rate(self, hotel: Hotel) -> None:
        invoice = invoice_of(completed(hotel, 10, 10, 10, rate=6))

        note = issue_credit_note(invoice=invoice, gross=Decimal(20), now=NOW, reason="noise")

        assert tax_of(note) == (Decimal("18.87"), Decimal("1.13"), 20)

    def test_a_credit_note_follows_its_invoice_when_the_hotel_has_changed_its_rule(self) -> None:
        hotel = HotelFactory(tax_rounding="LINE")
        invoice = invoice_of(completed(hotel, 10, 10, 10, rate=6))
        Hotel.objects.update(tax_rounding="RATE")
        first, second, _ = invoice.folio.lines.all()

        note = issue_credit_note(invoice=invoice, lines=[first, second], now=NOW, reason="noise")

        assert tax_of(note) == (Decimal("18.86"), Decimal("1.14"), 20)
        assert not note.taxed_once_per_rate
