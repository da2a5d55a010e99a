"""Records of the HTTP cron endpoints, shared by all server processes."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CronDelivery(models.Model):
    """Lock of a job: one HTTP delivery works on it at a time, until `held_until` at most."""

    job_name = models.CharField(max_length=60, unique=True)
    token = models.UUIDField()
    held_until = models.DateTimeField()

    class Meta:
        verbose_name = _("cron delivery")
        verbose_name_plural = _("cron deliveries")

    def __str__(self) -> str:
        return f"{self.job_name} until {self.held_until:%Y-%m-%d %H:%M:%S}"


class CronRefusal(models.Model):
    """Number of refused calls from an address in the current window, which ends at `ends_at`."""

    address = models.CharField(max_length=50, unique=True)
    count = models.PositiveIntegerField(default=1)
    ends_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("cron refusal")
        verbose_name_plural = _("cron refusals")

    def __str__(self) -> str:
        return f"{self.address}: {self.count}"
