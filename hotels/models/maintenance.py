"""Equipment, maintenance plans and work orders."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hotels import formats
from hotels.models.housekeeping import Priority
from hotels.models.people import StaffMember
from hotels.models.property import Hotel, Room
from hotels.models.scoping import HotelScoped


class Equipment(HotelScoped):
    """A piece of equipment that needs maintenance."""

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="equipment", verbose_name=_("hotel")
    )
    room = models.ForeignKey(
        Room,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="equipment",
        verbose_name=_("room"),
    )
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120)
    installed_date = models.DateField(
        _("installed date"), null=True, blank=True, help_text=_("In use from this date on.")
    )
    retired_date = models.DateField(
        _("retired date"), null=True, blank=True, help_text=_("No longer in use from this date on.")
    )

    class Meta:
        verbose_name = _("equipment")
        verbose_name_plural = pgettext_lazy("plural", "equipment")
        ordering = ["hotel", "code"]
        constraints = [
            models.UniqueConstraint(fields=["hotel", "code"], name="equipment_code_once_per_hotel"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class MaintenancePlan(HotelScoped):
    """Recurring maintenance: FIXED counts from the anchor date, FLOATING from completion."""

    hotel_path = "equipment__hotel"

    class Unit(models.TextChoices):
        DAYS = "DAYS", _("days")
        WEEKS = "WEEKS", _("weeks")
        MONTHS = "MONTHS", _("months")
        YEARS = "YEARS", _("years")

    class Mode(models.TextChoices):
        FIXED = "FIXED", _("fixed dates")
        FLOATING = "FLOATING", _("after the last service")

    equipment = models.ForeignKey(
        Equipment, on_delete=models.PROTECT, related_name="plans", verbose_name=_("equipment")
    )
    name = models.CharField(_("name"), max_length=120)
    # No constraint on the interval: imported plans have zeros, and the job reports them (rule 2).
    interval_value = models.IntegerField(_("interval value"))
    interval_unit = models.CharField(_("interval unit"), max_length=6, choices=Unit.choices)
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, default=Mode.FIXED)
    anchor_date = models.DateField(
        _("first due date"), help_text=_("Later due dates are counted from this date.")
    )
    lead_days = models.PositiveSmallIntegerField(
        _("lead days"),
        default=0,
        help_text=_("The work order is created this many days before it is due."),
    )
    checklist = models.JSONField(
        _("checklist"), default=list, blank=True, help_text=_("A list of steps.")
    )
    active = models.BooleanField(_("active"), default=True)
    off_since_date = models.DateField(
        _("off since"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Due dates from this date on are not missed."),
    )
    counted_from_date = models.DateField(
        _("counted from"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The last due date before the interval was changed."),
    )
    next_due_date = models.DateField(
        _("next due date"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Set automatically."),
    )

    class Meta:
        verbose_name = _("maintenance plan")
        verbose_name_plural = _("maintenance plans")
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
            models.CheckConstraint(
                condition=Q(active=True, off_since_date=None)
                | Q(active=False, off_since_date__isnull=False),
                name="plan_off_since_when_not_active",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.equipment}: {self.name}"


class MaintenancePause(HotelScoped):
    """A period in which a plan was off or equipment not in use; on `end_date` it is in use again.

    Due dates in it are not missed. A period that has not ended is `off_since_date` of the plan or
    `retired_date` of the equipment.
    """

    hotel_path = "equipment__hotel"

    equipment = models.ForeignKey(
        Equipment, on_delete=models.CASCADE, related_name="pauses", verbose_name=_("equipment")
    )
    plan = models.ForeignKey(
        MaintenancePlan,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="pauses",
        verbose_name=_("plan"),
        help_text=_("Empty if all plans of the equipment were paused."),
    )
    start_date = models.DateField(_("start date"))
    end_date = models.DateField(_("end date"))

    class Meta:
        verbose_name = _("maintenance pause")
        verbose_name_plural = _("maintenance pauses")
        ordering = ["-start_date", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date__gt=F("start_date")), name="maintenance_pause_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(what)s, %(start)s to %(end)s") % {
            "what": self.plan or self.equipment,
            "start": formats.date_of(self.start_date),
            "end": formats.date_of(self.end_date),
        }


class WorkOrder(HotelScoped):
    """One piece of maintenance work, planned or reported.

    A plan's order belongs to the cycle of `cycle_date`; `due_date` says when it should be done.
    """

    class Kind(models.TextChoices):
        PREVENTIVE = "PREVENTIVE", _("preventive")
        CORRECTIVE = "CORRECTIVE", _("corrective")

    class Status(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("work order", "open")
        ASSIGNED = "ASSIGNED", pgettext_lazy("work order", "assigned")
        IN_PROGRESS = "IN_PROGRESS", pgettext_lazy("work order", "in progress")
        ON_HOLD = "ON_HOLD", pgettext_lazy("work order", "on hold")
        COMPLETED = "COMPLETED", pgettext_lazy("work order", "completed")
        CANCELLED = "CANCELLED", pgettext_lazy("work order", "cancelled")

    OPEN_STATUSES = (Status.OPEN, Status.ASSIGNED, Status.IN_PROGRESS, Status.ON_HOLD)

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="work_orders", verbose_name=_("hotel")
    )
    number = models.CharField(_("number"), max_length=40)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.CORRECTIVE)
    equipment = models.ForeignKey(
        Equipment, on_delete=models.PROTECT, related_name="work_orders", verbose_name=_("equipment")
    )
    plan = models.ForeignKey(
        MaintenancePlan,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="work_orders",
        verbose_name=_("plan"),
    )
    title = models.CharField(_("title"), max_length=200)
    priority = models.CharField(
        _("priority"), max_length=6, choices=Priority.choices, default=Priority.NORMAL
    )
    status = models.CharField(
        _("status"), max_length=11, choices=Status.choices, default=Status.OPEN
    )
    due_date = models.DateField(_("due date"))
    cycle_date = models.DateField(
        _("cycle"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The due date of the plan for which the order was created."),
    )
    settled_cycle_date = models.DateField(
        _("also settles"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The next due date, close enough at completion to count as done too."),
    )
    checklist = models.JSONField(_("checklist"), default=list, blank=True)
    missed_cycles = models.PositiveIntegerField(
        _("missed cycles"),
        default=0,
        help_text=_("Due dates without a work order that this one covers."),
    )
    missed_from_date = models.DateField(
        _("first missed date"),
        null=True,
        blank=True,
        help_text=_("The earliest due date without a work order."),
    )
    assignee = models.ForeignKey(
        StaffMember,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="work_orders",
        verbose_name=_("assignee"),
    )
    created_at = models.DateTimeField(_("created at"))
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("work order")
        verbose_name_plural = _("work orders")
        ordering = ["due_date", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["hotel", "number"], name="work_order_number_once_per_hotel"
            ),
            models.UniqueConstraint(
                fields=["plan", "cycle_date"], name="work_order_once_per_cycle"
            ),
            models.CheckConstraint(
                condition=Q(plan=None) | Q(cycle_date__isnull=False),
                name="work_order_of_plan_has_cycle",
            ),
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
