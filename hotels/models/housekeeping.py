"""Housekeeping tasks."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hotels import formats
from hotels.models.bookings import BookingRoom
from hotels.models.people import StaffMember
from hotels.models.property import Hotel, Room
from hotels.models.scoping import HotelScoped


class Priority(models.TextChoices):
    """Priority of housekeeping tasks and work orders."""

    URGENT = "URGENT", _("urgent")
    HIGH = "HIGH", _("high")
    NORMAL = "NORMAL", _("normal")
    LOW = "LOW", _("low")


class HousekeepingTask(HotelScoped):
    """One cleaning of one room on one date."""

    class Kind(models.TextChoices):
        DEPARTURE = "DEPARTURE", _("departure clean")
        STAYOVER = "STAYOVER", _("stay-over clean")

    class Source(models.TextChoices):
        AUTO = "AUTO", _("daily housekeeping round")
        MANUAL = "MANUAL", _("staff")

    class Status(models.TextChoices):
        PENDING = "PENDING", pgettext_lazy("task", "pending")
        ASSIGNED = "ASSIGNED", pgettext_lazy("task", "assigned")
        IN_PROGRESS = "IN_PROGRESS", pgettext_lazy("task", "in progress")
        DONE = "DONE", pgettext_lazy("task", "done")
        INSPECTED = "INSPECTED", pgettext_lazy("task", "inspected")
        SKIPPED = "SKIPPED", pgettext_lazy("task", "skipped")
        ROLLED_OVER = "ROLLED_OVER", pgettext_lazy("task", "rolled over")
        CANCELLED = "CANCELLED", pgettext_lazy("task", "cancelled")

    OPEN_STATUSES = (Status.PENDING, Status.ASSIGNED, Status.IN_PROGRESS)

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="housekeeping_tasks", verbose_name=_("hotel")
    )
    room = models.ForeignKey(
        Room, on_delete=models.PROTECT, related_name="housekeeping_tasks", verbose_name=_("room")
    )
    booking_room = models.ForeignKey(
        BookingRoom,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="housekeeping_tasks",
        help_text=_("The stay the cleaning is for."),
        verbose_name=_("reserved room"),
    )
    date = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    priority = models.CharField(
        _("priority"), max_length=6, choices=Priority.choices, default=Priority.NORMAL
    )
    # Translators: of a task: the hotel unit for the amount of work
    credits = models.PositiveSmallIntegerField(_("credits"), help_text=_("Minutes of work."))
    linen_change = models.BooleanField(_("linen change"), default=False)
    source = models.CharField(
        _("source"), max_length=6, choices=Source.choices, default=Source.MANUAL
    )
    status = models.CharField(
        _("status"), max_length=11, choices=Status.choices, default=Status.PENDING
    )
    assignee = models.ForeignKey(
        StaffMember,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="housekeeping_tasks",
        verbose_name=_("assignee"),
    )
    assigned_by_person = models.BooleanField(
        _("assigned by hand"),
        default=False,
        help_text=_("Staff chose the assignee: the daily housekeeping round does not change it."),
    )
    closed_by_round = models.CharField(
        _("closed by the job"),
        max_length=11,
        blank=True,
        editable=False,
        help_text=_(
            "The status set by the daily housekeeping round; a different status now was set by "
            "staff."
        ),
    )
    reason = models.CharField(
        _("reason"),
        max_length=200,
        blank=True,
        help_text=_("Why the task has this priority or status."),
    )
    rolled_over_from = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="rolled_over_to",
        verbose_name=_("rolled over from"),
    )
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("housekeeping task")
        verbose_name_plural = _("housekeeping tasks")
        ordering = ["-date", "room"]
        constraints = [
            models.UniqueConstraint(
                fields=["room", "date", "kind"],
                condition=Q(source="AUTO"),
                name="automatic_task_once",
            ),
            models.UniqueConstraint(
                fields=["room", "date"],
                condition=Q(status__in=["PENDING", "ASSIGNED", "IN_PROGRESS"]),
                name="one_open_task_per_room_and_date",
                violation_error_message=_(
                    "The room already has an open task on this date. Change that task, or cancel "
                    "it first."
                ),
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["DEPARTURE", "STAYOVER"]), name="task_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "PENDING",
                        "ASSIGNED",
                        "IN_PROGRESS",
                        "DONE",
                        "INSPECTED",
                        "SKIPPED",
                        "ROLLED_OVER",
                        "CANCELLED",
                    ]
                ),
                name="task_status_known",
            ),
            models.CheckConstraint(
                condition=Q(priority__in=["URGENT", "HIGH", "NORMAL", "LOW"]),
                name="task_priority_known",
            ),
        ]
        indexes = [models.Index(fields=["hotel", "date", "status"], name="task_by_day")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.room}, {formats.date_of(self.date)}"
