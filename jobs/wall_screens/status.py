"""The status of a group of hotels, from the executions of the last day and the last tick."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from hotels.models import Hotel
from jobs.models import JobExecution, SkipReason, Status, Tick

PERIOD = timedelta(hours=24)


class Light(models.TextChoices):
    """The status of a hotel or a group, the best first."""

    OK = "ok", _("all good")
    ATTENTION = "attention", _("needs attention")
    FAILED = "failed", _("failed")
    SILENT = "silent", _("silent")


_ORDER = list(Light)


@dataclass(frozen=True, kw_only=True)
class HotelStatus:
    """The latest run of each job of a hotel within `PERIOD`, by how it ended."""

    hotel: Hotel
    clean: int = 0
    problems: int = 0
    failed: int = 0
    missed: int = 0

    @property
    def has_run(self) -> bool:
        """True if a job of the hotel ran to its end within the period."""
        return bool(self.clean or self.problems or self.failed)

    @property
    def light(self) -> Light:
        """Failed, else in need of attention, else good; a hotel without any run is good."""
        if self.failed:
            return Light.FAILED
        return Light.ATTENTION if self.problems or self.missed else Light.OK


@dataclass(frozen=True, kw_only=True)
class GroupStatus:
    """The status of hotels at `now`; `tick_age` is None where no tick ever ran."""

    now: datetime
    hotels: Sequence[HotelStatus]
    ticked_at: datetime | None

    @property
    def tick_age(self) -> timedelta | None:
        """Time since the last tick."""
        return None if self.ticked_at is None else self.now - self.ticked_at

    @property
    def is_silent(self) -> bool:
        """True if no tick came for some minutes, or its clock is wrong: nothing else is known.

        Where another scheduler starts the jobs and no tick ever ran: if nothing ran for a day.
        """
        if self.tick_age is None:
            return not any(each.has_run for each in self.hotels)
        return abs(self.tick_age) > Tick.MAX_AGE

    @property
    def light(self) -> Light:
        """The worst status: silent, else that of the worst hotel."""
        if self.is_silent:
            return Light.SILENT
        return max((each.light for each in self.hotels), key=_ORDER.index, default=Light.OK)

    def count(self, light: Light) -> int:
        """The number of hotels with this status."""
        return sum(each.light == light for each in self.hotels)


def group_status(*, hotels: Sequence[Hotel], now: datetime) -> GroupStatus:
    """Return the status of the active ones among `hotels`, in three queries."""
    active = [hotel for hotel in hotels if hotel.active]
    latest = _latest(active, now=now)
    tick = Tick.latest()
    return GroupStatus(
        now=now,
        hotels=[_status(hotel, latest.get(hotel.pk, ())) for hotel in active],
        ticked_at=tick.ticked_at if tick else None,
    )


def _latest(hotels: Sequence[Hotel], *, now: datetime) -> Mapping[int, Sequence[JobExecution]]:
    """The latest run of each job that ended within the period, or its slot that was missed."""
    ended = Q(status__in=[Status.COMPLETED, Status.FAILED])
    missed = Q(status=Status.SKIPPED, skip_reason=SkipReason.MISSED)
    rows = JobExecution.objects.filter(
        ended | missed, hotel__in=hotels, completed_at__gt=now - PERIOD, completed_at__lte=now
    )
    newest = rows.order_by().values("hotel_id", "job_name").annotate(newest=Max("pk"))
    keys = [row["newest"] for row in newest]
    found: dict[int, list[JobExecution]] = {}
    columns = ("hotel_id", "status", "problems")
    for row in JobExecution.objects.filter(pk__in=keys).only(*columns).order_by():
        found.setdefault(row.hotel_id, []).append(row)
    return found


def _status(hotel: Hotel, rows: Sequence[JobExecution]) -> HotelStatus:
    return HotelStatus(
        hotel=hotel,
        clean=sum(row.status == Status.COMPLETED and not row.problems for row in rows),
        problems=sum(row.completed_with_problems for row in rows),
        failed=sum(row.status == Status.FAILED for row in rows),
        missed=sum(row.status == Status.SKIPPED for row in rows),
    )
