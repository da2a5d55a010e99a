"""Random histories of a maintenance plan, compared with a plain model (domain rule 2)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from hotels.maintenance.plans import save_equipment, save_plan
from hotels.maintenance.work_orders import complete_order
from hotels.models import MaintenancePlan, WorkOrder
from jobs.base import JobContext
from jobs.services.maintenance_scheduler import schedule_maintenance
from tests.factories import HotelFactory, PlanFactory
from tests.jobs.services.maintenance_oracle import Oracle

START = date(2026, 1, 31)

intervals = st.one_of(
    st.tuples(st.integers(1, 20), st.just("DAYS")),
    st.tuples(st.integers(1, 3), st.just("WEEKS")),
    st.tuples(st.integers(1, 4), st.just("MONTHS")),
    st.tuples(st.just(1), st.just("YEARS")),
)
steps = st.tuples(
    st.integers(0, 40),
    st.one_of(
        st.sampled_from(["run", "run", "run", "complete", "complete", "cancel", "switch"]),
        st.tuples(st.just("move"), st.integers(-40, 90)),
        st.tuples(st.just("change"), intervals),
        st.tuples(st.just("lead"), st.integers(0, 40)),
        st.tuples(st.just("retire"), st.none() | st.integers(-10, 60)),
    ),
)


class Books:
    """The plan in the database, changed through the same functions as by users and the job."""

    def __init__(self, **fields: Any) -> None:
        self.hotel = HotelFactory(timezone="UTC")
        self.plan = PlanFactory(equipment__hotel=self.hotel, **fields)

    def run(self, today: date) -> int | None:
        context = JobContext(hotel=self.hotel, now=noon(today))
        result = schedule_maintenance(context)
        assert result.problems == ()
        return result.skipped[0].missed_cycles if result.skipped else None

    def complete(self, today: date) -> None:
        order = self._open()
        if order is not None:
            complete_order(order=order, now=noon(today))

    def cancel(self) -> None:
        WorkOrder.objects.filter(status="OPEN").update(status="CANCELLED")

    def move(self, day: date) -> None:
        WorkOrder.objects.filter(status="OPEN").update(due_date=day)

    def switch(self, today: date) -> None:
        self._save(today, active=not self._plan().active)

    def change(self, value: int, unit: str, today: date) -> None:
        self._save(today, interval_value=value, interval_unit=unit)

    def lead(self, days: int, today: date) -> None:
        self._save(today, lead_days=days)

    def retire(self, retired: date | None, today: date) -> None:
        equipment = self._plan().equipment
        equipment.retired_date = retired
        save_equipment(equipment=equipment, today=today)

    def orders(self) -> dict[date | None, tuple[str, int, date | None, date | None]]:
        fields = ("status", "missed_cycles", "missed_from_date", "settled_cycle_date")
        return {
            cycle: (status, missed, first, None if status == "CANCELLED" else settled)
            for cycle, status, missed, first, settled in WorkOrder.objects.values_list(
                "cycle_date", *fields
            )
        }

    def _open(self) -> WorkOrder | None:
        return WorkOrder.objects.filter(status="OPEN").first()

    def _plan(self) -> MaintenancePlan:
        return MaintenancePlan.objects.select_related("equipment").get()

    def _save(self, today: date, **fields: Any) -> None:
        plan = self._plan()
        for name, value in fields.items():
            setattr(plan, name, value)
        save_plan(plan=plan, today=today)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def take(step: Any, *, books: Books, oracle: Oracle, today: date) -> None:
    """Do the step in both worlds."""
    if step == "run":
        assert books.run(today) == oracle.run(today)
    elif step == "complete":
        books.complete(today)
        oracle.complete(today)
    elif step == "cancel":
        books.cancel()
        oracle.cancel()
    elif step == "switch":
        books.switch(today)
        oracle.switch(today)
    elif step[0] == "move":
        books.move(today + timedelta(days=step[1]))
    elif step[0] == "change":
        books.change(*step[1], today=today)
        oracle.change(*step[1])
    elif step[0] == "lead":
        books.lead(step[1], today)
        oracle.lead = step[1]
    else:
        day = None if step[1] is None else today + timedelta(days=step[1])
        books.retire(day, today)
        oracle.retire(day, today)


def check(books: Books, oracle: Oracle) -> None:
    """Check the orders, and that each cycle was decided once."""
    assert books.orders() == {
        cycle: (
            order.status,
            len(order.missed),
            min(order.missed, default=None),
            None if order.status == "CANCELLED" else order.settled,
        )
        for cycle, order in oracle.orders.items()
    }
    standing = [order for order in oracle.orders.values() if order.status != "CANCELLED"]
    decided = [*oracle.orders]
    decided += [day for order in oracle.orders.values() for day in order.missed]
    decided += [order.settled for order in standing if order.settled]
    assert len(decided) == len(set(decided))
    still_open = Q(work_orders__status__in=WorkOrder.OPEN_STATUSES)
    plans = MaintenancePlan.objects.annotate(n=Count("work_orders", filter=still_open))
    assert not plans.filter(n__gt=1).exists()


class TestHistories(TestCase):
    @settings(max_examples=60)
    @given(
        floating=st.booleans(),
        anchor=st.integers(-90, 60),
        interval=intervals,
        lead=st.integers(0, 40),
        history=st.lists(steps, min_size=4, max_size=20),
    )
    def test_every_cycle_is_done_ordered_missed_or_not_applicable_once(
        self, floating: bool, anchor: int, interval: tuple[int, str], lead: int, history: Any
    ) -> None:
        first, (value, unit), today = START + timedelta(days=anchor), interval, START
        books = Books(
            mode="FLOATING" if floating else "FIXED",
            anchor_date=first,
            interval_value=value,
            interval_unit=unit,
            lead_days=lead,
        )
        oracle = Oracle(floating=floating, anchor=first, value=value, unit=unit, lead=lead)
        for days, step in history:
            today += timedelta(days=days)
            take(step, books=books, oracle=oracle, today=today)
            check(books, oracle)
