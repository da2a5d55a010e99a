"""Admin list of executions: access, search, filters and actions."""

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hotels.models import Hotel, Membership
from jobs import dispatch, runner
from jobs.admin import error_search, execution_actions
from jobs.counts import storing
from jobs.dispatch import requests
from jobs.models import ExecutionCounter, JobExecution, Status, Trigger
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.jobs import fakes
from tests.jobs.api.executions import execution as execution_of
from tests.jobs.api.executions import failed
from tests.jobs.engine import claimed, only_job, waiting
from tests.jobs.threads import worked_at_once

pytestmark = pytest.mark.django_db
LIST = reverse("admin:jobs_jobexecution_changelist")


@pytest.fixture
def execution(hotel: Hotel, now: datetime) -> JobExecution:
    dispatch.run(job=fakes.make_job(fakes.greet), hotels=[hotel], now=now, trigger=Trigger.COMMAND)
    return JobExecution.objects.get()


@pytest.fixture
def manager(hotel: Hotel, client: Client) -> Client:
    client.force_login(MembershipFactory(hotel=hotel).user)
    return client


def page_of(execution: JobExecution) -> str:
    return reverse("admin:jobs_jobexecution_change", args=[execution.pk])


def test_a_manager_finds_the_executions_of_their_hotel(
    manager: Client, execution: JobExecution
) -> None:
    page = manager.get(LIST).content.decode()

    assert "1 greeted" in page
    assert page_of(execution) in page


def test_executions_cannot_be_changed_or_deleted(client: Client, execution: JobExecution) -> None:
    client.force_login(UserFactory(is_superuser=True))

    changed = client.post(page_of(execution), {"status": "FAILED"})
    deleted = client.post(reverse("admin:jobs_jobexecution_delete", args=[execution.pk]))

    assert (changed.status_code, deleted.status_code) == (405, 403)
    assert JobExecution.objects.get().status == "COMPLETED"


def test_an_outsider_sees_nothing(client: Client, execution: JobExecution) -> None:
    client.force_login(MembershipFactory(hotel=HotelFactory()).user)

    listing = client.get(reverse("admin:jobs_jobexecution_changelist"))

    assert listing.context["cl"].result_count == 0


def test_a_viewer_may_open_an_execution(
    client: Client, hotel: Hotel, execution: JobExecution
) -> None:
    viewer = MembershipFactory(hotel=hotel, role=Membership.Role.VIEWER).user
    client.force_login(viewer)

    assert client.get(page_of(execution)).status_code == 200


@pytest.mark.parametrize("text", ["", "ZERODIVISION", "number"])
def test_executions_are_found_by_number_and_error_text(
    manager: Client, hotel: Hotel, now: datetime, text: str
) -> None:
    job = fakes.make_job(fakes.crash_after_writing)
    dispatch.run(job=job, hotels=[hotel], now=now, trigger=Trigger.COMMAND)
    query = str(JobExecution.objects.get().pk) if text == "number" else text

    assert manager.get(LIST, {"q": query}).context["cl"].result_count == 1


def test_an_unrelated_text_finds_no_execution(manager: Client, execution: JobExecution) -> None:
    assert manager.get(LIST, {"q": "on the roof"}).context["cl"].result_count == 0


def test_a_search_goes_back_some_failures_at_a_time_and_says_so(
    manager: Client, hotel: Hotel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_search, "AT_ONCE", 2)
    at = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
    rows = [failed(hotel, at=at + timedelta(days=n), error="zebra" * (n == 0)) for n in range(5)]
    execution_of(hotel)

    def search(**more: object) -> tuple[str, int]:
        page = manager.get(LIST, {"q": "zebra", **more})
        return page.content.decode(), page.context["cl"].result_count

    newest, none = search()
    older, still_none = search(id__lt=rows[3].pk)
    oldest, found = search(id__lt=rows[1].pk)

    assert (none, still_none, found) == (0, 0, 1)
    assert (
        "Only the newest failures (2) were searched, back to 18 Jul 2026, 04:00:00 UTC." in newest
    )
    assert f"?q=zebra&amp;id__lt={rows[3].pk}" in newest
    assert "from 17 Jul 2026, 04:00:00 UTC back to 16 Jul 2026, 04:00:00 UTC." in older
    assert f"?q=zebra&amp;id__lt={rows[1].pk}" in older
    assert "The oldest failures were searched, from 15 Jul 2026, 04:00:00 UTC back" in oldest
    assert "Search further back" not in oldest


