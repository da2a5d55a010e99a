"""Schedules that a hotel sets for its jobs."""

from datetime import timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hotels.models import Hotel
from hotels.models.scoping import HotelScoped
from jobs import cron_expressions, registry
from jobs.cron_expressions import BadExpression

UTC = ZoneInfo("UTC")
MOST_ATTEMPTS = 20


def validate_expression(expression: str) -> None:
    """Check a cron expression. Raises ValidationError with the reason if it is not valid."""
    try:
        cron_expressions.validate(expression=expression)
    except BadExpression as error:
        raise ValidationError(str(error)) from None


def validate_job_name(name: str) -> None:
    """Check a job name against the registry. Raises ValidationError if no job has it.

    The names are not model choices, so a new job needs no migration.
    """
    if name not in {job.name for job in registry.all_jobs()}:
        names = ", ".join(job.name for job in registry.all_jobs())
        raise ValidationError(
            _("There is no job %(name)r; the jobs are %(names)s."),
            params={"name": name, "names": names},
        )


class JobSchedule(HotelScoped):
    """A hotel's own schedule of a job. Without one, the job's default schedule applies, in UTC.

    Change it only through `jobs.scheduling.changes`, which first opens the runs already due.
    """

    class Clock(models.TextChoices):
        HOTEL = "HOTEL", _("Hotel time")
        UTC = "UTC", _("UTC")

    class CatchUp(models.TextChoices):
        ONCE = "ONCE", pgettext_lazy("catch-up", "Run once")
        ALL = "ALL", pgettext_lazy("catch-up", "Run each")
        NONE = "NONE", pgettext_lazy("catch-up", "Skip")

    hotel = models.ForeignKey(
        Hotel, on_delete=models.CASCADE, related_name="job_schedules", verbose_name=_("hotel")
    )
    job_name = models.CharField(_("job"), max_length=60, validators=[validate_job_name])
    enabled = models.BooleanField(_("enabled"), default=True)
    expression = models.CharField(
        _("schedule"),
        max_length=cron_expressions.LONGEST,
        validators=[validate_expression],
        help_text=_(
            "Cron format: minute, hour, day of month, month, day of week. "
            "For example, 30 1 * * * runs daily at 01:30."
        ),
    )
    clock = models.CharField(
        _("time zone"), max_length=5, choices=Clock.choices, default=Clock.HOTEL
    )
    catch_up = models.CharField(
        _("if runs were missed"),
        max_length=4,
        choices=CatchUp.choices,
        default=CatchUp.ONCE,
        help_text=_(
            "Run once: one run covers all missed ones. Run each: every missed run is started, "
            "oldest first. Skip: missed runs are not started."
        ),
    )
    longest_lateness_minutes = models.PositiveIntegerField(
        _("maximum lateness"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(366 * 24 * 60)],
        help_text=_(
            "In minutes. A run that would start later than this is skipped. Empty: no limit."
        ),
    )
    attempts = models.PositiveSmallIntegerField(
        _("attempts"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ATTEMPTS)],
        help_text=_("How many times a run is tried before it counts as failed."),
    )
    counts_from = models.DateTimeField(
        _("valid from"), editable=False, help_text=_("Applies to runs due after this time.")
    )
    changed_by_name = models.CharField(_("changed by"), max_length=150, blank=True, editable=False)
    switched_by_name = models.CharField(
        _("paused or resumed by"), max_length=150, blank=True, editable=False
    )
    switched_at = models.DateTimeField(
        _("paused or resumed at"), null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField(_("created at"), editable=False)
    updated_at = models.DateTimeField(_("changed at"), editable=False)

    class Meta:
        verbose_name = _("job schedule")
        verbose_name_plural = _("job schedules")
        ordering = ["hotel", "job_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["hotel", "job_name"],
                name="schedule_once_per_hotel_and_job",
                violation_error_message=_("This hotel already has a schedule for this job."),
            ),
            models.CheckConstraint(
                condition=Q(clock__in=["HOTEL", "UTC"]), name="schedule_clock_known"
            ),
            models.CheckConstraint(
                condition=Q(catch_up__in=["ONCE", "ALL", "NONE"]), name="schedule_catch_up_known"
            ),
            models.CheckConstraint(
                condition=Q(attempts__gte=1, attempts__lte=MOST_ATTEMPTS),
                name="schedule_attempts_sensible",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_name} {self.hotel}: {self.expression}"

    @property
    def zone(self) -> tzinfo:
        """Time zone of the expression: the hotel's, or UTC."""
        return UTC if self.clock == self.Clock.UTC else self.hotel.zone

    @property
    def longest_lateness(self) -> timedelta | None:
        """Maximum lateness at which a slot is still run; None for no limit."""
        minutes = self.longest_lateness_minutes
        return None if minutes is None else timedelta(minutes=minutes)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save with single spaces between the fields of the expression."""
        self.expression = " ".join(self.expression.split())
        super().save(*args, **kwargs)
