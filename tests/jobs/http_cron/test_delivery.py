"""Deliveries: the hotels they run and the responses they give."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.db import OperationalError

from hotels.models import Guest, Hotel
from jobs import dispatch, tick
from jobs.base import Job, JobContext, JobFailed
from jobs.http_cron.lock import delivery_lock
from jobs.models import CronDelivery, JobExecution, JobRun, Status, Trigger
from tests.factories import HotelFactory
from tests.jobs import engine, fakes
from tests.jobs.http_cron.calling import PATH, call

pytestmark = pytest.mark.django_db
SLOT = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(now: datetime) -> Any:
    with time_machine.travel(now, tick=True):
        yield


@pytest.mark.parametrize("path", [PATH, f"{PATH}/", "/api/cron/welcome", "/api/cron/welcome/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_both_methods_both_slash_forms_and_both_names_run_the_slot(
    job: Job, path: str, method: str
) -> None:
    HotelFactory()

    answer = call(path, method=method)

    assert answer.status_code == 200
    assert answer.json()["job"] == "greet-guests"


def test_the_alias_of_the_housekeeping_job_is_accepted() -> None:
    assert call("/api/cron/daily-housekeeping-round").json()["job"] == "daily-housekeeping"


def test_the_current_slot_is_run_for_every_active_hotel(job: Job) -> None:
    HotelFactory.create_batch(3)
    HotelFactory(active=False)

    body = call().json()

    rows = JobExecution.objects.filter(scheduled_for=SLOT, trigger=Trigger.HTTP_CRON)
    assert rows.filter(status=Status.COMPLETED).count() == 3
    assert body == {
        "success": True,
        "job": "greet-guests",
        "slot": "2026-07-15T04:00:00Z",
        "runId": JobRun.objects.get().pk,
        "message": "The run is complete.",
        "done": 3,
        "total": 3,
        "totals": {"completed": 3, "failed": 0, "skipped": 0, "running": 0, "pending": 0},
        "failedHotels": 0,
        "hotelsWithProblems": 0,
        "failures": [],
    }


def test_a_hotel_with_its_own_schedule_is_not_run(job: Job, hotel: Hotel) -> None:
    engine.own_schedule(hotel)

    answer = call()

    assert (answer.status_code, answer.json()["total"]) == (200, 0)
    assert not JobExecution.objects.exists()


def test_a_repeated_delivery_reports_that_the_run_is_already_complete(job: Job) -> None:
    HotelFactory.create_batch(2)
    first = call().json()

    again = call()

    assert again.status_code == 200
    assert again.json() == first | {"message": "This run is already complete."}
    assert Guest.objects.count() == 2
    assert JobRun.objects.count() == 1


def test_a_slot_that_crontab_ran_is_not_run_again(job: Job, hotel: Hotel, now: datetime) -> None:
    dispatch.run(job=job, hotels=[hotel], now=now, trigger=Trigger.CRON, slot=SLOT)

    assert call().json()["message"] == "This run is already complete."


def test_hotels_beyond_the_time_budget_stay_pending(slow_job: Job) -> None:
    HotelFactory.create_batch(3)

    answer = call()

    body = answer.json()
    assert answer.status_code == 202
    assert (body["done"], body["total"], body["totals"]["pending"]) == (1, 3, 2)
    assert body["message"] == "The next call or the tick runs the remaining hotels."


def test_the_next_calls_continue_the_same_run(slow_job: Job) -> None:
    HotelFactory.create_batch(3)

    answers = [call() for _ in range(4)]

    assert [answer.status_code for answer in answers] == [202, 202, 200, 200]
    assert [answer.json()["done"] for answer in answers] == [1, 2, 3, 3]
    assert len({answer.json()["runId"] for answer in answers}) == 1
    assert Guest.objects.count() == 3


def test_the_tick_runs_the_remaining_hotels(slow_job: Job, now: datetime) -> None:
    HotelFactory.create_batch(3)
    call()

    tick.run_tick(now=now)

    assert call().json()["done"] == 3
    assert Guest.objects.count() == 3


def failing_for(hotel: Hotel, how: Callable[[JobContext], Any]) -> Callable[[JobContext], Any]:
    return lambda context: (how if context.hotel == hotel else fakes.greet)(context)


def test_a_failed_hotel_stops_no_other_hotel_and_is_retried_later(
    hotel: Hotel, now: datetime
) -> None:
    HotelFactory()

    with engine.only_job(failing_for(hotel, fakes.fail_after_writing)):
        answer = call()

    body = answer.json()
    (failure,) = body["failures"]
    assert answer.status_code == 202
    assert body["success"] is False
    assert (body["done"], body["total"]) == (1, 2)
    assert (failure["hotel"], failure["reason"]) == (hotel.code, "the lobby is closed")
    assert failure["retryAt"] > now.isoformat()


def test_a_failure_is_not_reported_after_its_retry_succeeded(hotel: Hotel, now: datetime) -> None:
    with engine.only_job(fakes.fail_after_writing):
        call()

    with engine.only_job(), time_machine.travel(now + timedelta(hours=3)):
        answer = call()

    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert answer.json()["failures"] == []


def test_a_slot_whose_hotels_failed_for_good_is_complete_without_success(hotel: Hotel) -> None:
    with engine.only_job(fakes.fail_for_good):
        answers = [call(), call()]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json()["success"] for answer in answers] == [False, False]
    assert answers[1].json()["failures"][0]["retryAt"] is None


def test_a_crash_is_reported_without_message_and_traceback(hotel: Hotel) -> None:
    def crash(context: JobContext) -> Any:
        raise ZeroDivisionError("SELECT secret FROM guests")

    with engine.only_job(crash):
        answer = call()

    assert answer.json()["failures"][0]["reason"] == "Unexpected error"
    assert b"SELECT" not in answer.content
    assert b"Traceback" not in answer.content


def test_only_the_first_hundred_failures_are_listed(settings: Any) -> None:
    HotelFactory.create_batch(101)

    def closed(context: JobContext) -> Any:
        raise JobFailed("the lobby is closed")

    settings.CRON_TIME_BUDGET = 60
    with engine.only_job(closed):
        body = call().json()

    assert (body["failedHotels"], len(body["failures"])) == (101, 100)


def test_a_second_delivery_at_the_same_time_only_reports_the_progress(
    job: Job, hotel: Hotel, now: datetime
) -> None:
    with delivery_lock(job_name=job.name, now=now, at_most=timedelta(seconds=34)):
        answer = call()

    assert answer.status_code == 202
    assert answer.json()["message"] == "Another call is running these hotels."
    assert not JobExecution.objects.exists()


def test_the_lock_of_a_delivery_that_died_expires(job: Job, hotel: Hotel, now: datetime) -> None:
    CronDelivery.objects.create(
        job_name=job.name,
        token="00000000-0000-0000-0000-000000000000",
        held_until=now + timedelta(seconds=30),
    )

    with time_machine.travel(now + timedelta(seconds=31)):
        answer = call()

    assert answer.status_code == 200


def test_what_a_dead_worker_left_is_closed_and_run_by_later_calls(
    job: Job, hotel: Hotel, now: datetime
) -> None:
    engine.lapse(engine.claimed(engine.of_slot(hotel, SLOT)))

    first = call()
    with time_machine.travel(now + timedelta(minutes=1)):
        later = call()

    assert (first.status_code, first.json()["totals"]["running"]) == (202, 0)
    assert (later.status_code, later.json()["success"]) == (200, True)


def test_an_unavailable_database_is_a_503_without_details(job: Job, hotel: Hotel) -> None:
    with mock.patch(
        "jobs.http_cron.views.deliver_slot", side_effect=OperationalError("host db.internal")
    ):
        answer = call()

    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert b"db.internal" not in answer.content


def test_the_number_of_queries_for_a_complete_run_does_not_grow_with_the_hotels(
    job: Job, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    HotelFactory()
    call()
    few = queries_of(call)
    HotelFactory.create_batch(20)
    call()

    assert queries_of(call) == few


REAL_CALLERS = {
    "vercel": {"method": "GET", "headers": {"User-Agent": "vercel-cron/1.0"}},
    "eventbridge": {
        "method": "POST",
        "data": '{"version":"0","detail-type":"Scheduled Event"}',
        "content_type": "application/json; charset=utf-8",
        "headers": {"User-Agent": "Amazon/EventBridge/ApiDestinations"},
    },
    "cloud-scheduler": {
        "method": "POST",
        "data": b"\xff\xfe\x00not json",
        "content_type": "application/octet-stream",
        "headers": {"User-Agent": "Google-Cloud-Scheduler", "X-CloudScheduler": "true"},
    },
    "github-actions": {"method": "POST", "headers": {"User-Agent": "curl/8.5.0", "Accept": "*/*"}},
    "a broken body": {"data": "{", "content_type": "application/json"},
    "a form": {"data": "--x", "content_type": "multipart/form-data; boundary=x"},
    "a strange type": {"data": "x", "content_type": "text/plain; charset=none-such"},
}


@pytest.mark.parametrize("request_of", REAL_CALLERS.values(), ids=REAL_CALLERS)
def test_the_requests_of_real_schedulers_are_accepted(
    job: Job, hotel: Hotel, request_of: dict[str, Any]
) -> None:
    answer = call(**request_of)

    assert (answer.status_code, answer.json()["done"]) == (200, 1)
    assert answer["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_a_slot_with_problems_in_a_hotel_is_complete_without_success() -> None:
    troubled = HotelFactory()
    HotelFactory()

    def service(context: JobContext) -> fakes.Greetings:
        return (fakes.handle_some if context.hotel == troubled else fakes.greet)(context)

    with engine.only_job(service):
        answer = call()
        again = call()

    body = answer.json()
    assert (answer.status_code, body["success"], body["hotelsWithProblems"]) == (200, False, 1)
    assert (body["failedHotels"], body["totals"]["completed"]) == (0, 2)
    assert (again.json()["success"], again.json()["hotelsWithProblems"]) == (False, 1)
