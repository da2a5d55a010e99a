"""Rows of lists are what the serializer describes, made without it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from hotels.models import Hotel
from jobs.api.listing import listed
from jobs.api.serializers import ExecutionSerializer
from jobs.models import JobExecution, JobRun
from tests.jobs.api.executions import execution, failed

pytestmark = pytest.mark.django_db
AT = datetime(2026, 7, 15, 23, 30, 5, 120_000, tzinfo=UTC)


def test_rows_of_lists_are_those_of_the_serializer(hotel: Hotel) -> None:
    result = {"hotelId": 1, "invoicesGenerated": 3, "problems": [{"object": "Folio 1"}]}
    first = execution(hotel, at=AT, result=result, completed_at=AT + timedelta(seconds=1.2345))
    attention = {"attention": [f"Room {n}" for n in range(9)], "retry": {"alone": True}}
    execution(hotel, at=AT, result={}, metadata=attention, scheduled_for=AT, problems=2)
    execution(hotel, status="PENDING", started_at=None, not_before=AT, cancel_requested_at=AT)
    execution(hotel, status="SKIPPED", skip_reason="missed", started_at=None, words="")
    asked = JobRun.objects.create(
        job_name="x", trigger="ADMIN", created_at=AT, requested_by_name="Ana"
    )
    failed(hotel, kind="errored", run=asked, first_attempt=first, attempt=2)

    rows = JobExecution.objects.order_by("pk")

    described = ExecutionSerializer(rows.select_related("hotel", "run"), many=True).data
    assert [list(row.items()) for row in listed(rows)] == [list(row.items()) for row in described]


def test_a_list_takes_five_queries(
    manager: APIClient, hotel: Hotel, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    execution(hotel)
    manager.get("/api/auth/me")  # notes the last use of the token

    # Token with its user, roles; counter of executions, their number, the rows.
    assert queries_of(lambda: manager.get("/api/jobs")) <= 5
