"""The clean a room needs, its priority and minutes (domain rule 1); no database."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hotels.housekeeping.cleaning_rules import (
    GUEST_IN_ROOM,
    Clean,
    CleaningRules,
    NightsSince,
    NoClean,
    RoomDay,
    due,
    minutes_for,
    required_clean,
)
from hotels.housekeeping.occupancy import Stay, read_occupancy

pytestmark = pytest.mark.once

DAY = date(2026, 7, 15)
NOW = datetime(2026, 7, 15, 8, 0, tzinfo=UTC)
ROOM, OTHER = 1, 2


def in_house(*, since: int, until: int, **fields: Any) -> Stay:
    """A stay in ROOM that arrived `since` days ago and departs in `until` days."""
    return Stay(
        pk=7,
        label="B7/1",
        in_house=True,
        arrival=DAY - timedelta(days=since),
        departure=DAY + timedelta(days=until),
        room_id=fields.pop("room_id", ROOM),
        **fields,
    )


def expected(*, on: date = DAY, **fields: Any) -> Stay:
    """A confirmed stay of two nights with ROOM assigned."""
    return Stay(
        pk=8,
        label="B8/1",
        in_house=False,
        arrival=on,
        departure=on + timedelta(days=2),
        room_id=ROOM,
        **fields,
    )


def verdict(
    *stays: Stay,
    room: int = ROOM,
    rules: CleaningRules | None = None,
    nights: NightsSince | None = None,
    **fields: Any,
) -> Clean | NoClean:
    """The clean `room` needs with `stays`."""
    found = read_occupancy(stays, day=DAY, now=NOW, zone=ZoneInfo("Europe/Lisbon"))
    return required_clean(
        RoomDay(
            room_id=room,
            number=str(room),
            occupants=found.occupants.get(room, ()),
            arrivals=found.arrivals.get(room, ()),
            moved_out=room in found.moved_out,
            **fields,
        ),
        rules=rules or CleaningRules(),
        nights=nights,
    )


def since(*, clean: int | None = 1, linen: int | None = 1) -> NightsSince:
    return NightsSince(clean=clean, linen=linen)


def kind(*stays: Stay, **fields: Any) -> str | None:
    found = verdict(*stays, **fields)
    return found.kind if isinstance(found, Clean) else None


def priority(*stays: Stay) -> str:
    found = verdict(*stays, dirty=True)
    assert isinstance(found, Clean)
    return found.priority


def test_an_empty_room_out_of_order_the_whole_day_needs_no_clean() -> None:
    assert kind(out_of_order=True, dirty=True) is None


@pytest.mark.parametrize(("until", "expected"), [(0, "DEPARTURE"), (1, "STAYOVER")])
@pytest.mark.parametrize("state", [{"out_of_order": True}, {"active": False}], ids=str)
def test_a_room_out_of_order_or_inactive_with_a_guest_in_it_is_cleaned(
    state: dict[str, bool], until: int, expected: str
) -> None:
    assert kind(in_house(since=1, until=until), **state) == expected


def test_a_room_back_in_order_with_a_guest_in_it_gets_the_clean_of_its_guest() -> None:
    assert kind(in_house(since=1, until=1), back_in_order=True) == "STAYOVER"


def test_a_clean_room_whose_block_ends_today_needs_a_departure_clean() -> None:
    assert kind(back_in_order=True, dirty=False) == "DEPARTURE"


def test_a_block_followed_by_another_keeps_the_room_out_of_order() -> None:
    assert kind(out_of_order=True, back_in_order=True) is None


def test_a_guest_due_out_today_needs_a_departure_clean() -> None:
    assert kind(in_house(since=2, until=0)) == "DEPARTURE"


def test_an_overstay_is_due_out() -> None:
    assert kind(in_house(since=3, until=-1)) == "DEPARTURE"


def test_day_use_is_due_out_on_the_day_it_arrives() -> None:
    assert kind(in_house(since=0, until=0)) == "DEPARTURE"


def test_a_vacant_dirty_room_needs_a_departure_clean() -> None:
    assert kind(dirty=True) == "DEPARTURE"


def test_a_vacant_clean_room_needs_no_clean() -> None:
    assert verdict(dirty=False) == NoClean(reason="the room is vacant and clean")


def test_a_guest_who_arrived_today_into_a_clean_room_needs_no_clean() -> None:
    found = verdict(in_house(since=0, until=2), dirty=False)

    assert found == NoClean(reason="the guest arrived today into a clean room")


@pytest.mark.parametrize("state", ["dirty", "back_in_order"])
def test_the_departure_clean_of_a_room_whose_guest_arrived_before_it_is_urgent(state: str) -> None:
    found = verdict(in_house(since=0, until=2), **{state: True})

    assert isinstance(found, Clean)
    assert (found.kind, found.priority, found.reason) == ("DEPARTURE", "URGENT", GUEST_IN_ROOM)


def test_a_clean_a_guest_in_the_room_waits_for_is_not_made_for_that_guest() -> None:
    """A departure clean cannot be finished while the guest it was made for is in the room."""
    found = verdict(in_house(since=0, until=2), dirty=True)

    assert isinstance(found, Clean)
    assert found.stay_id is None


@pytest.mark.parametrize("dirty", [True, False])
def test_two_guests_who_swap_rooms_leave_both_rooms_to_be_cleaned(dirty: bool) -> None:
    swapped = [
        in_house(since=2, until=2, room_id=b, last_night_room_id=a, tonight_room_id=b)
        for a, b in ((ROOM, OTHER), (OTHER, ROOM))
    ]

    found = [verdict(*swapped, room=room, dirty=dirty) for room in (ROOM, OTHER)]

    assert [(one.kind, one.priority) for one in found if isinstance(one, Clean)] == [
        ("DEPARTURE", "URGENT")
    ] * 2


def test_a_guest_who_came_a_day_late_arrived_on_the_day_of_the_check_in() -> None:
    late = in_house(since=1, until=1, checked_in_date=DAY)

    assert (kind(late), kind(late, dirty=True)) == (None, "DEPARTURE")


def test_a_guest_who_came_a_day_early_stays_over_on_the_arrival_date() -> None:
    early = in_house(since=0, until=1, checked_in_date=DAY - timedelta(days=1))

    assert kind(early) == "STAYOVER"


def test_a_guest_who_opted_out_gets_a_skipped_stayover_clean_with_the_reason() -> None:
    found = verdict(in_house(since=1, until=2, opt_out="sleeps late"))

    assert isinstance(found, Clean)
    assert (found.kind, found.skipped) == ("STAYOVER", True)
    assert found.reason == "Guest declined cleaning: sleeps late"


def test_an_opt_out_does_not_prevent_the_departure_clean() -> None:
    found = verdict(in_house(since=1, until=0, opt_out="sleeps late"))

    assert isinstance(found, Clean)
    assert (found.kind, found.skipped) == ("DEPARTURE", False)


def test_a_long_opt_out_reason_is_cut_to_the_length_of_the_column() -> None:
    found = verdict(in_house(since=1, until=1, opt_out="x" * 200))

    assert isinstance(found, Clean)
    assert len(found.reason) == 200


def test_an_occupied_room_gets_a_stayover_clean_every_night_by_default() -> None:
    assert [kind(in_house(since=n, until=1)) for n in (1, 2, 3)] == ["STAYOVER"] * 3


def test_without_a_clean_done_stayovers_count_from_arrival_until_one_is_done() -> None:
    rules = CleaningRules(stayover_interval=2)

    found = [kind(in_house(since=n, until=1), rules=rules) for n in (1, 2, 3)]

    assert found == [None, "STAYOVER", "STAYOVER"]


@pytest.mark.parametrize(("nights", "is_due"), [(0, False), (2, False), (3, True), (4, True)])
def test_work_is_due_once_its_interval_has_passed_since_it_was_done(
    nights: int, is_due: bool
) -> None:
    assert due(nights, interval=3) is is_due


def test_work_not_done_since_the_guest_came_is_due() -> None:
    assert due(None, interval=3)


def test_stayovers_count_from_the_last_clean_done() -> None:
    guest, rules = in_house(since=6, until=1), CleaningRules(stayover_interval=3)

    found = [verdict(guest, rules=rules, nights=since(clean=n)) for n in (0, 1, 2, 3, 4, None)]

    assert [isinstance(one, Clean) for one in found] == [False, False, False, True, True, True]
    assert [one.reason for one in found if isinstance(one, NoClean)] == [
        "the room was already cleaned today",
        "1 night since the last clean; stay-over cleans every 3 nights",
        "2 nights since the last clean; stay-over cleans every 3 nights",
    ]


def test_linen_counts_from_the_last_change_done() -> None:
    found = [verdict(in_house(since=6, until=1), nights=since(linen=n)) for n in (1, 2, 3, 4, None)]

    assert [one.linen_change for one in found if isinstance(one, Clean)] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_a_stayover_clean_includes_a_linen_change_that_is_due() -> None:
    found = verdict(in_house(since=3, until=1))

    assert isinstance(found, Clean)
    assert found.linen_change


def test_an_inactive_room_needs_no_clean() -> None:
    assert kind(active=False, dirty=True) is None


def test_the_room_a_guest_moves_out_of_later_today_needs_a_departure_clean() -> None:
    stay = in_house(since=2, until=2, last_night_room_id=ROOM, tonight_room_id=OTHER)

    assert kind(stay) == "DEPARTURE"


def test_the_room_a_guest_moves_into_later_today_has_high_priority() -> None:
    stay = in_house(since=2, until=2, last_night_room_id=ROOM, tonight_room_id=OTHER)
    found = verdict(stay, room=OTHER, dirty=True)

    assert isinstance(found, Clean)
    assert (found.kind, found.priority) == ("DEPARTURE", "HIGH")


def test_the_room_a_guest_has_moved_into_today_needs_no_clean() -> None:
    stay = in_house(since=2, until=2, room_id=OTHER, last_night_room_id=ROOM, tonight_room_id=OTHER)

    assert (kind(stay, dirty=True), kind(stay, room=OTHER)) == ("DEPARTURE", None)


def test_the_room_of_the_night_counts_before_the_room_now_assigned() -> None:
    stay = in_house(since=2, until=2, room_id=OTHER, last_night_room_id=ROOM, tonight_room_id=ROOM)

    assert (kind(stay), kind(stay, room=OTHER)) == ("STAYOVER", None)


def test_a_guest_due_out_is_in_the_room_of_last_night() -> None:
    stay = in_house(since=2, until=0, room_id=OTHER, last_night_room_id=ROOM)

    assert (kind(stay), kind(stay, room=OTHER)) == ("DEPARTURE", None)


def test_a_guest_in_house_without_a_room_is_listed() -> None:
    stay = in_house(since=1, until=1, room_id=None)

    found = read_occupancy([stay], day=DAY, now=NOW, zone=ZoneInfo("Europe/Lisbon"))

    assert found.without_room == (stay,)


def test_a_departure_without_an_arrival_has_normal_priority() -> None:
    assert priority() == "NORMAL"


def test_an_arrival_today_gives_a_departure_high_priority() -> None:
    assert priority(expected()) == "HIGH"


def test_an_arrival_tomorrow_does_not_raise_the_priority() -> None:
    assert priority(expected(on=DAY + timedelta(days=1))) == "NORMAL"


def test_a_vip_arriving_today_makes_a_departure_urgent() -> None:
    assert priority(expected(vip=True)) == "URGENT"


def test_a_guest_whose_announced_time_has_passed_is_waiting() -> None:
    assert priority(expected(eta=NOW)) == "URGENT"


def test_a_guest_announced_for_later_is_not_waiting_yet() -> None:
    assert priority(expected(eta=NOW + timedelta(hours=1))) == "HIGH"


def test_a_guest_with_a_key_is_waiting() -> None:
    assert priority(expected(key_issued=True)) == "URGENT"


def test_a_missed_arrival_of_yesterday_does_not_raise_the_priority() -> None:
    assert priority(expected(on=DAY - timedelta(days=1))) == "NORMAL"


def test_an_arrival_of_yesterday_on_hold_is_expected_today() -> None:
    assert priority(expected(on=DAY - timedelta(days=1), held=True)) == "HIGH"


def test_a_late_arrival_whose_stay_is_over_is_not_expected() -> None:
    assert priority(expected(on=DAY - timedelta(days=2), held=True)) == "NORMAL"


def test_an_arrival_of_yesterday_announced_for_today_is_expected() -> None:
    late = expected(on=DAY - timedelta(days=1), eta=NOW + timedelta(hours=3))

    assert priority(late) == "HIGH"


def test_a_late_arrival_is_not_expected_two_hours_after_the_announced_time() -> None:
    late = expected(on=DAY - timedelta(days=1), eta=NOW - timedelta(hours=2))

    assert priority(late) == "NORMAL"


def test_a_late_arrival_is_not_expected_more_than_two_hours_after_it() -> None:
    late = expected(on=DAY - timedelta(days=1), eta=NOW - timedelta(hours=2, minutes=1))

    assert priority(late) == "NORMAL"


def test_a_stayover_clean_has_low_priority() -> None:
    found = verdict(in_house(since=1, until=1))

    assert isinstance(found, Clean)
    assert found.priority == "LOW"


@pytest.mark.parametrize(
    ("weight", "factor", "minutes"),
    [(30, "1", 30), (20, "1.5", 30), (30, "0.75", 23), (30, "1.25", 38), (25, "0.5", 13)],
)
def test_minutes_are_factor_times_weight_rounded_half_up(
    weight: int, factor: str, minutes: int
) -> None:
    assert minutes_for(weight, factor=Decimal(factor)) == minutes


def test_each_kind_of_clean_has_its_own_weight() -> None:
    rules = CleaningRules(departure_credits=40, stayover_credits=10)
    leaving, staying = in_house(since=1, until=0), in_house(since=1, until=1)

    found = [verdict(stay, rules=rules, factor=Decimal(2)) for stay in (leaving, staying)]

    assert [clean.minutes for clean in found if isinstance(clean, Clean)] == [80, 20]


def test_a_clean_of_more_than_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="gives 29,970 minutes, more than a day"):
        minutes_for(30, factor=Decimal(999))
