"""Cancelling booking rooms: status, time, nights and folio."""

from datetime import UTC, date, datetime

import pytest

from hotels.errors import ActionRefused
from hotels.front_desk.cancellation import cancel_all, cancel_room
from hotels.models import BookingRoom, Folio, Hotel
from tests.factories import FolioLineFactory, PaymentFactory, RoomFactory, stay

pytestmark = pytest.mark.django_db

ARRIVAL = date(2026, 7, 20)
NOW = datetime(2026, 7, 15, 11, 0, tzinfo=UTC)


@pytest.fixture
def booked(hotel: Hotel) -> BookingRoom:
    return stay(hotel, arrival=ARRIVAL, room=RoomFactory(hotel=hotel))


def folio_status(booking_room: BookingRoom) -> str:
    return str(Folio.objects.get(pk=booking_room.folio_id).status)


def test_a_confirmed_booking_room_is_cancelled(booked: BookingRoom) -> None:
    cancelled = cancel_room(stay=booked, now=NOW)

    cancelled.refresh_from_db()
    assert (cancelled.status, cancelled.cancelled_at) == ("CANCELLED", NOW)


def test_all_nights_are_released_without_a_room(booked: BookingRoom) -> None:
    cancel_room(stay=booked, now=NOW)

    nights = booked.nights.values_list("released", "room")
    assert set(nights) == {(True, None)}


def test_an_unused_folio_becomes_void(booked: BookingRoom) -> None:
    cancel_room(stay=booked, now=NOW)

    assert folio_status(booked) == "VOID"


def test_a_folio_with_a_deposit_stays_open_for_staff_to_settle(booked: BookingRoom) -> None:
    PaymentFactory(folio=booked.folio, is_deposit=True)

    cancel_room(stay=booked, now=NOW)

    assert folio_status(booked) == "OPEN"


def test_the_folio_of_a_departed_guest_is_completed_with_the_last_room_cancelled(
    hotel: Hotel, booked: BookingRoom
) -> None:
    left = stay(hotel, arrival=ARRIVAL, status="CHECKED_OUT", folio=booked.folio)
    FolioLineFactory(folio=booked.folio, booking_room=left)
    second = stay(hotel, arrival=ARRIVAL, folio=booked.folio)

    cancel_room(stay=booked, now=NOW)
    before = folio_status(booked)
    cancel_room(stay=second, now=NOW)

    assert (before, folio_status(booked)) == ("OPEN", "COMPLETED")
    assert Folio.objects.get(pk=booked.folio_id).completed_at == NOW


def test_a_folio_with_a_charge_stays_open(booked: BookingRoom) -> None:
    FolioLineFactory(folio=booked.folio)

    cancel_room(stay=booked, now=NOW)

    assert folio_status(booked) == "OPEN"


def test_a_folio_of_another_booking_room_stays_open_until_both_are_cancelled(booked) -> None:
    other = stay(booked.hotel, arrival=ARRIVAL, booking=booked.booking, folio=booked.folio)

    cancel_room(stay=booked, now=NOW)
    assert folio_status(booked) == "OPEN"

    cancel_room(stay=other, now=NOW)
    assert folio_status(booked) == "VOID"


@pytest.mark.parametrize("status", ["CHECKED_IN", "CHECKED_OUT", "CANCELLED", "NO_SHOW"])
def test_a_booking_room_that_is_not_confirmed_is_refused(hotel: Hotel, status: str) -> None:
    booking_room = stay(hotel, arrival=ARRIVAL, status=status)
    label = BookingRoom.Status(status).label

    with pytest.raises(ActionRefused) as refused:
        cancel_room(stay=booking_room, now=NOW)

    assert str(refused.value) == f"{booking_room} cannot be cancelled: its status is “{label}”."


def test_one_refused_booking_room_does_not_stop_the_others(booked: BookingRoom) -> None:
    in_house = stay(booked.hotel, arrival=ARRIVAL, status="CHECKED_IN")

    result = cancel_all(hotel=booked.hotel, stays=[in_house, booked], now=NOW)

    assert result.changed == (booked,)
    assert list(result.refused) == [in_house.pk]
