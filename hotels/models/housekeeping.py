"""The cleaning of rooms."""

from django.db import models
from django.db.models import Q

from hotels.models.bookings import BookingRoom
from hotels.models.people import StaffMember
from hotels.models.property import Hotel, Room
from hotels.models.scoping import HotelScoped


class Priority(models.TextChoices):
    """How soon work is wanted; shared by cleaning and maintenance."""

    URGENT = "URGENT", "urgent"
    HIGH = "HIGH", "high"
    NORMAL = "NORMAL", "normal"
    LOW = "LOW", "low"


class HousekeepingTask(HotelScoped):
    """One clean of one room on one date."""

    class Kind(models.TextChoices):
        DEPARTURE = "DEPARTURE", "departure clean"
        STAYOVER = "STAYOVER", "stayover clean"

    class Source(models.TextChoices):
        AUTO = "AUTO", "the daily round"
        MANUAL = "MANUAL", "a person"

    class Status(models.TextChoices):
        PENDING = "PENDING", "pending"
        ASSIGNED = "ASSIGNED", "assigned"
        IN_PROGRESS = "IN_PROGRESS", "in progress"
        DONE = "DONE", "done"
        INSPECTED = "INSPECTED", "inspected"
        SKIPPED = "SKIPPED", "skipped"
        ROLLED_OVER = "ROLLED_OVER", "rolled over"
        CANCELLED = "CANCELLED", "cancelled"

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="housekeeping_tasks")
    room = models.ForeignKey(Room, on_delete=models.PROTECT, related_name="housekeeping_tasks")
    booking_room = models.ForeignKey(
        BookingRoom,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="housekeeping_tasks",
        help_text="The stay that makes it necessary.",
    )
    date = models.DateField()
    kind = models.CharField(max_length=9, choices=Kind.choices)
    priority = models.CharField(max_length=6, choices=Priority.choices, default=Priority.NORMAL)
    credits = models.PositiveSmallIntegerField(help_text="Minutes of work.")
    linen_change = models.BooleanField(default=False)
    source = models.CharField(max_length=6, choices=Source.choices, default=Source.MANUAL)
    status = models.CharField(max_length=11, choices=Status.choices, default=Status.PENDING)
    assignee = models.ForeignKey(
        StaffMember,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="housekeeping_tasks",
    )
    assigned_by_person = models.BooleanField(
        default=False, help_text="A person chose the assignee: the round leaves the task alone."
    )
    closed_by_round = models.CharField(
        max_length=11,
        blank=True,
        editable=False,
        help_text="The status the round itself closed it with; another one now is a person's word.",
    )
    reason = models.CharField(max_length=200, blank=True, help_text="Why it is so, in words.")
    rolled_over_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="rolled_over_to"
    )
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-date", "room"]
        constraints = [
            models.UniqueConstraint(
                fields=["room", "date", "kind"],
                condition=Q(source="AUTO"),
                name="automatic_task_once",
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
        return f"{self.get_kind_display()} {self.room} {self.date}"
