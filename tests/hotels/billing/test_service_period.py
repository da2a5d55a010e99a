"""The service period of an invoice: arrival to departure, or the dates of the charges."""

from datetime import date, timedelta
from typing import Any

from hotels.billing.service_period import service_period
from hotels.models import BookingRoom, FolioLine

ARRIVAL, DEPARTURE = date(2026, 7, 10), date(2026, 7, 13)
ROOM = BookingRoom(pk=1, arrival_date=ARRIVAL, departure_date=DEPARTURE)


def night(day: date, room: BookingRoom | None = ROOM, category: str = "ROOM") -> FolioLine:
    return FolioLine(business_date=day, booking_room=room, category=category)


def dates(*lines: FolioLine) -> Any:
    found = service_period(lines)
    return found and (found.start, found.end)


def test_the_nights_of_a_stay_are_arrival_to_departure() -> None:
    nights = [night(ARRIVAL + timedelta(days=n)) for n in range(3)]

    assert dates(*nights) == (ARRIVAL, DEPARTURE)


def test_part_of_the_nights_is_that_part_of_the_stay() -> None:
    assert dates(night(date(2026, 7, 11))) == (date(2026, 7, 11), date(2026, 7, 12))


def test_a_night_posted_at_check_out_does_not_extend_the_stay() -> None:
    assert dates(night(DEPARTURE)) == (DEPARTURE, DEPARTURE)


def test_day_use_is_one_date() -> None:
    day_use = BookingRoom(arrival_date=ARRIVAL, departure_date=ARRIVAL)

    assert dates(night(ARRIVAL, day_use)) == (ARRIVAL, ARRIVAL)


def test_other_charges_count_on_their_date() -> None:
    minibar = night(DEPARTURE + timedelta(days=1), category="EXTRA")

    assert dates(minibar) == (minibar.business_date, minibar.business_date)
    assert dates(night(ARRIVAL), minibar) == (ARRIVAL, minibar.business_date)


def test_a_no_show_fee_counts_on_its_date() -> None:
    assert dates(night(ARRIVAL, category="NO_SHOW_FEE")) == (ARRIVAL, ARRIVAL)


def test_a_room_charge_without_a_room_counts_on_its_date() -> None:
    assert dates(night(ARRIVAL, None)) == (ARRIVAL, ARRIVAL)


def test_without_charges_there_is_no_period() -> None:
    assert dates() is None
