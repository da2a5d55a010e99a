"""Schedules: what is in effect for every job and hotel, the pause switch, runs while typing."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from hotels.models import AuditEntry, Hotel
from jobs.base import Job
from jobs.models import JobSchedule
from tests.factories import MembershipFactory
from tests.hotels.console.reading import text_of
from tests.jobs.engine import own_schedule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning", "greetings")]
PAGE = reverse("jobs:schedules")
NEXT_RUNS = reverse("jobs:next-runs")
NAME = "greet-guests"


@pytest.fixture
def morning() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 7, 15, 6, 0, tzinfo=UTC), tick=False):
        yield


def switch(client: Client, hotel: Hotel, enabled: str, job: str = NAME) -> Any:
    address = reverse("jobs:switch-schedule", args=[hotel.pk, job])
    return client.post(address, {"enabled": enabled, "next": f"{PAGE}?job={NAME}"})


def test_a_hotel_without_own_schedules_lists_the_default_with_its_next_run(
    manager: Client, hotel: Hotel
) -> None:
    page = manager.get(PAGE).content.decode()

    assert "At 04:00 (UTC)" in page
    assert "default schedule" in page
    assert "Thu, 16 Jul 2026, 05:00" in page  # in Lisbon
    assert "Thu, 16 Jul 2026, 04:00" in page  # in UTC
    assert f"{reverse('admin:jobs_jobschedule_add')}?hotel={hotel.pk}&amp;job_name={NAME}" in page


def test_an_own_schedule_is_shown_instead_with_its_author(manager: Client, hotel: Hotel) -> None:
    own = own_schedule(hotel, "30 1 * * *", job_name=NAME)
    JobSchedule.objects.update(changed_by_name="ana")

    page = manager.get(PAGE).content.decode()

    assert "At 01:30 (hotel time)" in page
    assert "set for this hotel by ana" in page
    assert "Thu, 16 Jul 2026, 00:30" in page  # in UTC
    assert reverse("admin:jobs_jobschedule_change", args=[own.pk]) in page


def test_pausing_a_default_schedule_and_resuming_it_leads_back_to_the_default(
    manager: Client, hotel: Hotel
) -> None:
    answer = switch(manager, hotel, "no")

    assert answer["Location"] == f"{PAGE}?job={NAME}"
    row = JobSchedule.objects.get()
    assert (row.enabled, row.expression, row.clock) == (False, "0 4 * * *", "UTC")
    assert "paused" in manager.get(PAGE).content.decode()
    switch(manager, hotel, "yes")
    assert not JobSchedule.objects.exists()
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["add", "delete"]


def test_a_paused_own_schedule_is_kept_when_it_is_resumed(manager: Client, hotel: Hotel) -> None:
    own_schedule(hotel, "30 1 * * *", job_name=NAME)

    switch(manager, hotel, "no")
    switch(manager, hotel, "yes")

    row = JobSchedule.objects.get()
    assert (row.enabled, row.expression) == (True, "30 1 * * *")


def test_the_page_says_who_paused_and_who_resumed(
    manager: Client, hotel: Hotel, greetings: Job
) -> None:
    own_schedule(hotel, "30 1 * * *", job_name=NAME)
    JobSchedule.objects.update(changed_by_name="ana")

    switch(manager, hotel, "no")
    paused = text_of(manager.get(PAGE))
    switch(manager, hotel, "yes")
    resumed = text_of(manager.get(PAGE))

    assert "set for this hotel by ana" in paused
    assert "since 15 Jul 2026, 07:00 by owner" in paused
    assert "resumed 15 Jul 2026, 07:00 by owner" in resumed


def test_a_paused_default_schedule_is_not_shown_as_set_for_the_hotel(
    manager: Client, hotel: Hotel
) -> None:
    switch(manager, hotel, "no")

    text = text_of(manager.get(PAGE))

    assert "default schedule" in text
    assert "set for this hotel" not in text


def test_pausing_twice_changes_nothing_more(manager: Client, hotel: Hotel) -> None:
    switch(manager, hotel, "no")
    switch(manager, hotel, "no")

    assert AuditEntry.objects.count() == 1


def test_only_managers_of_the_hotel_may_pause(
    manager: Client, viewer: Client, outsider: Client, hotel: Hotel
) -> None:
    assert switch(viewer, hotel, "no").status_code == 403
    assert switch(outsider, hotel, "no").status_code == 404
    assert switch(manager, hotel, "no", job="no-such-job").status_code == 404
    assert not JobSchedule.objects.exists()
    assert "Pause" not in viewer.get(PAGE).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_hotels(
    manager: Client, hotel: Hotel, owner: object, queries_of: Callable[..., int]
) -> None:
    few = queries_of(lambda: manager.get(PAGE))
    for _ in range(5):
        own_schedule(MembershipFactory(user=owner).hotel, "30 1 * * *", job_name=NAME)

    assert queries_of(lambda: manager.get(PAGE)) <= few


def test_the_next_five_runs_of_a_typed_schedule_are_shown_in_both_clocks(
    manager: Client, hotel: Hotel
) -> None:
    query = {"expression": "30  1 * * *", "clock": "HOTEL", "hotel": hotel.pk}

    page = manager.get(NEXT_RUNS, query).content.decode()

    assert "At 01:30" in page
    assert "Thu, 16 Jul 2026, 01:30 (WEST)" in page
    assert "Thu, 16 Jul 2026, 00:30" in page
    assert page.count("(WEST)") == 5


@pytest.mark.parametrize("expression", ["61 1 * * *", "x", "0 0 30 2 *", "*" * 999, "\x00"])
def test_a_typed_schedule_that_is_not_valid_says_why(manager: Client, expression: str) -> None:
    answer = manager.get(NEXT_RUNS, {"expression": expression, "hotel": "x"})

    assert answer.context["error"]
    assert "runs" not in answer.context


def test_another_group_s_hotel_gives_no_runs(outsider: Client, hotel: Hotel) -> None:
    answer = outsider.get(NEXT_RUNS, {"expression": "30 1 * * *", "hotel": hotel.pk})

    assert answer.context["runs"] == []


def test_the_form_of_a_schedule_asks_for_its_next_runs_while_typing(
    manager: Client, hotel: Hotel, greetings: Job
) -> None:
    page = manager.get(reverse("admin:jobs_jobschedule_add")).content.decode()

    assert f'hx-get="{NEXT_RUNS}"' in page
    assert 'id="next-runs"' in page
