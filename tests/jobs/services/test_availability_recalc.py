"""Availability recalculation: result, second run, concurrent runs, crash."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, transaction

from hotels import availability
from hotels.availability import writing
from hotels.models import Hotel, Room, RoomAvailability
from jobs import registry
from jobs.base import JobContext
from jobs.services.availability_recalc import recalculate_availability
from tests.concurrency import in_thread, run_together, waits_for_us
from tests.dumps import every_row
from tests.factories import HotelFactory, RoomFactory, RoomTypeFactory, stay
from tests.jobs.services.refusals import refuse
from tests.waiting import TIMEOUT

TODAY = date(2026, 7, 15)


@pytest.fixture
def room(hotel: Hotel) -> Room:
    return RoomFactory(hotel=hotel, room_type__hotel=hotel, room_type__code="DBL")


def test_it_is_registered_for_one_in_the_morning_utc() -> None:
    job = registry.get("recalc-availability")

    assert (job.schedule, job.service) == ("0 1 * * *", recalculate_availability)


class TestResult:
    def test_the_payload_of_the_contract(self, hotel, room, context) -> None:
        stay(hotel, arrival=TODAY, nights_count=9, room=room)

        payload = recalculate_availability(context).payload()

        assert payload == {
            "hotelId": hotel.pk,
            "problems": [],
            "roomsProcessed": 1,
            "availabilityUpdated": 90,
            "occupancyRate": "10.00",
            "rowsUnchanged": 0,
            "overbookedNights": 0,
            "overbooked": [],
            "offSale": [],
        }

    def test_the_occupancy_covers_all_nights_and_room_types(self, hotel, room, context) -> None:
        RoomFactory.create_batch(2, hotel=hotel, room_type=RoomTypeFactory(hotel=hotel))
        stay(hotel, arrival=TODAY, nights_count=100, room=room)

        assert str(recalculate_availability(context).occupancy_rate) == "33.33"

    def test_an_overbooked_room_type_has_an_occupancy_of_a_hundred_percent(
        self, hotel, context
    ) -> None:
        kind = RoomFactory(hotel=hotel).room_type
        for _ in range(2):
            stay(hotel, arrival=TODAY, nights_count=90, room_type=kind)

        assert str(recalculate_availability(context).occupancy_rate) == "100.00"

    def test_the_summary_counts_the_nights_updated(self, hotel, room, context) -> None:
        recalculate_availability(context)
        stay(hotel, arrival=TODAY, nights_count=9, room=room)

        summary = recalculate_availability(context).summary()

        assert summary == "9 nights updated, occupancy 10.0 %"

    def test_changed_rows_are_reported_as_effects(self, room, context) -> None:
        recalculate_availability(context)

        effects = context.effects()["availability"]
        assert (effects["count"], len(effects["objects"])) == (90, 90)
        assert effects["objects"][0]["label"] == "DBL Double, 15 Jul 2026: 1 available"

    def test_an_overbooked_night_is_not_reported_as_none_available(
        self, hotel, room, context
    ) -> None:
        for _ in range(3):
            stay(hotel, arrival=TODAY, room_type=room.room_type)

        recalculate_availability(context)

        label = context.effects()["availability"]["objects"][0]["label"]
        assert label == "DBL Double, 15 Jul 2026: overbooked by 2"

    def test_a_hotel_without_rooms_is_no_failure(self, context) -> None:
        result = recalculate_availability(context)

        assert (result.summary(), result.all_failed) == ("No changes, occupancy 0.0 %", False)


class TestAttention:
    def test_the_first_overbooked_nights_are_listed_and_the_others_counted(
        self, hotel, room, context
    ) -> None:
        stay(hotel, arrival=TODAY, nights_count=8, room=room)
        stay(hotel, arrival=TODAY, nights_count=8, room_type=room.room_type)

        result = recalculate_availability(context)

        assert result.overbooked_nights == 8
        assert result.attention() == (
            "DBL 15 Jul 2026: overbooked by 1",
            "DBL 16 Jul 2026: overbooked by 1",
            "DBL 17 Jul 2026: overbooked by 1",
            "DBL 18 Jul 2026: overbooked by 1",
            "DBL 19 Jul 2026: overbooked by 1",
            "3 more overbooked nights",
        )

    def test_nights_sold_in_an_inactive_room_type_are_reported(self, hotel, context) -> None:
        closed = RoomTypeFactory(hotel=hotel, code="WING", active=False)
        stay(hotel, arrival=TODAY, nights_count=3, room_type=closed)

        attention = recalculate_availability(context).attention()

        assert attention == ("WING: inactive room type with 3 nights sold",)


class TestRunningAgain:
    def test_a_second_run_with_nothing_changed_writes_nothing(
        self, hotel, room, context, now
    ) -> None:
        stay(hotel, arrival=TODAY, room=room)
        recalculate_availability(context)
        before = every_row()

        again = JobContext(hotel=hotel, now=now + timedelta(hours=2))
        result = recalculate_availability(again)

        assert every_row() == before
        assert (result.availability_updated, result.rows_unchanged) == (0, 90)
        assert again.effects() == {}

    def test_the_next_day_adds_one_night(self, hotel, room, now) -> None:
        recalculate_availability(JobContext(hotel=hotel, now=now))

        result = recalculate_availability(JobContext(hotel=hotel, now=now + timedelta(days=1)))

        assert (result.availability_updated, result.rows_unchanged) == (1, 89)

    def test_another_hotel_is_unchanged(self, room, context, now) -> None:
        other = HotelFactory()
        RoomFactory(hotel=other)
        recalculate_availability(JobContext(hotel=other, now=now - timedelta(days=1)))
        theirs = RoomAvailability.objects.filter(hotel=other)
        before = list(theirs.values())

        recalculate_availability(context)

        assert list(theirs.values()) == before


class TestBadRows:
    def test_one_bad_row_is_a_problem_and_does_not_stop_the_others(
        self, hotel, room, context
    ) -> None:
        refuse(RoomAvailability, where="date = '2026-07-20'")

        result = recalculate_availability(context)

        assert [problem.what for problem in result.problems] == ["DBL 20 Jul 2026"]
        assert "refused" in result.problems[0].reason
        assert RoomAvailability.objects.count() == result.done == 89

    def test_the_reason_is_one_line_without_the_row(self, room, context) -> None:
        refuse(RoomAvailability, where="date = '2026-07-20'")

        result = recalculate_availability(context)

        assert "\n" not in result.problems[0].reason

    def test_one_bad_room_type_does_not_stop_the_others(self, hotel, context) -> None:
        """With existing rows, written in several statements on SQLite."""
        rooms = [RoomFactory(hotel=hotel) for _ in range(4)]
        recalculate_availability(context)
        refuse(RoomAvailability, where=f"room_type_id = {rooms[-1].room_type_id}")
        Room.objects.update(active=False)

        result = recalculate_availability(context)

        assert len(result.problems) == 90
        assert RoomAvailability.objects.filter(total_rooms=0).count() == 270

    def test_the_execution_fails_if_no_row_is_written(self, hotel, room, context) -> None:
        refuse(RoomAvailability, where=f"room_type_id = {room.room_type_id}")

        assert recalculate_availability(context).all_failed

    def test_unchanged_rows_do_not_hide_that_every_changed_row_failed(
        self, hotel, room, context
    ) -> None:
        """An unchanged row is not done: nothing that was due could be done (domain rule 0)."""
        recalculate_availability(context)
        new = RoomFactory(hotel=hotel)
        refuse(RoomAvailability, where=f"room_type_id = {new.room_type_id}")

        result = recalculate_availability(context)

        assert (len(result.problems), result.rows_unchanged, result.done) == (90, 90, 0)
        assert result.all_failed


class TestCrash:
    def test_a_crash_in_the_middle_leaves_nothing(self, hotel, room, context, monkeypatch) -> None:
        write = writing._upsert

        def lose_the_connection(*rows: Any, **options: Any) -> None:
            write(*rows, **options)
            raise OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(writing, "_upsert", lose_the_connection)
        before = every_row()

        with pytest.raises(OperationalError), transaction.atomic():
            recalculate_availability(context)

        assert every_row() == before


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """PostgreSQL only: SQLite has no concurrent transactions."""

    def test_two_runs_at_once_write_every_row_once(self, hotel, room, now) -> None:
        def run() -> int:
            with transaction.atomic():
                result = recalculate_availability(JobContext(hotel=hotel, now=now))
            return result.availability_updated

        assert sorted(run_together(run, run)) == [0, 90]

    def test_older_values_never_overwrite_newer_ones(self, hotel, room, now) -> None:
        """A calculation waits for the transaction that releases a night."""
        booked = stay(hotel, arrival=TODAY, nights_count=1, room=room)
        recalculate_and_commit(hotel, now)

        with transaction.atomic():
            booked.nights.update(released=True)
            availability.recompute(hotel=hotel, wanted=[(room.room_type_id, TODAY)], now=now)
            other = in_thread(lambda: recalculate_and_commit(hotel, now))
            waited = waits_for_us(other)
        other.result(TIMEOUT)

        assert waited
        assert RoomAvailability.objects.get(date=TODAY).occupied_rooms == 0


def recalculate_and_commit(hotel: Hotel, now: datetime) -> None:
    with transaction.atomic():
        recalculate_availability(JobContext(hotel=hotel, now=now))
