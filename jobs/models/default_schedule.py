"""From when a hotel follows a job's default schedule, once its own schedule was deleted."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from hotels.models import Hotel
from hotels.models.scoping import HotelScoped


class DefaultScheduleStart(HotelScoped):
    """The last time a hotel's own schedule of a job was deleted.

    Slots of the default schedule before `counts_from` were not due, so they are not missed. A
    hotel that never had its own schedule has no row.
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
