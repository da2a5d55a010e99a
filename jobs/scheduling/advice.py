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

    `reasons` are sentences; `expression`, in hotel time, is a schedule that does.
    """

    hotel: Hotel
    job: Job
    schedule: EffectiveSchedule
    reasons: tuple[str, ...]
    expression: str


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


def suitable_expression(
    *, job: Job, hotel: Hotel, expression: str, needed: NeededEvery | None = None, apart: int = 0
) -> str:
    """A cron expression in hotel time at the job's best local time, on the days of `expression`.

    On every day if the runs are `apart` further than the hotel needs.
    """
    minute, hour, *days = expression.split()
    if job.local_hours is not None:
        best = job.local_hours.best_time(day_close=hotel.day_close_time)
        minute, hour = str(best.minute), str(best.hour)
    if needed is not None and apart > needed.days:
        days = ["*", "*", "*"]
    return " ".join([minute, hour, *days])


def _judge(
    hotel: Hotel,
    job: Job,
    schedule: EffectiveSchedule,
    *,
    every: NeededEvery | None,
    day: date,
) -> ScheduleAdvice | None:
    reasons = []
    try:
        if job.local_hours is not None:
            hours, close = job.local_hours, hotel.day_close_time
            first = hours.first(day_close=close)
            times = unsuitable_times(
                schedule.expression, schedule.zone, hotel.zone, first, hours.length, day
            )
            if times:
                reasons.append(
                    _wrong_hours(hotel, job, times, hours=(first, hours.end(day_close=close)))
                )
        apart = 0
        if every is not None:
            apart = longest_wait(schedule.expression, schedule.zone, hotel.zone, day)
            if apart > every.days:
                reasons.append(_too_rare(hotel, job, apart=apart, every=every))
    except BadExpression:
        return None  # the tick reports it
    if not reasons:
        return None
    expression = suitable_expression(
        job=job, hotel=hotel, expression=schedule.expression, needed=every, apart=apart
    )
    return ScheduleAdvice(
        hotel=hotel, job=job, schedule=schedule, reasons=tuple(reasons), expression=expression
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


def _wrong_hours(hotel: Hotel, job: Job, times: Sequence[time], *, hours: tuple[time, time]) -> str:
    text = gettext(
        "%(job)s in %(hotel)s runs at %(times)s local time; it should run between %(first)s and "
        "%(end)s."
    )
    shown = [f"{at:%H:%M}" for at in times[:TIMES_NAMED]]
    more = len(times) - len(shown)
    if more:
        other = ngettext("%(count)d other time", "%(count)d other times", more)
        shown.append(other % {"count": more})
    return text % {
        "job": job.title,
        "hotel": hotel.name,
        "times": ", ".join(shown),
        "first": f"{hours[0]:%H:%M}",
        "end": f"{hours[1]:%H:%M}",
    }


def _too_rare(hotel: Hotel, job: Job, *, apart: int, every: NeededEvery) -> str:
    text = ngettext(
        "%(job)s in %(hotel)s runs up to %(apart)d days apart, but “%(reason)s” is due every "
        "%(days)d day.",
        "%(job)s in %(hotel)s runs up to %(apart)d days apart, but “%(reason)s” is due every "
        "%(days)d days.",
        every.days,
    )
    return text % {
        "job": job.title,
        "hotel": hotel.name,
        "apart": apart,
        "reason": every.because_of,
        "days": every.days,
    }
