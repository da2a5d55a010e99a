"""The tick: the time up to which due slots were opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hotels.models.locking import LockableQuerySet


@dataclass(frozen=True, kw_only=True)
class LockedHotel:
    """A hotel whose slots since `since` could not be opened, first at `found_at`.

    Another transaction held a lock on its row.
    """

    hotel_id: int
    since: datetime
    found_at: datetime

    def to_json(self) -> dict[str, Any]:
        """The form in which a tick stores it."""
        times = {"since": self.since.isoformat(), "found_at": self.found_at.isoformat()}
        return {"hotel": self.hotel_id} | times

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the form in which a tick stores it."""
        return cls(
            hotel_id=stored["hotel"],
            since=datetime.fromisoformat(stored["since"]),
            found_at=datetime.fromisoformat(stored["found_at"]),
        )


class Tick(models.Model):
    """The single row that every tick locks: slots up to `looked_until` were opened or skipped.

    A look at much time is opened in several transactions. While one is in progress, the slots in
    (`look_since`, `look_until`] of the hotels with keys up to `look_hotel` were opened as well.

    `attended_at` is the time of the last tick that found a worker of the queue at work, or of the
    first one with the queue; None without the queue.
    """

    KEY = 1
    # The tick runs once a minute; without one for longer, due jobs do not start.
    MAX_AGE = timedelta(minutes=3)

    looked_until = models.DateTimeField()
    ticked_at = models.DateTimeField(help_text=_("Clock of the machine that ran the tick."))
    attended_at = models.DateTimeField(null=True)
    look_since = models.DateTimeField(null=True)
    look_until = models.DateTimeField(null=True)
    look_hotel = models.BigIntegerField(default=0)
    locked = models.JSONField(default=list)

    objects = LockableQuerySet.as_manager()

    class Meta:
        verbose_name = _("tick")
        verbose_name_plural = _("ticks")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="tick_only_one")]

    def __str__(self) -> str:
        return f"processed until {self.looked_until:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def latest(cls) -> Self | None:
        """Return the row; None if no tick ever ran, as where other schedulers start the jobs."""
        return cls.objects.filter(pk=cls.KEY).first()

    @classmethod
    def lock(cls, *, now: datetime) -> Self:
        """Return the row, locked until the transaction ends.

        The first tick creates it with `now`, so nothing before it is caught up.
        """
        first = {"looked_until": now, "ticked_at": now}
        row, _ = cls.objects.locked().get_or_create(pk=cls.KEY, defaults=first)
        return row

    @property
    def locked_hotels(self) -> tuple[LockedHotel, ...]:
        """The hotels whose slots wait for a lock to be released."""
        return tuple(LockedHotel.of_json(stored) for stored in self.locked)

    def looked_until_in(self, *, hotel_id: int) -> datetime:
        """The time up to which the slots of one hotel were opened or skipped."""
        for hotel in self.locked_hotels:
            if hotel.hotel_id == hotel_id:
                return hotel.since
        if self.look_until is not None and hotel_id <= self.look_hotel:
            return self.look_until
        return self.looked_until
