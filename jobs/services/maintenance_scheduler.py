"""Preventive maintenance: a work order for every plan that is due, weekly (domain rule 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db.models import Max, Q
from django.utils.translation import gettext_lazy as _

from hotels.bulk import in_one_line, write_isolated
from hotels.maintenance.cycles import Cycle, History, Interval, due_cycles
from hotels.models import Hotel, MaintenancePlan, WorkOrder
from jobs.base import JobContext, JobResult, Problem
from jobs.registry import job


@dataclass(frozen=True, kw_only=True)
class Scheduled:
    """Equipment an order was made for; the next due date of a floating plan is a forecast."""

    id: int
    name: str
    plan: str
    work_order: str
    due_date: date
    next_due_date: date
    missed_cycles: int


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A plan that is due again, and why no order was made for it."""

    plan: str
    due_date: date
    missed_cycles: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class MaintenanceResult(JobResult):
    """The orders made; `missed_cycles` are due dates without an order, of made and skipped ones."""

    work_orders_created: int
    equipment: tuple[Scheduled, ...]
    skipped: tuple[Skipped, ...]
    missed_cycles: int

    def words(self) -> str:
        """`3 work orders, 1 skipped, 4 cycles missed`."""
        return (
            f"{self.work_orders_created} work orders, {len(self.skipped)} skipped, "
            f"{self.missed_cycles} cycles missed"
        )

    def attention(self) -> tuple[str, ...]:
        """The problems, the plans held up by an open order, the orders that come late."""
        held = (f"{item.plan}: {item.reason}" for item in self.skipped)
        late = (
            f"{item.name}, {item.plan}: {item.work_order} also stands for "
            f"{item.missed_cycles} missed cycles"
            for item in self.equipment
            if item.missed_cycles
        )
        return (*super().attention(), *held, *late)


@job(name="maintenance-schedule", schedule="0 0 * * 1", title=_("Preventive maintenance"))
def schedule_maintenance(context: JobContext) -> MaintenanceResult:
    """Make one order for every active plan that is due within its lead and has none open."""
    plans = _lock_plans(context.hotel, today=context.business_date)
    still_open = _open_orders(context.hotel)
    histories = _histories(context.hotel, still_open)
    steps: list[_Step] = []
    problems: list[Problem] = []
    for plan in plans:
        history = histories.get(plan.pk, History())
        try:
            steps.append(_decide(context, plan, history, held_by=still_open.get(plan.pk)))
        except Exception as error:  # noqa: BLE001  one plan that cannot be read stops no other
            problems.append(Problem(what=str(plan), reason=in_one_line(error)))
    changed = [step for step in steps if step.writes]
    failures = write_isolated(changed, write=_write, checkpoint=context.checkpoint)
    problems += [Problem(what=str(f.row.plan), reason=f.reason) for f in failures]
    failed = {failure.row.plan.pk for failure in failures}
    return _report(context, [s for s in steps if s.plan.pk not in failed], problems=problems)


@dataclass(frozen=True, kw_only=True)
class _Step:
    """What is to be done about a plan: an order, a skip, another next due date, or nothing."""

    plan: MaintenancePlan
    next_due_date: date
    cycle: Cycle | None = None
    order: WorkOrder | None = None
    held_by: WorkOrder | None = None
    writes: bool = False


def _lock_plans(hotel: Hotel, *, today: date) -> list[MaintenancePlan]:
    in_use = Q(equipment__retired_date=None) | Q(equipment__retired_date__gt=today)
    return list(
        MaintenancePlan.objects.of_hotel(hotel)
        .filter(in_use, active=True)
        .select_related("equipment")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )


def _open_orders(hotel: Hotel) -> dict[int | None, WorkOrder]:
    """The open order of each plan; of several the one due last."""
    orders = WorkOrder.objects.of_hotel(hotel).filter(plan__active=True)
    in_work = orders.filter(status__in=WorkOrder.OPEN_STATUSES).order_by("due_date", "pk")
    return {order.plan_id: order for order in in_work}


