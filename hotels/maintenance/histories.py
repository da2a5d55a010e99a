"""Records of maintenance plans: their work orders, and the periods in which nothing falls due."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Max, Q, QuerySet

from hotels.maintenance.cycles import History, Interval, Series
from hotels.maintenance.idle_periods import IdlePeriod, IdlePeriods
from hotels.models import Hotel, MaintenancePause, MaintenancePlan, WorkOrder

Status = WorkOrder.Status
OPEN = Q(status__in=WorkOrder.OPEN_STATUSES)


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


def read_records(*, hotel: Hotel, plans: QuerySet[MaintenancePlan]) -> PlanRecords:
    """The records of `plans`, which belong to the hotel, in four queries at most."""
    of_plans = WorkOrder.objects.of_hotel(hotel).filter(plan__in=plans).order_by()
    # The order of the latest cycle, where a plan has several.
    unfinished = of_plans.filter(OPEN).order_by("cycle_date")
    return PlanRecords(
        histories=_histories(of_plans, hotel=hotel),
        open_orders={order.plan_id: order for order in unfinished},
        pauses=tuple(MaintenancePause.objects.of_hotel(hotel).order_by("pk")),
    )


def read_record(plan: MaintenancePlan) -> PlanRecord:
    """The record of one plan, as its fields are now, stored or not."""
    stored = MaintenancePlan.objects.filter(pk=plan.pk)
    return read_records(hotel=plan.equipment.hotel, plans=stored).of(plan)


def _applies(pause: MaintenancePause, plan: MaintenancePlan) -> bool:
    if pause.plan_id is not None:
        return pause.plan_id == plan.pk
    return pause.equipment_id == plan.equipment_id


def _histories(orders: QuerySet[WorkOrder], *, hotel: Hotel) -> dict[int | None, History]:
    completed, cancelled = Q(status=Status.COMPLETED), Q(status=Status.CANCELLED)
    rows = orders.values("plan_id", "plan__mode").annotate(
        last=Max("cycle_date"),
        settled=Max("settled_cycle_date", filter=~cancelled),
        performed=Max("cycle_date", filter=~cancelled),
        open=Max("cycle_date", filter=OPEN),
        cancelled=Max("cycle_date", filter=cancelled),
        done_at=Max("completed_at", filter=completed),
    )
    histories: dict[int | None, History] = {}
    early: dict[int | None, date] = {}
    for row in rows:
        done_on = hotel.local_date(row["done_at"]) if row["done_at"] else None
        histories[row["plan_id"]] = History(
            decided=_latest(row["last"], row["settled"]),
            done=_latest(row["performed"], row["settled"]),
            open_cycle=row["open"],
            cancelled_cycle=row["cancelled"],
            completed_date=done_on,
        )
        floating = row["plan__mode"] == MaintenancePlan.Mode.FLOATING
        if floating and done_on is not None and row["last"] > done_on:
            early[row["plan_id"]] = done_on
    for plan, taken in _taken(orders, after=early).items():
        histories[plan] = replace(histories[plan], taken=frozenset(taken))
    return histories


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
