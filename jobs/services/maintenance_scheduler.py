"""Preventive maintenance: a work order for every plan that is due, weekly (domain rule 2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.utils.translation import gettext_lazy as _

from hotels import formats
from hotels.bulk import in_one_line, write_isolated
from hotels.i18n import counted
from hotels.maintenance.cycles import Cycle, due_cycles
from hotels.maintenance.histories import (
    PlanRecord,
    PlansInUse,
    lock_plans_in_use,
    read_plans_in_use,
    read_records_in_use,
)
from hotels.maintenance.intervals import shortest_intervals
from hotels.models import Hotel, MaintenancePlan, WorkOrder
from hotels.row_writes import insert_rows, update_rows
from jobs import result_fields as fields
from jobs.base import JobContext, JobResult, Problem, Reference
from jobs.local_hours import LocalHours, NeededEvery
from jobs.registry import job
from jobs.result_fields import result_dataclass


@result_dataclass
class ScheduledWork:
    """A work order with its equipment; the next due date of a floating plan is a forecast."""

    id: int = fields.hidden()
    name: str = fields.text(_("Equipment"))
    plan: str = fields.text(_("Plan"))
    work_order: str = fields.text(_("Work order"))
    due_date: date = fields.day(_("Due"))
    next_due_date: date | None = fields.day(_("Next due"))
    missed_cycles: int = fields.count(_("Missed cycles"))
    reference: Reference | None = fields.reference(default=None)


@result_dataclass
class SkippedPlan:
    """A plan that is due but got no work order, and the reason."""

    plan: str = fields.text(_("Plan"))
    due_date: date = fields.day(_("Due"))
    missed_cycles: int = fields.count(_("Missed cycles"))
    reason: str = fields.text(_("Reason"))
    reference: Reference | None = fields.reference(default=None)


@result_dataclass
class MaintenanceResult(JobResult):
    """The work orders created and the plans skipped; `missed_cycles` is the sum over both."""

    work_orders_created: int = fields.count(_("Work orders created"))
    equipment: tuple[ScheduledWork, ...] = fields.table(_("Work orders"), row=ScheduledWork)
    skipped: tuple[SkippedPlan, ...] = fields.table(_("Plans skipped"), row=SkippedPlan)
    missed_cycles: int = fields.count(_("Missed cycles"))

    change_labels = {
        "work order": _("work orders created"),
        "next due date": _("next due dates updated"),
    }

    def summary(self) -> str:
        """`3 work orders created, 1 plan skipped, 4 missed cycles`; without parts that are zero."""
        orders, skipped = self.work_orders_created, len(self.skipped)
        parts = [
            f"{counted(orders, 'work order') if orders else 'No work orders'} created",
            *([f"{counted(skipped, 'plan')} skipped"] if skipped else []),
            *([counted(self.missed_cycles, "missed cycle")] if self.missed_cycles else []),
        ]
        return ", ".join(parts)

    def attention(self) -> tuple[str, ...]:
        """The problems, the plans skipped, and the work orders that cover missed cycles."""
        skipped = (f"{item.plan}: {item.reason}" for item in self.skipped)
        late = (
            f"{item.name}, {item.plan}: {item.work_order} also covers "
            f"{counted(item.missed_cycles, 'missed cycle')}"
            for item in self.equipment
            if item.missed_cycles
        )
        return (*super().attention(), *skipped, *late)


def _plan_intervals(hotels: Iterable[Hotel]) -> dict[int, NeededEvery]:
    """The rhythm each hotel needs: that of the plan that is due most often."""
    return {
        hotel_id: NeededEvery(days=shortest.days, because_of=shortest.plan)
        for hotel_id, shortest in shortest_intervals(hotels=hotels).items()
    }


@job(
    name="maintenance-schedule",
    schedule="0 0 * * 1",
    title=_("Preventive maintenance"),
    dated_effects=True,
    local_hours=LocalHours(length=timedelta(hours=6), best=timedelta(minutes=90)),
    needed_rhythm=_plan_intervals,
)
def schedule_maintenance(context: JobContext) -> MaintenanceResult:
    """Create a work order for every active plan due within its lead days that has none open.

    Call it in a transaction: it locks the plans before it writes. If no plan is due it locks none.
    """
    steps, problems = _review(context)
    changed = [step for step in steps if step.writes]
    failures = write_isolated(changed, write=_write, checkpoint=context.checkpoint)
    problems += [_problem(f.row.plan, f.reason) for f in failures]
    failed = {failure.row.plan.pk for failure in failures}
    return _report(context, [s for s in steps if s.plan.pk not in failed], problems=problems)


@dataclass(frozen=True, kw_only=True)
class _Step:
    """The decision about a plan: a new work order, a skip, a new next due date, or no change."""

    plan: MaintenancePlan
    next_due_date: date | None
    cycle: Cycle | None = None
    order: WorkOrder | None = None
    open_order: WorkOrder | None = None
    writes: bool = False


def _review(context: JobContext) -> tuple[list[_Step], list[Problem]]:
    """The decisions about the plans as they are now; locked, unless there is nothing to write."""
    hotel, today = context.hotel, context.business_date
    found = read_plans_in_use(hotel=hotel, today=today)
    if not any(_looks_due(plan, today=today) for plan in found.plans):
        steps, problems = _decide_each(context, found)
        if not any(step.writes for step in steps):
            return steps, problems
    return _decide_each(context, lock_plans_in_use(hotel=hotel, today=today, before=found))


def _looks_due(plan: MaintenancePlan, *, today: date) -> bool:
    """Return whether the next due date, as the last run stored it, has come or is not known."""
    return plan.next_due_date is None or (plan.next_due_date - today).days <= plan.lead_days


def _decide_each(context: JobContext, found: PlansInUse) -> tuple[list[_Step], list[Problem]]:
    """The decisions about plans, and the plans without one."""
    today = context.business_date
    records = read_records_in_use(hotel=context.hotel, found=found, today=today)
    steps: list[_Step] = []
    problems: list[Problem] = []
    for plan in found.plans:
        try:
            steps.append(_decide(context, records.of(plan), today=today))
        except Exception as error:  # noqa: BLE001  a plan that fails must not stop the others
            problems.append(_problem(plan, in_one_line(error)))
    return steps, problems


def _decide(context: JobContext, record: PlanRecord, *, today: date) -> _Step:
    plan, open_order = record.plan, record.open_order
    found = due_cycles(
        floating=plan.mode == MaintenancePlan.Mode.FLOATING,
        series=record.series,
        history=record.history,
        today=today,
        horizon=today + timedelta(days=plan.lead_days),
    )
    step = _Step(
        plan=plan, cycle=found.cycle, next_due_date=found.next_due_date, open_order=open_order
    )
    if open_order is not None:
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
        cycle_date=cycle.due_date,
        checklist=plan.checklist,
        missed_cycles=cycle.missed,
        missed_from_date=cycle.missed_from_date,
        created_at=context.now,
    )


def _write(steps: Sequence[_Step]) -> None:
    for step in steps:
        step.plan.next_due_date = step.next_due_date
    insert_rows([step.order for step in steps if step.order is not None])
    update_rows([step.plan for step in steps], ["next_due_date"])


def _report(
    context: JobContext, steps: Sequence[_Step], *, problems: Sequence[Problem]
) -> MaintenanceResult:
    equipment = tuple(_scheduled(step, step.order) for step in steps if step.order is not None)
    skipped = tuple(
        _skipped(step.plan, step.cycle, step.open_order, today=context.business_date)
        for step in steps
        if step.cycle is not None and step.open_order is not None
    )
    # The other jobs start sooner without them.
    from hotels.maintenance.events import publish_created
    from hotels.maintenance.mails import work_order_mails

    for mail in work_order_mails(hotel=context.hotel, now=context.now):
        context.notify(mail)
    created = [step.order for step in steps if step.order is not None]
    context.changed("work order", created)
    publish_created(created, now=context.now)
    context.changed("next due date", [step.plan for step in steps if step.writes])
    return MaintenanceResult(
        hotel_id=context.hotel.pk,
        problems=tuple(problems),
        done=sum(step.writes for step in steps),
        work_orders_created=len(equipment),
        equipment=equipment,
        skipped=skipped,
        missed_cycles=sum(e.missed_cycles for e in equipment)
        + sum(s.missed_cycles for s in skipped),
    )


def _scheduled(step: _Step, order: WorkOrder) -> ScheduledWork:
    return ScheduledWork(
        id=order.equipment.pk,
        name=order.equipment.name,
        plan=step.plan.name,
        work_order=order.number,
        due_date=order.due_date,
        next_due_date=step.next_due_date,
        missed_cycles=order.missed_cycles,
        reference=Reference.to(order),
    )


def _problem(plan: MaintenancePlan, reason: str) -> Problem:
    return Problem(what=str(plan), reason=reason, reference=Reference.to(plan))


def _skipped(
    plan: MaintenancePlan, cycle: Cycle, open_order: WorkOrder, *, today: date
) -> SkippedPlan:
    due = formats.date_of(open_order.due_date)
    return SkippedPlan(
        plan=str(plan),
        due_date=cycle.due_date,
        # The cycle itself is missed as well, unless it is still to come.
        missed_cycles=cycle.missed + (cycle.due_date <= today),
        reason=f"{open_order.number}, due {due}, is still {open_order.get_status_display()}",
        reference=Reference.to(plan),
    )
