"""Every member of every call of the contract, compared with its type."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from hotels.models import Hotel
from jobs import registry
from tests.factories import EquipmentFactory, PlanFactory
from tests.jobs import contract, fakes
from tests.jobs.api.executions import execution, failed
from tests.jobs.engine import claimed, only_job, waiting

pytestmark = pytest.mark.django_db
TRIGGER = "/api/jobs/trigger/greet-guests"
SECRET = "the-cron-secret-of-the-tests"


@pytest.fixture
def greetings() -> Iterator[None]:
    """The registry with one quick job."""
    with only_job():
        yield


@pytest.fixture
def history(hotel: Hotel) -> None:
    """An execution of each status: clean, with problems, failed, skipped, waiting and running."""
    retry = {"attempts": 3, "baseSeconds": 30.0, "longestSeconds": 900.0}
    execution(hotel, result={"invoicesGenerated": 1}, metadata={"retry": retry})
    execution(hotel, problems=1, metadata={"attention": ["Folio 1: no payer"]})
    failed(hotel, metadata={"retry": retry})
    execution(hotel, status="SKIPPED", skip_reason="cancelled", started_at=None)
    waiting(hotel)
    claimed(waiting(hotel))


def cron(path: str, *, method: str = "POST") -> Any:
    """The answer to a scheduler with the secret."""
    return Client().generic(method, path, headers={"Authorization": f"Bearer {SECRET}"})


@pytest.fixture
def _secret(settings: Any) -> None:
    settings.CRON_SECRET = [SECRET]


@pytest.mark.usefixtures("history")
def test_the_list_has_the_members_of_the_contract(manager: APIClient, hotel: Hotel) -> None:
    filters = {
        "jobName": "generate-invoices",
        "trigger": "COMMAND",
        "hotelId": hotel.pk,
        "startDate": "2020-01-01",
        "endDate": "2100-01-01",
    }

    everything = manager.get("/api/jobs").json()
    filtered = manager.get("/api/jobs", filters).json()
    page = manager.get("/api/jobs?limit=2&offset=1&status=COMPLETED").json()
    after = manager.get(f"/api/jobs?cursor={everything['jobs'][0]['id']}").json()

    for each in (everything, filtered, page, after):
        assert contract.breaches(each, contract.PAGE) == []
    found = [(len(each["jobs"]), each["total"]) for each in (everything, filtered, page, after)]
    assert found == [(6, 6), (4, 4), (1, 2), (5, 6)]
    assert {row["status"] for row in everything["jobs"]} == contract.STATUS


@pytest.mark.usefixtures("history")
def test_each_execution_has_the_members_of_the_contract(manager: APIClient) -> None:
    rows = manager.get("/api/jobs").json()["jobs"]

    for row in rows:
        whole = manager.get(f"/api/jobs/{row['id']}").json()
        assert contract.breaches(whole, contract.EXECUTION) == []


@pytest.mark.usefixtures("history")
def test_the_statistics_have_the_members_of_the_contract(manager: APIClient) -> None:
    stats = manager.get("/api/jobs/stats").json()
    head = manager.head("/api/jobs")

    assert contract.breaches(stats, contract.STATISTICS) == []
    assert contract.breaches(dict(head.headers), contract.SUMMARY_HEADERS) == []
    assert 0 <= stats["successRate"] <= 100
    assert (head.content, stats["totalJobs"]) == (b"", int(head["X-Total-Jobs"]))


def test_the_statistics_of_an_empty_history_have_the_same_members(manager: APIClient) -> None:
    stats = manager.get("/api/jobs/stats").json()
    head = manager.head("/api/jobs").headers

    assert contract.breaches(stats, contract.STATISTICS) == []
    assert contract.breaches(dict(head), contract.SUMMARY_HEADERS) == []


@pytest.mark.usefixtures("greetings")
@pytest.mark.parametrize(
    ("service", "status", "success"),
    [
        (fakes.greet, 200, True),
        (fakes.handle_some, 200, False),
        (fakes.handle_nothing, 500, False),
        (fakes.fail_for_good, 500, False),
        (fakes.crash_after_writing, 500, False),
    ],
)
def test_a_trigger_and_its_replay_have_the_members_of_the_contract(
    manager: APIClient, service: Any, status: int, success: bool
) -> None:
    with only_job(service):
        first, again = (manager.post(TRIGGER, headers={"Idempotency-Key": "k"}) for _ in range(2))

    for answer in (first, again):
        content = answer.json()
        assert contract.breaches(content, contract.TRIGGERED) == []
        assert (answer.status_code, content["success"]) == (status, success)
        assert content["job"] == manager.get(f"/api/jobs/{content['job']['id']}").json()


@pytest.mark.usefixtures("greetings")
@pytest.mark.parametrize(("service", "status"), [(fakes.greet, 200), (fakes.fail_for_good, 500)])
def test_a_preview_has_the_members_of_the_contract(
    manager: APIClient, hotel: Hotel, service: Any, status: int
) -> None:
    with only_job(service):
        answer = manager.post(TRIGGER, {"hotelId": hotel.pk, "dryRun": True}, format="json")

    assert contract.breaches(answer.json(), contract.PREVIEWED) == []
    assert answer.status_code == status


@pytest.mark.usefixtures("greetings")
def test_a_trigger_that_has_not_ended_has_the_members_of_the_contract(manager: APIClient) -> None:
    with mock.patch("jobs.runner.claim", return_value=None):
        answer = manager.post(TRIGGER)

    assert contract.breaches(answer.json(), contract.TRIGGERED) == []
    assert (answer.status_code, answer.json()["job"]["status"]) == (202, "PENDING")


@pytest.mark.usefixtures("greetings")
def test_refused_triggers_are_problems(manager: APIClient, hotel: Hotel) -> None:
    claimed(waiting(hotel))
    bodies = {TRIGGER: {}, "/api/jobs/trigger/none": {}, f"{TRIGGER}/": {"hotelId": 10**9}}

    answers = [manager.post(path, body, format="json") for path, body in bodies.items()]

    assert [answer.status_code for answer in answers] == [409, 404, 404]
    for answer in answers:
        assert contract.breaches(answer.json(), contract.PROBLEM) == []
        assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("name", [*contract.SCHEDULES, *contract.ALIASES])
def test_each_job_counts_what_the_contract_says_in_result_and_metadata(
    manager: APIClient, hotel: Hotel, name: str
) -> None:
    job_name = contract.ALIASES.get(name, name)
    due = timezone.now().date() - timedelta(days=3)
    PlanFactory(equipment=EquipmentFactory(hotel=hotel), anchor_date=due)

    content = manager.post(f"/api/jobs/trigger/{name}").json()

    figures = contract.FIGURES[job_name]
    assert contract.breaches(content, contract.TRIGGERED) == []
    assert contract.breaches(content["result"], contract.RESULTS[job_name]) == []
    assert content["result"].get("equipment") != [], "the plan is due"
    (row,) = manager.get("/api/jobs").json()["jobs"]
    for metadata in (content["job"]["metadata"], row["metadata"]):
        assert contract.breaches(metadata, figures) == []
        assert {key: metadata[key] for key in figures} == {
            key: content["result"][key] for key in figures
        }
    assert content["jobName"] == row["jobName"] == job_name


@pytest.mark.usefixtures("_secret")
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("service", "query", "status"),
    [
        (fakes.greet, "", 200),
        (fakes.greet, "?strict=true", 200),
        (fakes.fail_for_good, "", 200),
        (fakes.fail_for_good, "?strict=true", 500),
        (fakes.fail_after_writing, "", 202),
    ],
)
def test_a_cron_call_has_the_members_of_the_contract(
    hotel: Hotel, method: str, service: Any, query: str, status: int
) -> None:
    with only_job(service):
        answers = [cron(f"/api/cron/greet-guests{query}", method=method) for _ in range(2)]

    for answer in answers:
        assert contract.breaches(answer.json(), contract.DELIVERY) == []
        assert answer.status_code == status


def test_the_jobs_of_the_contract_have_their_schedules_and_other_names() -> None:
    assert {name: registry.get(name).schedule for name in contract.SCHEDULES} == contract.SCHEDULES
    assert {name: registry.get(name).name for name in contract.ALIASES} == contract.ALIASES


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ({}, {"id": int}),
        ({"id": "1"}, {"id": int}),
        ({"id": True}, {"id": int}),
        ({"id": None}, {"id": int}),
        ({"rows": [{"id": 1}, {}]}, {"rows": [{"id": int}]}),
        ({"at": "2026-07-15"}, {"at": contract.INSTANT}),
        ({"at": "2026-07-15T06:00:00+00:00"}, {"at": contract.Maybe(contract.INSTANT)}),
        ({"job": "check-no-shows"}, {"job": None}),
        ({"job": "check-no-shows"}, {"job": {"id": int}}),
        ({"retry": 3}, {"retry?": dict}),
        ({"status": "DONE"}, {"status": contract.STATUS}),
        ({"rate": "50"}, {"rate": float}),
    ],
)
def test_a_breach_of_the_contract_is_found(value: Any, shape: Any) -> None:
    assert len(contract.breaches(value, shape)) == 1
