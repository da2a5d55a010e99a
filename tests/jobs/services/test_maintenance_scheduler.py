"""Preventive maintenance: plans that get a work order, and the result (domain rule 2)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hotels.models import Hotel, MaintenancePlan, WorkOrder
from jobs import registry
from jobs.base import JobContext
from jobs.services.maintenance_scheduler import MaintenanceResult, schedule_maintenance
from tests.dumps import every_row
from tests.factories import HotelFactory, PlanFactory

TODAY = date(2026, 7, 15)
OPEN = ["OPEN", "ASSIGNED", "IN_PROGRESS", "ON_HOLD"]


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


def test_it_is_registered_for_monday_midnight_utc() -> None:
    job = registry.get("maintenance-schedule")

    assert (job.schedule, job.service) == ("0 0 * * 1", schedule_maintenance)


class TestOrder:
    def test_a_due_plan_gets_an_open_preventive_order_of_normal_priority(
        self, hotel, run, now
    ) -> None:
        plan = plan_of(hotel, checklist=["Drain", "Rinse"])

        run()

        order = WorkOrder.objects.get()
        assert order.number == f"PM-{plan.pk}-20260715"
        assert (order.status, order.priority, order.kind) == ("OPEN", "NORMAL", "PREVENTIVE")
        assert (order.hotel, order.equipment, order.plan) == (hotel, plan.equipment, plan)
        assert (order.due_date, order.created_at) == (TODAY, now)

    def test_the_checklist_is_a_copy(self, hotel, run) -> None:
        plan = plan_of(hotel, checklist=["Drain", "Rinse"])
        run()

        plan.checklist = ["Nothing"]
        plan.save()

        assert WorkOrder.objects.get().checklist == ["Drain", "Rinse"]

    def test_the_next_due_date_is_stored_on_the_plan(self, hotel, run) -> None:
        plan_of(hotel)

        run()

        assert MaintenancePlan.objects.get().next_due_date == date(2026, 8, 15)

    def test_a_plan_not_yet_due_gets_only_its_next_due_date(self, hotel, run) -> None:
        plan_of(hotel, anchor_date=date(2026, 9, 1))

        result = run()

        assert MaintenancePlan.objects.get().next_due_date == date(2026, 9, 1)
        assert (result.work_orders_created, result.done) == (0, 1)

    def test_an_order_is_created_when_the_due_date_is_within_the_lead_days(
        self, hotel, run
    ) -> None:
        plan_of(hotel, anchor_date=TODAY + timedelta(days=10), lead_days=10)

        assert run().work_orders_created == 1

    def test_a_plan_is_due_by_the_business_date(self, hotel) -> None:
        plan_of(hotel)
        after_midnight = datetime(2026, 7, 15, 0, 30, tzinfo=UTC)

        result = schedule_maintenance(JobContext(hotel=hotel, now=after_midnight))

        assert result.work_orders_created == 0


class TestNotDue:
    def test_inactive_plans_get_no_order(self, hotel, run) -> None:
        plan_of(hotel, active=False)

        assert (run().done, WorkOrder.objects.count()) == (0, 0)

    @pytest.mark.parametrize(("retired", "made"), [(-1, 0), (0, 0), (1, 1)])
    def test_equipment_retired_by_the_business_date_gets_no_order(
        self, hotel, run, retired, made
    ) -> None:
        plan_of(hotel, equipment__retired_date=TODAY + timedelta(days=retired))

        assert run().work_orders_created == made

    def test_plans_of_other_hotels_get_no_order(self, run) -> None:
        theirs = plan_of(HotelFactory())

        assert run().done == 0
        assert MaintenancePlan.objects.get(pk=theirs.pk).next_due_date is None


class TestMissed:
    def test_after_downtime_one_order_covers_the_missed_cycles(self, hotel, run) -> None:
        plan_of(hotel, anchor_date=date(2026, 1, 31))

        result = run()

        order = WorkOrder.objects.get()
        assert order.due_date == date(2026, 6, 30)
        assert (order.missed_cycles, order.missed_from_date) == (5, date(2026, 1, 31))
        assert (result.work_orders_created, result.missed_cycles) == (1, 5)

    def test_cycles_with_an_order_are_not_missed(self, hotel, run, now) -> None:
        plan = plan_of(hotel, anchor_date=date(2026, 1, 15))
        order_of(plan, due=date(2026, 4, 15), status="COMPLETED", completed_at=now)

        run()

        order = WorkOrder.objects.get(status="OPEN")
        assert (order.due_date, order.missed_cycles) == (TODAY, 2)
        assert order.missed_from_date == date(2026, 5, 15)

    def test_a_very_old_anchor_date_takes_no_loop(self, hotel, run) -> None:
        plan_of(hotel, anchor_date=date(1, 1, 1), interval_unit="DAYS")

        assert run().missed_cycles == (TODAY - date(1, 1, 1)).days


class TestOpenOrder:
    @pytest.mark.parametrize("status", OPEN)
    def test_a_plan_with_an_open_order_is_skipped_and_its_missed_cycles_counted(
        self, hotel, run, status
    ) -> None:
        plan = plan_of(hotel, anchor_date=date(2026, 1, 15))
        order = order_of(plan, due=date(2026, 5, 15), status=status)
        before = every_row()

        result = run()

        assert every_row() == before
        (skipped,) = result.skipped
        assert (skipped.plan, skipped.missed_cycles) == ("B1 Boiler: Descale", 2)
        assert skipped.reason == (
            f"{order.number}, due 15 May 2026, is still {order.get_status_display()}"
        )
        assert (result.work_orders_created, result.missed_cycles) == (0, 2)

    def test_a_plan_with_an_open_order_and_nothing_due_since_is_not_skipped(
        self, hotel, run
    ) -> None:
        plan_of(hotel)
        run()

        assert run(days=7).skipped == ()

    def test_after_completion_the_latest_due_date_gets_its_order(self, hotel, run, now) -> None:
        plan = plan_of(hotel, anchor_date=date(2026, 1, 15))
        order_of(plan, due=date(2026, 5, 15), status="COMPLETED", completed_at=now)

        run()

        order = WorkOrder.objects.get(status="OPEN")
        assert (order.due_date, order.missed_cycles) == (TODAY, 1)

    def test_a_corrective_order_without_a_plan_blocks_no_plan(self, hotel, run) -> None:
        plan = plan_of(hotel)
        WorkOrder.objects.create(
            hotel=hotel, number="WO-1", equipment=plan.equipment, title="Leaks",
            due_date=TODAY, created_at=datetime(2026, 7, 1, tzinfo=UTC),
        )  # fmt: skip

        assert run().work_orders_created == 1


class TestFloating:
    def test_a_floating_plan_is_due_one_interval_after_its_completion_in_hotel_time(
        self, db, now
    ) -> None:
        tokyo = HotelFactory(timezone="Asia/Tokyo")
        plan = plan_of(tokyo, mode="FLOATING")
        # 15 June 20:00 UTC is the 16th in Tokyo.
        done_at = datetime(2026, 6, 15, 20, 0, tzinfo=UTC)
        order_of(plan, due=date(2026, 6, 1), status="COMPLETED", completed_at=done_at)

        schedule_maintenance(JobContext(hotel=tokyo, now=now))
        assert not WorkOrder.objects.filter(status="OPEN").exists()

        schedule_maintenance(JobContext(hotel=tokyo, now=now + timedelta(days=1)))
        assert WorkOrder.objects.get(status="OPEN").due_date == date(2026, 7, 16)

    def test_a_floating_plan_gets_no_order_while_one_is_open(self, hotel, run) -> None:
        plan = plan_of(hotel, mode="FLOATING", anchor_date=date(2026, 1, 15))
        order_of(plan, due=date(2026, 5, 15), status="IN_PROGRESS")

        result = run()

        assert WorkOrder.objects.count() == 1
        assert [item.missed_cycles for item in result.skipped] == [2]

    def test_a_cancelled_order_is_not_created_again_but_the_next_one_is(self, hotel, run) -> None:
        plan = plan_of(hotel, mode="FLOATING", anchor_date=date(2026, 6, 15))
        order_of(plan, due=date(2026, 6, 15), status="CANCELLED")

        run()

        assert WorkOrder.objects.get(status="OPEN").due_date == TODAY

    def test_the_forecast_moves_with_the_completion(self, hotel, run, now) -> None:
        plan_of(hotel, mode="FLOATING")
        run()
        done = now + timedelta(days=10)
        WorkOrder.objects.update(status="COMPLETED", completed_at=done)

        run(days=12)

        assert MaintenancePlan.objects.get().next_due_date == date(2026, 8, 25)


class TestResult:
    def test_the_payload_of_the_contract(self, hotel, run) -> None:
        plan = plan_of(hotel)

        payload = run().payload()

        assert payload == {
            "hotelId": hotel.pk,
            "problems": [],
            "workOrdersCreated": 1,
            "equipment": [
                {
                    "id": plan.equipment.pk,
                    "name": "Boiler",
                    "plan": "Descale",
                    "workOrder": f"PM-{plan.pk}-20260715",
                    "dueDate": "2026-07-15",
                    "nextDueDate": "2026-08-15",
                    "missedCycles": 0,
                    "reference": {"model": "hotels.workorder", "id": WorkOrder.objects.get().pk},
                }
            ],
            "skipped": [],
            "missedCycles": 0,
        }

    def test_the_summary_and_the_attention_lines(self, hotel, run) -> None:
        plan = plan_of(hotel, anchor_date=date(2026, 5, 15))
        held = PlanFactory(equipment=plan.equipment, name="Inspect", anchor_date=date(2026, 6, 1))
        order_of(held, due=date(2026, 6, 1), status="OPEN")

        result = run()

        assert result.summary() == "1 work order created, 1 plan skipped, 3 missed cycles"
        assert result.attention() == (
            f"B1 Boiler: Inspect: PM-{held.pk}-20260601, due 1 Jun 2026, is still open",
            f"Boiler, Descale: PM-{plan.pk}-20260715 also covers 2 missed cycles",
        )

    def test_orders_and_plans_are_reported_as_effects(self, hotel, context) -> None:
        plan = plan_of(hotel)

        schedule_maintenance(context)

        effects = context.effects()
        assert effects["work order"]["objects"][0]["label"] == f"PM-{plan.pk}-20260715 Descale"
        assert effects["next due date"]["count"] == 1
