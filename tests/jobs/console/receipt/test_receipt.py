"""Receipt: result, access and actions of one execution."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hotels import formats
from hotels.models import Guest, Hotel
from jobs import dispatch
from jobs.base import Job
from jobs.console.labels import field_label, kind_label
from jobs.console.receipt.result_view import attention_lines, changed_objects, figures, tables
from jobs.models import JobExecution, Status, Trigger
from tests.factories import HotelFactory, RoomFactory, UserFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, of_slot, only_job, waiting
from tests.jobs.threads import worked_at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _synchronous_threads() -> Iterator[None]:
    with worked_at_once():
        yield


def executed(service: Any, hotel: Hotel, now: datetime) -> JobExecution:
    dispatch.run(job=fakes.make_job(service), hotels=[hotel], now=now, trigger=Trigger.COMMAND)
    return JobExecution.objects.earliest("pk")


def page_of(execution: JobExecution, page: str = "change") -> str:
    name = "admin:jobs_jobexecution_change" if page == "change" else f"jobs:{page}"
    return reverse(name, args=[execution.pk])


def test_a_receipt_links_the_changed_objects(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    page = manager.get(page_of(executed(fakes.greet, hotel, now))).content.decode()

    assert reverse("admin:hotels_guest_change", args=[Guest.objects.get().pk]) in page
    assert "1 greeted" in page


def test_a_crash_is_a_sentence_and_a_number_for_members(
    manager: Client, hotel: Hotel, now: datetime
) -> None:
    with only_job(fakes.crash_after_writing):
        path = page_of(executed(fakes.crash_after_writing, hotel, now))
        page = manager.get(path).content.decode()

    assert "Unexpected error (ZeroDivisionError)." in page
    assert f"the number of this execution: {JobExecution.objects.get().pk}." in " ".join(
        page.split()
    )
    assert "in the middle" not in page
    assert "Traceback" not in page


def test_superusers_see_the_traceback_of_a_crash_folded(
    client: Client, hotel: Hotel, now: datetime
) -> None:
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    with only_job(fakes.crash_after_writing):
        page = client.get(page_of(executed(fakes.crash_after_writing, hotel, now))).content.decode()

    folded = page.index("<summary>Technical details (traceback)")
    assert folded < page.index("ZeroDivisionError: in the middle")


def test_items_that_need_attention_are_shown(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    page = manager.get(page_of(executed(fakes.handle_some, hotel, now))).content.decode()

    assert "Guest 1: sleeps" in page


def test_times_are_in_hotel_time_with_utc_as_tooltip(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    page = manager.get(page_of(executed(fakes.greet, hotel, now))).content.decode()

    assert 'title="15 Jul 2026, 06:00:00 UTC">15 Jul 2026, 07:00</time>' in page


def test_all_attempts_are_listed(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    first = executed(fakes.fail_for_good, hotel, now)
    manager.post(page_of(first, "retry"))

    page = manager.get(page_of(first))

    assert [each.attempt for each, _state in page.context["attempts"]] == [1, 2]
    assert page_of(JobExecution.objects.get(attempt=2)) in page.content.decode()


def test_the_text_of_an_unexpected_error_is_folded_under_a_plain_sentence(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    execution = executed(fakes.crash_after_writing, hotel, now)
    text = "duplicate key value\nDETAIL: Key (id)=(7)"
    JobExecution.objects.filter(pk=execution.pk).update(error=text)

    page = manager.get(page_of(execution)).content.decode()

    assert "None of its changes were saved." in page
    before_text, _found, _after = page.partition("DETAIL")
    assert before_text.rpartition("<details>")[2].count("</details>") == 0
    assert "duplicate key" not in page.partition("<h3>")[2]


def test_a_failed_execution_shows_the_retry_policy(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    page = manager.get(page_of(executed(fakes.fail_for_good, hotel, now))).content.decode()

    assert "Automatic retries" in page
    assert "up to 3 attempts, 30 s to 15 min apart" in page


def test_an_attempt_beyond_the_automatic_ones_does_not_contradict_their_number(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    first = executed(fakes.fail_after_writing, hotel, now)
    JobExecution.objects.exclude(pk=first.pk).delete()
    JobExecution.objects.update(attempt=4)

    page = manager.get(page_of(first)).content.decode()

    assert "4, started by a user after the 3 automatic ones" in page
    assert "<dd>none left</dd>" in page
    assert "up to 3 attempts" not in page


def test_the_page_of_an_old_slot_says_which_time_a_retry_uses(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    execution = executed(fakes.fail_after_writing, hotel, now)
    due = now - timedelta(days=3)
    JobExecution.objects.filter(pk=execution.pk).update(scheduled_for=due, started_at=now)
    JobExecution.objects.exclude(pk=execution.pk).delete()

    page = manager.get(page_of(execution)).content.decode()

    assert "A retry uses the present time" in page
    assert "not the time at which this run was due" in page
    assert "3 days late" in page


def test_a_completed_execution_shows_no_retry_policy(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    page = manager.get(page_of(executed(fakes.greet, hotel, now))).content.decode()

    assert "Automatic retries" not in page


def test_a_retry_redirects_to_the_next_attempt(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    first = executed(fakes.fail_for_good, hotel, now)

    answer = manager.post(page_of(first, "retry"))

    second = JobExecution.objects.get(first_attempt=first)
    assert answer["Location"] == page_of(second)
    assert second.status == Status.COMPLETED
    assert second.run.requested_by_name == "owner"


def test_a_completed_execution_is_not_retried(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    done = executed(fakes.greet, hotel, now)

    page = manager.post(page_of(done, "retry"), follow=True).content.decode()

    assert "Nothing to retry" in page
    assert JobExecution.objects.count() == 1


def test_a_waiting_execution_is_cancelled(greetings: Job, manager: Client, hotel: Hotel) -> None:
    row = waiting(hotel)

    page = manager.post(page_of(row, "cancel"), follow=True).content.decode()

    assert "Execution cancelled." in page
    assert JobExecution.objects.get().skip_reason == "cancelled"


def test_a_running_execution_will_stop(greetings: Job, manager: Client, hotel: Hotel) -> None:
    row = claimed(waiting(hotel))

    page = manager.post(page_of(row, "cancel"), follow=True).content.decode()

    assert "Stopping at the next safe point." in page
    assert JobExecution.objects.get().cancel_requested_by_name == "owner"


def test_an_ended_execution_is_not_cancelled(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    done = executed(fakes.greet, hotel, now)

    page = manager.post(page_of(done, "cancel"), follow=True).content.decode()

    assert "Nothing to cancel" in page


@pytest.mark.parametrize("action", ["retry", "cancel"])
def test_a_viewer_may_not_retry_or_cancel(
    greetings: Job, viewer: Client, hotel: Hotel, action: str
) -> None:
    row = waiting(hotel)

    assert viewer.post(page_of(row, action)).status_code == 403
    assert f'action="{page_of(row, action)}"' not in viewer.get(page_of(row)).content.decode()
    assert JobExecution.objects.get().status == Status.PENDING


@pytest.mark.parametrize("action", ["retry", "cancel"])
def test_another_hotel_s_execution_is_a_404(
    greetings: Job, outsider: Client, hotel: Hotel, action: str
) -> None:
    row = waiting(hotel)

    assert outsider.get(page_of(row)).status_code == 404
    assert outsider.post(page_of(row, action)).status_code == 404
    assert JobExecution.objects.get().status == Status.PENDING


def test_only_possible_actions_have_a_button(greetings: Job, manager: Client, hotel: Hotel) -> None:
    page = manager.get(page_of(waiting(hotel)))

    assert (page.context["may_retry"], page.context["may_cancel"]) == (False, True)


def test_a_receipt_cannot_be_changed(greetings: Job, manager: Client, hotel: Hotel) -> None:
    row = waiting(hotel)

    assert manager.post(page_of(row), {"status": "FAILED"}).status_code == 405
    assert JobExecution.objects.get().status == Status.PENDING


@pytest.mark.parametrize(
    ("wait", "expected"), [(timedelta(0), 1500), (timedelta(minutes=5), 15000)]
)
def test_a_receipt_polls_less_often_while_a_retry_is_delayed(
    greetings: Job, manager: Client, hotel: Hotel, wait: timedelta, expected: int
) -> None:
    row = waiting(hotel, not_before=timezone.now() + wait)

    assert manager.get(page_of(row)).context["poll"] == expected


def test_an_ended_execution_does_not_poll(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    assert (
        "data-poll" not in manager.get(page_of(executed(fakes.greet, hotel, now))).content.decode()
    )


def test_a_receipt_takes_as_many_queries_for_many_changes_as_for_few(
    greetings: Job,
    manager: Client,
    hotel: Hotel,
    now: datetime,
    queries_of: Callable[[Callable[[], Any]], int],
) -> None:
    row = executed(fakes.greet, hotel, now)
    manager.get(page_of(row))
    few = queries_of(lambda: manager.get(page_of(row)))
    effects = {
        "guest greeted": {"count": 90, "objects": row.effects["guest greeted"]["objects"] * 90}
    }
    JobExecution.objects.update(effects=effects)

    assert queries_of(lambda: manager.get(page_of(row))) == few <= 8


def test_an_execution_of_a_removed_job_is_still_shown(
    manager: Client, hotel: Hotel, now: datetime
) -> None:
    row = executed(fakes.greet, hotel, now)

    assert "greet-guests" in manager.get(page_of(row)).content.decode()


def stored(hotel: Hotel, job_name: str, result: dict[str, Any]) -> JobExecution:
    row = of_slot(hotel, timezone.now())
    row.job_name, row.result = job_name, result
    return row


def shown(execution: JobExecution) -> dict[str, str]:
    return {figure.label: figure.value for figure in figures(execution)}


def test_counts_and_money_are_formatted_as_declared(hotel: Hotel) -> None:
    result = {"hotelId": 1, "roomsFreed": 1200, "totalPenalty": "1412.00", "currency": "EUR"}

    assert shown(stored(hotel, "check-no-shows", result)) == {
        "Rooms freed": "1,200",
        "Total fees": formats.amount(Decimal(1412), currency="EUR"),
    }


def test_a_percentage_has_one_decimal(hotel: Hotel) -> None:
    found = shown(stored(hotel, "recalc-availability", {"occupancyRate": "6.88"}))

    assert found == {"Occupancy, next 90 nights": formats.percent(Decimal("6.9"))}


def test_dates_and_breakdowns_are_formatted_as_declared(hotel: Hotel) -> None:
    result = {"date": "2026-07-15", "priority": {"URGENT": 2, "LOW": 1, "SOON": 3}}

    assert shown(stored(hotel, "daily-housekeeping", result)) == {
        "Date": "15 Jul 2026",
        "Tasks by priority": "2 urgent, 1 low, 3 SOON",
    }


def test_undeclared_values_are_shown_as_plain_text(hotel: Hotel) -> None:
    result = {
        "totalPenalty": "1412.00",
        "successRate": "6.88",
        "guestsGreeted": 1200,
        "names": ["Ana", "Rui"],
        "byFloor": {"1": 2},
        "early": True,
    }

    assert shown(stored(hotel, "shine-shoes", result)) == {
        "Total penalty": "1412.00",
        "Success rate": "6.88",
        "Guests greeted": "1,200",
        "Names": "Ana, Rui",
        "By floor": "1: 2",
        "Early": "True",
    }


def test_values_stored_by_another_version_are_shown_as_text(hotel: Hotel) -> None:
    result = {"totalPenalty": "waived", "currency": None, "roomsFreed": ["101"]}

    assert shown(stored(hotel, "check-no-shows", result)) == {
        "Total fees": "waived",
        "Rooms freed": "101",
    }


def test_a_table_has_the_declared_columns(hotel: Hotel) -> None:
    skipped = [{"folio": "B-1#1", "reason": "No charges on the folio"}]

    (table,) = tables(stored(hotel, "generate-invoices", {"skipped": skipped, "problems": []}))

    assert (table.label, table.columns, table.rows) == (
        "Folios not invoiced",
        ("Folio", "Reason"),
        (("B-1#1", "No charges on the folio"),),
    )


def test_dates_and_hidden_keys_of_a_table_are_formatted_as_declared(hotel: Hotel) -> None:
    equipment = [{"id": 7, "name": "Boiler", "dueDate": "2026-07-15", "missedCycles": 1200}]

    (table,) = tables(stored(hotel, "maintenance-schedule", {"equipment": equipment}))

    assert table.columns == ("Equipment", "Due", "Missed cycles")
    assert table.rows == (("Boiler", "15 Jul 2026", "1,200"),)


def test_a_date_that_there_is_not_is_an_empty_cell(hotel: Hotel) -> None:
    last_order = [{"id": 7, "name": "Boiler", "dueDate": "2026-07-15", "nextDueDate": None}]

    (table,) = tables(stored(hotel, "maintenance-schedule", {"equipment": last_order}))

    assert table.rows == (("Boiler", "15 Jul 2026", ""),)


def test_an_undeclared_table_is_labelled_by_its_keys(hotel: Hotel) -> None:
    (table,) = tables(stored(hotel, "shine-shoes", {"pairsShined": [{"id": 1, "roomNumber": "1"}]}))

    assert (table.label, table.columns) == ("Pairs shined", ("Room number",))


def with_problem(hotel: Hotel, what: str, reference: dict[str, Any] | None) -> JobExecution:
    """A stored execution with one problem, about a stored object or, as in old rows, by name."""
    problem = {"object": what, "reason": "broken"} | ({"reference": reference} if reference else {})
    row = stored(hotel, "daily-housekeeping", {"problems": [problem]})
    row.metadata = {"attention": [f"{what}: broken"]}
    row.save()
    return row


def test_an_object_with_a_problem_is_a_link_in_its_row_and_its_line(
    manager: Client, hotel: Hotel
) -> None:
    room = RoomFactory(hotel=hotel)
    row = with_problem(hotel, "room 12", {"model": "hotels.room", "id": room.pk})

    page = manager.get(page_of(row)).content.decode()

    link = f'<a href="{reverse("admin:hotels_room_change", args=[room.pk])}">room 12</a>'
    assert f"<li>{link}: broken</li>" in page
    assert f"<td>{link}</td>" in page


@pytest.mark.parametrize("stored_reference", [None, {"model": "hotels.room", "id": 0}])
def test_an_old_row_and_a_deleted_object_are_text(
    manager: Client, hotel: Hotel, stored_reference: dict[str, Any] | None
) -> None:
    page = manager.get(page_of(with_problem(hotel, "room 12", stored_reference))).content.decode()

    assert "<td>room 12</td>" in page
    assert "<li>room 12: broken</li>" in page


def test_an_object_of_another_hotel_is_text(
    manager: Client, hotel: Hotel, elsewhere: Hotel
) -> None:
    theirs = RoomFactory(hotel=elsewhere)
    row = with_problem(hotel, "room 12", {"model": "hotels.room", "id": theirs.pk})

    assert "<td>room 12</td>" in manager.get(page_of(row)).content.decode()


def test_a_line_is_linked_by_the_name_and_not_by_the_key_of_its_object(hotel: Hotel) -> None:
    order = {"model": "hotels.workorder", "id": 3}
    row = stored(
        hotel,
        "maintenance-schedule",
        {"equipment": [{"id": 7, "name": "Boiler", "reference": order}]},
    )
    row.metadata = {"attention": ["Boiler, Inspection: late", "7 plans are late"]}

    named, counted = attention_lines(row, pages={("hotels.workorder", 3): "/order/3"})

    assert (named.name, named.url, named.after) == ("Boiler", "/order/3", ", Inspection: late")
    assert counted.url == ""


def test_a_name_of_two_objects_is_no_link_in_a_line(hotel: Hotel) -> None:
    rows = [
        {
            "plan": "Boiler",
            "reason": "open",
            "reference": {"model": "hotels.maintenanceplan", "id": n},
        }
        for n in (1, 2)
    ]
    row = stored(hotel, "maintenance-schedule", {"skipped": rows})
    row.metadata = {"attention": ["Boiler: open"]}
    pages = {("hotels.maintenanceplan", n): f"/plan/{n}" for n in (1, 2)}

    (line,) = attention_lines(row, pages=pages)
    (table,) = tables(row, pages=pages)

    assert (line.before, line.url) == ("Boiler: open", "")
    assert table.urls == ("/plan/1", "/plan/2")


def test_an_object_without_a_page_has_no_link(hotel: Hotel) -> None:
    row = of_slot(hotel, timezone.now())
    item = {"model": "gone.model", "id": 1, "label": "It", "note": ""}
    row.effects = {"thing": {"count": 1, "objects": [item]}}

    (change,) = changed_objects(row)

    assert [(link.label, link.url) for link in change.links] == [("It", "")]


def test_an_invoice_links_to_its_console_page(hotel: Hotel) -> None:
    row = of_slot(hotel, timezone.now())
    item = {"model": "hotels.invoice", "id": 7, "label": "INV-1", "note": ""}
    row.effects = {"invoice": {"count": 1, "objects": [item]}}

    (change,) = changed_objects(row)

    assert [link.url for link in change.links] == ["/admin/invoices/7/"]


def test_an_undeclared_field_is_labelled_by_its_key() -> None:
    assert field_label("towelsFolded2", fields={}) == "Towels folded2"


def test_an_undeclared_kind_of_change_is_its_own_label() -> None:
    assert kind_label("towel folded") == "towel folded"


def test_a_kind_of_change_has_the_label_its_job_declares() -> None:
    assert kind_label("availability", job_name="check-no-shows") == "nights updated"
    assert kind_label("invoice") == "invoices issued"


def test_a_user_without_hotels_is_refused(greetings: Job, client: Client) -> None:
    client.force_login(UserFactory())

    assert client.get(page_of(waiting(HotelFactory()))).status_code == 403


def test_an_execution_with_problems_is_amber_and_can_be_retried(
    manager: Client, hotel: Hotel, now: datetime
) -> None:
    with only_job(fakes.handle_some):
        execution = executed(fakes.handle_some, hotel, now)
        page = manager.get(page_of(execution)).content.decode()
        manager.post(page_of(execution, "retry"))

    assert "Completed with 1 problem" in page
    assert 'class="notice warn"' in page
    assert 'class="notice good"' not in page
    assert '<span class="state warn">' in page
    assert 'id="retry"' in page
    assert JobExecution.objects.get(attempt=2).first_attempt == execution
