"""Metadata of executions: what the job counted, beside what the engine stores."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from hotels.models import Hotel
from tests.jobs.api.executions import execution, failed

pytestmark = pytest.mark.django_db
FIGURES = {
    "date": "2026-07-15",
    "tasksCreated": 3,
    "totalAmount": "12.50",
    "currency": "EUR",
    "priority": {"URGENT": 1, "LOW": 2},
}
RESULT = FIGURES | {"hotelId": 7, "skipped": [{"folio": "F-1", "reason": "x"}], "problems": []}
RETRY = {"attempts": 3, "baseSeconds": 30.0}


def metadata(client: APIClient, pk: int) -> list[dict[str, Any]]:
    """The metadata of the only execution: in the list, in its run and in its details."""
    (listed,) = client.get("/api/jobs").json()["jobs"]
    (in_run,) = client.get(f"/api/runs/{listed['runId']}").json()["executions"]
    return [each["metadata"] for each in (listed, in_run, client.get(f"/api/jobs/{pk}").json())]


def test_the_metadata_has_the_figures_of_the_result_beside_retry_and_attention(
    manager: APIClient, hotel: Hotel
) -> None:
    stored = {"retry": RETRY, "attention": ["Folio F-1: no charges"]}
    row = execution(hotel, result=RESULT, metadata=stored)

    assert metadata(manager, row.pk) == [FIGURES | stored] * 3
    assert manager.get(f"/api/jobs/{row.pk}").json()["result"] == RESULT


def test_an_execution_of_a_job_no_longer_in_the_project_keeps_its_figures(
    manager: APIClient, hotel: Hotel
) -> None:
    row = execution(hotel, job_name="shine-shoes", result={"hotelId": 7, "pairsShined": 2})

    assert metadata(manager, row.pk) == [{"pairsShined": 2}] * 3


def test_a_failed_execution_has_what_was_counted_before_the_rollback(
    manager: APIClient, hotel: Hotel
) -> None:
    row = failed(hotel, result={"invoicesGenerated": 0, "problems": [{"object": "Folio F-1"}]})

    assert metadata(manager, row.pk) == [{"invoicesGenerated": 0}] * 3


def test_an_execution_without_a_result_has_only_what_the_engine_stores(
    manager: APIClient, hotel: Hotel
) -> None:
    row = execution(hotel, status="PENDING", metadata={"retry": RETRY})

    assert metadata(manager, row.pk) == [{"retry": RETRY}] * 3


def test_a_figure_never_replaces_what_the_engine_stores(manager: APIClient, hotel: Hotel) -> None:
    row = execution(hotel, result={"retry": 5}, metadata={"retry": RETRY})

    assert metadata(manager, row.pk) == [{"retry": RETRY}] * 3
