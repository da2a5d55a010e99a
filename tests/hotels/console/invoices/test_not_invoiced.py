"""Completed folios with charges that are not invoiced: reason, age and amount."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hotels.billing.issuing import issue_invoices
from hotels.console.invoices import queries
from hotels.models import BookingRoom, Folio, FolioLine, Hotel, Payment
from tests.factories import HotelFactory, MembershipFactory, PaymentFactory, stay
from tests.hotels.billing.issued import (
    CHECKED_OUT,
    NOW,
    charge,
    completed,
    invoice_of,
    reversal_line_of,
)
from tests.hotels.console.reading import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning")]
LIST = reverse("hotels:invoices")
PAGE = reverse("hotels:not-invoiced")


def listed(client: Client, **query: Any) -> list[Folio]:
    return [row.folio for row in client.get(PAGE, query).context["rows"]]


def test_a_charge_after_the_invoice_is_listed_with_reason_age_and_amount(
    hotel: Hotel, manager: Client
) -> None:
    folio = completed(hotel, 100, completed_at=NOW - timedelta(days=30))
    invoice_of(folio)
    charge(folio, 5, business_date=date(2026, 7, 12))

    text = text_of(manager.get(PAGE))

    assert f"{folio} " in text
    assert "Ready: the next invoice generation issues the invoice" in text
    assert "3 days" in text
    assert "5.00 EUR" in text


def test_a_proposed_credit_note_is_listed_with_its_amount(hotel: Hotel, manager: Client) -> None:
    folio = completed(hotel, 100, rate=6)
    invoice_of(folio)
    reversal_line_of(folio.lines.get())

    text = text_of(manager.get(PAGE))

    assert "A credit note of 100.00 EUR is proposed: decide on it" in text.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("status", "reason"), [("CHECKED_IN", "still in house"), ("CONFIRMED", "still to arrive")]
)
def test_a_folio_that_waits_for_a_room_says_so(
    hotel: Hotel, manager: Client, status: str, reason: str
) -> None:
    stay(hotel, arrival=date(2026, 7, 15), status=status, folio=completed(hotel, 100))

    assert reason in text_of(manager.get(PAGE))
    assert BookingRoom.objects.get().status == status


def test_a_charge_that_does_not_add_up_is_explained(hotel: Hotel, manager: Client) -> None:
    completed(hotel, 100)
    FolioLine.objects.update(net="99.995", gross="99.995")

    assert "A charge is wrong: correct it" in text_of(manager.get(PAGE))


@pytest.mark.parametrize(
    ("model", "amount", "total"), [(FolioLine, "gross", 100), (Payment, "amount", 107)]
)
def test_amounts_in_two_currencies_are_explained_and_not_summed(
    hotel: Hotel, manager: Client, model: Any, amount: str, total: int
) -> None:
    folio = completed(hotel, 100, 7)
    PaymentFactory(folio=folio, amount=7)
    model.objects.filter(**{amount: 7}).update(currency="BGN")  # as in old data

    answer = manager.get(PAGE)

    (row,) = answer.context["rows"]
    assert "the folio has amounts in BGN and EUR" in text_of(answer)
    assert row.amount == total


def test_the_longest_waiting_come_first_and_pages_follow_without_a_gap(
    hotel: Hotel, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    folios = [
        completed(hotel, 10, completed_at=CHECKED_OUT - timedelta(days=n // 2)) for n in range(5)
    ]

    found, query = [], {}
    while True:
        context = manager.get(PAGE, query).context
        found += [row.folio for row in context["rows"]]
        if context["next"] is None:
            break
        query = {"after": context["next"]}

    assert found == [folios[4], folios[2], folios[3], folios[0], folios[1]]


def test_folios_left_open_follow_the_completed_ones_on_their_pages(
    hotel: Hotel, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 1)
    open_ones = [stay(hotel, arrival=date(2026, 7, 20), status="CANCELLED").folio for _ in range(2)]
    for folio in open_ones:
        charge(folio, 15)
    done = completed(hotel, 10)

    found, query = [], {}
    while True:
        answer = manager.get(PAGE, query)
        found += [row.folio for row in answer.context["rows"]]
        if answer.context["next"] is None:
            break
        query = {"after": answer.context["next"]}

    assert found == [done, *open_ones]
    assert "The folio is still open, but no room will use it: complete it" in text_of(answer)


def test_invoiced_settled_and_open_folios_are_not_listed(hotel: Hotel, manager: Client) -> None:
    invoice_of(completed(hotel, 100))
    Folio.objects.filter(pk=completed(hotel, 100).pk).update(status="OPEN")

    assert listed(manager) == []
    assert "All charges of completed folios are invoiced." in text_of(manager.get(PAGE))


def test_folios_of_other_hotels_are_not_listed(elsewhere: Hotel, manager: Client) -> None:
    foreign = completed(elsewhere, 100)

    assert listed(manager) == []
    assert manager.get(PAGE, {"hotel": elsewhere.code}).status_code == 404
    assert manager.get(PAGE, {"after": foreign.pk}).status_code == 404


def test_one_hotel_can_be_chosen(hotel: Hotel, owner: Any, manager: Client) -> None:
    other = MembershipFactory(user=owner, hotel=HotelFactory()).hotel
    completed(hotel, 100)
    wanted = completed(other, 50)

    assert listed(manager, hotel=other.code) == [wanted]


@pytest.mark.parametrize("key", ["x", "-1", "123456"])
def test_an_invalid_key_is_not_found(manager: Client, key: str) -> None:
    assert manager.get(PAGE, {"after": key}).status_code == 404


def test_the_list_of_invoices_links_to_it_with_the_number(hotel: Hotel, manager: Client) -> None:
    assert PAGE not in manager.get(LIST).content.decode()
    completed(hotel, 100)

    answer = manager.get(LIST)

    assert "1 folio has charges that are not invoiced" in text_of(answer)
    assert PAGE in answer.content.decode()


def test_the_page_of_an_invoice_names_the_first_and_the_further_ones(
    hotel: Hotel, manager: Client
) -> None:
    folio = completed(hotel, 100)
    first = invoice_of(folio)
    charge(folio, 5)
    further = _further(folio)

    of_first = text_of(manager.get(reverse("hotels:invoice", args=[first.pk])))
    of_further = text_of(manager.get(reverse("hotels:invoice", args=[further.pk])))

    assert "Further invoices INV-2026-000002" in of_first
    assert "First invoice INV-2026-000001" in of_further


def test_the_number_of_queries_does_not_grow(hotel: Hotel, manager: Client) -> None:
    completed(hotel, 10)
    with CaptureQueriesContext(connection) as one:
        manager.get(PAGE)
    for _ in range(4):
        completed(hotel, 10)

    with CaptureQueriesContext(connection) as many:
        manager.get(PAGE)

    assert len(many) == len(one) <= 10


def _further(folio: Folio) -> Any:
    issue_invoices(hotel=folio.hotel, now=NOW)
    return folio.invoices.get(first_invoice__isnull=False)
