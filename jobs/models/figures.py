"""Stored statistics of closed days (docs/adr/0016)."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class DailyFigures(models.Model):
    """Statistics of one day for one scope, by job; a row exists once the day is counted.

    Written once, by `jobs.statistics`: the executions of a closed day no longer change.
    """

    scope = models.CharField(
        _("scope"), max_length=50, help_text=_("Whose: a hotel's, or that of several.")
    )
    day = models.DateField(_("day"), help_text=_("On the scope's clock: a hotel's own, else UTC."))
    jobs = models.JSONField(_("jobs"), default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("figures of a day")
        verbose_name_plural = _("figures of days")
        ordering = ["scope", "day"]
        constraints = [
            models.UniqueConstraint(fields=["scope", "day"], name="daily_figures_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.day}"
