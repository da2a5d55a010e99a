"""Schedules that make no sense in a hotel: at unsuitable local times, or not often enough."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from django.utils.translation import gettext, ngettext

from hotels.models import Hotel
from jobs import cron_expressions, registry
from jobs.base import Job
from jobs.cron_expressions import BadExpression
from jobs.local_hours import NeededEvery, days_apart
from jobs.scheduling.effective import EffectiveSchedule, effective_schedules

YEAR = timedelta(days=366)
# A schedule with more slots than this is judged by its first ones: one slot in 26 minutes.
MOST_SLOTS = 20_000
TIMES_NAMED = 3
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class ScheduleAdvice:
    """A schedule that makes no sense in a hotel.

    `times` are the local times of its unsuitable runs. `apart` is the number of days between its
    runs if they are further apart than `needed` allows, else 0.
    """

    hotel: Hotel
    job: Job
    schedule: EffectiveSchedule
    times: tuple[time, ...] = ()
    apart: int = 0
    needed: NeededEvery | None = None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Sentences for the user, made on demand: Home only counts the advice of many hotels."""
        return tuple(filter(None, (_wrong_hours(self), _too_rare(self))))

    @property
    def key(self) -> str:
        """By what it is known again: the schedule, the hotel's zone, and what is wrong with it."""
        schedule = self.schedule
        days = self.needed.days if self.needed and self.apart else 0
        wrong = f"hours={bool(self.times)} days={days}"
        parts = (self.job.name, schedule.expression, schedule.zone, self.hotel.timezone, wrong)
        return " ".join(map(str, parts))

    @property
    def expression(self) -> str:
        """A cron expression in hotel time that makes sense."""
        return suitable_expression(
            job=self.job,
            hotel=self.hotel,
            expression=self.schedule.expression,
            every_day=bool(self.apart),
        )


def schedule_advice(*, hotels: Sequence[Hotel], now: datetime) -> list[ScheduleAdvice]:
    """The schedules of all jobs that make no sense in `hotels`; see `judge_schedules`."""
    return judge_schedules(
        hotels=hotels, schedules=effective_schedules(hotels=hotels), day=now.astimezone(UTC).date()
    )


def judge_schedules(
    *, hotels: Sequence[Hotel], schedules: Iterable[EffectiveSchedule], day: date
) -> list[ScheduleAdvice]:
    """The advice on schedules of `hotels`, judged over the year from `day`, with clock changes.

    A schedule is unsuitable if on some day none of its runs is within the job's `local_hours`, or
    if its runs are further apart than the hotel needs. Schedules that are switched off or invalid
    are left out. Takes one query for each job with a `needed_rhythm`.
    """
    by_id = {hotel.pk: hotel for hotel in hotels}
    jobs = {job.name: job for job in registry.all_jobs()}
    needed = {
        name: job.needed_rhythm(hotels)
        for name, job in jobs.items()
        if job.needed_rhythm is not None
    }
    found = []
    for schedule in schedules:
        job, hotel = jobs.get(schedule.job_name), by_id[schedule.hotel_id]
        if job is None or not schedule.enabled:
            continue
        every = needed.get(job.name, {}).get(hotel.pk)
        advice = _judge(hotel, job, schedule, every=every, day=day)
        if advice is not None:
            found.append(advice)
    return found


def suitable_expression(*, job: Job, hotel: Hotel, expression: str, every_day: bool = False) -> str:
    """A cron expression in hotel time at the job's best local time.

    It is due on the days of `expression`, or on every day.
    """
    minute, hour, *days = expression.split()
    if job.local_hours is not None:
        best = job.local_hours.best_time(day_close=hotel.day_close_time)
        minute, hour = str(best.minute), str(best.hour)
    return " ".join([minute, hour, *(["*", "*", "*"] if every_day else days)])


