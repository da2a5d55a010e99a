"""History of the demo hotels: the days of guests and staff, and the jobs at their times in between.

Two nights do not go well: a server is restarted during a housekeeping round, and a guest is checked
in without a room.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from hotels.calendar import local_instant
from hotels.demo.days import DemoDays, Event
from hotels.demo.group import GROUP, DemoHotel
from hotels.demo.loading import load_hotel
from hotels.models import Hotel
from jobs import cron_expressions, dispatch, registry, runner, tick
from jobs.demo.past_clock import past_clock
from jobs.models import JobExecution, JobSchedule, Trigger
from jobs.runner import Outcome
from jobs.scheduling.advice import suitable_expression
from jobs.scheduling.changes import save_schedule
from jobs.scheduling.opening import open_due

FIRST_MORNING = time(6)
# After an interruption the next attempt waits up to half a minute.
TICKS_AFTER_RESTART = (timedelta(minutes=1), timedelta(minutes=2))
# Days before today, in a shorter history the first night.
RESTARTED = 9
ROOM_FORGOTTEN = 4
LEAST_DAYS = 2
ROUND = "daily-housekeeping"


def load_past_group(*, now: datetime, days: int) -> list[Hotel]:
    """Load the hotels of the group as they were `days` ago, on the morning of their place."""
    return [load_hotel(plan, now=_first_morning(plan, now=now, days=days)) for plan in GROUP]


def _first_morning(plan: DemoHotel, *, now: datetime, days: int) -> datetime:
    zone = ZoneInfo(plan.timezone)
    day = now.astimezone(zone).date() - timedelta(days=days)
    return local_instant(day=day, at=FIRST_MORNING, zone=zone)


@dataclass(kw_only=True)
class DemoHistory:
    """The last `days` days up to `now` of hotels that `load_past_group` loaded.

    `offices` are the users who act in each hotel, by its key. `outcomes` are those of the runs that
    changed something last, by job and hotel.
    """

    hotels: Sequence[Hotel]
    offices: Mapping[int, User]
    now: datetime
    days: int
    outcomes: dict[tuple[str, int], Outcome] = field(default_factory=dict)

    def make(self) -> None:
        """Live through the days. Takes about a third of a second for each hotel and day."""
        start = max(_first_morning(plan, now=self.now, days=self.days) for plan in GROUP)
        with past_clock(start=start) as clock, _without_anchors():
            self._set_schedules(start)
            self._tick(start)
            events = [*self._hotel_events(), *self._job_events(start)]
            # What happens at the same time keeps its order, because sorting is stable.
            for at, perform in sorted(events, key=lambda event: event[0]):
                if at < self.now:
                    clock.move_to(at)
                    perform(timezone.now())
        self._tick(self.now)

    def _set_schedules(self, at: datetime) -> None:
        """Give every hotel its own schedules in its own time, which need no crontab."""
        for hotel in self.hotels:
            for job in registry.all_jobs():
                expression = suitable_expression(job=job, hotel=hotel, expression=job.schedule)
                schedule = JobSchedule(
                    hotel=hotel,
                    job_name=job.name,
                    clock=JobSchedule.Clock.HOTEL,
                    expression=expression,
                )
                save_schedule(schedule=schedule, now=at, by=self.offices[hotel.pk])

    def _hotel_events(self) -> Iterator[Event]:
        for number, hotel in enumerate(self.hotels):
            today = hotel.local_date(self.now)
            days = DemoDays(
                hotel=hotel,
                first=today - timedelta(days=self.days),
                last=hotel.business_date(self.now),
                by=self.offices[hotel.pk],
                group=number == 0,
                deposit=number == len(self.hotels) // 2,
                without_room=today - self._ago(ROOM_FORGOTTEN) if number == 0 else None,
            )
            days.book_ahead()
            yield from days.events()
            if days.without_room is not None:
                yield self._round_again(hotel, day=days.without_room + timedelta(days=1))

    def _job_events(self, start: datetime) -> Iterator[Event]:
        """A tick whenever a schedule is due."""
        restart = self._restart()
        for at in sorted(self._due_times(start)):
            if at == restart:
                yield at, self._interrupted
                for wait in TICKS_AFTER_RESTART:
                    yield at + wait, self._tick
            else:
                yield at, self._tick

    def _due_times(self, start: datetime) -> set[datetime]:
        schedules = JobSchedule.objects.filter(hotel__in=self.hotels).select_related("hotel")
        return {
            at.astimezone(UTC)
            for expression, zone in {(row.expression, row.hotel.zone) for row in schedules}
            for at in cron_expressions.between(
                expression=expression, zone=zone, after=start, until=self.now
            )
        }

    def _restart(self) -> datetime:
        """The time of a housekeeping round in the second hotel, some nights ago."""
        hotel = self.hotels[1]
        hours = registry.get(ROUND).local_hours
        assert hours is not None, "the round is for the coming morning"
        day = hotel.local_date(self.now) - self._ago(RESTARTED)
        return hotel.instant(day, hours.best_time(day_close=hotel.day_close_time))

    def _ago(self, days: int) -> timedelta:
        return timedelta(days=min(days, self.days - 1))

    def _tick(self, at: datetime) -> None:
        tick.run_tick(now=at, concurrency=settings.JOBS_CONCURRENCY, on_outcome=self._note)

    def _note(self, outcome: Outcome) -> None:
        key = (outcome.job_name, outcome.hotel.pk)
        if outcome.effects or key not in self.outcomes:
            self.outcomes[key] = outcome

    def _interrupted(self, at: datetime) -> None:
        """A tick whose server is restarted when the first round has begun."""
        with dispatch.hold_runs() as lock:
            open_due(now=at, worker=lock.key)
            begun = JobExecution.objects.pending().filter(job_name=ROUND, hotel=self.hotels[1])
            for row in begun.select_related("hotel"):
                runner.claim(execution=row, job=registry.get(ROUND), now=at, worker=lock.key)

    def _round_again(self, hotel: Hotel, *, day: date) -> Event:
        """The user in the office runs the round once more when the guest's room is known."""

        def run(at: datetime) -> None:
            dispatch.run(
                job=registry.get(ROUND),
                hotels=[hotel],
                now=at,
                trigger=Trigger.ADMIN,
                requested_by=self.offices[hotel.pk],
                on_outcome=self._note,
            )

        return hotel.instant(day, time(9, 5)), run


@contextmanager
def _without_anchors() -> Iterator[None]:
    """Keep the nightly anchors of the books out of the output: each is of a night long past."""
    log = logging.getLogger("hotels.seals")
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(level)
