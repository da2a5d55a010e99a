"""States of bookings at the end of a day, and the events of each day."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hotels.importing.booking_states import BookingState, OutcomeDates, Status, states_at
from hotels.importing.derived_rooms import peak_nights
from hotels.importing.diary import events_by_day
from hotels.importing.records import Deposit, Record, StayOutcome

RECORDED, HAPPENED = OutcomeDates.RECORDED, OutcomeDates.HAPPENED
ARRIVAL = date(2024, 4, 10)


def record(**fields: Any) -> Record:
    """A booking made on 1 April for three nights from the 10th; checked out on the 13th."""
    values: dict[str, Any] = {
        "line": 2,
        "made_date": date(2024, 4, 1),
        "arrival_date": ARRIVAL,
        "nights": 3,
        "outcome": StayOutcome.CHECKED_OUT,
        "recorded_date": date(2024, 4, 13),
        "room_type": "A",
        "adr": Decimal(80),
        "adults": 2,
        "children": 0,
        "country": "PRT",
        "deposit": Deposit.NONE,
        "source": "",
        "notes": "",
    }
    return Record(**values | fields)


def status_on(day: int, outcomes: OutcomeDates = RECORDED, **fields: Any) -> str | None:
    """Status at the end of a day of April; None if the booking is not made yet."""
    entries = states_at(records=[record(**fields)], as_of=date(2024, 4, day), outcomes=outcomes)
    return str(entries[0].status) if entries else None


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (1, "CONFIRMED"),
        (9, "CONFIRMED"),
        (10, "CHECKED_IN"),
        (12, "CHECKED_IN"),
        (13, "CHECKED_OUT"),
    ],
)
@pytest.mark.parametrize("outcomes", OutcomeDates)
def test_a_stay_is_confirmed_then_in_house_then_checked_out(
    outcomes: OutcomeDates, day: int, status: str
) -> None:
    assert status_on(day, outcomes) == status


def test_a_booking_made_later_has_no_state_yet() -> None:
    assert status_on(1, made_date=date(2024, 4, 2)) is None


@pytest.mark.parametrize(
    ("outcomes", "status"), [(RECORDED, "CHECKED_OUT"), (HAPPENED, "CHECKED_IN")]
)
def test_an_early_check_out_counts_only_by_its_recorded_date(
    outcomes: OutcomeDates, status: str
) -> None:
    assert status_on(11, outcomes, recorded_date=date(2024, 4, 11)) == status


@pytest.mark.parametrize(("outcomes", "status"), [(RECORDED, "NO_SHOW"), (HAPPENED, "CONFIRMED")])
def test_a_no_show_recorded_before_arrival_counts_only_by_its_recorded_date(
    outcomes: OutcomeDates, status: str
) -> None:
    fields = {"outcome": StayOutcome.NO_SHOW, "recorded_date": date(2024, 4, 3)}

    assert status_on(4, outcomes, **fields) == status


def test_a_no_show_happens_on_the_arrival_date() -> None:
    fields = {"outcome": StayOutcome.NO_SHOW, "recorded_date": date(2024, 4, 12)}

    assert status_on(9, HAPPENED, **fields) == "CONFIRMED"
    assert status_on(10, HAPPENED, **fields) == "NO_SHOW"


def test_a_no_show_guest_is_never_in_house() -> None:
    fields = {"outcome": StayOutcome.NO_SHOW, "recorded_date": date(2024, 4, 12)}

    assert status_on(11, RECORDED, **fields) == "CONFIRMED"


def test_a_cancellation_counts_from_its_date() -> None:
    fields = {"outcome": StayOutcome.CANCELLED, "recorded_date": date(2024, 4, 5)}

    assert [status_on(day, HAPPENED, **fields) for day in (4, 5)] == ["CONFIRMED", "CANCELLED"]


@pytest.mark.parametrize(
    ("recorded", "happens"),
    [(date(2024, 4, 20), ARRIVAL), (date(2024, 3, 1), date(2024, 4, 1))],
)
def test_a_cancellation_happens_between_booking_and_arrival(recorded: date, happens: date) -> None:
    cancelled = record(outcome=StayOutcome.CANCELLED, recorded_date=recorded)

    assert HAPPENED.of(cancelled) == happens


def test_the_peak_counts_nights_of_stays_that_took_place_by_reserved_type() -> None:
    records = [
        record(),
        record(arrival_date=ARRIVAL + timedelta(days=2)),
        record(arrival_date=ARRIVAL + timedelta(days=3)),
        record(outcome=StayOutcome.CANCELLED),
        record(outcome=StayOutcome.NO_SHOW, room_type="B"),
    ]

    assert peak_nights(records) == {"A": 2, "B": 0}


def test_each_event_is_listed_on_the_day_it_happens() -> None:
    stay, day_use = record(), record(nights=0)
    cancelled = record(outcome=StayOutcome.CANCELLED, recorded_date=ARRIVAL)
    no_show = record(outcome=StayOutcome.NO_SHOW)

    pages = events_by_day(records=[stay, day_use, cancelled, no_show], after=date(2024, 3, 31))

    assert pages[date(2024, 4, 1)].bookings == [stay, day_use, cancelled, no_show]
    assert pages[ARRIVAL].arrivals == [stay]
    assert pages[ARRIVAL].day_use == [day_use]
    assert pages[ARRIVAL].cancellations == [cancelled]
    assert pages[date(2024, 4, 13)].departures == [stay]


def test_events_up_to_the_evening_before_are_not_listed() -> None:
    assert not events_by_day(records=[record()], after=date(2024, 4, 13))


def test_a_booking_is_over_once_it_has_an_end_date() -> None:
    assert BookingState(record=record(), status=Status.CHECKED_OUT, ended_date=ARRIVAL).over
    assert not BookingState(record=record(), status=Status.CHECKED_IN).over
