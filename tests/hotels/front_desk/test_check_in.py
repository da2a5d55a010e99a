"""Checking guests in: status, time and the room they get."""

from datetime import UTC, date, datetime, timedelta

import pytest

from hotels.errors import ActionRefused
from hotels.front_desk.check_in import check_in, check_in_all
from hotels.models import BookingRoom, Hotel, Room, RoomBlock, RoomType
from tests.factories import HotelFactory, RoomFactory, RoomTypeFactory, stay

pytestmark = pytest.mark.django_db

TODAY = date(2026, 7, 15)
NOW = datetime(2026, 7, 15, 14, 0, tzinfo=UTC)


@pytest.fixture
def double(hotel: Hotel) -> RoomType:
    made: RoomType = RoomTypeFactory(hotel=hotel)
    return made


def rooms_of(room_type: RoomType, count: int) -> list[Room]:
    return [RoomFactory(hotel=room_type.hotel, room_type=room_type) for _ in range(count)]


def arriving(room_type: RoomType, **fields) -> BookingRoom:
    return stay(room_type.hotel, arrival=TODAY, room_type=room_type, **fields)


def rooms_of_nights(booking_room: BookingRoom) -> set[Room]:
    return {night.room for night in booking_room.nights.all()}


def test_a_confirmed_guest_is_checked_in(double: RoomType) -> None:
    checked_in = check_in(stay=arriving(double), now=NOW)

    checked_in.refresh_from_db()
    assert (checked_in.status, checked_in.checked_in_at) == ("CHECKED_IN", NOW)


def test_a_guest_gets_a_free_room_of_the_type_booked_for_all_nights(double: RoomType) -> None:
    RoomFactory(hotel=double.hotel)
    [room] = rooms_of(double, 1)

    checked_in = check_in(stay=arriving(double), now=NOW)

    checked_in.refresh_from_db()
    assert checked_in.room == room
    assert rooms_of_nights(checked_in) == {room}


def test_a_guest_keeps_the_room_assigned_before_arrival(double: RoomType) -> None:
    _, assigned = rooms_of(double, 2)

    checked_in = check_in(stay=arriving(double, room=assigned), now=NOW)

    checked_in.refresh_from_db()
    assert checked_in.room == assigned
    assert rooms_of_nights(checked_in) == {assigned}


def test_a_room_taken_tonight_is_not_assigned_again(double: RoomType) -> None:
    taken, free = rooms_of(double, 2)
    arriving(double, room=taken)

    assert check_in(stay=arriving(double), now=NOW).room == free


def test_a_guest_gets_a_room_that_is_free_until_the_departure(double: RoomType) -> None:
    sold_tomorrow, free = rooms_of(double, 2)
    stay(double.hotel, arrival=TODAY + timedelta(days=1), room=sold_tomorrow)

    assert check_in(stay=arriving(double), now=NOW).room == free


def test_a_room_that_goes_out_of_order_during_the_stay_is_the_last_choice(double: RoomType) -> None:
    blocked, free = rooms_of(double, 2)
    tomorrow = TODAY + timedelta(days=1)
    RoomBlock.objects.create(
        room=blocked, kind="OUT_OF_ORDER", start_date=tomorrow, end_date=TODAY + timedelta(days=2)
    )

    assert check_in(stay=arriving(double), now=NOW).room == free


def test_a_night_another_guest_has_in_the_room_stays_without_a_room(double: RoomType) -> None:
    [sold_tomorrow] = rooms_of(double, 1)
    stay(double.hotel, arrival=TODAY + timedelta(days=1), room=sold_tomorrow)

    checked_in = check_in(stay=arriving(double), now=NOW)

    assert checked_in.room == sold_tomorrow
    assert [night.room for night in checked_in.nights.order_by("date")] == [sold_tomorrow, None]


