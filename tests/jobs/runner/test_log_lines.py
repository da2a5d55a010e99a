"""One line of the log for each execution, and what was logged while it ran."""

import logging
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from hotels import tracing
from hotels.models import Hotel, Membership
from jobs import runner
from jobs.base import JobContext, JobFailed, JobResult
from jobs.execution_log import MOST_CHARACTERS, MOST_LINES, CollectedLog
from jobs.models import ExecutionLog, JobExecution
from tests.factories import MembershipFactory, UserFactory
from tests.jobs.engine import claimed, waiting
from tests.jobs.fakes import Greetings, make_job

pytestmark = pytest.mark.django_db
_log = logging.getLogger("jobs.services.greetings")


def talk(context: JobContext) -> JobResult:
    _log.info("Greeting in %s", context.hotel.code)
    return Greetings(hotel_id=context.hotel.pk)


def fail(context: JobContext) -> JobResult:
    _log.warning("The lobby is dark")
    raise JobFailed("The lobby is closed")


def perform(hotel: Hotel, service: Any) -> JobExecution:
    row = claimed(waiting(hotel))
    runner.perform(execution=row, job=make_job(service))
    return row


def test_an_execution_is_one_line_with_its_ids(
    hotel: Hotel, caplog: pytest.LogCaptureFixture
) -> None:
    row = perform(hotel, talk)

    (line,) = [each for each in caplog.records if each.name == "jobs.executions"]
    fields = vars(line)["fields"]
    assert fields.pop("duration_ms") >= 0
    assert fields == {
        "execution_id": row.pk,
        "run_id": row.run_id,
        "job": "greet-guests",
        "hotel": hotel.code,
        "trigger": "COMMAND",
        "attempt": 1,
        "status": "COMPLETED",
        "problems": 0,
    }


def test_what_is_logged_meanwhile_is_kept_with_the_execution(hotel: Hotel) -> None:
    row = perform(hotel, talk)
    _log.info("After it")

    assert ExecutionLog.objects.get(execution=row).text.endswith(
        f"INFO jobs.services.greetings: Greeting in {hotel.code}"
    )


def test_the_log_of_a_failure_is_kept_although_its_work_is_rolled_back(
    hotel: Hotel, caplog: pytest.LogCaptureFixture
) -> None:
    row = perform(hotel, fail)

    assert "The lobby is dark" in ExecutionLog.objects.get(execution=row).text
    (line,) = [each for each in caplog.records if each.name == "jobs.executions"]
    assert vars(line)["fields"]["error"] == "The lobby is closed"


def test_nothing_is_stored_for_an_execution_that_logs_nothing(hotel: Hotel) -> None:
    perform(hotel, lambda context: Greetings(hotel_id=context.hotel.pk))

    assert not ExecutionLog.objects.exists()


def test_an_abandoned_execution_is_a_line_as_well(
    hotel: Hotel, caplog: pytest.LogCaptureFixture
) -> None:
    row = claimed(waiting(hotel))
    JobExecution.objects.filter(pk=row.pk).update(lease_expires_at=row.created_at)

    runner.close_abandoned()

    (line,) = [each for each in caplog.records if each.name == "jobs.executions"]
    assert vars(line)["fields"]["status"] == "FAILED"


def test_the_last_lines_are_kept() -> None:
    log = CollectedLog(execution_id=1)
    for number in range(MOST_LINES + 5):
        log.take(f"line {number}")

    lines = log.text.splitlines()
    assert (lines[0], lines[1]) == ("[earlier lines were left out]", "line 5")
    assert len(lines) == MOST_LINES + 1


def test_long_lines_are_bounded() -> None:
    log = CollectedLog(execution_id=1)
    for letter in "ab":
        log.take(letter * MOST_CHARACTERS * 2)

    assert len(log.text) <= MOST_CHARACTERS + 40


@pytest.mark.parametrize(("superuser", "shown"), [(True, True), (False, False)])
def test_the_page_of_the_execution_shows_its_log_to_superusers(
    client: Client, hotel: Hotel, superuser: bool, shown: bool
) -> None:
    row = perform(hotel, talk)
    user = UserFactory(is_staff=True, is_superuser=superuser)
    MembershipFactory(user=user, hotel=hotel, role=Membership.Role.ADMIN)
    client.force_login(user)

    page = client.get(reverse("admin:jobs_jobexecution_change", args=[row.pk]))

    assert page.status_code == 200
    assert (f"Greeting in {hotel.code}" in page.content.decode()) == shown


def test_the_span_of_a_failure_does_not_have_its_text(hotel: Hotel) -> None:
    """A job names the objects it could not process, and so guests."""
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.trace_with(provider.get_tracer("tests"))
    try:
        perform(hotel, fail)
    finally:
        tracing.trace_with(None)

    (span,) = exporter.get_finished_spans()
    assert span.status.description == "failed"
