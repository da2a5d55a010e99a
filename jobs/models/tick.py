"""The tick: the time up to which due slots were opened."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hotels.models.locking import LockableQuerySet


class Tick(models.Model):
    """The single row that every tick locks: slots up to `looked_until` were opened or skipped."""

    KEY = 1
    # The tick runs once a minute; without one for longer, due jobs do not start.
    MAX_AGE = timedelta(minutes=3)

    looked_until = models.DateTimeField()
    ticked_at = models.DateTimeField(help_text=_("Clock of the machine that ran the tick."))

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
