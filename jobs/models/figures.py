"""What the executions of a day came to, kept when the day is over (docs/adr/0016)."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class DailyFigures(models.Model):
    """One day of one scope, job by job. Its being there says that the day is counted for good.

    Written once, by `jobs.statistics`: an execution that has ended does not change.
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
