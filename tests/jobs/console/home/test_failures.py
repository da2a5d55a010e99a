"""Failures on the home page: their causes, links, groups, and what a waiting retry leaves."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hotels.models import Hotel
from jobs.base import Job
from jobs.console.home import views
from jobs.console.home.groups import ActionGroup
from jobs.console.home.summaries import StatusLine
from jobs.models import JobExecution, SkipReason, Status
from tests.factories import HotelFactory, MembershipFactory
from tests.hotels.console.no_shows.books import to_review
from tests.jobs.console.books import ended
from tests.jobs.engine import waiting

pytestmark = pytest.mark.django_db

HOME = reverse("admin:index")
SLOT = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
NOW = SLOT + timedelta(minutes=12)


@pytest.fixture(autouse=True)
def _frozen_clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def failed(hotel: Hotel, **columns: Any) -> JobExecution:
    return ended(hotel, SLOT, job_name="greet-guests", status=Status.FAILED, **columns)


def retry(hotel: Hotel, **columns: Any) -> JobExecution:
    at = NOW + timedelta(minutes=2)
    return waiting(hotel, **{"scheduled_for": SLOT, "attempt": 2, "not_before": at} | columns)


def line(client: Client) -> StatusLine:
    found: StatusLine = client.get(HOME).context["cards"][0].lines[0]
    return found


def groups(client: Client, **query: str) -> list[ActionGroup]:
    found: list[ActionGroup] = client.get(HOME, query).context["groups"]
    return found


def receipt(row: JobExecution) -> str:
    return reverse("admin:jobs_jobexecution_change", args=[row.pk])


def test_a_failure_names_its_cause_in_one_line_and_links_to_its_page(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    row = failed(hotel, error="The lobby is closed\nTraceback: 1\n2")

    shown = line(manager)

    assert (shown.cause, shown.url) == ("The lobby is closed", receipt(row))


def test_several_failures_link_to_the_list_and_name_the_most_frequent_cause(
    greetings: Job, manager: Client, owner: User, hotel: Hotel
) -> None:
    failed(hotel, error="The lobby is closed")
    for _ in range(2):
        failed(MembershipFactory(user=owner).hotel, error="No receptionist")

    shown = line(manager)

    assert shown.cause == "Most frequent cause: No receptionist"
    assert manager.get(shown.url).context["cl"].result_count == 3


def test_a_waiting_retry_needs_attention_with_its_cause_and_the_problems_before(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    row = failed(hotel)
    retry(hotel)

    (group,) = groups(manager)

    (item,) = group.items
    assert group.kind.key == "retried"
    assert item.text == "Greetings failed. Next attempt: 05:14."
    assert (item.detail, item.url) == ("The lobby is closed", receipt(row))
    assert line(manager).cause == "The lobby is closed"


def test_problems_stay_listed_while_the_next_slot_waits(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    ended(hotel, SLOT, job_name="greet-guests", problems=2)
    waiting(hotel)

    assert [group.kind.key for group in groups(manager)] == ["problems"]


def test_a_failure_needs_no_attention_once_its_retry_was_cancelled(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    failed(hotel)
    retry(hotel, status=Status.SKIPPED, skip_reason=SkipReason.CANCELLED, completed_at=NOW)

    assert groups(manager) == []


def test_items_are_grouped_and_counted_with_the_worst_kind_first(
    greetings: Job, manager: Client, owner: User, hotel: Hotel
) -> None:
    ended(hotel, SLOT, job_name="greet-guests", problems=2)
    to_review(hotel)
    for _ in range(2):
        failed(MembershipFactory(user=owner).hotel)

    found = [(group.kind.key, group.count) for group in groups(manager)]

    assert found[:3] == [("failed", 2), ("no-shows", 1), ("problems", 1)]


def test_the_items_left_out_are_one_click_away(
    greetings: Job, manager: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ITEMS_SHOWN", 2)
    for hotel in HotelFactory.create_batch(5):
        MembershipFactory(user=owner, hotel=hotel)
        failed(hotel)

    page = manager.get(HOME).content.decode()
    (group,) = groups(manager, kind="failed")

    assert "and 3 more" in page
    assert f'href="{HOME}?kind=failed"' in page
    assert (len(group.items), group.more) == (5, 0)
