"""What the executions of a day came to, kept when the day is over (docs/adr/0016)."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models


class DailyFigures(models.Model):
    """One day of one scope, job by job. Its being there says that the day is counted for good.

    Written once by `jobs.figures` and never changed: an execution that has ended does not change.
    """

    scope = models.CharField(max_length=50, help_text="Whose: a hotel's, or that of several.")
    day = models.DateField(help_text="On the scope's clock: a hotel's own, else UTC.")
    jobs = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        ordering = ["scope", "day"]
        constraints = [
            models.UniqueConstraint(fields=["scope", "day"], name="daily_figures_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.day}"
