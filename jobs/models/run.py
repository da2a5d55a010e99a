"""Runs: one start of a job for several hotels."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hotels.models.locking import LockableQuerySet

TRIGGERS = ("CRON", "HTTP_CRON", "ADMIN", "API", "COMMAND", "CATCH_UP", "RETRY")


class Trigger(models.TextChoices):
    """Ways a run can be started."""

    CRON = "CRON", _("Schedule")
    HTTP_CRON = "HTTP_CRON", _("Schedule (HTTP)")
    ADMIN = "ADMIN", _("Console")
    API = "API", _("API")
    COMMAND = "COMMAND", _("Command line")
    CATCH_UP = "CATCH_UP", _("Catch-up of a missed run")
    RETRY = "RETRY", _("Retry")


class JobRun(models.Model):
    """One start of a job, with an execution for each hotel.

    A run can include hotels a user may not see, so pages show its executions only.
    """

    job_name = models.CharField(_("job name"), max_length=60)
    trigger = models.CharField(_("started by"), max_length=9, choices=Trigger.choices)
    scheduled_for = models.DateTimeField(
        _("scheduled for"),
        null=True,
        blank=True,
        help_text=_("Scheduled time; empty if started by hand or over the API."),
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    requested_by_name = models.CharField(
        _("requested by name"),
        max_length=150,
        blank=True,
        help_text=_("Kept when the user is deleted."),
    )
    worker = models.BigIntegerField(
        _("worker"),
        null=True,
        blank=True,
        help_text=_(
            "Lock key of the process that hands out its executions; empty if there is none."
        ),
    )
    request_key = models.UUIDField(
        _("request key"),
        null=True,
        blank=True,
        help_text=_("Identifies a confirmation, so that confirming twice starts one run."),
    )
    requested_at = models.DateTimeField(
        _("requested at"),
        null=True,
        blank=True,
        help_text=_("Hotels in which the job was started after this time are skipped."),
    )
    created_at = models.DateTimeField(_("created at"))

    objects = LockableQuerySet.as_manager()

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["request_key"], name="run_once_per_request"),
            models.CheckConstraint(condition=Q(trigger__in=TRIGGERS), name="run_trigger_known"),
        ]
        indexes = [
            models.Index(
                fields=["worker"], condition=Q(worker__isnull=False), name="run_by_worker"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_name} {self.created_at:%Y-%m-%d %H:%M}"