def _histories(hotel: Hotel, still_open: Mapping[int | None, WorkOrder]) -> dict[int, History]:
    completed = Q(status=WorkOrder.Status.COMPLETED)
    rows = (
        WorkOrder.objects.of_hotel(hotel)
        .filter(plan__active=True)
        .order_by()
        .values_list("plan_id")
        .annotate(
            last=Max("due_date"),
            cancelled=Max("due_date", filter=Q(status=WorkOrder.Status.CANCELLED)),
            completed=Max("due_date", filter=completed),
            done_at=Max("completed_at", filter=completed),
        )
    )
    return {
        plan: History(
            open_due=still_open[plan].due_date if plan in still_open else None,
            last_due=last,
            cancelled_due=cancelled,
            completed_due=completed_due,
            completed_date=hotel.local_date(done_at) if done_at else None,
        )
        for plan, last, cancelled, completed_due, done_at in rows
    }


def _decide(
    context: JobContext, plan: MaintenancePlan, history: History, *, held_by: WorkOrder | None
) -> _Step:
    today = context.business_date
    found = due_cycles(
        floating=plan.mode == MaintenancePlan.Mode.FLOATING,
        interval=Interval(value=plan.interval_value, unit=plan.interval_unit),
        anchor=plan.anchor_date,
        history=history,
        today=today,
        horizon=today + timedelta(days=plan.lead_days),
    )
    step = _Step(plan=plan, cycle=found.cycle, next_due_date=found.next_due_date, held_by=held_by)
    if held_by is not None:
        return step
    if found.cycle is not None:
        return replace(step, writes=True, order=_order(context, plan, found.cycle))
    return replace(step, writes=plan.next_due_date != found.next_due_date)


def _order(context: JobContext, plan: MaintenancePlan, cycle: Cycle) -> WorkOrder:
    return WorkOrder(
        hotel=context.hotel,
        number=f"PM-{plan.pk}-{cycle.due_date:%Y%m%d}",
        kind=WorkOrder.Kind.PREVENTIVE,
        equipment=plan.equipment,
        plan=plan,
        title=plan.name,
        due_date=cycle.due_date,
        checklist=plan.checklist,
        missed_cycles=cycle.missed,
        missed_from_date=cycle.missed_from_date,
        created_at=context.now,
    )


def _write(steps: Sequence[_Step]) -> None:
    for step in steps:
        step.plan.next_due_date = step.next_due_date
    WorkOrder.objects.bulk_create(step.order for step in steps if step.order is not None)
    MaintenancePlan.objects.bulk_update([step.plan for step in steps], ["next_due_date"])


def _report(
    context: JobContext, steps: Sequence[_Step], *, problems: Sequence[Problem]
) -> MaintenanceResult:
    equipment = tuple(_scheduled(step, step.order) for step in steps if step.order is not None)
    skipped = tuple(
        _skipped(step.plan, step.cycle, step.held_by)
        for step in steps
        if step.cycle is not None and step.held_by is not None
    )
    context.changed("work order", (step.order for step in steps if step.order is not None))
    context.changed("next due date", (step.plan for step in steps if step.writes))
    return MaintenanceResult(
        hotel_id=context.hotel.pk,
        problems=tuple(problems),
        handled=len(steps),
        work_orders_created=len(equipment),
        equipment=equipment,
        skipped=skipped,
        missed_cycles=sum(e.missed_cycles for e in equipment)
        + sum(s.missed_cycles for s in skipped),
    )


def _scheduled(step: _Step, order: WorkOrder) -> Scheduled:
    return Scheduled(
        id=order.equipment.pk,
        name=order.equipment.name,
        plan=step.plan.name,
        work_order=order.number,
        due_date=order.due_date,
        next_due_date=step.next_due_date,
        missed_cycles=order.missed_cycles,
    )


def _skipped(plan: MaintenancePlan, cycle: Cycle, held_by: WorkOrder) -> Skipped:
    return Skipped(
        plan=str(plan),
        due_date=cycle.due_date,
        # The cycle due now is passed by as well.
        missed_cycles=cycle.missed + 1,
        reason=f"{held_by.number}, due {held_by.due_date}, is still {held_by.get_status_display()}",
    )
