"""Sums that no column can hold: the folio is named with the reason, and no other one is stopped."""

from datetime import datetime
from decimal import Decimal

import pytest
from django.db import transaction

from hotels import money
from hotels.billing.issuing import IssuingResult, issue_invoices
from hotels.billing.uninvoiced import Reason, explain, uninvoiced_folios
from hotels.models import Hotel, Invoice
from hotels.money import AmountTooLarge
from jobs.services.no_show_checker import NoShowResult
from tests.factories import PaymentFactory, PolicyFactory
from tests.hotels.billing.issued import NOW, completed, invoice_of
from tests.jobs.services.no_shows import check, missed

LARGE = Decimal("400_000_000_000.00")
TOO_LARGE = "1,200,000,000,000.00 EUR is too large: an amount can be at most 999,999,999,999.99 EUR"


def issued(hotel: Hotel) -> IssuingResult:
    with transaction.atomic():
        return issue_invoices(hotel=hotel, now=NOW)


def test_the_largest_amount_is_a_minor_unit_below_the_limit() -> None:
    money.refuse_too_large(Decimal("-999999999999.99"), currency="EUR")

    with pytest.raises(AmountTooLarge, match="at most 999,999,999,999 JPY"):
        money.refuse_too_large(Decimal(10**12), currency="JPY")


@pytest.mark.django_db
def test_charges_that_add_up_to_too_much_are_not_invoiced_and_stop_no_other(hotel: Hotel) -> None:
    too_large = completed(hotel, LARGE, LARGE, LARGE)
    other = completed(hotel, 100)

    result = issued(hotel)

    assert [invoice.folio for invoice in result.invoices] == [other]
    assert [(f.row, f.reason) for f in result.failures] == [(too_large, TOO_LARGE)]


@pytest.mark.django_db
def test_such_a_folio_is_listed_as_one_that_a_person_must_correct(hotel: Hotel) -> None:
    completed(hotel, LARGE, LARGE, LARGE)

    (row,) = explain(list(uninvoiced_folios(hotel_ids=None)), now=NOW)

    assert (row.reason, row.amount) == (Reason.UNREADABLE, 3 * LARGE)
    assert TOO_LARGE in row.explanation


@pytest.mark.django_db
def test_payments_that_add_up_to_too_much_stop_no_invoice_of_another_folio(hotel: Hotel) -> None:
    """No action records so much; a script that writes rows may."""
    before = invoice_of(completed(hotel, 100))
    unpaid = completed(hotel, 100)
    for folio in (before.folio, unpaid):
        for _ in range(3):
            PaymentFactory(folio=folio, amount=LARGE)
    other = completed(hotel, 70)

    result = issued(hotel)

    assert [invoice.folio for invoice in result.invoices] == [other]
    assert {f.row for f in result.failures} == {before.folio, unpaid}
    assert all("is too large" in f.reason for f in result.failures)
    assert Invoice.objects.get(pk=before.pk).balance == 100


@pytest.mark.django_db
def test_a_fee_that_is_too_large_is_a_problem_of_its_room_alone(
    hotel: Hotel, now: datetime
) -> None:
    policy = PolicyFactory(hotel=hotel, penalty_type="FULL_STAY")
    room = missed(hotel, price=2 * LARGE, policy=policy)
    missed(hotel, policy=policy)

    result: NoShowResult = check(hotel, now)

    assert result.penalties_applied == 1
    assert [(problem.what, "is too large" in problem.reason) for problem in result.problems] == [
        (str(room), True)
    ]
