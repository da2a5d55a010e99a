"""When a job is due for a hotel, where the hotel says so itself."""

from datetime import timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from hotels.models import Hotel
from hotels.models.scoping import HotelScoped
from jobs import expressions, registry
from jobs.expressions import BadExpression

UTC = ZoneInfo("UTC")
MOST_ATTEMPTS = 20


def validate_expression(expression: str) -> None:
    """Refuse what is no schedule, with the reason."""
    try:
        expressions.validate(expression=expression)
    except BadExpression as error:
        raise ValidationError(str(error)) from None


def validate_job_name(name: str) -> None:
    """Refuse a name no job has: names are checked against the registry, not frozen as choices."""
    if name not in {job.name for job in registry.all_jobs()}:
        names = ", ".join(job.name for job in registry.all_jobs())
        raise ValidationError(f"There is no job {name!r}; the jobs are {names}.")


class JobSchedule(HotelScoped):
    """A hotel's own schedule of a job. Without a row the job's declared one holds, in UTC.

    Changed only through `jobs.schedules`, so that what was due before a change is not lost.
    """

    class Clock(models.TextChoices):
        HOTEL = "HOTEL", "hotel time"
        UTC = "UTC", "UTC"

    class CatchUp(models.TextChoices):
        ONCE = "ONCE", "once"
        ALL = "ALL", "all"
        NONE = "NONE", "none"

    hotel = models.ForeignKey(Hotel, on_delete=models.CASCADE, related_name="job_schedules")
    job_name = models.CharField("job", max_length=60, validators=[validate_job_name])
    enabled = models.BooleanField(default=True)
    expression = models.CharField(
        "schedule",
        max_length=expressions.LONGEST,
        validators=[validate_expression],
        help_text="Minute, hour, day of month, month, day of week: 30 1 * * *",
    )
    clock = models.CharField("read in", max_length=5, choices=Clock.choices, default=Clock.HOTEL)
    catch_up = models.CharField(
        "catch-up",
        max_length=4,
        choices=CatchUp.choices,
        default=CatchUp.ONCE,
        help_text="Of slots that were missed. Once: one run stands for them; all: each is run, one "
        "after the other; none: they stay undone.",
    )
    longest_lateness_minutes = models.PositiveIntegerField(
        "longest lateness",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(366 * 24 * 60)],
        help_text="Minutes after which a slot is no longer run; empty: however late.",
    )
    attempts = models.PositiveSmallIntegerField(
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_ATTEMPTS)],
        help_text="How often a slot is tried before it has failed for good.",
    )
    counts_from = models.DateTimeField(
        "counts from", editable=False, help_text="Slots after this instant are due by it."
    )
    changed_by_name = models.CharField("changed by", max_length=150, blank=True, editable=False)
    created_at = models.DateTimeField(editable=False)
    updated_at = models.DateTimeField("changed at", editable=False)

    class Meta:
        ordering = ["hotel", "job_name"]
        constraints = [
            models.UniqueConstraint(
                fields=["hotel", "job_name"],
                name="schedule_once_per_hotel_and_job",
                violation_error_message="The hotel has a schedule of this job already.",
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
