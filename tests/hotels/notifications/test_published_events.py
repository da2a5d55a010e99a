"""What happens in a hotel is published, by whatever door it happened, once."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from hotels import availability
from hotels.billing.credit import issue_credit_note
from hotels.billing.payment_actions import record_payment, settle_payment
from hotels.errors import ActionRefused
from hotels.front_desk.cancellation import cancel_room
from hotels.front_desk.check_in import check_in
from hotels.front_desk.check_out import check_out
from hotels.housekeeping.finishing import finish_clean, start_clean
from hotels.housekeeping.manual_assignment import assign_task
from hotels.maintenance.work_orders import complete_order
from hotels.models import Event, Hotel, HousekeepingTask, NoShowRecord, WorkOrder
from hotels.no_shows import manager_actions
from hotels.notifications.outbox import event_types
from jobs import runner
from jobs.base import JobContext
from jobs.models import JobExecution, SkipReason
from jobs.runner.events import publish_missed
from jobs.services.housekeeping_round import run_housekeeping_round
from jobs.services.maintenance_scheduler import schedule_maintenance
from tests.factories import (
    FolioFactory,
    MembershipFactory,
    PaymentFactory,
    PlanFactory,
    RoomFactory,
    StaffFactory,
    UserFactory,
    stay,
)
from tests.hotels.admin.books import form_of, page
from tests.hotels.billing.issued import completed, invoice_of
from tests.hotels.notifications.fakes import endpoint_of
from tests.jobs import fakes
from tests.jobs.engine import claimed, of_slot, waiting
from tests.jobs.services.housekeeping import task_in
from tests.jobs.services.no_shows import check, missed

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
TODAY = date(2026, 7, 15)


@pytest.fixture(autouse=True)
def listener(hotel: Hotel) -> None:
    """An endpoint that listens to everything in the hotel."""
    endpoint_of(hotel, events=[*event_types()])


def published() -> list[str]:
    """The types of the events, in order."""
    return list(Event.objects.order_by("pk").values_list("type", flat=True))


def data_of(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = Event.objects.get(type=kind).data
    return found


def test_check_in_and_check_out(hotel: Hotel) -> None:
    guest = stay(hotel, arrival=TODAY, room=RoomFactory(hotel=hotel))

    check_out(stay=check_in(stay=guest, now=NOW), now=NOW)

    assert published() == ["booking.checked_in", "booking.checked_out"]
    assert data_of("booking.checked_in") | {
        "bookingRoomId": guest.pk,
        "reference": guest.booking.reference,
        "arrivalDate": "2026-07-15",
        "status": "CHECKED_IN",
    } == data_of("booking.checked_in")


def test_a_refused_check_in_is_not_published(hotel: Hotel) -> None:
    with pytest.raises(ActionRefused):
        check_in(stay=stay(hotel, arrival=TODAY, status="CANCELLED"), now=NOW)

    assert published() == []


def test_a_cancelled_booking(hotel: Hotel) -> None:
    cancel_room(stay=stay(hotel, arrival=TODAY), now=NOW)

    assert published() == ["booking.cancelled"]


def test_a_booking_changed_in_its_form(hotel: Hotel, client: Client) -> None:
    room = stay(hotel, arrival=TODAY)
    client.force_login(MembershipFactory(hotel=hotel).user)

    client.post(page("change", room), form_of(room, staff_hold="on"))

    assert published() == ["booking.changed"]


def test_a_no_show_and_its_reversal(hotel: Hotel) -> None:
    missed(hotel, room=RoomFactory(hotel=hotel))
    check(hotel, NOW)
    record = NoShowRecord.objects.get()

    manager_actions.reinstate(record=record, user=UserFactory(), now=NOW)

    assert published() == ["no_show.recorded", "booking.changed", "no_show.reversed"]
    assert data_of("no_show.recorded")["feeAmount"] == "100.00"
    assert data_of("no_show.reversed")["outcome"] == "REVERSED"


def test_an_invoice_and_its_credit_note(hotel: Hotel) -> None:
    invoice = invoice_of(completed(hotel, 120))

    with transaction.atomic():
        issue_credit_note(invoice=invoice, now=NOW, reason="Wrong guest")

    assert published() == ["invoice.issued", "credit_note.issued"]
    assert data_of("invoice.issued")["gross"] == "120.00"
    assert data_of("credit_note.issued")["correctsId"] == invoice.pk


def test_a_payment_is_published_when_it_is_received(hotel: Hotel) -> None:
    folio = FolioFactory(booking__hotel=hotel)
    given: dict[str, Any] = {"by": UserFactory(), "now": NOW}
    record_payment(folio=folio, amount=Decimal(50), currency="EUR", **given)
    expected = PaymentFactory(folio=folio, status="PENDING", amount=Decimal(20))
    refused = PaymentFactory(folio=folio, status="PENDING", amount=Decimal(30))

    settle_payment(payment=expected, paid=True, reason="Bank", **given)
    settle_payment(payment=refused, paid=False, reason="Bank", **given)

    assert published() == ["payment.recorded"] * 2
    amounts = [event.data["amount"] for event in Event.objects.order_by("pk")]
    assert amounts == ["50.00", "20.00"]


def test_a_work_order_of_a_plan_and_its_completion(hotel: Hotel) -> None:
    PlanFactory(equipment__hotel=hotel)
    schedule_maintenance(JobContext(hotel=hotel, now=NOW))
    complete_order(order=WorkOrder.objects.get(), now=NOW)

    assert published() == ["work_order.created", "work_order.completed"]
    assert data_of("work_order.completed")["status"] == "COMPLETED"


def test_a_clean_that_is_assigned_started_and_finished(hotel: Hotel) -> None:
    task = task_in(RoomFactory(hotel=hotel))

    assign_task(task=task, assignee=StaffFactory(hotel=hotel), now=NOW)
    start_clean(task=task, now=NOW + timedelta(minutes=1))
    finish_clean(task=task, now=NOW + timedelta(minutes=2))

    assert published() == ["housekeeping.task.updated"] * 3
    statuses = Event.objects.order_by("pk").values_list("data__status", flat=True)
    assert [*statuses] == ["ASSIGNED", "IN_PROGRESS", "DONE"]


def test_a_clean_changed_in_its_form(hotel: Hotel, client: Client) -> None:
    task: HousekeepingTask = task_in(RoomFactory(hotel=hotel))
    client.force_login(MembershipFactory(hotel=hotel).user)

    client.post(page("change", task), form_of(task, priority="URGENT"))

    assert published() == ["housekeeping.task.updated"]


def test_availability_that_changed_and_an_overbooked_night(hotel: Hotel) -> None:
    room = RoomFactory(hotel=hotel)
    for _ in range(2):
        stay(hotel, arrival=TODAY, nights_count=1, room_type=room.room_type)

    with transaction.atomic():
        availability.recalculate(hotel=hotel, now=NOW)
    with transaction.atomic():
        availability.recalculate(hotel=hotel, now=NOW + timedelta(minutes=1))

    assert published() == ["availability.changed", "availability.overbooked"]
    changed = data_of("availability.changed")
    assert (changed["roomType"], len(changed["nights"])) == (room.room_type.code, 90)
    assert data_of("availability.overbooked")["overbookedBy"] == 1


def test_a_night_that_is_overbooked_again_is_published_again_even_at_the_same_time(
    hotel: Hotel,
) -> None:
    room = RoomFactory(hotel=hotel)
    stays = [stay(hotel, arrival=TODAY, nights_count=1, room_type=room.room_type) for _ in "abc"]

    for status in ("CONFIRMED", "CANCELLED", "CONFIRMED"):
        for each in stays[1:]:
            type(each).objects.filter(pk=each.pk).update(status=status)
            with transaction.atomic():
                availability.recalculate(hotel=hotel, now=NOW)

    # By two rooms, by one, by none, by one, by two: a night that is less short is no event.
    assert published().count("availability.changed") == 5
    found = Event.objects.filter(type="availability.overbooked").order_by("pk")
    assert [event.data["overbookedBy"] for event in found] == [2, 1, 2]


def completes(execution: JobExecution, **more: Any) -> None:
    runner.perform(execution=claimed(execution), job=fakes.make_job(fakes.greet, **more))


def test_a_completed_job(hotel: Hotel) -> None:
    execution = waiting(hotel)

    completes(execution)

    assert published() == ["job.completed"]
    assert data_of("job.completed")["executionId"] == execution.pk
    assert data_of("job.completed")["summary"] == "1 greeted"


def test_a_job_that_ran_late(hotel: Hotel) -> None:
    completes(of_slot(hotel, timezone.now() - timedelta(hours=2)))

    assert published() == ["job.completed", "job.late"]


def test_a_failed_job_is_published_although_its_work_is_rolled_back(hotel: Hotel) -> None:
    execution = of_slot(hotel, timezone.now())

    runner.perform(execution=claimed(execution), job=fakes.make_job(fakes.crash_after_writing))

    assert published() == ["job.failed"]
    data = data_of("job.failed")
    assert (data["failureKind"], data["attempt"]) == ("errored", 1)
    assert data["nextAttemptAt"] is not None


def test_the_round(hotel: Hotel) -> None:
    RoomFactory(hotel=hotel, cleanliness="DIRTY")
    context = JobContext(hotel=hotel, now=NOW)
    with transaction.atomic():
        run_housekeeping_round(context)

    [event] = context.events
    assert event.data.tasks_created == 1  # type: ignore[attr-defined]


def test_a_missed_slot(hotel: Hotel) -> None:
    run = waiting(hotel).run
    run.scheduled_for = NOW
    made = timezone.now()
    terms = runner.skipped_terms(
        run=run, as_of=NOW, at=made, reason=SkipReason.MISSED, words="Too late."
    )
    row = runner.NewExecution(hotel.pk, terms)
    runner.store(executions=[row])

    publish_missed([row], created_at=made)

    assert published() == ["job.missed"]
    assert data_of("job.missed")["reason"] == "Too late."
