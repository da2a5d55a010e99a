"""Charges on an open folio that no stay will use are reported until a person completes it.

Only completed folios are invoiced (domain rule 5), and no check-out will complete this one.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hotels.billing.uninvoiced import UninvoicedFolio, explain, uninvoiced_folios
from hotels.front_desk.cancellation import cancel_room
from hotels.front_desk.check_out import check_out
from hotels.models import Folio, Hotel
from hotels.no_shows import manager_actions
from jobs.base import JobContext
from jobs.services.invoice_generator import generate_invoices
from tests.factories import FolioFactory, PolicyFactory, RoomFactory, UserFactory, stay
from tests.hotels.billing.issued import charge, invoice_of
from tests.jobs.services.no_shows import TODAY, YESTERDAY, check

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


def reported(hotel: Hotel) -> list[UninvoicedFolio]:
    return explain(list(uninvoiced_folios(hotel_ids=[hotel.pk])), now=NOW + timedelta(days=2))


def reasons(hotel: Hotel) -> dict[Folio, str]:
    return {each.folio: str(each.reason) for each in reported(hotel)}


def named_by_the_run(hotel: Hotel) -> list[str]:
    """The folios that the invoice generation says need attention, and why."""
    context = JobContext(hotel=hotel, now=NOW + timedelta(days=2))
    return [line for line in generate_invoices(context).attention() if "open" in line]


def cancelled(hotel: Hotel) -> Folio:
    room = stay(hotel, arrival=TODAY)
    charge(room.folio, 15)
    cancel_room(stay=room, now=NOW)
    return room.folio


def released(hotel: Hotel) -> Folio:
    room = stay(hotel, arrival=YESTERDAY, policy=PolicyFactory(hotel=hotel, guaranteed=False))
    charge(room.folio, 15)
    check(hotel, NOW)
    return room.folio


def reinstated_then_cancelled(hotel: Hotel) -> Folio:
    room = stay(hotel, arrival=YESTERDAY, room=RoomFactory(hotel=hotel))
    check(hotel, NOW)
    manager_actions.reinstate(record=room.no_show_records.get(), user=UserFactory(), now=NOW)
    charge(room.folio, 15)
    cancel_room(stay=room, now=NOW)
    return room.folio


def released_by_decision(hotel: Hotel) -> Folio:
    room = stay(hotel, arrival=YESTERDAY, nights_count=0, day_use_price=Decimal(60))
    check(hotel, NOW)
    manager_actions.reinstate(record=room.no_show_records.get(), user=UserFactory(), now=NOW)
    charge(room.folio, 15)
    check(hotel, NOW)
    review = room.no_show_records.get(outcome="REVIEW")
    manager_actions.release(record=review, user=UserFactory(), now=NOW)
    return room.folio


def left_by_its_last_room(hotel: Hotel) -> Folio:
    room = stay(hotel, arrival=YESTERDAY, status="CHECKED_IN")
    left = room.folio
    charge(left, 15)
    room.folio = FolioFactory(booking=room.booking)
    room.save()
    check_out(stay=room, now=NOW)
    return left


def beside_a_stay_that_is_over(hotel: Hotel) -> Folio:
    room = stay(hotel, arrival=YESTERDAY, status="CHECKED_IN")
    extra = FolioFactory(booking=room.booking)
    charge(extra, 15)
    check_out(stay=room, now=NOW)
    return extra


each_way = pytest.mark.parametrize(
    "strand",
    [
        cancelled,
        released,
        reinstated_then_cancelled,
        released_by_decision,
        left_by_its_last_room,
        beside_a_stay_that_is_over,
    ],
)


@each_way
def test_charges_without_a_stay_are_reported(
    hotel: Hotel, strand: Callable[[Hotel], Folio]
) -> None:
    folio = strand(hotel)

    (row,) = [each for each in reported(hotel) if each.folio == folio]
    folio.refresh_from_db()
    assert folio.status == "OPEN"
    assert (row.reason, row.amount) == ("LEFT_OPEN", 15)
    assert (row.since, row.days) == (date(2026, 7, 13), 4)


@each_way
def test_the_nightly_run_names_them_until_a_person_deals_with_them(
    hotel: Hotel, strand: Callable[[Hotel], Folio]
) -> None:
    folio = strand(hotel)

    assert named_by_the_run(hotel) == [
        f"folio {folio}: the folio is still open, but no room will use it: complete it or make it"
        " void"
    ]
    Folio.objects.filter(pk=folio.pk).update(status="VOID")
    assert named_by_the_run(hotel) == []


@pytest.mark.parametrize("status", ["TENTATIVE", "CONFIRMED", "CHECKED_IN"])
def test_a_folio_that_a_room_will_use_is_not_reported(hotel: Hotel, status: str) -> None:
    room = stay(hotel, arrival=TODAY, status=status)
    charge(room.folio, 15)
    stay(hotel, arrival=TODAY, status="CANCELLED", booking=room.booking, folio=room.folio)

    assert reasons(hotel) == {}
    assert named_by_the_run(hotel) == []


def test_a_folio_that_was_never_a_rooms_waits_for_the_guests_of_its_booking(hotel: Hotel) -> None:
    room = stay(hotel, arrival=YESTERDAY, status="CHECKED_IN")
    charge(FolioFactory(booking=room.booking), 15)

    assert reasons(hotel) == {}
    assert named_by_the_run(hotel) == []


@pytest.mark.parametrize("fields", [{"status": "VOID"}, {"status": "OPEN", "charges": ()}])
def test_a_folio_with_nothing_to_invoice_is_not_reported(
    hotel: Hotel, fields: dict[str, Any]
) -> None:
    folio = stay(hotel, arrival=TODAY, status="CANCELLED").folio
    for gross in fields.pop("charges", (15,)):
        charge(folio, gross)
    Folio.objects.update(**fields)

    assert reasons(hotel) == {}


@pytest.mark.parametrize(("rate", "is_reported"), [("6", False), ("23", True)])
def test_charges_that_cancel_out_at_each_tax_rate_are_not_reported(
    hotel: Hotel, rate: str, is_reported: bool
) -> None:
    folio = stay(hotel, arrival=TODAY, status="CANCELLED").folio
    charge(folio, 15, rate=6)
    charge(folio, -15, rate=rate)

    assert bool(reasons(hotel)) == is_reported
    assert bool(named_by_the_run(hotel)) == is_reported


def test_once_a_person_completes_the_folio_it_is_invoiced(hotel: Hotel) -> None:
    folio = cancelled(hotel)

    Folio.objects.filter(pk=folio.pk).update(status="COMPLETED", completed_at=NOW)

    assert reasons(hotel) == {folio: "READY"}
    assert invoice_of(folio).gross == 15
    assert reasons(hotel) == {}
