"""Default schedules: as the ticks found them in the code, and from when a hotel follows them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hotels.models import Hotel
from hotels.models.scoping import HotelScoped
from jobs import cron_expressions


class DefaultSchedule(models.Model):
    """The default schedule of a job, as the last tick found it in the code.

    A new version of the code may declare another one. The slots until the first tick that sees it
    are those of the old one; the new one applies to slots after `counts_from`. Null: it was in
    effect before schedules were recorded.
    """

    job_name = models.CharField(_("job"), max_length=60, unique=True)
    expression = models.CharField(_("schedule"), max_length=cron_expressions.LONGEST)
    counts_from = models.DateTimeField(_("counts from"), null=True, blank=True)

    class Meta:
        verbose_name = _("default schedule")
        verbose_name_plural = _("default schedules")
        ordering = ["job_name"]

    def __str__(self) -> str:
        return f"{self.job_name}: {self.expression}"


class DefaultScheduleStart(HotelScoped):
    """The time from which a hotel follows the default schedule of a job.

    Earlier slots were not due, or were settled before the hotel's own schedule was deleted, or
    before the hotel was created, moved to another time zone, activated or deactivated. A hotel
    without a row has followed the default schedule all along.
    """

    hotel = models.ForeignKey(
        Hotel, on_delete=models.CASCADE, related_name="+", verbose_name=_("hotel")
    )
    job_name = models.CharField(_("job"), max_length=60)
    counts_from = models.DateTimeField(_("counts from"))

    class Meta:
        verbose_name = _("start of a default schedule")
        verbose_name_plural = _("starts of default schedules")
        ordering = ["hotel", "job_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["hotel", "job_name"], name="default_schedule_start_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_name} {self.hotel}"