def _judge(
    hotel: Hotel, job: Job, schedule: EffectiveSchedule, *, every: NeededEvery | None, day: date
) -> ScheduleAdvice | None:
    times: tuple[time, ...] = ()
    apart = 0
    zone = hotel.zone
    try:
        if job.local_hours is not None:
            first = job.local_hours.first(day_close=hotel.day_close_time)
            length = job.local_hours.length
            times = unsuitable_times(schedule.expression, schedule.zone, zone, first, length, day)
        if every is not None:
            found = longest_wait(schedule.expression, schedule.zone, zone, day)
            apart = found if found > every.days else 0
    except BadExpression:
        return None  # the tick reports it
    if not (times or apart):
        return None
    return ScheduleAdvice(
        hotel=hotel, job=job, schedule=schedule, times=times, apart=apart, needed=every
    )


@lru_cache(maxsize=8192)
def unsuitable_times(
    expression: str, zone: tzinfo, hotel_zone: ZoneInfo, first: time, length: timedelta, day: date
) -> tuple[time, ...]:
    """The local times of the runs of days without a run within `length` from `first` on.

    Empty if the schedule is suitable on each of its days in the year from `day`. Cached, because
    hotels share schedules, zones and times. Raises BadExpression.
    """
    since_midnight = datetime.combine(day, first) - datetime.combine(day, time())
    by_day: dict[date, list[time]] = {}
    good: set[date] = set()
    for at in _slots(expression, zone, day):
        local = at.astimezone(hotel_zone).replace(tzinfo=None)
        shifted = local - since_midnight
        by_day.setdefault(shifted.date(), []).append(local.time().replace(second=0, microsecond=0))
        if shifted - datetime.combine(shifted.date(), time()) < length:
            good.add(shifted.date())
    # The first and the last day are not whole, so a run that belongs to them may be missing.
    whole = sorted(by_day)[1:-1] or list(by_day)
    return tuple(sorted({at for each in whole if each not in good for at in by_day[each]}))


@lru_cache(maxsize=8192)
def longest_wait(expression: str, zone: tzinfo, hotel_zone: ZoneInfo, day: date) -> int:
    """The most days between two runs in the year from `day`; the whole year without two runs."""
    dates = [at.astimezone(hotel_zone).date() for at in _slots(expression, zone, day)]
    return days_apart(dates) if len(dates) > 1 else YEAR.days


def _slots(expression: str, zone: tzinfo, day: date) -> Iterable[datetime]:
    start = datetime.combine(day, time(), tzinfo=UTC)
    slots = cron_expressions.between(
        expression=expression, zone=zone, after=start, until=start + YEAR
    )
    return islice(slots, MOST_SLOTS)


def _wrong_hours(advice: ScheduleAdvice) -> str:
    hours, close = advice.job.local_hours, advice.hotel.day_close_time
    if hours is None or not advice.times:
        return ""
    text = gettext(
        "%(job)s in %(hotel)s runs at %(times)s local time; it should run between %(first)s and "
        "%(end)s."
    )
    shown = [f"{at:%H:%M}" for at in advice.times[:TIMES_NAMED]]
    more = len(advice.times) - len(shown)
    if more:
        other = ngettext("%(count)d other time", "%(count)d other times", more)
        shown.append(other % {"count": more})
    return text % {
        "job": advice.job.title,
        "hotel": advice.hotel.name,
        "times": ", ".join(shown),
        "first": f"{hours.first(day_close=close):%H:%M}",
        "end": f"{hours.end(day_close=close):%H:%M}",
    }


def _too_rare(advice: ScheduleAdvice) -> str:
    needed = advice.needed
    if needed is None or not advice.apart:
        return ""
    text = ngettext(
        "%(job)s in %(hotel)s runs up to %(apart)d days apart, but “%(reason)s” is due every "
        "%(days)d day.",
        "%(job)s in %(hotel)s runs up to %(apart)d days apart, but “%(reason)s” is due every "
        "%(days)d days.",
        needed.days,
    )
    return text % {
        "job": advice.job.title,
        "hotel": advice.hotel.name,
        "apart": advice.apart,
        "reason": needed.because_of,
        "days": needed.days,
    }
