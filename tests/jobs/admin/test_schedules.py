"""Schedules in the admin: a hotel's managers set them, and see what they mean."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from hotels.models import Hotel, Membership
from jobs import tick
from jobs.models import JobExecution, JobSchedule
from tests.factories import HotelFactory, MembershipFactory
from tests.jobs.engine import own_schedule

pytestmark = pytest.mark.django_db
LIST = reverse("admin:jobs_jobschedule_changelist")
ADD = reverse("admin:jobs_jobschedule_add")
EVENING = datetime(2026, 10, 24, 18, 0, tzinfo=UTC)


@pytest.fixture
def manager(hotel: Hotel, client: Client) -> Client:
    client.force_login(MembershipFactory(hotel=hotel, user__username="ana").user)
    return client


def page_of(row: JobSchedule, what: str = "change") -> str:
    return reverse(f"admin:jobs_jobschedule_{what}", args=[row.pk])


def form(hotel: Hotel, **fields: Any) -> dict[str, Any]:
    return {
        "hotel": hotel.pk,
        "job_name": "check-no-shows",
        "enabled": "on",
        "expression": "30 1 * * *",
        "clock": "HOTEL",
        "catch_up": "ONCE",
        "longest_lateness_minutes": "",
        "attempts": "3",
    } | fields


def test_a_manager_sets_a_schedule_and_it_is_kept_who_did(manager: Client, hotel: Hotel) -> None:
    answer = manager.post(ADD, form(hotel))

    assert answer.status_code == 302
    row = JobSchedule.objects.get()
    assert (row.hotel, row.expression, row.changed_by_name) == (hotel, "30 1 * * *", "ana")


def test_the_next_five_runs_are_shown_in_hotel_time_and_utc(manager: Client, hotel: Hotel) -> None:
    row = own_schedule(hotel, "30 1 * * *", job_name="check-no-shows")

    with time_machine.travel(EVENING, tick=False):
        page = manager.get(page_of(row)).content.decode()

    assert "At 01:30" in page
    # The clock is put back in that night: the first pass, then winter time.
    assert "Sun, 25 Oct 2026, 01:30 (WEST)</td><td>Sun, 25 Oct 2026, 00:30" in page
    assert "Mon, 26 Oct 2026, 01:30 (WET)</td><td>Mon, 26 Oct 2026, 01:30" in page
    assert page.count("01:30 (WE") == 5


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("0 0 30 2 *", "is never due"),
        ("0 0 4 * * *", "exactly five"),
        ("@daily", "Enter the five fields"),
        ("0 4 * * %", "cannot contain %"),
        ("0 4 * * 1#2", "cannot contain #"),
    ],
)
def test_what_is_no_schedule_is_refused_where_it_is_typed(
    manager: Client, hotel: Hotel, expression: str, reason: str
) -> None:
    page = manager.post(ADD, form(hotel, expression=expression)).content.decode()

    assert reason in page
    assert not JobSchedule.objects.exists()


def test_it_is_refused_in_the_language_of_the_person(manager: Client, hotel: Hotel) -> None:
    answer = manager.post(
        ADD, form(hotel, expression="61 4 * * *"), headers={"Accept-Language": "de"}
    )

    assert "geht nicht im Feld Minute: Erlaubt sind 0 bis 59" in answer.content.decode()


def test_a_second_schedule_of_a_job_is_refused(manager: Client, hotel: Hotel) -> None:
    own_schedule(hotel, job_name="check-no-shows")

    page = manager.post(ADD, form(hotel)).content.decode()

    assert "has a schedule of this job already" in page


def test_a_change_opens_what_was_due_before(manager: Client, hotel: Hotel) -> None:
    row = own_schedule(hotel, "0 * * * *", job_name="check-no-shows")
    with time_machine.travel(EVENING, tick=False):
        tick.open_due(now=EVENING)
    with time_machine.travel(EVENING.replace(hour=19, minute=1), tick=False):
        manager.post(page_of(row), form(hotel, expression="45 3 * * *"))

    assert JobExecution.objects.get().scheduled_for == EVENING.replace(hour=19)
    row.refresh_from_db()
    assert row.expression == "45 3 * * *"


def test_a_deleted_schedule_lets_the_declared_one_hold_again(manager: Client, hotel: Hotel) -> None:
    row = own_schedule(hotel, job_name="check-no-shows")

    manager.post(page_of(row, "delete"), {"post": "yes"})

    assert not JobSchedule.objects.exists()


def test_the_job_of_a_stored_schedule_stays(manager: Client, hotel: Hotel) -> None:
    row = own_schedule(hotel, job_name="check-no-shows")

    manager.post(page_of(row), form(hotel, job_name="generate-invoices"))

    row.refresh_from_db()
    assert row.job_name == "check-no-shows"


def test_who_only_sees_the_hotel_cannot_change_its_schedules(client: Client, hotel: Hotel) -> None:
    viewer = MembershipFactory(hotel=hotel, role=Membership.Role.VIEWER)
    client.force_login(viewer.user)
    row = own_schedule(hotel, job_name="check-no-shows")

    assert client.get(page_of(row)).status_code == 200
    assert client.post(page_of(row), form(hotel)).status_code == 403
    assert client.post(ADD, form(hotel)).status_code == 403


def test_a_schedule_of_somebody_elses_hotel_is_a_missing_one(manager: Client) -> None:
    row = own_schedule(HotelFactory(), job_name="check-no-shows")

    assert manager.get(page_of(row), follow=False).status_code == 302
    assert not list(manager.get(LIST).context["cl"].queryset)


def test_a_schedule_for_somebody_elses_hotel_cannot_be_made(manager: Client) -> None:
    manager.post(ADD, form(HotelFactory()))

    assert not JobSchedule.objects.exists()


def test_the_list_takes_no_more_queries_for_more_schedules(
    manager: Client, hotel: Hotel, queries_of: Any
) -> None:
    own_schedule(hotel, job_name="check-no-shows")
    few = queries_of(lambda: manager.get(LIST))
    for name in ("generate-invoices", "recalc-availability", "daily-housekeeping"):
        own_schedule(hotel, job_name=name)

    assert queries_of(lambda: manager.get(LIST)) == few
