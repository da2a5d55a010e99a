"""Actions on a work order: assign, start, complete (domain rule 2)."""

from datetime import date, timedelta

import pytest

from hotels.errors import ActionRefused
from hotels.maintenance.work_orders import assign_order, complete_order, start_order
from hotels.models import Hotel, StaffMember, WorkOrder
from jobs.base import JobContext
from jobs.services.maintenance_scheduler import schedule_maintenance
from tests.factories import EquipmentFactory, HotelFactory, PlanFactory, StaffFactory

pytestmark = pytest.mark.django_db
CLOSED = ["COMPLETED", "CANCELLED"]


@pytest.fixture
def emil(hotel: Hotel) -> StaffMember:
    return StaffFactory(hotel=hotel, name="Emil", role="MAINTENANCE")


@pytest.fixture
def order(hotel: Hotel, now) -> WorkOrder:
    return WorkOrder.objects.create(
        hotel=hotel,
        number="WO-1",
        equipment=EquipmentFactory(hotel=hotel),
        title="Repair",
        due_date=date(2026, 7, 15),
        created_at=now,
    )


def state_of(order: WorkOrder) -> tuple[str, StaffMember | None]:
    order.refresh_from_db()
    return order.status, order.assignee


def set_status(order: WorkOrder, status: str, now) -> None:
    order.status = status
    order.completed_at = now if status == "COMPLETED" else None
    order.save()


def test_assigning_an_open_work_order_makes_it_assigned(order, emil) -> None:
    assign_order(order=order, assignee=emil)

    assert state_of(order) == ("ASSIGNED", emil)


def test_unassigning_a_work_order_makes_it_open_again(order, emil) -> None:
    assign_order(order=order, assignee=emil)

    assign_order(order=order, assignee=None)

    assert state_of(order) == ("OPEN", None)


@pytest.mark.parametrize("status", ["IN_PROGRESS", "ON_HOLD"])
def test_assigning_a_work_order_in_progress_or_on_hold_keeps_its_status(
    order, emil, now, status
) -> None:
    set_status(order, status, now)

    assign_order(order=order, assignee=emil)

    assert state_of(order) == (status, emil)


@pytest.mark.parametrize(
    "fields", [{"active": False}, {"role": "HOUSEKEEPING"}], ids=["inactive", "housekeeping"]
)
def test_only_active_maintenance_staff_can_be_assigned(hotel, order, fields) -> None:
    member = StaffFactory(hotel=hotel, **{"role": "MAINTENANCE"} | fields)

    with pytest.raises(ActionRefused, match="is not in this hotel's maintenance team"):
        assign_order(order=order, assignee=member)


def test_a_technician_of_another_hotel_cannot_be_assigned(order) -> None:
    with pytest.raises(ActionRefused, match="is not in this hotel's maintenance team"):
        assign_order(order=order, assignee=StaffFactory(hotel=HotelFactory(), role="MAINTENANCE"))


@pytest.mark.parametrize("status", ["OPEN", "ASSIGNED", "ON_HOLD"])
def test_a_work_order_not_in_progress_can_be_started(order, now, status) -> None:
    set_status(order, status, now)

    start_order(order=order)

    assert state_of(order) == ("IN_PROGRESS", None)


def test_a_work_order_in_progress_cannot_be_started_again(order, now) -> None:
    set_status(order, "IN_PROGRESS", now)

    with pytest.raises(ActionRefused, match="WO-1 is already in progress"):
        start_order(order=order)


@pytest.mark.parametrize("status", ["OPEN", "ASSIGNED", "IN_PROGRESS", "ON_HOLD"])
def test_every_open_work_order_can_be_completed(order, now, status) -> None:
    set_status(order, status, now)

    complete_order(order=order, now=now)

    assert state_of(order) == ("COMPLETED", None)
    assert order.completed_at == now


@pytest.mark.parametrize("status", CLOSED)
@pytest.mark.parametrize(
    "act",
    [
        lambda order, now: assign_order(order=order, assignee=None),
        lambda order, now: start_order(order=order),
        lambda order, now: complete_order(order=order, now=now + timedelta(days=1)),
    ],
    ids=["assign", "start", "complete"],
)
def test_a_closed_work_order_cannot_be_changed(order, now, status, act) -> None:
    set_status(order, status, now)
    before = WorkOrder.objects.values().get()

    with pytest.raises(ActionRefused, match="WO-1 is already"):
        act(order, now)

    assert WorkOrder.objects.values().get() == before


def test_a_floating_plan_counts_from_the_completion(hotel, now) -> None:
    plan = PlanFactory(
        equipment__hotel=hotel,
        mode="FLOATING",
        interval_value=10,
        interval_unit="DAYS",
        anchor_date=date(2026, 7, 1),
    )
    schedule_maintenance(JobContext(hotel=hotel, now=now))

    complete_order(order=plan.work_orders.get(), now=now)
    schedule_maintenance(JobContext(hotel=hotel, now=now))

    plan.refresh_from_db()
    assert plan.next_due_date == date(2026, 7, 25)
