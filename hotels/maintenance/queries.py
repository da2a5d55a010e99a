"""The queries of the maintenance job: plans of a hotel and their work orders."""

from typing import Any

from django.db.models import BigAutoField, DateField, Exists, Max, Q, QuerySet

from hotels.models import Equipment, MaintenancePause, MaintenancePlan, StaffMember, WorkOrder
from hotels.prepared import CompiledQuery, Given

_HOTEL = Given("hotel", field=BigAutoField())
_TODAY = Given("today", field=DateField())
_UNTIL = Given("until", field=DateField())

OPEN = Q(status__in=WorkOrder.OPEN_STATUSES)
PLAN_COLUMNS = tuple(field.attname for field in MaintenancePlan._meta.concrete_fields)
EQUIPMENT_COLUMNS = tuple(field.attname for field in Equipment._meta.concrete_fields)
ORDER_COLUMNS = tuple(field.attname for field in WorkOrder._meta.concrete_fields)
PAUSE_COLUMNS = tuple(field.attname for field in MaintenancePause._meta.concrete_fields)


def plans_in_use() -> Any:
    """Active plans of equipment in use on a date, for a hotel and a date that are given."""
    in_use = Q(equipment__retired_date=None) | Q(equipment__retired_date__gt=_TODAY)
    return MaintenancePlan.objects.filter(in_use, equipment__hotel_id=_HOTEL, active=True)


def orders_of(plans: "QuerySet[MaintenancePlan]") -> "QuerySet[WorkOrder]":
    """The work orders of plans, in no order."""
    return WorkOrder.objects.filter(plan__in=plans.order_by().values("pk")).order_by()


def _orders_in_use() -> "QuerySet[WorkOrder]":
    return orders_of(plans_in_use()).filter(hotel_id=_HOTEL)


def summed_up(orders: "QuerySet[WorkOrder]") -> Any:
    """Of each plan: its mode, and the latest dates from its work orders (`HistoryRow`)."""
    completed = Q(status=WorkOrder.Status.COMPLETED)
    cancelled = Q(status=WorkOrder.Status.CANCELLED)
    return orders.values_list("plan_id", "plan__mode").annotate(
        last=Max("cycle_date"),
        settled=Max("settled_cycle_date", filter=~cancelled),
        performed=Max("cycle_date", filter=~cancelled),
        open=Max("cycle_date", filter=OPEN),
        cancelled=Max("cycle_date", filter=cancelled),
        done_at=Max("completed_at", filter=completed),
    )


def unfinished(orders: "QuerySet[WorkOrder]") -> "QuerySet[WorkOrder]":
    """The open ones of work orders, in order of their cycles."""
    return orders.filter(OPEN).order_by("cycle_date")


_PLAN_AND_EQUIPMENT = (*PLAN_COLUMNS, *(f"equipment__{name}" for name in EQUIPMENT_COLUMNS))
PLANS = CompiledQuery(
    lambda: (
        plans_in_use()
        .order_by("pk")
        .values_list(
            *_PLAN_AND_EQUIPMENT,
            Exists(MaintenancePause.objects.filter(equipment__hotel_id=_HOTEL)),
        )
    )
)
"""The columns of each plan, those of its equipment, and whether the hotel has any pause."""
LOCKED_PLANS = CompiledQuery(lambda: plans_in_use().locked().values_list(*_PLAN_AND_EQUIPMENT))
"""The columns of each plan, which is locked, and those of its equipment."""
HISTORIES = CompiledQuery(lambda: summed_up(_orders_in_use()))
OPEN_ORDERS = CompiledQuery(lambda: unfinished(_orders_in_use()).values_list(*ORDER_COLUMNS))
PAUSES = CompiledQuery(
    lambda: (
        MaintenancePause.objects.filter(equipment__hotel_id=_HOTEL)
        .order_by("pk")
        .values_list(*PAUSE_COLUMNS)
    )
)
PEOPLE = CompiledQuery(
    lambda: (
        StaffMember.objects.filter(
            hotel_id=_HOTEL, role=StaffMember.Role.MAINTENANCE, active=True, user__isnull=False
        )
        .exclude(user__email="")
        .order_by("pk")
        .values_list("pk", "name", "user__email")
    )
)
"""Key, name and e-mail address of the maintenance staff who have one."""
DUE_ORDERS = CompiledQuery(
    lambda: (
        WorkOrder.objects.filter(OPEN, hotel_id=_HOTEL, due_date__lte=_UNTIL)
        .order_by("due_date", "pk")
        .values_list(*("number", "title", "equipment__name", "due_date", "priority", "assignee_id"))
    )
)
