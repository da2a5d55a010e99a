"""Running a job over the API; retry and cancel."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from hotels import worker_locks
from hotels.models import ApiToken, Guest, Hotel, KeptAnswer
from jobs.models import JobExecution
from tests.concurrency import run_together
from tests.factories import HotelFactory, MembershipFactory
from tests.hotels.http.clients import client_of
from tests.jobs import fakes
from tests.jobs.api.executions import execution, failed
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


def test_a_triggered_job_runs_and_returns_its_result(manager: APIClient, hotel: Hotel) -> None:
    answer = ask(manager, hotelId=hotel.pk)

    content = answer.json()
    assert (answer.status_code, content["success"], content["jobName"]) == (
        200,
        True,
        "greet-guests",
    )
    assert content["result"]["guestsGreeted"] == 1
    row = JobExecution.objects.get()
    assert (row.trigger, row.run.requested_by_name) == ("API", manager_name(row))
    assert content["executionId"] == row.pk


def manager_name(row: JobExecution) -> str:
    return row.hotel.memberships.get().user.get_username()


def test_a_user_with_one_hotel_may_omit_the_hotel(manager: APIClient) -> None:
    assert manager.post(PATH).status_code == 200


def test_a_user_with_several_hotels_must_specify_one(hotel: Hotel) -> None:
    membership = MembershipFactory()
    MembershipFactory(user=membership.user, hotel=hotel)

    answer = ask(client_of(membership.user))

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "hotelId"


def test_a_token_limited_to_one_hotel_may_omit_the_hotel(hotel: Hotel) -> None:
    membership = MembershipFactory()
    MembershipFactory(user=membership.user, hotel=hotel)

    answer = ask(client_of(membership.user, hotels=[hotel]))

    assert answer.json()["hotelId"] == hotel.pk


def test_a_viewer_may_not_run_a_job_even_if_a_manager_elsewhere(hotel: Hotel) -> None:
    membership = MembershipFactory()
    MembershipFactory(user=membership.user, hotel=hotel, role="VIEWER")

    assert ask(client_of(membership.user), hotelId=hotel.pk).status_code == 403


def test_a_preview_returns_the_result_and_stores_nothing(manager: APIClient) -> None:
    content = ask(manager, dryRun=True).json()

    assert (content["success"], content["dryRun"], content["result"]["guestsGreeted"]) == (
        True,
        True,
        1,
    )
    assert (Guest.objects.count(), JobExecution.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", ["greet-guest", "GREET-GUESTS", "%00", "a%2Fb", "check-no-shows"])
def test_an_unknown_job_is_a_404(manager: APIClient, name: str) -> None:
    assert ask(manager, f"/api/jobs/trigger/{name}").status_code == 404


def test_an_alias_runs_the_job(manager: APIClient) -> None:
    with only_job(aliases=("greet",)):
        assert ask(manager, "/api/jobs/trigger/greet").json()["jobName"] == "greet-guests"


def test_a_job_that_is_already_running_is_a_conflict(manager: APIClient, hotel: Hotel) -> None:
    claimed(waiting(hotel))

    answer = ask(manager)

    assert (answer.status_code, answer.json()["code"]) == (409, "already_running")


@pytest.mark.parametrize(
    ("service", "error"),
    [
        (fakes.fail_after_writing, "the lobby is closed"),
        (fakes.handle_nothing, "Nothing could be done: Guest 1: sleeps"),
        (fakes.crash_after_writing, "Unexpected error (ZeroDivisionError)."),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
def test_a_failed_job_is_a_500_with_the_same_members(
    manager: APIClient, service: Any, error: str, dry_run: bool
) -> None:
    members = set(ask(manager).json())

    with only_job(service):
        answer = ask(manager, dryRun=dry_run)

    content = answer.json()
    assert (answer.status_code, content["success"], content["error"]) == (500, False, error)
    assert set(content) == members
    assert "in the middle" not in answer.content.decode()


def test_the_text_of_a_database_error_is_not_returned(manager: APIClient) -> None:
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
def test_a_wrong_body_names_the_member_and_runs_nothing(
    manager: APIClient, body: Any, field: str
) -> None:
    answer = manager.post(PATH, json.dumps(body), content_type="application/json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert not JobExecution.objects.exists()


def test_a_body_cannot_set_members_of_the_user_or_the_execution(
    manager: APIClient, hotel: Hotel
) -> None:
    body = {"hotelId": hotel.pk, "isSuperuser": True, "trigger": "CRON"}

    answer = ask(manager, **body)

    fields = [error["field"] for error in answer.json()["errors"]]
    assert (answer.status_code, fields) == (400, ["isSuperuser", "trigger"])


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
def test_a_body_that_is_not_json_is_refused(
    manager: APIClient, data: Any, content_type: str, status: int
) -> None:
    answer = manager.post(PATH, data, content_type=content_type)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert not JobExecution.objects.exists()


def test_an_inactive_hotel_is_refused(manager: APIClient, hotel: Hotel) -> None:
    hotel.active = False
    hotel.save()

    assert ask(manager).json()["errors"][0]["field"] == "hotelId"


class TestIdempotencyKey:
    """Repeated requests with an Idempotency-Key."""

    def test_a_repeated_request_gets_the_same_answer_and_no_second_run(
        self, manager: APIClient
    ) -> None:
        first, second = ask(manager, key="k"), ask(manager, key="k")

        assert first.json() == second.json()
        assert second["Idempotency-Replayed"] == "true"
        assert JobExecution.objects.count() == 1

    def test_the_answer_of_a_failed_run_is_stored_too(self, manager: APIClient) -> None:
        with only_job(fakes.fail_for_good):
            first, second = ask(manager, key="k"), ask(manager, key="k")

        assert first.status_code == second.status_code == 500
        assert JobExecution.objects.count() == 1

    def test_the_same_key_with_another_body_is_refused(self, manager: APIClient) -> None:
        ask(manager, key="k")

        assert ask(manager, key="k", dryRun=True).status_code == 422

    def test_the_same_key_of_another_user_is_a_different_key(
        self, manager: APIClient, hotel: Hotel
    ) -> None:
        ask(manager, key="k")

        ask(client_of(MembershipFactory(hotel=hotel).user), key="k")

        assert JobExecution.objects.count() == 2

    def test_a_key_can_be_used_again_after_a_day(self, manager: APIClient) -> None:
        ask(manager, key="k")
        KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))

        ask(manager, key="k")

        assert JobExecution.objects.count() == 2

    def test_a_refused_request_may_be_sent_again_with_its_key(
        self, manager: APIClient, hotel: Hotel
    ) -> None:
        held = claimed(waiting(hotel))
        refused = ask(manager, key="k")
        JobExecution.objects.filter(pk=held.pk).delete()

        assert (refused.status_code, ask(manager, key="k").status_code) == (409, 200)

    @pytest.mark.parametrize("key", ["a b", "é", "x" * 256, " "])
    def test_a_malformed_key_is_refused(self, manager: APIClient, key: str) -> None:
        assert ask(manager, key=key).status_code == 400

    def test_a_key_whose_request_is_in_progress_is_a_conflict(self, manager: APIClient) -> None:
        ask(manager, key="k")

        with worker_locks.hold_worker_lock() as lock:
            KeptAnswer.objects.update(status=None, worker=lock.key)
            answer = ask(manager, key="k")

        assert (answer.status_code, answer["Retry-After"]) == (409, "5")

    @pytest.mark.postgres
    def test_a_key_whose_worker_died_is_taken_over(self, manager: APIClient) -> None:
        """On an in-memory SQLite database a dead worker cannot be detected."""
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

    content = manager.post(f"/api/jobs/{row.pk}/retry").json()

    new = JobExecution.objects.get(pk=content["executionId"])
    assert (content["success"], new.attempt, new.first_attempt_id) == (True, 2, row.pk)
    assert new.run.requested_by_name == manager_name(row)


def test_a_completed_execution_is_not_retried(manager: APIClient, hotel: Hotel) -> None:
    answer = manager.post(f"/api/jobs/{execution(hotel).pk}/retry")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_retryable")


def test_a_pending_execution_is_cancelled_at_once(manager: APIClient, hotel: Hotel) -> None:
    content = manager.post(f"/api/jobs/{waiting(hotel).pk}/cancel").json()

    assert (content["status"], content["skipReason"]) == ("SKIPPED", "cancelled")


def test_a_running_execution_is_asked_to_stop(manager: APIClient, hotel: Hotel) -> None:
    content = manager.post(f"/api/jobs/{claimed(waiting(hotel)).pk}/cancel").json()

    assert content["status"] == "RUNNING"
    assert content["cancelRequestedAt"] is not None


def test_an_ended_execution_is_not_cancelled(manager: APIClient, hotel: Hotel) -> None:
    answer = manager.post(f"/api/jobs/{execution(hotel).pk}/cancel")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_cancellable")


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_job_with_problems_is_a_200_without_success(manager: APIClient, dry_run: bool) -> None:
    with only_job(fakes.handle_some):
        answer = ask(manager, dryRun=dry_run)

    content = answer.json()
    assert (answer.status_code, content["status"]) == (200, "COMPLETED")
    assert (content["success"], content["problems"], content["error"]) == (False, 1, None)


def test_an_execution_completed_with_problems_is_retried(manager: APIClient, hotel: Hotel) -> None:
    row = execution(hotel, job_name="greet-guests", problems=1)

    answer = manager.post(f"/api/jobs/{row.pk}/retry")

    assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert JobExecution.objects.get(attempt=2).first_attempt == row
