"""The receipt of an execution: all it tells, to whom, and what may be done from it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Thread
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hotels.models import Guest, Hotel
from jobs import dispatch
from jobs.base import Job
from jobs.console.labels import field_label, kind_label
from jobs.console.receipt.result_view import Figure, changed_objects, figures, tables
from jobs.dispatch import background
from jobs.models import JobExecution, Status, Trigger
from tests.factories import HotelFactory, UserFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, of_slot, only_job, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_once() -> Iterator[None]:
    class AtOnce(Thread):
        def start(self) -> None:
            with mock.patch.object(background.connection, "close"):
                self.run()

    with mock.patch.object(background, "Thread", AtOnce):
        yield


def fired(service: Any, hotel: Hotel, now: datetime) -> JobExecution:
    dispatch.fire(job=fakes.make_job(service), hotels=[hotel], now=now, trigger=Trigger.COMMAND)
    return JobExecution.objects.earliest("pk")


def page_of(execution: JobExecution, what: str = "change") -> str:
    name = "admin:jobs_jobexecution_change" if what == "change" else f"jobs:{what}"
    return reverse(name, args=[execution.pk])


def test_a_receipt_links_what_was_changed(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    page = manager.get(page_of(fired(fakes.greet, hotel, now))).content.decode()

    assert reverse("admin:hotels_guest_change", args=[Guest.objects.get().pk]) in page
    assert "1 greeted" in page


def test_a_failed_one_tells_its_error_and_folds_its_traceback(
    manager: Client, hotel: Hotel, now: datetime
) -> None:
    with only_job(fakes.crash_after_writing):
        page = manager.get(page_of(fired(fakes.crash_after_writing, hotel, now))).content.decode()

    assert "ZeroDivisionError: in the middle" in page
    assert page.index("<details><summary>Traceback") < page.index("Traceback (most recent")


def test_what_a_person_should_look_at_is_told(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    page = manager.get(page_of(fired(fakes.handle_some, hotel, now))).content.decode()

    assert "Guest 1: sleeps" in page


def test_instants_are_told_on_the_hotel_s_clock_with_utc_behind_them(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    page = manager.get(page_of(fired(fakes.greet, hotel, now))).content.decode()

    assert 'title="15 Jul 2026, 06:00:00 UTC">15 Jul 2026, 07:00</time>' in page


def test_the_attempts_of_the_same_work_are_listed(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    first = fired(fakes.fail_for_good, hotel, now)
    manager.post(page_of(first, "retry"))

    page = manager.get(page_of(first))

    assert [each.attempt for each, _state in page.context["attempts"]] == [1, 2]
    assert page_of(JobExecution.objects.get(attempt=2)) in page.content.decode()


def test_a_receipt_tells_how_it_would_be_retried(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    page = manager.get(page_of(fired(fakes.greet, hotel, now))).content.decode()

    assert "at most 3, exponential with full jitter, 30 s to 900 s" in page


def test_a_retry_leads_to_the_receipt_of_the_next_attempt(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    first = fired(fakes.fail_for_good, hotel, now)

    answer = manager.post(page_of(first, "retry"))

    second = JobExecution.objects.get(first_attempt=first)
    assert answer["Location"] == page_of(second)
    assert second.status == Status.COMPLETED
    assert second.run.requested_by_name == "owner"


def test_what_was_completed_is_not_retried(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    done = fired(fakes.greet, hotel, now)

    page = manager.post(page_of(done, "retry"), follow=True).content.decode()

    assert "There is nothing to retry" in page
    assert JobExecution.objects.count() == 1


def test_what_waits_is_cancelled_at_once(greetings: Job, manager: Client, hotel: Hotel) -> None:
    row = waiting(hotel)

    page = manager.post(page_of(row, "cancel"), follow=True).content.decode()

    assert "It is cancelled." in page
    assert JobExecution.objects.get().skip_reason == "cancelled"


def test_what_runs_is_asked_to_stop(greetings: Job, manager: Client, hotel: Hotel) -> None:
    row = claimed(waiting(hotel))

    page = manager.post(page_of(row, "cancel"), follow=True).content.decode()

    assert "asked to stop at its next checkpoint" in page
    assert JobExecution.objects.get().cancel_requested_by_name == "owner"


def test_what_has_ended_is_not_cancelled(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    done = fired(fakes.greet, hotel, now)

    page = manager.post(page_of(done, "cancel"), follow=True).content.decode()

    assert "There is nothing to cancel" in page


@pytest.mark.parametrize("what", ["retry", "cancel"])
def test_who_only_sees_the_hotel_may_not_decide(
    greetings: Job, viewer: Client, hotel: Hotel, what: str
) -> None:
    row = waiting(hotel)

    assert viewer.post(page_of(row, what)).status_code == 403
    assert f'action="{page_of(row, what)}"' not in viewer.get(page_of(row)).content.decode()
    assert JobExecution.objects.get().status == Status.PENDING


@pytest.mark.parametrize("what", ["retry", "cancel"])
def test_another_hotel_s_execution_is_not_there(
    greetings: Job, outsider: Client, hotel: Hotel, what: str
) -> None:
    row = waiting(hotel)

    assert outsider.get(page_of(row)).status_code == 404
    assert outsider.post(page_of(row, what)).status_code == 404
    assert JobExecution.objects.get().status == Status.PENDING


def test_buttons_are_there_for_what_can_be_done(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    page = manager.get(page_of(waiting(hotel)))

    assert (page.context["may_retry"], page.context["may_cancel"]) == (False, True)


def test_nobody_changes_a_receipt(greetings: Job, manager: Client, hotel: Hotel) -> None:
    row = waiting(hotel)

    assert manager.post(page_of(row), {"status": "FAILED"}).status_code == 405
    assert JobExecution.objects.get().status == Status.PENDING


@pytest.mark.parametrize(
    ("wait", "expected"), [(timedelta(0), 1500), (timedelta(minutes=5), 15000)]
)
def test_a_receipt_asks_again_less_often_while_it_waits_for_its_time(
    greetings: Job, manager: Client, hotel: Hotel, wait: timedelta, expected: int
) -> None:
    row = waiting(hotel, not_before=timezone.now() + wait)

    assert manager.get(page_of(row)).context["poll"] == expected


def test_an_ended_receipt_asks_no_more(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    assert "data-poll" not in manager.get(page_of(fired(fakes.greet, hotel, now))).content.decode()


def test_a_receipt_costs_a_few_queries_however_much_it_tells(
    greetings: Job,
    manager: Client,
    hotel: Hotel,
    now: datetime,
    queries_of: Callable[[Callable[[], Any]], int],
) -> None:
    row = fired(fakes.greet, hotel, now)
    manager.get(page_of(row))
    few = queries_of(lambda: manager.get(page_of(row)))
    effects = {
        "guest greeted": {"count": 90, "objects": row.effects["guest greeted"]["objects"] * 90}
    }
    JobExecution.objects.update(effects=effects)

    assert queries_of(lambda: manager.get(page_of(row))) == few <= 8


def test_the_receipt_of_a_job_that_is_gone_is_kept(
    manager: Client, hotel: Hotel, now: datetime
) -> None:
    row = fired(fakes.greet, hotel, now)

    assert "greet-guests" in manager.get(page_of(row)).content.decode()


def test_money_dates_and_rates_of_a_result_are_told_to_people(hotel: Hotel) -> None:
    row = of_slot(hotel, timezone.now())
    row.result = {
        "hotelId": 1,
        "date": "2026-07-15",
        "totalPenalty": "1412.00",
        "currency": "EUR",
        "occupancyRate": "6.88",
        "priority": {"URGENT": 2, "LOW": 1},
        "roomsFreed": 1200,
    }

    assert figures(row) == (
        Figure(label="Date", value="Wed, 15 Jul 2026"),
        Figure(label="Fees in all", value="1,412.00\u00a0EUR"),
        Figure(label="Occupancy", value="6.88\u00a0%"),
        Figure(label="By priority", value="2 urgent, 1 low"),
        Figure(label="Rooms freed", value="1,200"),
    )


def test_what_was_skipped_is_a_table_with_its_reasons(hotel: Hotel) -> None:
    row = of_slot(hotel, timezone.now())
    row.result = {"skipped": [{"folio": "B-1#1", "reason": "no lines"}], "problems": []}

    (table,) = tables(row)

    assert (table.label, table.columns, table.rows) == (
        "Skipped",
        ("Folio", "Why"),
        (("B-1#1", "no lines"),),
    )


def test_an_object_without_a_page_is_told_without_a_link(hotel: Hotel) -> None:
    row = of_slot(hotel, timezone.now())
    item = {"model": "gone.model", "id": 1, "label": "It", "note": ""}
    row.effects = {"thing": {"count": 1, "objects": [item]}}

    (change,) = changed_objects(row)

    assert [(link.label, link.url) for link in change.links] == [("It", "")]


def test_an_invoice_leads_to_its_page_for_people(hotel: Hotel) -> None:
    row = of_slot(hotel, timezone.now())
    item = {"model": "hotels.invoice", "id": 7, "label": "INV-1", "note": ""}
    row.effects = {"invoice": {"count": 1, "objects": [item]}}

    (change,) = changed_objects(row)

    assert [link.url for link in change.links] == ["/admin/invoices/7/"]


def test_names_nobody_knows_are_spelled_out() -> None:
    assert field_label("towelsFolded2") == "Towels folded2"
    assert kind_label("towel folded") == "towel folded"


def test_an_outsider_of_all_hotels_is_refused(greetings: Job, client: Client) -> None:
    client.force_login(UserFactory())

    assert client.get(page_of(waiting(HotelFactory()))).status_code == 403
