"""Checking guests out: status, time, folio, nights and the state of the room."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hotels.errors import ActionRefused
from hotels.front_desk.check_out import check_out, check_out_all
from hotels.models import BookingRoom, Folio, Hotel, Room
from tests.factories import RoomFactory, stay

pytestmark = pytest.mark.django_db

TODAY = date(2026, 7, 15)
NOW = datetime(2026, 7, 15, 11, 0, tzinfo=UTC)


@pytest.fixture
def room(hotel: Hotel) -> Room:
    made: Room = RoomFactory(hotel=hotel, cleanliness="CLEAN")
    return made


def guest_in(room: Room, *, nights: int = 2, **fields) -> BookingRoom:
    arrival = TODAY - timedelta(days=2)
    return stay(
        room.hotel, arrival=arrival, nights_count=nights, status="CHECKED_IN", room=room, **fields
    )


def test_a_guest_in_house_is_checked_out(room: Room) -> None:
    checked_out = check_out(stay=guest_in(room), now=NOW)

    checked_out.refresh_from_db()
    assert (checked_out.status, checked_out.checked_out_at) == ("CHECKED_OUT", NOW)


def test_the_room_of_the_guest_becomes_dirty(room: Room) -> None:
    check_out(stay=guest_in(room), now=NOW)

    room.refresh_from_db()
    assert room.cleanliness == "DIRTY"


def test_the_folio_of_the_guest_is_completed(room: Room) -> None:
    guest = guest_in(room)

    check_out(stay=guest, now=NOW)

    folio = Folio.objects.get(pk=guest.folio_id)
    assert (folio.status, folio.completed_at) == ("COMPLETED", NOW)


def test_a_folio_stays_open_while_another_room_charged_to_it_is_in_house(hotel: Hotel) -> None:
    first = guest_in(RoomFactory(hotel=hotel))
    second = guest_in(RoomFactory(hotel=hotel), booking=first.booking, folio=first.folio)

    check_out(stay=first, now=NOW)
    assert Folio.objects.get(pk=first.folio_id).status == "OPEN"

    check_out(stay=second, now=NOW)
    assert Folio.objects.get(pk=first.folio_id).status == "COMPLETED"


def test_rooms_that_share_a_folio_complete_it_when_they_check_out_together(hotel: Hotel) -> None:
    first = guest_in(RoomFactory(hotel=hotel))
    second = guest_in(RoomFactory(hotel=hotel), booking=first.booking, folio=first.folio)

    check_out_all(hotel=hotel, stays=[first, second], now=NOW)

    assert Folio.objects.get(pk=first.folio_id).status == "COMPLETED"


def test_a_folio_completed_earlier_keeps_its_time(room: Room) -> None:
    guest, earlier = guest_in(room), NOW - timedelta(hours=3)
    Folio.objects.filter(pk=guest.folio_id).update(status="COMPLETED", completed_at=earlier)

    check_out(stay=guest, now=NOW)

    assert Folio.objects.get(pk=guest.folio_id).completed_at == earlier


def test_the_nights_after_an_early_departure_are_released(room: Room) -> None:
    guest = guest_in(room, nights=4)

    check_out(stay=guest, now=NOW)

    released = guest.nights.filter(released=True).values_list("date", flat=True)
    assert sorted(released) == [TODAY, TODAY + timedelta(days=1)]


@pytest.mark.parametrize(("local_time", "released"), [((14, 23, 50), 3), ((15, 0, 40), 2)])
def test_a_guest_who_leaves_after_midnight_has_slept_the_night(
    room: Room, local_time: tuple[int, int, int], released: int
) -> None:
    """The business date is that of the evening until day close at 03:00."""
    guest = guest_in(room, nights=4)
    day, hour, minute = local_time

    check_out(stay=guest, now=datetime(2026, 7, day, hour, minute, tzinfo=room.hotel.zone))

    assert guest.nights.filter(released=True).count() == released


@pytest.mark.parametrize("status", ["CONFIRMED", "CHECKED_OUT", "CANCELLED", "NO_SHOW"])
def test_a_guest_who_is_not_in_house_is_refused(hotel: Hotel, status: str) -> None:
    booking_room = stay(hotel, arrival=TODAY, status=status)
    label = BookingRoom.Status(status).label

    with pytest.raises(ActionRefused) as refused:
        check_out(stay=booking_room, now=NOW)

    assert str(refused.value) == (f"{booking_room} cannot be checked out: its status is “{label}”.")


def test_one_refused_guest_does_not_stop_the_others(room: Room) -> None:
    confirmed, guest = stay(room.hotel, arrival=TODAY), guest_in(room)

    result = check_out_all(hotel=room.hotel, stays=[confirmed, guest], now=NOW)

    assert result.changed == (guest,)
    assert list(result.refused) == [confirmed.pk]
