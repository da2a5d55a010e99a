"""Equipment, its plans, and the orders that come of them."""

from django.db import models
from django.db.models import Q

from hotels.models.housekeeping import Priority
from hotels.models.people import StaffMember
from hotels.models.property import Hotel, Room
from hotels.models.scoping import HotelScoped


class Equipment(HotelScoped):
    """A thing that is kept in order."""

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="equipment")
    room = models.ForeignKey(
        Room, on_delete=models.SET_NULL, null=True, blank=True, related_name="equipment"
    )
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    retired_date = models.DateField(
        null=True, blank=True, help_text="Out of use from this date on."
    )

    class Meta:
        ordering = ["hotel", "code"]
        verbose_name_plural = "equipment"
        constraints = [
            models.UniqueConstraint(fields=["hotel", "code"], name="equipment_code_once_per_hotel"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class MaintenancePlan(HotelScoped):
    """When a piece of equipment is due. FIXED counts from the anchor, FLOATING from completion."""

    hotel_path = "equipment__hotel"

    class Unit(models.TextChoices):
        DAYS = "DAYS", "days"
        WEEKS = "WEEKS", "weeks"
        MONTHS = "MONTHS", "months"
        YEARS = "YEARS", "years"

    class Mode(models.TextChoices):
        FIXED = "FIXED", "fixed: from the anchor date"
        FLOATING = "FLOATING", "floating: from the last completion"

    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="plans")
    name = models.CharField(max_length=120)
    # No constraint on the interval: imported plans carry zeros, and the job names them (rule 2).
    interval_value = models.IntegerField()
    interval_unit = models.CharField(max_length=6, choices=Unit.choices)
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.FIXED)
    anchor_date = models.DateField(help_text="Due 0; later ones are counted from here.")
    lead_days = models.PositiveSmallIntegerField(
        default=0, help_text="How many days before it is due the order is made."
    )
    checklist = models.JSONField(default=list, blank=True, help_text="A list of steps, in words.")
    active = models.BooleanField(default=True)
    next_due_date = models.DateField(
        null=True, blank=True, editable=False, help_text="Kept by the maintenance job."
    )

    class Meta:
        ordering = ["equipment", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["equipment", "name"], name="plan_name_once_per_equipment"
            ),
            models.CheckConstraint(
                condition=Q(interval_unit__in=["DAYS", "WEEKS", "MONTHS", "YEARS"]),
                name="plan_unit_known",
            ),
            models.CheckConstraint(
                condition=Q(mode__in=["FIXED", "FLOATING"]), name="plan_mode_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.equipment}: {self.name}"


class WorkOrder(HotelScoped):
    """One piece of maintenance work."""

    class Kind(models.TextChoices):
        PREVENTIVE = "PREVENTIVE", "preventive"
        CORRECTIVE = "CORRECTIVE", "corrective"

    class Status(models.TextChoices):
        OPEN = "OPEN", "open"
        ASSIGNED = "ASSIGNED", "assigned"
        IN_PROGRESS = "IN_PROGRESS", "in progress"
        ON_HOLD = "ON_HOLD", "on hold"
        COMPLETED = "COMPLETED", "completed"
        CANCELLED = "CANCELLED", "cancelled"

    OPEN_STATUSES = (Status.OPEN, Status.ASSIGNED, Status.IN_PROGRESS, Status.ON_HOLD)

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="work_orders")
    number = models.CharField(max_length=40)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CORRECTIVE)
    equipment = models.ForeignKey(Equipment, on_delete=models.PROTECT, related_name="work_orders")
    plan = models.ForeignKey(
        MaintenancePlan,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="work_orders",
    )
    title = models.CharField(max_length=200)
    priority = models.CharField(max_length=6, choices=Priority.choices, default=Priority.NORMAL)
    status = models.CharField(max_length=11, choices=Status.choices, default=Status.OPEN)
    due_date = models.DateField()
    checklist = models.JSONField(default=list, blank=True)
    missed_cycles = models.PositiveIntegerField(
        default=0, help_text="Due dates before this one for which no order was made."
    )
    missed_from_date = models.DateField(null=True, blank=True, help_text="The first of them.")
    assignee = models.ForeignKey(
        StaffMember, on_delete=models.SET_NULL, null=True, blank=True, related_name="work_orders"
    )
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_date", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["hotel", "number"], name="work_order_number_once_per_hotel"
            ),
            models.UniqueConstraint(fields=["plan", "due_date"], name="work_order_once_per_due"),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "OPEN",
                        "ASSIGNED",
                        "IN_PROGRESS",
                        "ON_HOLD",
                        "COMPLETED",
                        "CANCELLED",
                    ]
                ),
                name="work_order_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="COMPLETED") | Q(completed_at__isnull=False),
                name="work_order_completed_when",
            ),
        ]
        indexes = [models.Index(fields=["hotel", "status", "due_date"], name="work_order_by_due")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"
