"""Schedules that make no sense in a hotel, and better ones at local times."""

import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from hotels.models import AuditEntry, Hotel, MaintenancePlan
from jobs import registry
from jobs.base import JobContext
from jobs.local_hours import LocalHours
from jobs.models import JobSchedule
from jobs.scheduling.advice import (
    ScheduleAdvice,
    longest_wait,
    schedule_advice,
    suitable_expression,
    unsuitable_times,
)
from jobs.scheduling.local_times import set_local_times
from tests.dumps import every_row
from tests.factories import EquipmentFactory, HotelFactory, PlanFactory, UserFactory
from tests.jobs import fakes
from tests.jobs.engine import only_job, own_schedule

NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
ZONES = sorted(available_timezones())
TIMED = [job for job in registry.all_jobs() if job.local_hours is not None]


def advice(*hotels: Hotel) -> dict[str, ScheduleAdvice]:
    return {each.job.name: each for each in schedule_advice(hotels=hotels, now=NOW)}


def new_york(**fields: Any) -> Hotel:
    return HotelFactory(code="new-york", name="Hudson House", timezone="America/New_York", **fields)


@pytest.mark.django_db
class TestLocalHours:
    def test_new_york_s_round_runs_on_the_evening_before(self) -> None:
        found = advice(new_york())["daily-housekeeping"]

        assert found.reasons == (
            "Daily housekeeping round in Hudson House runs at 19:00, 20:00 local time; "
            "it should run between 00:00 and 07:00.",
        )
        assert found.expression == "0 4 * * *"

    def test_before_day_close_availability_and_invoices_are_too_early(self) -> None:
        found = advice(HotelFactory(timezone="UTC", day_close_time=time(3)))

        assert set(found) == {
            "recalc-availability", "generate-invoices", "maintenance-schedule"
        }  # fmt: skip
        assert "runs at 02:00 local time" in found["generate-invoices"].reasons[0]
        assert found["generate-invoices"].expression == "0 5 * * *"

    def test_the_whole_year_counts_and_not_only_summer(self) -> None:
        """In Berlin 02:00 UTC is 04:00 in summer and 03:00, before the close, in winter."""
        hotel = HotelFactory(timezone="Europe/Berlin", day_close_time=time(3, 30))

        assert "runs at 03:00 local time" in advice(hotel)["generate-invoices"].reasons[0]

    def test_a_weekly_job_keeps_its_weekday(self) -> None:
        assert advice(new_york())["maintenance-schedule"].expression == "30 4 * * 1"

    def test_one_suitable_run_a_day_is_enough(self) -> None:
        hotel = new_york()
        own_schedule(hotel, "0 5,13,21 * * *", job_name="daily-housekeeping")

        assert "daily-housekeeping" not in advice(hotel)

    def test_a_schedule_that_is_switched_off_is_left_out(self) -> None:
        hotel = new_york()
        own_schedule(hotel, "0 20 * * *", job_name="daily-housekeeping", enabled=False)

        assert "daily-housekeeping" not in advice(hotel)

    def test_a_schedule_that_cannot_be_read_is_left_to_the_tick(self) -> None:
        hotel = new_york()
        own_schedule(hotel, "61 20 * * *", job_name="daily-housekeeping")

        assert "daily-housekeeping" not in advice(hotel)

    def test_a_further_job_declares_its_hours_and_needs_nothing_else(self, hotel: Hotel) -> None:
        hours = LocalHours(start=time(18), length=timedelta(hours=4), best=timedelta(hours=2))
        with only_job(local_hours=hours):
            found = advice(hotel)["greet-guests"]

        assert "it should run between 18:00 and 22:00" in found.reasons[0]
        assert found.expression == "0 20 * * *"

    def test_the_number_of_queries_does_not_grow_with_hotels(
        self, queries_of: Callable[[Callable[[], Any]], int]
    ) -> None:
        few, many = HotelFactory.create_batch(2), HotelFactory.create_batch(30)

        assert queries_of(lambda: advice(*many)) == queries_of(lambda: advice(*few)) <= 4


