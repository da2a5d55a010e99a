"""`?strict=true`, for callers that look at the status alone."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from hotels.models import Hotel
from jobs.base import Job
from jobs.models import JobExecution
from tests.factories import HotelFactory
from tests.jobs import engine, fakes
from tests.jobs.http_cron.calling import PATH, call

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock(now: datetime) -> Any:
    with time_machine.travel(now, tick=True):
        yield


STRICT = f"{PATH}?strict=true"


@pytest.mark.parametrize("service", [fakes.fail_for_good, fakes.handle_nothing, fakes.handle_some])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_strict_call_is_a_500_with_the_same_body_without_success(
    hotel: Hotel, service: Any, method: str
) -> None:
    with engine.only_job(service, attempts=1):
        call()
        lenient, strict = call(method=method), call(STRICT, method=method)

    assert (lenient.status_code, strict.status_code) == (200, 500)
    assert (strict.json(), strict["Content-Type"]) == (lenient.json(), "application/json")
    assert strict.json()["success"] is False


def test_a_strict_call_is_a_500_while_a_failed_hotel_waits_for_its_retry(
    hotel: Hotel, now: datetime
) -> None:
    with engine.only_job(fakes.fail_after_writing):
        waiting = call(STRICT)
    with engine.only_job(), time_machine.travel(now + timedelta(hours=3)):
        retried = call(STRICT)

    assert (waiting.status_code, retried.status_code) == (500, 200)
    assert waiting.json()["failures"][0]["retryAt"] is not None


def test_a_strict_call_without_failures_is_a_202_until_all_hotels_are_done(slow_job: Job) -> None:
    HotelFactory.create_batch(2)

    assert [call(STRICT).status_code for _ in range(2)] == [202, 200]


@pytest.mark.parametrize(
    "query", ["strict=", "strict=1", "strict=True", "strict=yes", "strict=true&strict=true"]
)
def test_a_malformed_strict_is_a_400_and_runs_nothing(job: Job, hotel: Hotel, query: str) -> None:
    answer = call(f"{PATH}?{query}")

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["detail"] == "strict: Must be true or false, and be given only once."
    assert not JobExecution.objects.exists()


def test_strict_may_be_false(hotel: Hotel) -> None:
    with engine.only_job(fakes.fail_for_good):
        assert call(f"{PATH}?strict=false").status_code == 200
