"""Changes of maintenance plans and equipment, and the due dates that follow (domain rule 2).

Saving records what a later run of the job cannot know: when a plan was switched off and on again,
when equipment was retired and returned, and from which due date a new interval counts.
"""

from collections.abc import Iterator
from datetime import MAXYEAR, date
from itertools import islice

from hotels.maintenance.cycles import Interval, Series, due_cycles
from hotels.maintenance.histories import PlanRecord, read_record, read_records
from hotels.models import Equipment, MaintenancePause, MaintenancePlan

NO_END = date(MAXYEAR, 12, 31)
FIXED = MaintenancePlan.Mode.FIXED


def prepare_plan(*, plan: MaintenancePlan, today: date) -> PlanRecord:
    """Set the fields that follow from a change of `plan`, without saving; returns its record.

    An interval changed by the user takes effect from the last cycle that is done or has an open
    work order. `today` is the hotel's business date.
    """
    before = MaintenancePlan.objects.filter(pk=plan.pk).first()
    was_off_since = before.off_since_date if before else None
    plan.off_since_date = None if plan.active else was_off_since or today
    record = read_record(plan)
    plan.counted_from_date = _counted_from(plan, before=before, done=record.history.done)
    return record


def save_plan(*, plan: MaintenancePlan, today: date) -> None:
    """Save a new or changed plan with its next due date, and record a pause that ends `today`.

    The caller has locked the plan if it is stored. `today` is the hotel's business date.
    """
    off_since = MaintenancePlan.objects.filter(pk=plan.pk).values_list("off_since_date", flat=True)
    paused_from = off_since.first()
    record = prepare_plan(plan=plan, today=today)
    ended = []
    if plan.active and paused_from is not None and paused_from < today:
        pause = MaintenancePause(
            equipment=plan.equipment, plan=plan, start_date=paused_from, end_date=today
        )
        ended.append(pause)
    plan.next_due_date = next_due_date(record=_with(record, ended), today=today)
    plan.save()
    MaintenancePause.objects.bulk_create(ended)


def save_equipment(*, equipment: Equipment, today: date) -> None:
    """Save new or changed equipment with the next due dates of its plans.

    Retired equipment that is in use again from `today` on, the hotel's business date, was paused.
    """
    before = Equipment.objects.filter(pk=equipment.pk).first()
    equipment.save()
    retired = before.retired_date if before else None
    if retired is not None and retired < today and not _retired(equipment, today=today):
        MaintenancePause.objects.create(equipment=equipment, start_date=retired, end_date=today)
    refresh_next_due_dates(equipment=equipment, today=today)


def refresh_next_due_dates(*, equipment: Equipment, today: date) -> None:
    """Store the next due dates of the equipment's plans, after a change of it or its pauses."""
    plans = MaintenancePlan.objects.filter(equipment=equipment)
    locked = list(plans.locked())
    records = read_records(hotel=equipment.hotel, plans=plans)
    for plan in locked:
        plan.equipment = equipment
        plan.next_due_date = next_due_date(record=records.of(plan), today=today)
    MaintenancePlan.objects.bulk_update(locked, ["next_due_date"])


def next_due_date(*, record: PlanRecord, today: date) -> date | None:
    """The next due date of the record's plan, None if nothing falls due or dates are invalid."""
    try:
        return next(due_dates(record=record, today=today), None)
    except ValueError:
        return None


def forecast(*, record: PlanRecord, today: date, count: int) -> list[date]:
    """Up to `count` next due dates, as if each service were done on its due date.

    Raises ValueError when the interval is not positive or a date is after the year 9999.
    """
    return list(islice(due_dates(record=record, today=today), count))


def due_dates(*, record: PlanRecord, today: date) -> Iterator[date]:
    """The next due dates, without end; the first may be overdue.

    Raises ValueError when the interval is not positive or a date is after the year 9999.
    """
    plan, series = record.plan, record.series
    if not plan.active or _retired(plan.equipment, today=today):
        return
    floating = plan.mode == MaintenancePlan.Mode.FLOATING
    found = due_cycles(
        floating=floating, series=series, history=record.history, today=today, horizon=NO_END
    ).cycle
    due = found.due_date if found else None
    if floating and due is not None:
        series = Series(interval=series.interval, anchor=due, idle=series.idle)
    while due is not None:
        yield due
        due = series.next_due(after=due)


def _retired(equipment: Equipment, *, today: date) -> bool:
    return equipment.retired_date is not None and equipment.retired_date <= today


def _counted_from(
    plan: MaintenancePlan, *, before: MaintenancePlan | None, done: date | None
) -> date | None:
    """The due date from which the plan's interval counts, None for the anchor."""
    if before is None or plan.anchor_date != before.anchor_date:
        return None
    unchanged = (plan.interval_value, plan.interval_unit) == (
        before.interval_value,
        before.interval_unit,
    )
    if unchanged or done is None or {plan.mode, before.mode} != {FIXED}:
        return before.counted_from_date
    try:
        interval = Interval(value=before.interval_value, unit=before.interval_unit)
    except ValueError:
        return before.counted_from_date
    # An order may be older than the anchor: then it has another day than the plan's due dates.
    series = Series(
        interval=interval, anchor=before.anchor_date, counted_from=before.counted_from_date
    )
    n = series.last(done)
    return series.due(n) if n >= 0 else before.counted_from_date


def _with(record: PlanRecord, pauses: list[MaintenancePause]) -> PlanRecord:
    return PlanRecord(
        plan=record.plan,
        history=record.history,
        open_order=record.open_order,
        pauses=(*record.pauses, *pauses),
    )
