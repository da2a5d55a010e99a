"""Admin of schedules: validation, access and next runs."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from hotels.models import Hotel, Membership
from jobs.models import JobExecution, JobSchedule
from jobs.scheduling.opening import open_due
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


def test_a_schedule_records_the_manager_who_added_it(manager: Client, hotel: Hotel) -> None:
    answer = manager.post(ADD, form(hotel))

    assert answer.status_code == 302
    row = JobSchedule.objects.get()
    assert (row.hotel, row.expression, row.changed_by_name) == (hotel, "30 1 * * *", "ana")


def test_the_next_five_runs_are_shown_in_hotel_time_and_utc(manager: Client, hotel: Hotel) -> None:
    row = own_schedule(hotel, "30 1 * * *", job_name="check-no-shows")

    with time_machine.travel(EVENING, tick=False):
        page = manager.get(page_of(row)).content.decode()

    assert "At 01:30" in page
    # Clocks go back that night: 01:30 occurs twice, the first one in summer time.
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
def test_an_invalid_expression_is_refused_with_a_reason(
    manager: Client, hotel: Hotel, expression: str, reason: str
) -> None:
    page = manager.post(ADD, form(hotel, expression=expression)).content.decode()

    assert reason in page
    assert not JobSchedule.objects.exists()


def test_the_reason_is_in_the_user_s_language(manager: Client, hotel: Hotel) -> None:
    answer = manager.post(
        ADD, form(hotel, expression="61 4 * * *"), headers={"Accept-Language": "de"}
    )

    assert "ist kein gültiger Wert für das Feld „Minute“. Erlaubt: " in answer.content.decode()


def test_a_second_schedule_for_a_job_is_refused(manager: Client, hotel: Hotel) -> None:
    own_schedule(hotel, job_name="check-no-shows")

    page = manager.post(ADD, form(hotel)).content.decode()

    assert "already has a schedule for this job" in page


def test_a_change_opens_the_runs_due_before_it(manager: Client, hotel: Hotel) -> None:
    row = own_schedule(hotel, "0 * * * *", job_name="check-no-shows")
    with time_machine.travel(EVENING, tick=False):
        open_due(now=EVENING)
    with time_machine.travel(EVENING.replace(hour=19, minute=1), tick=False):
        manager.post(page_of(row), form(hotel, expression="45 3 * * *"))

    assert JobExecution.objects.get().scheduled_for == EVENING.replace(hour=19)
    row.refresh_from_db()
    assert row.expression == "45 3 * * *"


def test_a_schedule_can_be_deleted(manager: Client, hotel: Hotel) -> None:
    row = own_schedule(hotel, job_name="check-no-shows")

    manager.post(page_of(row, "delete"), {"post": "yes"})

    assert not JobSchedule.objects.exists()


def test_the_job_of_a_stored_schedule_cannot_be_changed(manager: Client, hotel: Hotel) -> None:
    row = own_schedule(hotel, job_name="check-no-shows")

    manager.post(page_of(row), form(hotel, job_name="generate-invoices"))

    row.refresh_from_db()
    assert row.job_name == "check-no-shows"


def test_a_stored_schedule_shows_the_title_of_its_job(manager: Client, hotel: Hotel) -> None:
    row = own_schedule(hotel, job_name="check-no-shows")

    page = manager.get(page_of(row)).content.decode()

    assert "No-show check" in page
    assert 'name="job_name"' not in page


def test_a_viewer_cannot_change_schedules(client: Client, hotel: Hotel) -> None:
    viewer = MembershipFactory(hotel=hotel, role=Membership.Role.VIEWER)
    client.force_login(viewer.user)
    row = own_schedule(hotel, job_name="check-no-shows")

    assert client.get(page_of(row)).status_code == 200
    assert client.post(page_of(row), form(hotel)).status_code == 403
    assert client.post(ADD, form(hotel)).status_code == 403


def test_another_hotel_s_schedule_is_not_found(manager: Client) -> None:
    row = own_schedule(HotelFactory(), job_name="check-no-shows")

    assert manager.get(page_of(row), follow=False).status_code == 302
    assert not list(manager.get(LIST).context["cl"].queryset)


def test_a_schedule_cannot_be_added_to_another_hotel(manager: Client) -> None:
    manager.post(ADD, form(HotelFactory()))

    assert not JobSchedule.objects.exists()


def test_the_list_takes_as_many_queries_for_many_schedules_as_for_one(
    manager: Client, hotel: Hotel, queries_of: Any
) -> None:
    own_schedule(hotel, job_name="check-no-shows")
    few = queries_of(lambda: manager.get(LIST))
    for name in ("generate-invoices", "recalc-availability", "daily-housekeeping"):
        own_schedule(hotel, job_name=name)

    assert queries_of(lambda: manager.get(LIST)) == few
