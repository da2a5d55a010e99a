"""The admin page of a housekeeping task."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from hotels.models import BookingRoom, Hotel, HousekeepingTask
from tests.factories import RoomFactory, StaffFactory, stay
from tests.hotels.admin.books import DAY, form_of, page
from tests.hotels.admin.conftest import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def guest(hotel: Hotel) -> BookingRoom:
    """A guest in house who is due out on DAY."""
    room = RoomFactory(hotel=hotel, cleanliness="DIRTY")
    return stay(hotel, arrival=DAY, nights_count=0, status="CHECKED_IN", room=room)


@pytest.fixture
def task(guest: BookingRoom) -> HousekeepingTask:
    """The departure clean of the guest's room."""
    return HousekeepingTask.objects.create(
        hotel=guest.hotel,
        room=guest.room,
        booking_room=guest,
        date=DAY,
        kind="DEPARTURE",
        credits=30,
        source="AUTO",
        created_at=timezone.now(),
    )


@pytest.mark.parametrize("status", ["DONE", "INSPECTED"])
def test_a_departure_clean_cannot_be_finished_while_the_guest_is_in_house(
    task, guest, owner: User, browser: Browser, status: str
) -> None:
    answer = browser(owner).post(page("change", task), form_of(task, status=status))

    found = answer.context["adminform"].form.errors["status"]
    assert found == [f"The guest is still in the room: {guest} has not checked out."]
    task.refresh_from_db()
    assert task.status == "PENDING"


def test_a_departure_clean_may_be_started_while_the_guest_is_in_house(
    task, owner: User, browser: Browser
) -> None:
    browser(owner).post(page("change", task), form_of(task, status="IN_PROGRESS"))

    task.refresh_from_db()
    assert task.status == "IN_PROGRESS"


def test_a_departure_clean_cannot_be_added_as_done_while_the_guest_is_in_house(
    guest, owner: User, browser: Browser
) -> None:
    answer = browser(owner).post(
        page("add", HousekeepingTask),
        {"hotel": guest.hotel_id, "room": guest.room_id, "date": DAY.isoformat()}
        | {"kind": "DEPARTURE", "priority": "LOW", "credits": 20, "status": "DONE"},
    )

    assert "status" in answer.context["adminform"].form.errors


def test_a_room_is_clean_once_its_task_is_done(task, guest, owner: User, browser: Browser) -> None:
    BookingRoom.objects.filter(pk=guest.pk).update(status="CHECKED_OUT")

    browser(owner).post(page("change", task), form_of(task, status="DONE"))

    guest.room.refresh_from_db()
    assert guest.room.cleanliness == "CLEAN"


def test_editing_a_finished_task_does_not_clean_the_room_again(
    task, guest, owner: User, browser: Browser
) -> None:
    HousekeepingTask.objects.filter(pk=task.pk).update(status="DONE")
    task.refresh_from_db()

    browser(owner).post(page("change", task), form_of(task, reason="spilled wine"))

    guest.room.refresh_from_db()
    assert guest.room.cleanliness == "DIRTY"


def test_a_task_unassigned_on_its_page_is_pending_again(
    task, owner: User, browser: Browser
) -> None:
    ana = StaffFactory(hotel=task.hotel)
    browser(owner).post(page("change", task), form_of(task, assignee=ana.pk))
    task.refresh_from_db()

    browser(owner).post(page("change", task), form_of(task, assignee=""))

    task.refresh_from_db()
    assert (task.assignee, task.status, task.assigned_by_person) == (None, "PENDING", False)


def test_a_second_open_task_of_a_room_cannot_be_added(
    task, guest, owner: User, browser: Browser
) -> None:
    answer = browser(owner).post(
        page("add", HousekeepingTask),
        {"hotel": guest.hotel_id, "room": guest.room_id, "date": DAY.isoformat()}
        | {"kind": "STAYOVER", "priority": "LOW", "credits": 20, "status": "PENDING"},
    )

    assert answer.context["adminform"].form.non_field_errors() == [
        "The room already has an open task on this date. Change that task, or cancel it first."
    ]


def test_a_cancelled_task_cannot_be_opened_beside_another(
    task, owner: User, browser: Browser
) -> None:
    HousekeepingTask.objects.filter(pk=task.pk).update(status="CANCELLED")
    HousekeepingTask.objects.create(
        hotel=task.hotel,
        room=task.room,
        date=DAY,
        kind="STAYOVER",
        credits=20,
        created_at=timezone.now(),
    )
    task.refresh_from_db()

    answer = browser(owner).post(page("change", task), form_of(task, status="PENDING"))

    assert answer.context["adminform"].form.non_field_errors() == [
        "The room already has an open task on this date. Change that task, or cancel it first."
    ]


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        ("IN_PROGRESS", "This task was rolled over. Open the task of the later date."),
        ("PENDING", "This task was rolled over. Open the task of the later date."),
        ("DONE", "This task was rolled over. Finish the task of the later date."),
    ],
)
def test_a_rolled_over_task_of_a_past_day_cannot_be_started_or_finished(
    task, owner: User, browser: Browser, status: str, refusal: str
) -> None:
    HousekeepingTask.objects.filter(pk=task.pk).update(status="ROLLED_OVER")
    task.refresh_from_db()

    with time_machine.travel(datetime.combine(DAY + timedelta(days=1), time(12), UTC), tick=False):
        answer = browser(owner).post(page("change", task), form_of(task, status=status))

    assert answer.context["adminform"].form.errors["status"] == [refusal]
