"""Plans and work orders of the maintenance tests."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from hotels.maintenance.plans import save_plan
from hotels.maintenance.work_orders import complete_order
from hotels.models import Hotel, MaintenancePlan, WorkOrder
from jobs.base import JobContext
from jobs.services.maintenance_scheduler import MaintenanceResult, schedule_maintenance
from tests.factories import PlanFactory

TODAY = date(2026, 7, 15)
Run = Callable[[date], MaintenanceResult]


def plan_of(hotel: Hotel, **fields: Any) -> MaintenancePlan:
    """A monthly plan of a boiler, first due on 15 January."""
    values = {"anchor_date": date(2026, 1, 15)} | fields
    return PlanFactory(equipment__hotel=hotel, equipment__code="B1", name="Descale", **values)


def at(hotel: Hotel, day: date) -> datetime:
    """Noon of a business date in UTC."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=hotel.zone)


def complete(order: WorkOrder, day: date) -> None:
    complete_order(order=order, now=at(order.hotel, day))


def switch(plan: MaintenancePlan, *, active: bool, day: date) -> None:
    plan.refresh_from_db()
    plan.active = active
    save_plan(plan=plan, today=day)


def open_order() -> WorkOrder:
    return WorkOrder.objects.get(status="OPEN")


def latest() -> tuple[date | None, int, date | None]:
    """Cycle and missed cycles of the order of the latest cycle."""
    order = WorkOrder.objects.latest("cycle_date")
    return order.cycle_date, order.missed_cycles, order.missed_from_date


def runner(hotel: Hotel) -> Run:
    """A function that runs the service at noon of a day."""
    return lambda day: schedule_maintenance(JobContext(hotel=hotel, now=at(hotel, day)))
