"""Preventive maintenance: bad rows, second run, crash, concurrent runs."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from hotels.maintenance.plans import refresh_next_due_dates
from hotels.models import Hotel, MaintenancePlan, WorkOrder
from jobs.base import JobContext
from jobs.runner import statements
from jobs.services import maintenance_scheduler
from jobs.services.maintenance_scheduler import MaintenanceResult, schedule_maintenance
from tests.concurrency import in_thread, run_together, waits_for_us
from tests.dumps import every_row
from tests.factories import EquipmentFactory, PlanFactory
from tests.jobs.services.refusals import refuse
from tests.waiting import TIMEOUT

TODAY = date(2026, 7, 15)


def plan_of(hotel: Hotel, **fields: Any) -> MaintenancePlan:
    """A monthly plan of a boiler, due today unless `fields` override it."""
    return PlanFactory(equipment__hotel=hotel, equipment__code="B1", name="Descale", **fields)


def order_of(plan: MaintenancePlan, *, due: date, status: str, **fields: Any) -> WorkOrder:
    return WorkOrder.objects.create(
        hotel=plan.equipment.hotel,
        number=f"PM-{plan.pk}-{due:%Y%m%d}",
        kind=WorkOrder.Kind.PREVENTIVE,
        equipment=plan.equipment,
        plan=plan,
        title=plan.name,
        due_date=due,
        cycle_date=due,
        status=status,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        **fields,
    )


@pytest.fixture
def run(hotel: Hotel, now: datetime) -> Callable[..., MaintenanceResult]:
    """Run the service at `now`, or some days later."""
    return lambda days=0: schedule_maintenance(
        JobContext(hotel=hotel, now=now + timedelta(days=days))
    )


class TestBadRows:
    @pytest.mark.parametrize("value", [0, -3])
    def test_an_interval_of_zero_or_less_is_a_problem_of_that_plan(self, hotel, run, value) -> None:
        plan_of(hotel, interval_value=value)

        result = run()

        (problem,) = result.problems
        assert problem.what == "B1 Boiler: Descale"
        assert problem.reason == f"the interval of {value} months is not positive"
        assert result.all_failed

    def test_lead_days_past_all_dates_are_a_problem_of_that_plan(self, hotel, run) -> None:
        """PostgreSQL stores no more than 32,767, which is no problem."""
        is_bounded = connection.vendor == "postgresql"
        most = 32_767 if is_bounded else 10_000_000
        plan_of(hotel, lead_days=most, next_due_date=TODAY + timedelta(days=30))
        PlanFactory(equipment__hotel=hotel, name="Clean")

        result = run()

        assert "Clean" in {order.plan for order in result.equipment}
        reasons = [problem.reason for problem in result.problems]
        assert reasons == ([] if is_bounded else ["date value out of range"])

    def test_one_unreadable_plan_does_not_stop_the_other_99(self, hotel, run) -> None:
        boiler = EquipmentFactory(hotel=hotel)
        PlanFactory.create_batch(99, equipment=boiler)
        PlanFactory(equipment=boiler, name="Typo", interval_value=99_999, interval_unit="YEARS")

        result = run()

        assert WorkOrder.objects.count() == result.work_orders_created == result.done == 99
        (problem,) = result.problems
        assert problem.what.endswith("Typo")

    def test_one_order_refused_by_the_database_does_not_stop_the_other_99(self, hotel, run) -> None:
        plans = PlanFactory.create_batch(100, equipment=EquipmentFactory(hotel=hotel))
        taken = f"PM-{plans[40].pk}-20260715"
        WorkOrder.objects.create(
            hotel=hotel, number=taken, equipment=plans[40].equipment, title="By hand",
            due_date=TODAY, created_at=datetime(2026, 7, 1, tzinfo=UTC),
        )  # fmt: skip

        result = run()

        assert [problem.what for problem in result.problems] == [str(plans[40])]
        assert WorkOrder.objects.filter(kind="PREVENTIVE").count() == 99
        assert list(MaintenancePlan.objects.filter(next_due_date=None)) == [plans[40]]

    def test_an_order_and_the_next_due_date_of_its_plan_fail_together(self, hotel, run) -> None:
        refuse(WorkOrder, where="title = 'Descale'")
        plan_of(hotel)

        result = run()

        assert "refused" in result.problems[0].reason
        assert MaintenancePlan.objects.get().next_due_date is None


class TestRunningAgain:
    def test_a_second_run_with_nothing_changed_writes_nothing(self, hotel, run, now) -> None:
        plan_of(hotel)
        for mode in MaintenancePlan.Mode:
            PlanFactory(equipment__hotel=hotel, mode=mode, anchor_date=date(2025, 12, 31))
            PlanFactory(equipment__hotel=hotel, mode=mode, anchor_date=date(2027, 12, 31))
        run()
        before = every_row()

        again = JobContext(hotel=hotel, now=now)
        result = schedule_maintenance(again)

        assert every_row() == before
        assert result.work_orders_created == 0
        assert again.effects() == {}

    def test_a_due_date_never_gets_a_second_order(self, hotel, run) -> None:
        plan_of(hotel)
        run()
        WorkOrder.objects.update(status="CANCELLED")

        run(days=1)

        assert WorkOrder.objects.count() == 1

    def test_week_after_week_the_due_dates_do_not_drift(self, hotel, now) -> None:
        plan_of(hotel, anchor_date=date(2026, 1, 31), lead_days=7)

        for week in range(-24, 8):
            moment = now + timedelta(weeks=week)
            schedule_maintenance(JobContext(hotel=hotel, now=moment))
            WorkOrder.objects.filter(completed_at=None).update(
                status="COMPLETED", completed_at=moment
            )

        dues = WorkOrder.objects.order_by("due_date").values_list("due_date", flat=True)
        assert [(due.month, due.day) for due in dues] == [
            (1, 31), (2, 28), (3, 31), (4, 30), (5, 31), (6, 30), (7, 31), (8, 31),
        ]  # fmt: skip

    def test_a_crash_in_the_middle_leaves_nothing(self, hotel, run, monkeypatch) -> None:
        plan_of(hotel)
        write = maintenance_scheduler._write

        def lose_the_connection(steps: Any) -> None:
            write(steps)
            raise OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(maintenance_scheduler, "_write", lose_the_connection)
        before = every_row()

        with pytest.raises(OperationalError), transaction.atomic():
            run()

        assert every_row() == before

    def test_a_plan_that_is_due_earlier_than_the_last_run_foresaw_gets_its_order(
        self, hotel, run
    ) -> None:
        plan = plan_of(hotel, anchor_date=TODAY + timedelta(days=20))
        run()
        foreseen = MaintenancePlan.objects.get().next_due_date
        MaintenancePlan.objects.update(anchor_date=TODAY + timedelta(days=1))

        result = run(days=1)

        assert foreseen == TODAY + timedelta(days=20)
        assert [order.due_date for order in result.equipment] == [TODAY + timedelta(days=1)]
        assert WorkOrder.objects.get().plan == plan

    @pytest.mark.postgres
    @pytest.mark.django_db(transaction=True)
    def test_a_run_with_nothing_due_locks_and_writes_nothing(self, hotel, run) -> None:
        """So its outcome need not wait for the disk. SQLite locks the whole database."""
        for mode in MaintenancePlan.Mode:
            PlanFactory(equipment__hotel=hotel, mode=mode, anchor_date=TODAY)
            PlanFactory(equipment__hotel=hotel, mode=mode, anchor_date=date(2027, 12, 31))
        with transaction.atomic():
            run()

        with transaction.atomic():
            result = run()
            has_written = statements.has_written()

        assert (result.work_orders_created, result.done, has_written) == (0, 0, False)

    @pytest.mark.postgres
    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("foreseen", [None, date(2027, 1, 15)])
    def test_two_runs_at_once_create_every_order_once(self, hotel, now, foreseen) -> None:
        """PostgreSQL only: SQLite has no concurrent transactions."""
        equipment = EquipmentFactory(hotel=hotel)
        PlanFactory.create_batch(20, equipment=equipment, next_due_date=foreseen)

        def work() -> MaintenanceResult:
            with transaction.atomic():
                return schedule_maintenance(JobContext(hotel=hotel, now=now))

        results = run_together(work, work)

        assert sorted(result.work_orders_created for result in results) == [0, 20]
        assert [result.problems for result in results] == [(), ()]

    @pytest.mark.postgres
    @pytest.mark.django_db(transaction=True)
    def test_a_pause_that_is_stored_while_the_run_waits_for_its_plan_counts(
        self, hotel, now
    ) -> None:
        plan = plan_of(hotel, anchor_date=TODAY - timedelta(days=1), next_due_date=TODAY)

        def work() -> MaintenanceResult:
            with transaction.atomic():
                return schedule_maintenance(JobContext(hotel=hotel, now=now))

        with transaction.atomic():
            plan.equipment.pauses.create(start_date=TODAY - timedelta(days=9), end_date=TODAY)
            refresh_next_due_dates(equipment=plan.equipment, today=TODAY)
            running = in_thread(work)
            assert waits_for_us(running)

        assert running.result(TIMEOUT).work_orders_created == 0
        assert not WorkOrder.objects.exists()


class TestQueries:
    def test_more_plans_and_past_orders_take_no_more_queries(self, hotel, run, queries_of) -> None:
        plan_of(hotel)
        few = queries_of(run)
        for _ in range(20):
            plan = PlanFactory(equipment__hotel=hotel, anchor_date=date(2020, 1, 15))
            for month in range(1, 13):
                order_of(plan, due=date(2025, month, 15), status="CANCELLED")

        assert queries_of(run) == few <= 11


def test_a_skipped_plan_does_not_hide_that_every_due_order_failed(hotel, run) -> None:
    """A skipped plan is not done: nothing that was due could be done (domain rule 0)."""
    order_of(plan_of(hotel), due=TODAY - timedelta(days=30), status="OPEN")
    refused = PlanFactory(equipment__hotel=hotel, equipment__code="B2")
    refuse(WorkOrder, where=f"plan_id = {refused.pk}")

    result = run()

    assert (len(result.problems), len(result.skipped), result.done) == (1, 1, 0)
    assert result.all_failed
