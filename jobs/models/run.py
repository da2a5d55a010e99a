"""One firing of a job over a set of hotels."""

from django.conf import settings
from django.db import models
from django.db.models import Q

TRIGGERS = ("CRON", "HTTP_CRON", "ADMIN", "API", "COMMAND", "CATCH_UP", "RETRY")


class Trigger(models.TextChoices):
    """What asked for the work."""

    CRON = "CRON", "crontab"
    HTTP_CRON = "HTTP_CRON", "cron over HTTP"
    ADMIN = "ADMIN", "a person in the console"
    API = "API", "a program over the API"
    COMMAND = "COMMAND", "a command"
    CATCH_UP = "CATCH_UP", "catch-up of a missed slot"
    RETRY = "RETRY", "retry of a failed attempt"


class JobRun(models.Model):
    """One firing; its executions are its parts. It spans hotels, so people see only the parts."""

    job_name = models.CharField(max_length=60)
    trigger = models.CharField(max_length=9, choices=Trigger.choices)
    scheduled_for = models.DateTimeField(
        null=True, blank=True, help_text="The slot; empty when a person or program asked."
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    requested_by_name = models.CharField(
        max_length=150, blank=True, help_text="Stays when the user is deleted."
    )
    worker = models.BigIntegerField(
        null=True, blank=True, help_text="Who hands out its executions; empty when nobody does."
    )
    request_key = models.UUIDField(
        null=True, blank=True, help_text="Names what a person confirmed: confirmed twice, run once."
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["request_key"], name="run_once_per_request"),
            models.CheckConstraint(condition=Q(trigger__in=TRIGGERS), name="run_trigger_known"),
        ]

    def __str__(self) -> str:
        return f"{self.job_name} {self.created_at:%Y-%m-%d %H:%M}"
