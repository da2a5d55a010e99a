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