@pytest.mark.django_db
class TestMaintenancePlans:
    def plan(self, hotel: Hotel, **fields: Any) -> MaintenancePlan:
        equipment = EquipmentFactory(hotel=hotel, name="Boiler", **fields.pop("equipment", {}))
        return PlanFactory(equipment=equipment, name="Water", **{"interval_unit": "DAYS"} | fields)

    def test_a_daily_plan_is_too_frequent_for_the_weekly_job(self) -> None:
        hotel = new_york()
        self.plan(hotel, interval_value=1)

        found = advice(hotel)["maintenance-schedule"]

        assert found.reasons[-1] == (
            "Preventive maintenance in Hudson House runs up to 7 days apart, but “Boiler: Water” "
            "is due every 1 day."
        )
        assert found.expression == "30 4 * * *"

    @pytest.mark.parametrize(
        "fields",
        [
            {"interval_value": 7},
            {"interval_value": 1, "interval_unit": "WEEKS"},
            {"interval_value": 1, "active": False},
            {"interval_value": 0},
            {"interval_value": 1, "equipment": {"retired_date": date(2026, 1, 1)}},
        ],
    )
    def test_other_plans_are_not(self, fields: dict[str, Any]) -> None:
        hotel = new_york()
        own_schedule(hotel, "30 4 * * 1", job_name="maintenance-schedule")
        self.plan(hotel, **fields)

        assert "maintenance-schedule" not in advice(hotel)

    def test_a_monthly_plan_fits_a_monthly_job(self) -> None:
        hotel = new_york()
        own_schedule(hotel, "30 4 1 * *", job_name="maintenance-schedule")
        self.plan(hotel, interval_value=1, interval_unit="MONTHS")

        assert "maintenance-schedule" not in advice(hotel)

    def test_a_job_that_never_runs_in_the_year_is_too_rare(self) -> None:
        hotel = new_york()
        own_schedule(hotel, "30 4 29 2 *", job_name="maintenance-schedule")
        self.plan(hotel, interval_value=30)

        assert "up to 366 days apart" in advice(hotel)["maintenance-schedule"].reasons[0]


@pytest.mark.django_db
class TestSetLocalTimes:
    def test_afterwards_every_schedule_makes_sense(self) -> None:
        hotel, ana = new_york(), UserFactory(username="ana")

        saved = set_local_times(hotel=hotel, now=NOW, by=ana)

        assert {row.job_name: row.expression for row in saved} == {
            "daily-housekeeping": "0 4 * * *",
            "generate-invoices": "0 5 * * *",
            "maintenance-schedule": "30 4 * * 1",
            "recalc-availability": "0 4 * * *",
        }
        assert {row.clock for row in saved} == {"HOTEL"}
        assert advice(hotel) == {}

    def test_a_second_time_changes_nothing(self) -> None:
        hotel, ana = new_york(), UserFactory()
        set_local_times(hotel=hotel, now=NOW, by=ana)
        before = every_row()

        assert set_local_times(hotel=hotel, now=NOW, by=ana) == []
        assert every_row() == before

    def test_other_settings_of_an_own_schedule_are_kept(self) -> None:
        hotel = new_york()
        own = own_schedule(
            hotel, "0 0 * * 1-5", job_name="generate-invoices", clock="UTC", attempts=7
        )

        set_local_times(hotel=hotel, now=NOW, by=UserFactory())

        own.refresh_from_db()
        assert (own.expression, own.clock, own.attempts) == ("0 5 * * 1-5", "HOTEL", 7)

    def test_a_suitable_schedule_is_left_alone(self) -> None:
        hotel = new_york()
        own_schedule(hotel, "15 6 * * *", job_name="generate-invoices")

        set_local_times(hotel=hotel, now=NOW, by=UserFactory())

        assert JobSchedule.objects.get(job_name="generate-invoices").expression == "15 6 * * *"

    def test_each_change_is_in_the_audit_trail(self) -> None:
        hotel, ana = new_york(), UserFactory(username="ana")

        set_local_times(hotel=hotel, now=NOW, by=ana)

        entries = AuditEntry.objects.filter(hotel=hotel, verb="add")
        assert entries.count() == 4
        assert {entry.username for entry in entries} == {"ana"}


