"""Records of maintenance plans: their work orders, and the periods in which nothing falls due."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet

from hotels.maintenance import queries
from hotels.maintenance.cycles import History, Interval, Series
from hotels.maintenance.idle_periods import IdlePeriod, IdlePeriods
from hotels.models import Equipment, Hotel, MaintenancePause, MaintenancePlan, WorkOrder

_PLAN = len(queries.PLAN_COLUMNS)


class HistoryRow(NamedTuple):
    """Dates from the work orders of one plan."""

    plan_id: int
    mode: str
    last: date
    settled: date | None
    performed: date | None
    open: date | None
    cancelled: date | None
    done_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PlanRecord:
    """A plan's history, its open work order, and the pauses of the plan or its equipment."""

    plan: MaintenancePlan
    history: History
    open_order: WorkOrder | None
    pauses: tuple[MaintenancePause, ...]

    @property
    def series(self) -> Series:
        """The plan's due dates. Raises ValueError when its interval is not positive."""
        return Series(
            interval=Interval(value=self.plan.interval_value, unit=self.plan.interval_unit),
            anchor=self.plan.anchor_date,
            counted_from=self.plan.counted_from_date,
            idle=IdlePeriods.merged(_idle(self.plan, self.pauses)),
        )


@dataclass(frozen=True, kw_only=True)
class PlanRecords:
    """The records of several plans of a hotel."""

    histories: Mapping[int | None, History]
    open_orders: Mapping[int | None, WorkOrder]
    pauses: tuple[MaintenancePause, ...]

    def of(self, plan: MaintenancePlan) -> PlanRecord:
        """The record of one plan, as its fields are now, stored or not."""
        return PlanRecord(
            plan=plan,
            history=self.histories.get(plan.pk, History()),
            open_order=self.open_orders.get(plan.pk),
            pauses=tuple(pause for pause in self.pauses if _applies(pause, plan)),
        )


class PlansInUse(NamedTuple):
    """The active plans of a hotel's equipment that is in use.

    `rows` are the columns as they were read; `plans` are made of them, each with its equipment.
    `has_pauses` is false if the hotel has no pause of maintenance.
    """

    rows: list[tuple[Any, ...]]
    plans: list[MaintenancePlan]
    has_pauses: bool


def read_plans_in_use(*, hotel: Hotel, today: date) -> PlansInUse:
    """The active plans of equipment that is in use on `today`, with their equipment."""
    found = queries.PLANS.rows(hotel=hotel.pk, today=today)
    rows = [row[:-1] for row in found]
    has_pauses = any(row[-1] for row in found)
    return PlansInUse(rows, [_plan_of(row) for row in rows], has_pauses)


def lock_plans_in_use(*, hotel: Hotel, today: date, before: PlansInUse) -> PlansInUse:
    """The same, locked, and read again.

    As long as no plan has changed since `before`, none was paused either: a pause that matters
    changes the next due date of its plans in the same transaction.
    """
    rows = queries.LOCKED_PLANS.rows(hotel=hotel.pk, today=today)
    has_pauses = before.has_pauses or rows != before.rows
    return PlansInUse(rows, [_plan_of(row) for row in rows], has_pauses)


def _plan_of(row: Sequence[Any]) -> MaintenancePlan:
    of_plan, of_equipment = row[:_PLAN], row[_PLAN:]
    plan = MaintenancePlan.from_db(DEFAULT_DB_ALIAS, queries.PLAN_COLUMNS, of_plan)
    plan.equipment = Equipment.from_db(DEFAULT_DB_ALIAS, queries.EQUIPMENT_COLUMNS, of_equipment)
    return plan


def read_records_in_use(*, hotel: Hotel, found: PlansInUse, today: date) -> PlanRecords:
    """The records of the plans found, those in use on `today`, in four queries at most."""
    unfinished = queries.OPEN_ORDERS.rows(hotel=hotel.pk, today=today)
    return _records(
        queries.HISTORIES.rows(hotel=hotel.pk, today=today),
        hotel=hotel,
        orders=queries.orders_of(_with_keys(found.plans)),
        unfinished=[
            WorkOrder.from_db(DEFAULT_DB_ALIAS, queries.ORDER_COLUMNS, row) for row in unfinished
        ],
        has_pauses=found.has_pauses,
    )


