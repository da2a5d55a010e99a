"""Charges that cancel each other are settled, however their tax was rounded (domain rule 5)."""

from decimal import Decimal

import pytest
from django.db import transaction

from hotels import money
from hotels.billing.assessment import Reason
from hotels.billing.issuing import IssuingResult, issue_invoices
from hotels.billing.open_charges import open_charges
from hotels.billing.proposals import accept_proposed_credit
from hotels.billing.uninvoiced import explain
from hotels.models import Folio, FolioLine, Hotel, Invoice
from tests.factories import FolioLineFactory, HotelFactory
from tests.hotels.billing.issued import NOW, charge, completed, invoice_of

pytestmark = pytest.mark.django_db


def run(hotel: Hotel) -> IssuingResult:
    with transaction.atomic():
        return issue_invoices(hotel=Hotel.objects.get(pk=hotel.pk), now=NOW)


def tokyo() -> Hotel:
    """A hotel in Tokyo whose prices exclude the tax, which is rounded once per rate."""
    return HotelFactory(currency="JPY", timezone="Asia/Tokyo", prices_include_tax=False)


def add(folio: Folio, *nets: int, rate: int = 10) -> None:
    """Charges at these prices, tax excluded."""
    for net in nets:
        parts = money.add_tax(Decimal(net), rate=Decimal(rate), currency=folio.currency)
        FolioLineFactory(
            folio=folio, tax_rate=rate, net=parts.net, tax=parts.tax, gross=parts.gross
        )


@pytest.mark.parametrize("rounding", ["RATE", "LINE"])
def test_prices_that_cancel_are_settled_though_their_taxes_do_not(rounding: str) -> None:
    """At 19 %, 10.00 contains 1.60 of tax and 20.00 contains 3.19."""
    hotel = HotelFactory(tax_rounding=rounding)
    completed(hotel, 10, 10, -20, rate=19)

    result = run(hotel)

    assert [each.assessment.reason for each in result.skipped] == [Reason.ZERO_TOTAL]
    assert not Invoice.objects.exists()
    assert not open_charges().exists()


@pytest.mark.parametrize("nets", [(1005, 1005, -2010), (2010, -1005, -1005)])
def test_prices_without_tax_that_cancel_are_settled(nets: tuple[int, ...]) -> None:
    """10 % of 1,005 yen is 101 yen, of 2,010 yen 201: the charges sum to 1 yen, or to -1."""
    folio = completed(tokyo())
    add(folio, *nets)

    result = run(folio.hotel)

    assert [each.assessment.reason for each in result.skipped] == [Reason.ZERO_TOTAL]
    assert not Invoice.objects.exists()
    assert not open_charges().exists()


def test_after_an_invoice_no_credit_note_over_zero_is_proposed() -> None:
    folio = completed(tokyo())
    add(folio, 9000)
    invoice_of(folio)
    add(folio, 2010, -1005, -1005)

    result = run(folio.hotel)

    assert [each.assessment.reason for each in result.skipped] == [Reason.ZERO_TOTAL]
    assert Invoice.objects.count() == 1
    assert not open_charges().exists()


def test_a_proposed_credit_note_has_the_amount_that_is_credited() -> None:
    """The charges sum to -1,105 yen; their prices are 1,004 yen, and 10 % of that is 100 yen."""
    folio = completed(tokyo())
    add(folio, 9000)
    invoice_of(folio)
    add(folio, -335, -335, -334)

    (waiting,) = explain([Folio.objects.select_related("hotel").get()], now=NOW)
    (note,) = accept_proposed_credit(folio=folio, by="ana", now=NOW, reason="noise")

    assert FolioLine.objects.filter(net__lt=0, document=note).count() == 3
    assert waiting.proposed_credit == note.gross == 1104


def test_a_credit_is_proposed_by_the_rule_of_the_invoice_it_corrects() -> None:
    """Per line the charges sum to -1 yen; a credit note taxed once per rate would be over zero."""
    folio = completed(tokyo())
    add(folio, 9000)
    invoice_of(folio)
    Hotel.objects.update(tax_rounding="LINE")
    add(folio, 2010, -1005, -1005)

    result = run(folio.hotel)

    assert [each.assessment.reason for each in result.skipped] == [Reason.ZERO_TOTAL]


def test_a_zero_total_of_charges_at_several_rates_is_for_a_person(hotel: Hotel) -> None:
    """Its tax is not zero, and an invoice over zero could never be corrected."""
    folio = completed(hotel, 100, rate=6)
    charge(folio, -100, rate=23)

    result = run(hotel)

    (skipped,) = result.skipped
    assert skipped.assessment.needs_person
    assert skipped.assessment.text_in_english(currency="EUR") == (
        "total is zero, but not at each tax rate: correct the charges"
    )
    assert not Invoice.objects.exists()
    assert open_charges().count() == 2
