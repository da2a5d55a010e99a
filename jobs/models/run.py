"""One firing of a job over a set of hotels."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

TRIGGERS = ("CRON", "HTTP_CRON", "ADMIN", "API", "COMMAND", "CATCH_UP", "RETRY")


class Trigger(models.TextChoices):
    """What asked for the work."""

    CRON = "CRON", _("crontab")
    HTTP_CRON = "HTTP_CRON", _("cron over HTTP")
    ADMIN = "ADMIN", _("a person in the console")
    API = "API", _("a program over the API")
    COMMAND = "COMMAND", _("a command")
    CATCH_UP = "CATCH_UP", _("catch-up of a missed slot")
    RETRY = "RETRY", _("retry of a failed attempt")


class JobRun(models.Model):
    """One firing; its executions are its parts. It spans hotels, so people see only the parts."""

    job_name = models.CharField(_("job name"), max_length=60)
    trigger = models.CharField(_("trigger"), max_length=9, choices=Trigger.choices)
    scheduled_for = models.DateTimeField(
        _("scheduled for"),
        null=True,
        blank=True,
        help_text=_("The slot; empty when a person or program asked."),
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
        help_text=_("Stays when the user is deleted."),
    )
    worker = models.BigIntegerField(
        _("worker"),
        null=True,
        blank=True,
        help_text=_("Who hands out its executions; empty when nobody does."),
    )
    request_key = models.UUIDField(
        _("request key"),
        null=True,
        blank=True,
        help_text=_("Names what a person confirmed: confirmed twice, run once."),
    )
    created_at = models.DateTimeField(_("created at"))

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