def read_records(*, hotel: Hotel, plans: QuerySet[MaintenancePlan]) -> PlanRecords:
    """The records of `plans`, which belong to the hotel, in four queries at most."""
    orders = queries.orders_of(plans).filter(hotel_id=hotel.pk)
    return _records(
        queries.summed_up(orders), hotel=hotel, orders=orders, unfinished=queries.unfinished(orders)
    )


def _records(
    rows: Iterable[tuple[Any, ...]],
    *,
    hotel: Hotel,
    orders: QuerySet[WorkOrder],
    unfinished: Iterable[WorkOrder],
    has_pauses: bool = True,
) -> PlanRecords:
    histories, early = _histories(map(HistoryRow._make, rows), hotel=hotel)
    for plan, taken in _taken(orders, after=early).items():
        histories[plan] = replace(histories[plan], taken=frozenset(taken))
    pauses = queries.PAUSES.rows(hotel=hotel.pk) if has_pauses else []
    return PlanRecords(
        histories=histories,
        # The order of the latest cycle, where a plan has several.
        open_orders={order.plan_id: order for order in unfinished},
        pauses=tuple(
            MaintenancePause.from_db(DEFAULT_DB_ALIAS, queries.PAUSE_COLUMNS, row) for row in pauses
        ),
    )


def _with_keys(plans: Iterable[MaintenancePlan]) -> QuerySet[MaintenancePlan]:
    return MaintenancePlan.objects.filter(pk__in=[plan.pk for plan in plans])


def read_record(plan: MaintenancePlan) -> PlanRecord:
    """The record of one plan, as its fields are now, stored or not."""
    stored = MaintenancePlan.objects.filter(pk=plan.pk)
    return read_records(hotel=plan.equipment.hotel, plans=stored).of(plan)


def _applies(pause: MaintenancePause, plan: MaintenancePlan) -> bool:
    if pause.plan_id is not None:
        return pause.plan_id == plan.pk
    return pause.equipment_id == plan.equipment_id


def _histories(
    rows: Iterable[HistoryRow], *, hotel: Hotel
) -> tuple[dict[int | None, History], dict[int | None, date]]:
    """The history of each plan, and the completions before the cycle of a later order."""
    histories: dict[int | None, History] = {}
    early: dict[int | None, date] = {}
    for row in rows:
        done_on = hotel.local_date(row.done_at) if row.done_at else None
        histories[row.plan_id] = History(
            decided=_latest(row.last, row.settled),
            done=_latest(row.performed, row.settled),
            open_cycle=row.open,
            cancelled_cycle=row.cancelled,
            completed_date=done_on,
        )
        floating = row.mode == MaintenancePlan.Mode.FLOATING
        if floating and done_on is not None and row.last > done_on:
            early[row.plan_id] = done_on
    return histories, early


def _latest(*days: date | None) -> date | None:
    return max((day for day in days if day is not None), default=None)


def _taken(
    orders: QuerySet[WorkOrder], *, after: Mapping[int | None, date]
) -> Mapping[int | None, Iterable[date]]:
    """The cycles of each plan in `after` that are later than its date there."""
    found: dict[int | None, list[date]] = defaultdict(list)
    if not after:
        return found
    later = orders.filter(plan__in=after, cycle_date__gt=min(after.values()))
    for plan, cycle in later.values_list("plan_id", "cycle_date"):
        if cycle is not None and cycle > after[plan]:
            found[plan].append(cycle)
    return found


def _idle(plan: MaintenancePlan, pauses: Iterable[MaintenancePause]) -> Iterable[IdlePeriod]:
    for pause in pauses:
        yield IdlePeriod(start=pause.start_date, end=pause.end_date)
    equipment = plan.equipment
    if equipment.installed_date is not None:
        yield IdlePeriod(start=date.min, end=equipment.installed_date)
    if equipment.retired_date is not None:
        yield IdlePeriod(start=equipment.retired_date)
    if plan.off_since_date is not None:
        yield IdlePeriod(start=plan.off_since_date)
