"""`job` in the answer to a trigger or retry: the execution, as `GET /api/jobs/{id}` shows it."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from rest_framework.test import APIClient

from hotels.models import Hotel, KeptAnswer
from jobs.models import JobExecution
from tests.jobs import fakes
from tests.jobs.api.executions import failed
from tests.jobs.engine import only_job

pytestmark = pytest.mark.django_db
PATH = "/api/jobs/trigger/greet-guests"


@pytest.fixture(autouse=True)
def _job() -> Iterator[None]:
    with only_job():
        yield


def record(client: APIClient) -> Any:
    """The newest execution, as a client reads it."""
    return client.get(f"/api/jobs/{JobExecution.objects.latest('pk').pk}").json()


@pytest.mark.parametrize(
    ("service", "status"),
    [
        (fakes.greet, 200),
        (fakes.handle_some, 200),
        (fakes.handle_nothing, 500),
        (fakes.fail_after_writing, 500),
        (fakes.crash_after_writing, 500),
    ],
)
def test_the_answer_has_the_execution_however_it_ended(
    manager: APIClient, service: Any, status: int
) -> None:
    with only_job(service):
        answer = manager.post(PATH)

    assert (answer.status_code, answer.json()["job"]) == (status, record(manager))
    assert answer.json()["jobName"] == "greet-guests"


@pytest.mark.parametrize("status", ["PENDING", "RUNNING"])
def test_an_execution_that_has_not_ended_is_a_202_with_its_record(
    manager: APIClient, status: str
) -> None:
    """As when another worker takes it at the same moment."""

    def taken(**_: Any) -> None:
        token = {"token": "7" * 32, "lease_expires_at": "2099-01-01T00:00Z"}
        columns = {"status": status, "started_at": "2026-07-15T06:00Z", **token}
        JobExecution.objects.update(**columns)

    with mock.patch("jobs.runner.claim", taken):
        answer = manager.post(PATH)

    assert (answer.status_code, answer.json()["job"]) == (202, record(manager))
    assert (answer.json()["success"], answer.json()["job"]["status"]) == (False, status)


def test_a_retry_has_the_record_of_the_new_attempt(manager: APIClient, hotel: Hotel) -> None:
    row = failed(hotel, job_name="greet-guests")

    content = manager.post(f"/api/jobs/{row.pk}/retry").json()

    assert content["job"] == record(manager)
    assert content["job"]["firstAttemptId"] == row.pk


@pytest.mark.parametrize("service", [fakes.greet, fakes.fail_after_writing])
def test_a_preview_has_no_record(manager: APIClient, service: Any) -> None:
    with only_job(service):
        content = manager.post(PATH, {"dryRun": True}, format="json").json()

    assert (content["job"], content["jobName"]) == (None, "greet-guests")


@pytest.mark.parametrize("service", [fakes.greet, fakes.fail_for_good])
def test_a_repeated_request_has_the_record_of_the_first(manager: APIClient, service: Any) -> None:
    with only_job(service):
        manager.post(PATH, headers={"Idempotency-Key": "k"})
        again = manager.post(PATH, headers={"Idempotency-Key": "k"})

    assert again["Idempotency-Replayed"] == "true"
    assert again.json()["job"] == record(manager)


def test_an_answer_kept_with_the_name_as_job_has_the_record_too(manager: APIClient) -> None:
    first = manager.post(PATH, headers={"Idempotency-Key": "k"}).json()
    kept = KeptAnswer.objects.get()
    kept.body = {**kept.body, "job": kept.body.pop("jobName")}
    kept.save()

    again = manager.post(PATH, headers={"Idempotency-Key": "k"})

    assert (again["Idempotency-Replayed"], again.json()) == ("true", first)