def test_a_search_of_all_failures_says_nothing(
    manager: Client, hotel: Hotel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(error_search, "AT_ONCE", 2)
    failed(hotel, error="zebra")
    failed(hotel, error="zebra")
    failed(HotelFactory(), error="zebra")

    page = manager.get(LIST, {"q": "zebra"})

    assert page.context["cl"].result_count == 2
    assert "searched-errors" not in page.content.decode()


def test_what_was_selected_is_retried_though_newer_failures_came(
    manager: Client, hotel: Hotel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user has seen it; now it is not among the newest failures any more."""
    monkeypatch.setattr(error_search, "AT_ONCE", 1)
    chosen, other = failed(hotel, error="zebra"), failed(hotel, error="zebra")
    data = {"action": "retry", "_selected_action": [str(chosen.pk)]}

    with mock.patch.object(dispatch, "retry_several", return_value=[chosen]) as retry:
        manager.post(f"{LIST}?q=zebra", data)

    assert retry.call_args.kwargs["executions"] == [chosen]
    assert other.pk > chosen.pk


def test_the_list_is_filtered_by_job(manager: Client, execution: JobExecution) -> None:
    assert manager.get(LIST, {"job": "check-no-shows"}).context["cl"].result_count == 0
    assert manager.get(LIST, {"job": execution.job_name}).context["cl"].result_count == 1


# Actions


def run_action(client: Client, action: str, execution: JobExecution) -> str:
    answer = client.post(LIST, {"action": action, "_selected_action": [execution.pk]}, follow=True)
    return answer.content.decode()


def test_a_manager_retries_in_the_background(manager: Client, hotel: Hotel) -> None:
    row = waiting(hotel)
    runner.perform(execution=claimed(row), job=fakes.make_job(fakes.fail_after_writing))

    with only_job(), worked_at_once():
        page = run_action(manager, "retry", row)

    assert "attempt 2 started." in page
    second = JobExecution.objects.get(attempt=2)
    assert (second.first_attempt, second.status) == (row, Status.COMPLETED)


def _act_on_all(client: Client, action: str) -> str:
    """Do an action with the executions on all pages; returns the next page."""
    key = JobExecution.objects.earliest("pk").pk
    data = {"action": action, "_selected_action": [key], "select_across": "1"}
    return client.post(LIST, data, follow=True).content.decode()


def test_many_are_retried_by_one_thread_and_counted_in_one_message(
    manager: Client, hotel: Hotel
) -> None:
    """A thread for each would take all connections, a message for each fill the page."""
    other = MembershipFactory(user=User.objects.get()).hotel
    for at in (hotel, other):
        runner.perform(execution=claimed(waiting(at)), job=fakes.make_job(fakes.fail_after_writing))

    with (
        only_job(),
        worked_at_once(),
        mock.patch.object(execution_actions, "MESSAGES_SHOWN", 1),
        mock.patch.object(requests, "start", wraps=requests.start) as start,
    ):
        page = _act_on_all(manager, "retry")

    assert "2 executions: attempt 2 started." in page
    assert JobExecution.objects.filter(attempt=2, status=Status.COMPLETED).count() == 2
    assert start.call_count == 1


@pytest.mark.parametrize("action", ["retry", "cancel"])
def test_an_action_on_more_executions_than_the_pages_show_is_refused(
    manager: Client, hotel: Hotel, action: str
) -> None:
    rows = [waiting(hotel), waiting(hotel)]

    with mock.patch.object(execution_actions, "COUNTED", 1):
        page = _act_on_all(manager, action)

    assert "These are more executions than the pages show." in page
    assert JobExecution.objects.pending().count() == len(rows)


def test_a_completed_execution_is_not_retried(manager: Client, execution: JobExecution) -> None:
    page = run_action(manager, "retry", execution)

    assert "Nothing to retry: attempt 1 is completed." in page
    assert JobExecution.objects.count() == 1


def test_a_manager_cancels_a_waiting_execution(manager: Client, hotel: Hotel) -> None:
    row = waiting(hotel)

    run_action(manager, "cancel", row)

    row.refresh_from_db()
    assert row.skip_reason == "cancelled"
    assert "cancelled by person" in row.words


@pytest.mark.parametrize("action", ["retry", "cancel"])
def test_a_viewer_may_not_retry_or_cancel(client: Client, hotel: Hotel, action: str) -> None:
    viewer = MembershipFactory(hotel=hotel, role=Membership.Role.VIEWER)
    client.force_login(viewer.user)
    row = waiting(hotel)

    run_action(client, action, row)

    row.refresh_from_db()
    assert row.status == Status.PENDING


def test_a_manager_elsewhere_may_not_cancel_as_viewer(client: Client, hotel: Hotel) -> None:
    viewer = MembershipFactory(hotel=hotel, role=Membership.Role.VIEWER)
    MembershipFactory(user=viewer.user)
    client.force_login(viewer.user)
    row = waiting(hotel)

    page = run_action(client, "cancel", row)

    assert f"your role in {hotel} does not allow this" in page
    row.refresh_from_db()
    assert row.status == Status.PENDING


def test_an_execution_of_another_hotel_is_not_cancelled(manager: Client) -> None:
    row = waiting(HotelFactory())

    run_action(manager, "cancel", row)

    row.refresh_from_db()
    assert row.status == Status.PENDING


def test_the_status_is_a_badge_as_on_the_console(manager: Client, execution: JobExecution) -> None:
    page = manager.get(LIST).content.decode()

    assert '<span class="state good"><span class="material-symbols-outlined"' in page


# Large tables


def test_a_search_reads_the_failures_once(manager: Client, hotel: Hotel) -> None:
    failed(hotel, error="The lobby is closed.")

    with CaptureQueriesContext(connection) as captured:
        answer = manager.get(LIST, {"q": "LOBBY"})

    assert answer.context["cl"].result_count == 1
    assert sum("UPPER" in each["sql"] or "LIKE" in each["sql"] for each in captured) == 1


@pytest.mark.parametrize(("first", "last", "found"), [(1, 1, 1), (1, 2, 3), (3, 4, 0)])
def test_the_list_of_some_days_is_that_of_the_counted_and_the_newest_executions(
    manager: Client, hotel: Hotel, first: int, last: int, found: int
) -> None:
    day = datetime(2026, 7, 1, 23, 59, tzinfo=UTC)
    for key, at in enumerate((day, day + timedelta(minutes=2), day + timedelta(hours=9))):
        execution_of(hotel, at=at, pk=9_000_000 + key * 1500)
    ExecutionCounter.objects.create(pk=1, end=9001)
    storing.add(JobExecution.objects.filter(pk__lt=9_001_000))

    days = {"created_at_from": f"2026-07-0{first}", "created_at_to": f"2026-07-0{last}"}

    assert manager.get(LIST, days).context["cl"].result_count == found
