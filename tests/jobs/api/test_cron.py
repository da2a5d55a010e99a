"""The cron routes: whoever calls, however often, each slot is worked once."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import time_machine
from django.db import connection
from rest_framework.test import APIClient

from hotels.models import Guest, Hotel
from jobs import runner, tick
from jobs.models import JobExecution, JobRun
from tests.factories import HotelFactory, UserFactory
from tests.jobs import fakes
from tests.jobs.api.conftest import SECRET, client_of
from tests.jobs.engine import only_job, own_schedule

pytestmark = pytest.mark.django_db
PATH = "/api/cron/greet-guests"
SLOT = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
BEARER = f"Bearer {SECRET}"


@pytest.fixture(autouse=True)
def _job() -> Iterator[None]:
    with only_job(), time_machine.travel(SLOT + timedelta(seconds=40)):
        yield


@pytest.mark.parametrize("path", [PATH, f"{PATH}/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_either_method_and_slash_form_works_all_hotels(
    cron: APIClient, method: str, path: str
) -> None:
    HotelFactory.create_batch(3)

    answer = getattr(cron, method)(path)

    told = answer.json()
    assert (answer.status_code, told["success"], told["done"], told["repeated"]) == (
        200,
        True,
        True,
        False,
    )
    assert (told["job"], told["scheduledFor"]) == ("greet-guests", "2026-07-15T04:00:00Z")
    assert told["result"] == {"guestsGreeted": 3}
    assert (told["progress"]["total"], told["progress"]["completed"]) == (3, 3)
    run = JobRun.objects.get()
    assert (run.trigger, run.scheduled_for, told["runId"]) == ("HTTP_CRON", SLOT, run.pk)


def test_a_repeated_delivery_is_told_it_is_done_by_the_same_run(
    cron: APIClient, hotel: Hotel
) -> None:
    first = cron.post(PATH).json()

    second = cron.get(PATH)

    told = second.json()
    assert (second.status_code, told["repeated"]) == (200, True)
    assert told["message"] == "already done: 1 hotels."
    assert told["runId"] == first["runId"]
    assert Guest.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"\x00\xff" * 500, "application/octet-stream"),
        ("{not json", "application/json"),
        ("--x", "multipart/form-data; boundary=y"),
        ("a" * 1_000_000, "text/plain"),
        ("", ""),
        ("a=b", "nonsense"),
    ],
)
def test_the_body_is_never_looked_at(
    cron: APIClient, hotel: Hotel, data: Any, content_type: str
) -> None:
    answer = cron.generic(
        "POST", PATH, data, content_type=content_type, HTTP_ACCEPT="text/html;q=x"
    )

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")


def test_past_the_budget_the_rest_waits_for_the_next_call(cron: APIClient, settings: Any) -> None:
    HotelFactory.create_batch(3)
    settings.CRON_TIME_BUDGET = 0

    first = cron.post(PATH)
    settings.CRON_TIME_BUDGET = 4
    second = cron.post(PATH)

    assert (first.status_code, first.json()["message"]) == (
        202,
        "0 of 3 hotels are done; the rest goes on.",
    )
    assert first.json()["progress"]["pending"] == 3
    assert (second.status_code, second.json()["runId"]) == (200, first.json()["runId"])
    assert Guest.objects.count() == 3


def test_past_the_budget_the_tick_does_the_rest(cron: APIClient, settings: Any) -> None:
    HotelFactory.create_batch(2)
    settings.CRON_TIME_BUDGET = 0
    cron.post(PATH)

    tick.beat(now=SLOT + timedelta(minutes=1))

    assert cron.post(PATH).json()["message"] == "already done: 2 hotels."


def test_a_hotel_that_runs_elsewhere_is_not_run_again(cron: APIClient, hotel: Hotel) -> None:
    cron.post(PATH)
    row = JobExecution.objects.get()
    at = row.created_at
    JobExecution.objects.filter(pk=row.pk).update(
        status="RUNNING", token="0" * 32, lease_expires_at=at + timedelta(hours=1), started_at=at
    )

    answer = cron.post(PATH)

    assert (answer.status_code, answer.json()["progress"]["running"]) == (202, 1)
    assert Guest.objects.count() == 1


def test_a_failed_hotel_is_told_and_waits_for_its_retry(cron: APIClient, hotel: Hotel) -> None:
    with only_job(fakes.fail_after_writing):
        first, second = cron.post(PATH), cron.post(PATH)

    assert (first.status_code, second.status_code) == (202, 202)
    assert second.json()["progress"]["pending"] == 1


def test_a_hotel_that_failed_for_good_makes_it_no_success(cron: APIClient, hotel: Hotel) -> None:
    with only_job(fakes.fail_for_good):
        answer = cron.post(PATH)

    assert (answer.status_code, answer.json()["success"]) == (200, False)
    assert "torn down" not in answer.content.decode()  # hotels' affairs are no caller's


def test_hotels_with_a_schedule_of_their_own_are_left_to_the_tick(
    cron: APIClient, hotel: Hotel
) -> None:
    own_schedule(hotel)

    answer = cron.post(PATH)

    assert (answer.status_code, answer.json()["message"]) == (
        200,
        "There is no hotel to do it for.",
    )


def test_inactive_hotels_are_left_out(cron: APIClient) -> None:
    HotelFactory(active=False)

    assert cron.post(PATH).json()["progress"]["total"] == 0


def test_another_name_and_the_crontab_find_the_same_slot(cron: APIClient, hotel: Hotel) -> None:
    with only_job(aliases=("greet",)):
        cron.post("/api/cron/greet")
        assert cron.post(PATH).json()["repeated"] is True


@pytest.mark.parametrize("name", ["greet-guest", "check-no-shows", "%00", "..%2f"])
def test_an_unknown_job_is_a_404(cron: APIClient, name: str) -> None:
    assert cron.post(f"/api/cron/{name}").status_code == 404


@pytest.mark.parametrize("method", ["head", "put", "patch", "delete", "options"])
def test_no_other_method_fires(cron: APIClient, hotel: Hotel, method: str) -> None:
    assert getattr(cron, method)(PATH).status_code == 405
    assert not JobRun.objects.exists()


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Bearer {SECRET}x",
        f"Bearer {SECRET[:-1]}",
        f"Token {SECRET}",
        f"Basic {SECRET}",
        SECRET,
        "Bearer \xff\xfe",
    ],
)
def test_without_the_secret_nothing_fires(settings: Any, hotel: Hotel, header: str) -> None:
    settings.CRON_SECRET = [SECRET]

    answer = APIClient().post(PATH, headers={"Authorization": header})

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer["Content-Type"] == "application/problem+json"
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("header", ["Bearer ", "Bearer None", "Bearer []", BEARER])
def test_without_a_secret_set_the_routes_are_closed(
    settings: Any, hotel: Hotel, header: str
) -> None:
    settings.CRON_SECRET = []

    assert APIClient().post(PATH, headers={"Authorization": header}).status_code == 401


def test_neither_a_session_nor_a_token_opens_them(settings: Any) -> None:
    settings.CRON_SECRET = [SECRET]
    user = UserFactory(is_superuser=True)
    session = APIClient()
    session.force_login(user)

    assert session.post(PATH).status_code == client_of(user).post(PATH).status_code == 401


def test_while_secrets_rotate_each_of_them_is_right(settings: Any, hotel: Hotel) -> None:
    settings.CRON_SECRET = ["the-old-secret-of-the-tests", SECRET]

    for secret in settings.CRON_SECRET:
        answer = APIClient().post(PATH, headers={"Authorization": f"bearer {secret}"})
        assert answer.status_code == 200


def test_guessing_is_slowed_down_even_when_the_guess_is_right(
    cron: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.web.throttles._Rate.get_rate", lambda self: "3/min")
    wrong = {"Authorization": "Bearer wrong"}

    statuses = [APIClient().post(PATH, headers=wrong).status_code for _ in range(4)]
    right = cron.post(PATH)

    assert statuses == [401, 401, 401, 429]
    assert right.status_code == 429
    assert 0 < int(right["Retry-After"]) <= 61


def test_attempts_are_logged_without_what_was_given(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CRON_SECRET = [SECRET]
    with caplog.at_level(logging.INFO):
        APIClient().post(PATH, headers={"Authorization": "Bearer a-guess"})
        APIClient().post(PATH, headers={"Authorization": BEARER})

    assert "refused a call of /api/cron/greet-guests from 127.0.0.1" in caplog.text
    assert "greet-guests of 2026-07-15T04:00:00+00:00" in caplog.text
    assert "a-guess" not in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_deliveries_at_the_same_moment_are_one_run(settings: Any) -> None:
    """SQLite in memory has no second connection."""
    settings.CRON_SECRET = [SECRET]
    HotelFactory.create_batch(5)
    barrier, answers = Barrier(5), []

    def deliver() -> None:
        barrier.wait()
        answers.append(APIClient().post(PATH, headers={"Authorization": BEARER}))
        connection.close()

    threads = [Thread(target=deliver) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} <= {200, 202}
    assert len({answer.json()["runId"] for answer in answers}) == 1
    assert JobExecution.objects.filter(status="COMPLETED").count() == 5
    assert Guest.objects.count() == 5


def test_what_a_worker_left_when_it_died_is_continued(cron: APIClient, hotel: Hotel) -> None:
    cron.post(PATH)
    row = JobExecution.objects.get()
    at = row.created_at
    JobExecution.objects.filter(pk=row.pk).update(
        status="RUNNING", token="0" * 32, lease_expires_at=at - timedelta(hours=1), started_at=at
    )
    runner.close_lost()

    answer = cron.post(PATH)

    assert answer.json()["progress"]["pending"] == 1  # its retry, after the backoff
