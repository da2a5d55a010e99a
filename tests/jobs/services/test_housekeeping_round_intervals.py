"""Stay-over cleans and linen changes count from what was done (domain rule 1)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from hotels.front_desk.check_out import check_out
from hotels.housekeeping.finishing import finish_clean
from hotels.models import BookingRoom, CleaningOptOut, Hotel, HousekeepingTask
from tests.factories import HotelFactory, stay
from tests.jobs.services.housekeeping import TODAY, guest_in, room_of, run, task_in

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
DONE, MISSED, OPTED_OUT, NO_ROUND = "done", "missed", "opted out", "no round"

# The clean of a day: None, or its kind and whether it changes the linen.
Cleaned = tuple[str, bool] | None


def morning(night: int) -> datetime:
    return MORNING + timedelta(days=night)


def arrived(hotel: Hotel, *, made: bool = True) -> BookingRoom:
    """A guest of two weeks who arrived today, after a departure whose clean was `made` or not."""
    room = room_of(hotel)
    leaving = guest_in(room, until=0)
    run(hotel, MORNING)
    check_out(stay=leaving, now=MORNING)
    if made:
        finish_clean(task=HousekeepingTask.objects.get(room=room), now=MORNING)
    arrival = MORNING + timedelta(hours=8)
    return stay(
        hotel, arrival=TODAY, nights_count=14, room=room, status="CHECKED_IN", checked_in_at=arrival
    )


def live(guest: BookingRoom, *, days: Sequence[str]) -> list[Cleaned]:
    """The clean of each day after the arrival, on which staff and guest do as `days` says."""
    return [_live(guest, night=night, what=what) for night, what in enumerate(days, start=1)]


def _live(guest: BookingRoom, *, night: int, what: str) -> Cleaned:
    day = TODAY + timedelta(days=night)
    if what == OPTED_OUT:
        CleaningOptOut.objects.create(booking_room=guest, date=day)
    if what == NO_ROUND:
        return None
    run(guest.hotel, morning(night))
    task = HousekeepingTask.objects.filter(room=guest.room_id, date=day).first()
    if task is None:
        return None
    if what == OPTED_OUT:
        assert task.status == "SKIPPED"
        return None
    if what == DONE:
        finish_clean(task=task, now=morning(night))
        run(guest.hotel, morning(night) + timedelta(hours=4))
        task.refresh_from_db()
        assert task.status == "DONE"
    return task.kind, task.linen_change


def naive(days: Sequence[str], *, stayover: int, linen: int, made: bool) -> list[Cleaned]:
    """The expected cleans, from the rule as a housekeeper says it."""
    never = -100
    last_clean, last_linen = (0, 0) if made else (never, never)
    expected: list[Cleaned] = []
    for night, what in enumerate(days, start=1):
        asked_for = what in (DONE, MISSED) and night - last_clean >= stayover
        fresh_linen = night - last_linen >= linen
        expected.append(("STAYOVER", fresh_linen) if asked_for else None)
        if asked_for and what == DONE:
            last_clean = night
            last_linen = night if fresh_linen else last_linen
    return expected


def nights_of(found: Sequence[Cleaned]) -> list[int]:
    return [night for night, clean in enumerate(found, start=1) if clean]


def linen_nights_of(found: Sequence[Cleaned]) -> list[int]:
    return [night for night, clean in enumerate(found, start=1) if clean and clean[1]]


def test_an_opt_out_on_the_day_of_a_clean_is_caught_up_the_next_day() -> None:
    guest = arrived(HotelFactory(stayover_interval=3))

    found = live(guest, days=[DONE, DONE, OPTED_OUT, DONE, DONE, DONE, DONE])

    assert nights_of(found) == [4, 7]


def test_a_clean_missed_on_its_day_is_caught_up_the_next_day() -> None:
    guest = arrived(HotelFactory(stayover_interval=3))

    found = live(guest, days=[DONE, DONE, MISSED, DONE, DONE, DONE, DONE])

    assert nights_of(found) == [3, 4, 7]


def test_a_linen_change_missed_or_declined_is_part_of_the_next_clean(hotel: Hotel) -> None:
    guest = arrived(hotel)

    found = live(guest, days=[DONE, DONE, MISSED, OPTED_OUT, DONE, DONE, DONE, DONE])

    assert linen_nights_of(found) == [3, 5, 8]


def test_a_linen_change_due_between_two_cleans_is_part_of_the_next_and_counts_from_it() -> None:
    guest = arrived(HotelFactory(stayover_interval=2, linen_interval=3))

    found = live(guest, days=[DONE] * 8)

    assert (nights_of(found), linen_nights_of(found)) == ([2, 4, 6, 8], [4, 8])


def test_a_bed_made_for_the_arrival_starts_the_count(hotel: Hotel) -> None:
    found = live(arrived(hotel), days=[DONE] * 3)

    assert linen_nights_of(found) == [3]


def test_a_guest_in_a_room_not_cleaned_gets_fresh_linen_on_the_next_possible_day() -> None:
    guest = arrived(HotelFactory(stayover_interval=3), made=False)

    found = live(guest, days=[OPTED_OUT, DONE, DONE, DONE, DONE])

    assert (nights_of(found), linen_nights_of(found)) == ([2, 5], [2, 5])


def test_a_departure_clean_done_by_hand_for_a_staying_guest_changes_the_linen(
    hotel: Hotel,
) -> None:
    guest = arrived(hotel)
    by_hand = task_in(
        guest.room,
        date=TODAY + timedelta(days=2),
        kind="DEPARTURE",
        source="MANUAL",
        status="DONE",
        completed_at=morning(2),
    )

    found = live(guest, days=[DONE, NO_ROUND, DONE, DONE, DONE])

    assert by_hand.linen_change is False
    assert linen_nights_of(found) == [5]


def test_a_guest_who_moves_starts_anew_in_the_room_made_for_the_move() -> None:
    hotel = HotelFactory(stayover_interval=3)
    guest, fresh = arrived(hotel), room_of(hotel)
    live(guest, days=[DONE, DONE])
    guest.nights.filter(date__gte=TODAY + timedelta(days=2)).update(room=fresh)
    guest.room = fresh
    guest.save()

    kinds = []
    for night in (3, 4, 5):
        run(hotel, morning(night))
        kinds += HousekeepingTask.objects.filter(
            room=fresh, date=TODAY + timedelta(days=night)
        ).values_list("kind", flat=True)

    assert kinds == ["STAYOVER"]


def test_a_clean_finished_after_midnight_counts_for_the_business_day_before() -> None:
    hotel = HotelFactory(stayover_interval=2)
    guest = arrived(hotel)
    run(hotel, morning(2))
    task = HousekeepingTask.objects.get(room=guest.room_id, kind="STAYOVER")
    finish_clean(task=task, now=datetime(2026, 7, 18, 0, 20, tzinfo=UTC))

    run(hotel, morning(4))

    assert HousekeepingTask.objects.filter(room=guest.room_id, kind="STAYOVER").count() == 2


def test_a_second_round_on_the_day_of_a_clean_adds_none(hotel: Hotel) -> None:
    guest = arrived(hotel)
    live(guest, days=[DONE])

    run(hotel, morning(1) + timedelta(hours=6))

    tasks = HousekeepingTask.objects.filter(room=guest.room_id, date=TODAY + timedelta(days=1))
    assert [task.status for task in tasks] == ["DONE"]


def test_cleans_of_other_rooms_do_not_count() -> None:
    hotel = HotelFactory(stayover_interval=3)
    guest = arrived(hotel)
    task_in(room_of(hotel), date=TODAY + timedelta(days=2), status="DONE", linen_change=True)

    assert nights_of(live(guest, days=[DONE] * 3)) == [3]


class TestAnySequenceOfDays(TestCase):
    @given(
        st.lists(st.sampled_from((DONE, MISSED, OPTED_OUT, NO_ROUND)), max_size=12),
        st.integers(1, 4),
        st.integers(1, 5),
        st.booleans(),
    )
    @settings(max_examples=25)
    def test_gives_the_cleans_a_naive_count_expects(
        self, days: list[str], stayover: int, linen: int, made: bool
    ) -> None:
        guest = arrived(HotelFactory(stayover_interval=stayover, linen_interval=linen), made=made)

        found = live(guest, days=days)

        assert found == naive(days, stayover=stayover, linen=linen, made=made)