def test_a_guest_who_arrives_a_day_late_gets_a_room_another_guest_slept_in(
    double: RoomType,
) -> None:
    [room] = rooms_of(double, 1)
    yesterday = TODAY - timedelta(days=1)
    stay(double.hotel, arrival=yesterday, nights_count=1, room=room, status="CHECKED_OUT")
    late = stay(double.hotel, arrival=yesterday, nights_count=2, room_type=double)

    checked_in = check_in(stay=late, now=NOW)

    assert [night.room for night in checked_in.nights.order_by("date")] == [None, room]


def test_the_room_of_an_overdue_guest_is_not_assigned(double: RoomType) -> None:
    occupied, free = rooms_of(double, 2)
    days_ago = TODAY - timedelta(days=3)
    stay(double.hotel, arrival=days_ago, nights_count=2, room=occupied, status="CHECKED_IN")

    assert check_in(stay=arriving(double), now=NOW).room == free


def test_an_out_of_order_room_is_not_assigned(double: RoomType) -> None:
    blocked, free = rooms_of(double, 2)
    RoomBlock.objects.create(
        room=blocked, kind="OUT_OF_ORDER", start_date=TODAY, end_date=TODAY + timedelta(days=1)
    )

    assert check_in(stay=arriving(double), now=NOW).room == free


def test_an_inactive_room_is_not_assigned(double: RoomType) -> None:
    RoomFactory(hotel=double.hotel, room_type=double, active=False)

    assert check_in(stay=arriving(double), now=NOW).room is None


def test_a_guest_is_checked_in_without_a_room_when_none_is_free(double: RoomType) -> None:
    [taken] = rooms_of(double, 1)
    arriving(double, room=taken)

    checked_in = check_in(stay=arriving(double), now=NOW)

    assert (checked_in.status, checked_in.room) == ("CHECKED_IN", None)


def test_several_guests_get_different_rooms(double: RoomType) -> None:
    rooms = rooms_of(double, 3)

    result = check_in_all(hotel=double.hotel, stays=[arriving(double) for _ in rooms], now=NOW)

    assert {guest.room for guest in result.changed} == set(rooms)


def test_a_day_guest_takes_the_last_room_and_an_overnight_guest_the_first(double) -> None:
    first, _, last = rooms_of(double, 3)
    stays = [arriving(double, nights_count=0), arriving(double)]

    day_guest, overnight_guest = check_in_all(hotel=double.hotel, stays=stays, now=NOW).changed

    assert (day_guest.room, overnight_guest.room) == (last, first)


@pytest.mark.parametrize("status", ["TENTATIVE", "CHECKED_IN", "CHECKED_OUT", "CANCELLED"])
def test_a_guest_who_is_not_confirmed_is_refused(double: RoomType, status: str) -> None:
    booking_room = arriving(double, status=status)
    label = BookingRoom.Status(status).label

    with pytest.raises(ActionRefused) as refused:
        check_in(stay=booking_room, now=NOW)

    assert str(refused.value) == (f"{booking_room} cannot be checked in: its status is “{label}”.")


def test_the_status_stored_decides_not_the_status_of_the_row_given(double: RoomType) -> None:
    read_earlier = arriving(double)
    BookingRoom.objects.filter(pk=read_earlier.pk).update(status="CANCELLED")

    with pytest.raises(ActionRefused):
        check_in(stay=read_earlier, now=NOW)


def test_one_refused_guest_does_not_stop_the_others(double: RoomType) -> None:
    cancelled, confirmed = arriving(double, status="CANCELLED"), arriving(double)

    result = check_in_all(hotel=double.hotel, stays=[cancelled, confirmed], now=NOW)

    assert result.changed == (confirmed,)
    assert list(result.refused) == [cancelled.pk]


def test_a_booking_room_of_another_hotel_is_left_alone(double: RoomType) -> None:
    elsewhere = stay(HotelFactory(), arrival=TODAY)

    result = check_in_all(hotel=double.hotel, stays=[elsewhere], now=NOW)

    elsewhere.refresh_from_db()
    assert (result.changed, elsewhere.status) == ((), "CONFIRMED")
