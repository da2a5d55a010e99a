"""When a job is due for a hotel, where the hotel says so itself."""

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
    """Refuse what is no schedule, with the reason."""
    try:
        cron_expressions.validate(expression=expression)
    except BadExpression as error:
        raise ValidationError(str(error)) from None


def validate_job_name(name: str) -> None:
    """Refuse a name no job has: names are checked against the registry, not frozen as choices."""
    if name not in {job.name for job in registry.all_jobs()}:
        names = ", ".join(job.name for job in registry.all_jobs())
        raise ValidationError(
            _("There is no job %(name)r; the jobs are %(names)s."),
            params={"name": name, "names": names},
        )


class JobSchedule(HotelScoped):
    """A hotel's own schedule of a job. Without a row the job's declared one holds, in UTC.

    Changed only through `jobs.scheduling`, so that what was due before a change is not lost.
    """

    class Clock(models.TextChoices):
        HOTEL = "HOTEL", _("hotel time")
        UTC = "UTC", _("UTC")

    class CatchUp(models.TextChoices):
        ONCE = "ONCE", pgettext_lazy("catch-up", "once")
        ALL = "ALL", pgettext_lazy("catch-up", "all")
        NONE = "NONE", pgettext_lazy("catch-up", "none")

    hotel = models.ForeignKey(
        Hotel, on_delete=models.CASCADE, related_name="job_schedules", verbose_name=_("hotel")
    )
    job_name = models.CharField(_("job"), max_length=60, validators=[validate_job_name])
    enabled = models.BooleanField(_("enabled"), default=True)
    expression = models.CharField(
        _("schedule"),
        max_length=cron_expressions.LONGEST,
        validators=[validate_expression],
        help_text=_("Minute, hour, day of month, month, day of week: 30 1 * * *"),
    )
    # Translators: on which clock the schedule is read
    clock = models.CharField(_("read in"), max_length=5, choices=Clock.choices, default=Clock.HOTEL)
    catch_up = models.CharField(
        _("catch-up"),
        max_length=4,
        choices=CatchUp.choices,
        default=CatchUp.ONCE,
        help_text=_(
            "Of slots that were missed. Once: one run stands for them; all: each is run, one "
            "after the other; none: they stay undone."
        ),
    )
    longest_lateness_minutes = models.PositiveIntegerField(
        _("longest lateness"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(366 * 24 * 60)],
        help_text=_("Minutes after which a slot is no longer run; empty: however late."),
    )
    attempts = models.PositiveSmallIntegerField(
        _("attempts"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ATTEMPTS)],
        help_text=_("How often a slot is tried before it has failed for good."),
    )
    counts_from = models.DateTimeField(
        _("counts from"), editable=False, help_text=_("Slots after this instant are due by it.")
    )
    changed_by_name = models.CharField(_("changed by"), max_length=150, blank=True, editable=False)
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
                violation_error_message=_("The hotel has a schedule of this job already."),
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
        """The zone the expression is read in."""
        return UTC if self.clock == self.Clock.UTC else self.hotel.zone

    @property
    def longest_lateness(self) -> timedelta | None:
        """How late a slot may be run; None: however late."""
        minutes = self.longest_lateness_minutes
        return None if minutes is None else timedelta(minutes=minutes)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """As Django does, with the expression's blanks made single."""
        self.expression = " ".join(self.expression.split())
        super().save(*args, **kwargs)
