"""How far the tick has looked."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Tick(models.Model):
    """The one row that every tick locks: slots up to `looked_until` have been opened or skipped."""

    KEY = 1

    looked_until = models.DateTimeField()
    ticked_at = models.DateTimeField(help_text=_("By the clock of the machine that ticked."))

    class Meta:
        verbose_name = _("tick")
        verbose_name_plural = _("ticks")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="tick_only_one")]

    def __str__(self) -> str:
        return f"looked until {self.looked_until:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def lock(cls, *, now: datetime) -> Self:
        """The row, locked until the transaction ends; the first tick finds nothing to catch up."""
        first = {"looked_until": now, "ticked_at": now}
        row, _ = cls.objects.select_for_update().get_or_create(pk=cls.KEY, defaults=first)
        return row
