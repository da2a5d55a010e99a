"""The page of an export: it waits for the worker, then offers the file to its user alone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hotels.models import Hotel
from jobs import exports, queue
from jobs.dispatch import never
from jobs.exports import writing
from jobs.models import ExecutionExport, Status
from tests.factories import MembershipFactory
from tests.jobs.console.books import ended

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
NOON = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
LIST = reverse("admin:jobs_jobexecution_changelist")
EXPORT = reverse("admin:jobs_jobexecution_export")


@pytest.fixture(autouse=True)
def sent() -> Iterator[mock.Mock]:
    """Workers are alive, and get the messages of this mock."""
    with (
        mock.patch.object(queue, "is_attended", return_value=True),
        mock.patch.object(queue, "send_export") as send,
    ):
        yield send


@pytest.fixture
def failed(hotel: Hotel) -> int:
    """The key of the failed one of two executions."""
    ended(hotel, NOON)
    return ended(hotel, NOON.replace(hour=13), status=Status.FAILED).pk


def _ask(client: Client, **query: str) -> str:
    """The address to which the button of the list leads."""
    address: str = client.post(EXPORT, query_params=query)["Location"]
    return address


def _work() -> None:
    exports.write_export(export_id=ExecutionExport.objects.get().pk, stop=never)


def _file() -> str:
    return reverse("jobs:export-file", args=[ExecutionExport.objects.get().public_id])


def test_the_page_waits_for_the_worker_and_then_offers_the_file(
    failed: int, manager: Client, sent: mock.Mock
) -> None:
    address = _ask(manager, status__exact="FAILED", p="0")

    waiting = manager.get(address).content.decode()
    polled = manager.get(address, headers=HTMX).content.decode()
    early = manager.get(_file())
    _work()
    ready = manager.get(address, headers=HTMX)
    page = manager.get(address).content.decode()
    answer = manager.get(_file())

    assert sent.call_count == 1
    assert "The export waits for a worker." in waiting
    assert polled.strip().startswith('<section id="export"')
    assert early.status_code == 404
    assert ready["HX-Refresh"] == "true"
    assert "The file is complete: 1 execution," in page
    assert f'href="{_file()}"' in page
    assert f'href="{LIST}?status__exact=FAILED' in page
    text = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert text.splitlines()[1].startswith(f"{failed},".encode())
    assert int(answer["Content-Length"]) == len(text)
    assert answer["Content-Disposition"] == 'attachment; filename="executions.csv"'


def test_the_page_names_the_filters_and_how_far_the_file_is(
    failed: int, manager: Client, hotel: Hotel
) -> None:
    address = _ask(
        manager,
        hotel__id__exact=str(hotel.pk),
        job="check-no-shows",
        status__exact="FAILED",
        created_at_from="2026-07-15",
        created_at_to="2026-07-15",
        problems="no",
        trigger__exact="COMMAND",
        q="lobby",
    )
    ExecutionExport.objects.update(total=3000, written=2000)

    page = manager.get(address)

    assert "Written 2,000 of 3,000 executions." in page.content.decode()
    assert page.context["chosen"] == [
        ("Hotel", hotel.name),
        ("Job", "No-show check"),
        ("From", "15 Jul 2026"),
        ("To", "15 Jul 2026"),
        ("Status", "failed"),
        ("Problems", "Without problems"),
        ("Started by", "Command line"),
        ("Search", "lobby"),
    ]


def test_the_same_can_be_exported_again_from_the_link_to_the_last_export(
    failed: int, manager: Client, hotel: Hotel
) -> None:
    """That link has no filters: with none, all executions would be in the new file."""
    filters = {
        "hotel__id__exact": str(hotel.pk),
        "job": "check-no-shows",
        "status__exact": "FAILED",
        "created_at_from": "2026-07-15",
        "created_at_to": "2026-07-15",
        "problems": "no",
        "trigger__exact": "COMMAND",
        "q": "lobby & bar",
        "o": "1",
    }
    address = _ask(manager, **filters).partition("?")[0]
    before = ExecutionExport.objects.get().filters
    _work()
    page = manager.get(address)

    assert manager.get(page.context["list_url"]).status_code == 200
    manager.post(page.context["again_url"])

    assert ExecutionExport.objects.get().filters == before
    assert before["oldest_first"], "each filter was chosen"


def test_another_user_finds_neither_the_page_nor_the_file(
    failed: int, manager: Client, hotel: Hotel
) -> None:
    address = _ask(manager)
    _work()
    colleague = Client()
    colleague.force_login(MembershipFactory(hotel=hotel).user)

    assert [colleague.get(each).status_code for each in (address, _file())] == [404, 404]
    assert manager.get(_file()).status_code == 200


def test_an_expired_export_is_not_found_and_can_be_made_again(failed: int, manager: Client) -> None:
    address = _ask(manager, job="check-no-shows")
    _work()
    ExecutionExport.objects.update(created_at=timezone.now() - ExecutionExport.KEPT_FOR)

    page = manager.get(address)

    assert (page.status_code, manager.get(_file()).status_code) == (404, 404)
    assert "An export is kept for a day" in page.content.decode()
    assert f'action="{EXPORT}?job=check-no-shows"' in page.content.decode()
    assert manager.get(address, headers=HTMX)["HX-Refresh"] == "true"


def test_a_hotel_that_was_left_closes_the_file(
    failed: int, manager: Client, owner: User, hotel: Hotel
) -> None:
    MembershipFactory(user=owner)
    address = _ask(manager)
    _work()
    hotel.memberships.update(active=False)

    assert [manager.get(each).status_code for each in (address, _file())] == [404, 404]


def test_an_export_that_is_too_large_says_what_to_do(failed: int, manager: Client) -> None:
    address = _ask(manager)
    with mock.patch.object(writing, "MOST_ROWS", 1):
        _work()

    page = manager.get(address).content.decode()

    assert "Narrow the filters" in page
    assert (manager.get(_file()).status_code, "data-poll" in page) == (404, False)


def test_an_export_that_failed_says_so(failed: int, manager: Client) -> None:
    address = _ask(manager)
    ExecutionExport.objects.update(failure="error", finished_at=timezone.now())

    page = manager.get(address).content.decode()

    assert "The export failed because of an unexpected error." in page
    assert manager.get(_file()).status_code == 404


def test_the_page_asks_again_for_what_was_lost_if_a_worker_is_there(
    failed: int, manager: Client, sent: mock.Mock
) -> None:
    address = _ask(manager)
    lost = timezone.now() - ExecutionExport.LOST_AFTER - timedelta(seconds=1)
    ExecutionExport.objects.update(active_at=lost)

    with mock.patch.object(queue, "is_attended", return_value=False):
        page = manager.get(address, headers=HTMX).content.decode()
    manager.get(address, headers=HTMX)

    assert "No worker is running." in page
    assert sent.call_count == 2


def test_the_list_leads_back_to_the_last_export(failed: int, manager: Client) -> None:
    address = _ask(manager).removesuffix("?")

    with mock.patch.object(queue, "is_used", return_value=True):
        assert f'href="{address}"' in manager.get(LIST).content.decode()
    assert f'href="{address}"' not in manager.get(LIST).content.decode()


def test_without_a_hotel_nobody_may_ask(failed: int) -> None:
    client = Client()
    client.force_login(MembershipFactory(active=False).user)

    assert client.get(EXPORT).status_code == 403
    assert not ExecutionExport.objects.exists()


def test_an_address_that_is_opened_again_replaces_no_file(
    failed: int, manager: Client, sent: mock.Mock
) -> None:
    address = _ask(manager, status__exact="FAILED")

    again = manager.get(EXPORT, {"job": "check-no-shows"})

    assert again["Location"] == f"{LIST}?job=check-no-shows"
    assert manager.get(address).context["export"] is not None
    assert sent.call_count == 1
