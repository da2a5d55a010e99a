"""Benchmark of the API: lists of a million executions, and requests from the schema."""

import time
from datetime import timedelta
from unittest import mock

from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from hotels.models import ApiToken, Hotel
from jobs import registry
from jobs.models import JobExecution, JobRun
from tests.bench import measuring
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.jobs.api import fuzzing

HOTELS, DAYS, EXAMPLES = 1000, 200, 150
SECRET = "the-cron-secret-of-the-bench"


def run() -> None:
    """Run both benchmarks."""
    lists()
    requests_from_schema()


def lists() -> None:
    """Time lists for a manager of one hotel and for a superuser; floor: reading the rows."""
    hotels = _history()
    manager = _client(MembershipFactory(hotel=hotels[0]).user)
    superuser = _client(UserFactory(is_superuser=True))
    rows = JobExecution.objects.order_by("-pk").values_list("pk", "job_name", "status")
    own = measuring.median(lambda: list(rows.filter(hotel=hotels[0])[:50]))
    every = measuring.median(lambda: list(rows[:50]))
    total = measuring.median(lambda: rows.count())
    deep = JobExecution.objects.order_by("pk")[HOTELS].pk
    of = "the rows alone, three columns"
    for title, client, path, floor in (
        ("First page, manager", manager, "/api/jobs", own),
        ("First page, superuser", superuser, "/api/jobs", every + total),
        ("Page at offset 900,000, superuser", superuser, "/api/jobs?offset=900000", every + total),
        (
            "Cursor at the same depth, superuser",
            superuser,
            f"/api/jobs?cursor={deep}",
            every + total,
        ),
        ("Statistics, manager", manager, "/api/jobs/stats", own),
        ("Statistics, superuser", superuser, "/api/jobs/stats", total),
        ("Schedules, superuser", superuser, "/api/schedules?limit=200", every),
    ):
        _page(client, path)
        took = measuring.median(lambda client=client, path=path: _page(client, path))
        measuring.compare(title, ours=took, floor=floor, of=of)


def requests_from_schema() -> None:
    """Send many more valid and invalid requests to every operation than the test does."""
    user = UserFactory(is_superuser=True)
    sent, began = 0, time.perf_counter()
    unlimited = mock.patch("hotels.http.throttling._ConfiguredRate.get_rate", return_value=None)
    with unlimited, mock.patch("django.conf.settings.CRON_SECRET", [SECRET]):
        for label, operation in fuzzing.operations().items():
            cron = "/cron/" in label

            def headers(cron: bool = cron) -> dict[str, str]:
                text = SECRET if cron else ApiToken.issue(user=user)[1]
                return {"Authorization": f"{'Bearer' if cron else 'Token'} {text}"}

            with transaction.atomic():
                HotelFactory.create_batch(2)
                sent += fuzzing.hammer(operation, examples=EXAMPLES, headers=headers)
                transaction.set_rollback(True)
    seconds = time.perf_counter() - began
    measuring.console.print(
        f"Requests from the schema: {sent:,} sent in {seconds:.0f} s, all responses valid"
    )


def _history() -> list[Hotel]:
    """Create a million executions: five jobs on 200 days in 1,000 hotels."""
    hotels = HotelFactory.create_batch(HOTELS)
    now = timezone.now()
    for day in range(DAYS, 0, -1):
        at = now - timedelta(days=day)
        for job in registry.all_jobs():
            run = JobRun.objects.create(job_name=job.name, trigger="CRON", created_at=at)
            JobExecution.objects.bulk_create(
                (
                    JobExecution(
                        run=run,
                        hotel=hotel,
                        job_name=job.name,
                        trigger="CRON",
                        status="COMPLETED",
                        words="done",
                        as_of=at,
                        started_at=at,
                        completed_at=at,
                        created_at=at,
                        updated_at=at,
                    )
                    for hotel in hotels
                ),
                batch_size=2000,
            )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return hotels


def _client(user: object) -> APIClient:
    client = APIClient(SERVER_NAME="localhost")
    client.credentials(HTTP_AUTHORIZATION=f"Token {ApiToken.issue(user=user)[1]}")  # type: ignore[arg-type]
    return client


def _page(client: APIClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
