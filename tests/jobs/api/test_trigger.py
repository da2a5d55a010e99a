"""Asking for a job now."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from hotels.models import Guest, Hotel
from jobs import worker_locks
from jobs.models import ApiToken, JobExecution, KeptAnswer
from tests.concurrency import run_together
from tests.factories import HotelFactory, MembershipFactory
from tests.jobs import fakes
from tests.jobs.api.books import execution, failed
from tests.jobs.api.conftest import client_of
from tests.jobs.engine import claimed, only_job, waiting

pytestmark = pytest.mark.django_db
PATH = "/api/jobs/trigger/greet-guests"


@pytest.fixture(autouse=True)
def _job() -> Iterator[None]:
    with only_job():
        yield


def ask(client: APIClient, path: str = PATH, key: str | None = None, **body: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(path, body, format="json", headers=headers)


def test_a_triggered_job_runs_and_tells_its_result(manager: APIClient, hotel: Hotel) -> None:
    answer = ask(manager, hotelId=hotel.pk)

    told = answer.json()
    assert (answer.status_code, told["success"], told["job"]) == (200, True, "greet-guests")
    assert told["result"]["guestsGreeted"] == 1
    row = JobExecution.objects.get()
    assert (row.trigger, row.run.requested_by_name) == ("API", manager_name(row))
    assert told["executionId"] == row.pk


def manager_name(row: JobExecution) -> str:
    return row.hotel.memberships.get().user.get_username()


def test_who_has_one_hotel_need_not_name_it(manager: APIClient) -> None:
    assert manager.post(PATH).status_code == 200


def test_who_has_several_must_name_one(hotel: Hotel) -> None:
    membership = MembershipFactory()
    MembershipFactory(user=membership.user, hotel=hotel)

    answer = ask(client_of(membership.user))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "hotelId"


def test_the_limit_of_a_token_counts_as_having_one(hotel: Hotel) -> None:
    membership = MembershipFactory()
    MembershipFactory(user=membership.user, hotel=hotel)

    answer = ask(client_of(membership.user, hotels=[hotel]))

    assert answer.json()["hotelId"] == hotel.pk


def test_a_manager_here_who_is_a_viewer_there_may_not_run_it_there(hotel: Hotel) -> None:
    membership = MembershipFactory()
    MembershipFactory(user=membership.user, hotel=hotel, role="VIEWER")

    assert ask(client_of(membership.user), hotelId=hotel.pk).status_code == 403


def test_a_dry_run_shows_the_result_and_writes_nothing(manager: APIClient) -> None:
    told = ask(manager, dryRun=True).json()

    assert (told["success"], told["dryRun"], told["result"]["guestsGreeted"]) == (True, True, 1)
    assert (Guest.objects.count(), JobExecution.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", ["greet-guest", "GREET-GUESTS", "%00", "a%2Fb", "check-no-shows"])
def test_an_unknown_job_is_a_404(manager: APIClient, name: str) -> None:
    assert ask(manager, f"/api/jobs/trigger/{name}").status_code == 404


def test_another_name_stands_for_the_job(manager: APIClient) -> None:
    with only_job(aliases=("greet",)):
        assert ask(manager, "/api/jobs/trigger/greet").json()["job"] == "greet-guests"


def test_a_job_that_runs_already_is_a_conflict(manager: APIClient, hotel: Hotel) -> None:
    claimed(waiting(hotel))

    answer = ask(manager)

    assert (answer.status_code, answer.json()["code"]) == (409, "already_running")


@pytest.mark.parametrize(
    ("service", "error"),
    [
        (fakes.fail_after_writing, "the lobby is closed"),
        (fakes.handle_nothing, "Nothing could be handled: Guest 1: sleeps"),
        (
            fakes.crash_after_writing,
            "The job crashed (ZeroDivisionError); the traceback is kept with the execution.",
        ),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_failed_job_is_a_500_of_the_same_shape(
    manager: APIClient, service: Any, error: str, dry_run: bool
) -> None:
    well = set(ask(manager).json())

    with only_job(service):
        answer = ask(manager, dryRun=dry_run)

    told = answer.json()
    assert (answer.status_code, told["success"], told["error"]) == (500, False, error)
    assert set(told) == well
    assert "in the middle" not in answer.content.decode()


def test_the_database_telling_its_own_failure_is_not_passed_on(manager: APIClient) -> None:
    crash = mock.Mock(side_effect=RuntimeError('relation "secret_table" does not exist'))
    with mock.patch("jobs.runner.perform", crash):
        answer = ask(manager)

    assert answer.status_code == 500
    assert "secret_table" not in answer.content.decode()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"dryrun": True}, "dryrun"),
        ({"dryRun": "yes"}, "dryRun"),
        ({"dryRun": 1}, "dryRun"),
        ({"dryRun": None}, "dryRun"),
        ({"hotelId": "1"}, "hotelId"),
        ({"hotelId": True}, "hotelId"),
        ({"hotelId": 1.5}, "hotelId"),
        ({"hotelId": 0}, "hotelId"),
        ({"hotelId": 10**30}, "hotelId"),
        ({"hotelId": [1]}, "hotelId"),
        ({"status": "COMPLETED"}, "status"),
        ({"requestedBy": "admin"}, "requestedBy"),
        ([], ""),
        ("dryRun", ""),
        (None, ""),
    ],
)
def test_a_wrong_body_is_refused_by_name_and_runs_nothing(
    manager: APIClient, body: Any, field: str
) -> None:
    answer = manager.post(PATH, json.dumps(body), content_type="application/json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert not JobExecution.objects.exists()


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        ("{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        ("[" * 50_000, "application/json", 400),
        ("dryRun=true", "application/x-www-form-urlencoded", 415),
        ("{}", "text/plain", 415),
        ("{}" + " " * 70_000, "application/json", 413),
    ],
    ids=["cut", "no text", "deep", "form", "text", "large"],
)
def test_what_is_no_json_body_is_refused(
    manager: APIClient, data: Any, content_type: str, status: int
) -> None:
    answer = manager.post(PATH, data, content_type=content_type)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert not JobExecution.objects.exists()


def test_an_inactive_hotel_is_told(manager: APIClient, hotel: Hotel) -> None:
    hotel.active = False
    hotel.save()

    assert ask(manager).json()["errors"][0]["field"] == "hotelId"


class TestIdempotencyKey:
    """The same request again."""

    def test_the_same_key_and_body_give_the_same_answer_and_no_second_run(
        self, manager: APIClient
    ) -> None:
        first, second = ask(manager, key="k"), ask(manager, key="k")

        assert first.json() == second.json()
        assert second["Idempotency-Replayed"] == "true"
        assert JobExecution.objects.count() == 1

    def test_a_failure_is_kept_too(self, manager: APIClient) -> None:
        with only_job(fakes.fail_for_good):
            first, second = ask(manager, key="k"), ask(manager, key="k")

        assert first.status_code == second.status_code == 500
        assert JobExecution.objects.count() == 1

    def test_the_same_key_with_another_body_is_refused(self, manager: APIClient) -> None:
        ask(manager, key="k")

        assert ask(manager, key="k", dryRun=True).status_code == 422

    def test_a_key_holds_for_its_user_alone(self, manager: APIClient, hotel: Hotel) -> None:
        ask(manager, key="k")

        ask(client_of(MembershipFactory(hotel=hotel).user), key="k")

        assert JobExecution.objects.count() == 2

    def test_after_a_day_the_key_is_free_again(self, manager: APIClient) -> None:
        ask(manager, key="k")
        KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))

        ask(manager, key="k")

        assert JobExecution.objects.count() == 2

    def test_what_was_refused_may_be_sent_again(self, manager: APIClient, hotel: Hotel) -> None:
        held = claimed(waiting(hotel))
        refused = ask(manager, key="k")
        JobExecution.objects.filter(pk=held.pk).delete()

        assert (refused.status_code, ask(manager, key="k").status_code) == (409, 200)

    @pytest.mark.parametrize("key", ["a b", "é", "x" * 256, " "])
    def test_what_is_no_key_is_refused(self, manager: APIClient, key: str) -> None:
        assert ask(manager, key=key).status_code == 400

    def test_a_key_that_is_still_worked_is_a_conflict(self, manager: APIClient) -> None:
        ask(manager, key="k")

        with worker_locks.hold_worker_lock() as worker:
            KeptAnswer.objects.update(status=None, worker=worker)
            answer = ask(manager, key="k")

        assert (answer.status_code, answer["Retry-After"]) == (409, "5")

    @pytest.mark.postgres
    def test_a_key_whose_worker_died_is_taken_over(self, manager: APIClient) -> None:
        """In memory, as SQLite runs here, no worker can be told dead."""
        ask(manager, key="k")
        KeptAnswer.objects.update(status=None, worker=12345)

        assert ask(manager, key="k").status_code == 200


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_moment_runs_once() -> None:
    """SQLite in memory has no second connection."""
    user = MembershipFactory(hotel=HotelFactory()).user
    _, token = ApiToken.issue(user=user)

    def race() -> int:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
        return ask(client, key="k").status_code

    statuses = run_together(*[race] * 6)

    assert JobExecution.objects.count() == 1
    assert set(statuses) <= {200, 409}
    assert 200 in statuses


def test_a_failed_execution_is_retried_at_once(manager: APIClient, hotel: Hotel) -> None:
    row = failed(hotel, job_name="greet-guests")

    told = manager.post(f"/api/jobs/{row.pk}/retry").json()

    new = JobExecution.objects.get(pk=told["executionId"])
    assert (told["success"], new.attempt, new.first_attempt_id) == (True, 2, row.pk)
    assert new.run.requested_by_name == manager_name(row)


def test_what_was_completed_is_not_retried(manager: APIClient, hotel: Hotel) -> None:
    answer = manager.post(f"/api/jobs/{execution(hotel).pk}/retry")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_retryable")


def test_what_waits_is_cancelled_at_once(manager: APIClient, hotel: Hotel) -> None:
    told = manager.post(f"/api/jobs/{waiting(hotel).pk}/cancel").json()

    assert (told["status"], told["skipReason"]) == ("SKIPPED", "cancelled")


def test_what_runs_is_asked_to_stop(manager: APIClient, hotel: Hotel) -> None:
    told = manager.post(f"/api/jobs/{claimed(waiting(hotel)).pk}/cancel").json()

    assert told["status"] == "RUNNING"
    assert told["cancelRequestedAt"] is not None


def test_what_has_ended_is_not_cancelled(manager: APIClient, hotel: Hotel) -> None:
    answer = manager.post(f"/api/jobs/{execution(hotel).pk}/cancel")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_cancellable")
