"""Nights since the cleans done in a guest's room (domain rule 1); no database."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hotels.housekeeping.cleaning_history import CleaningHistory, nights_since
from hotels.housekeeping.cleaning_rules import NightsSince

DAY = date(2026, 7, 15)


def ago(nights: int) -> date:
    return DAY - timedelta(days=nights)


def counted(history: CleaningHistory, *, since: int) -> NightsSince:
    return nights_since(history, since=ago(since), day=DAY)


def test_without_a_clean_the_nights_count_from_the_day_the_guest_came() -> None:
    assert counted(CleaningHistory(), since=4) == NightsSince(clean=4, linen=4)


def test_the_nights_count_from_the_last_clean_done() -> None:
    history = CleaningHistory(cleaned=ago(1), linen_changed=ago(3))

    assert counted(history, since=5) == NightsSince(clean=1, linen=3)


def test_a_bed_made_days_before_the_arrival_is_fresh_on_arrival() -> None:
    history = CleaningHistory(cleaned=ago(9), linen_changed=ago(9))

    assert counted(history, since=2) == NightsSince(clean=2, linen=2)


def test_a_clean_left_undone_on_arrival_does_not_start_the_count() -> None:
    history = CleaningHistory(cleaned=ago(9), linen_changed=ago(9), not_done=frozenset({ago(2)}))

    assert counted(history, since=2) == NightsSince(clean=None, linen=None)


def test_a_clean_done_since_starts_the_count_of_a_room_not_cleaned_on_arrival() -> None:
    history = CleaningHistory(cleaned=ago(1), not_done=frozenset({ago(2)}))

    assert counted(history, since=2) == NightsSince(clean=1, linen=None)


def test_a_clean_repeated_and_done_on_the_day_of_arrival_starts_the_count() -> None:
    history = CleaningHistory(cleaned=ago(2), linen_changed=ago(2), not_done=frozenset({ago(2)}))

    assert counted(history, since=2) == NightsSince(clean=2, linen=2)


def test_a_departure_clean_left_undone_for_a_guest_who_extended_is_no_missed_arrival() -> None:
    history = CleaningHistory(cleaned=ago(2), linen_changed=ago(5), not_done=frozenset({ago(1)}))

    assert counted(history, since=5) == NightsSince(clean=2, linen=5)


nights = st.none() | st.integers(0, 12)


@given(st.integers(1, 12), nights, nights, st.booleans())
def test_the_nights_are_those_slept_since_the_latest_event(
    since: int, cleaned: int | None, linen: int | None, prepared: bool
) -> None:
    history = CleaningHistory(
        cleaned=None if cleaned is None else ago(cleaned),
        linen_changed=None if linen is None else ago(linen),
        not_done=frozenset() if prepared else frozenset({ago(since)}),
    )

    def naive(done: int | None) -> int | None:
        events = [n for n in (done, since if prepared else None) if n is not None and n <= since]
        return min(events, default=None)

    assert counted(history, since=since) == NightsSince(clean=naive(cleaned), linen=naive(linen))