class TestEveryZone:
    @pytest.mark.parametrize("job", TIMED, ids=lambda job: job.name)
    @given(
        zone=st.sampled_from(ZONES),
        close=st.times(),
        day=st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    )
    def test_the_better_schedule_is_suitable_all_year(
        self, job: Any, zone: str, close: time, day: date
    ) -> None:
        close = close.replace(second=0, microsecond=0)
        hotel = Hotel(timezone=zone, day_close_time=close)
        hours = job.local_hours
        expression = suitable_expression(job=job, hotel=hotel, expression=job.schedule)

        first = hours.first(day_close=close)
        times = unsuitable_times(expression, hotel.zone, hotel.zone, first, hours.length, day)

        assert times == ()

    def test_after_the_usual_day_close_it_is_suitable_in_every_zone(self) -> None:
        (job,) = (job for job in TIMED if job.name == "recalc-availability")
        wrong = {}
        for name in ZONES:
            zone, hours = ZoneInfo(name), job.local_hours
            times = unsuitable_times("0 4 * * *", zone, zone, time(3), hours.length, NOW.date())
            if times:
                wrong[name] = times

        assert wrong == {}

    @pytest.mark.django_db
    def test_after_the_action_the_check_is_silent_in_every_zone(self) -> None:
        hotels = [HotelFactory(timezone=zone) for zone in ZONES[::40]]
        ana = UserFactory()

        for hotel in hotels:
            set_local_times(hotel=hotel, now=NOW, by=ana)

        assert schedule_advice(hotels=hotels, now=NOW) == []


def test_a_very_dense_schedule_is_judged_by_its_first_slots() -> None:
    zone = ZoneInfo("Asia/Tokyo")

    assert unsuitable_times("* 20 * * *", zone, zone, time(0), timedelta(hours=7), NOW.date())
    assert not unsuitable_times("* * * * *", zone, zone, time(0), timedelta(hours=7), NOW.date())


def test_a_weekly_schedule_runs_seven_days_apart_over_clock_changes() -> None:
    zone = ZoneInfo("America/New_York")

    assert longest_wait("0 0 * * 1", ZoneInfo("UTC"), zone, NOW.date()) == 7


@pytest.mark.parametrize("best", [timedelta(minutes=59), timedelta(hours=6)])
def test_a_best_time_outside_the_hours_is_refused(best: timedelta) -> None:
    with pytest.raises(ValueError, match="best delay"):
        LocalHours(length=timedelta(hours=6), best=best)


@pytest.mark.django_db
class TestTheCommand:
    def checked(self, *options: str) -> tuple[str, int]:
        out = io.StringIO()
        try:
            call_command("jobs", "--check", *options, stdout=out)
        except CommandError as error:
            return f"{out.getvalue()}{error}", error.returncode
        return out.getvalue(), 0

    def test_it_exits_with_1_and_names_job_hotel_and_local_time(self) -> None:
        new_york()

        text, code = self.checked()

        assert code == 1
        assert (
            "Daily housekeeping round in Hudson House runs at 19:00, 20:00 local time; it should "
            "run between 00:00 and 07:00. Suggested: At 04:00, hotel time."
        ) in text
        assert "4 schedules in 1 hotel should be changed" in text

    def test_it_exits_with_0_if_every_schedule_makes_sense(self) -> None:
        set_local_times(hotel=new_york(), now=NOW, by=UserFactory())

        assert self.checked() == ("Every schedule makes sense in its hotel.\n", 0)

    def test_an_inactive_hotel_is_left_out(self) -> None:
        new_york(active=False)

        assert self.checked()[1] == 0

    def test_as_json(self) -> None:
        new_york()
        out = io.StringIO()

        with pytest.raises(CommandError):
            call_command("jobs", "--check", "--json", stdout=out)

        first = json.loads(out.getvalue())["advice"][0]
        assert (first["hotel"], first["job"]) == ("new-york", "daily-housekeeping")
        assert first["suggestedSchedule"] == "0 4 * * *"


def test_a_job_without_hours_may_run_at_any_time(hotel: Hotel) -> None:
    def greet(context: JobContext) -> fakes.Greetings:
        return fakes.greet(context)

    with only_job(greet):
        assert advice(hotel) == {}
