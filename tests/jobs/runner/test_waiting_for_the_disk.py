"""Claims and completions wait for the disk only if something would be lost (docs/adr/0030)."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hotels.models import Event, Hotel
from hotels.notifications.outbox import NewEvent, payloads
from jobs import registry, runner
from jobs.base import JobContext
from jobs.models import JobExecution, Status
from jobs.runner import statements
from tests.factories import GuestFactory, HotelFactory, UserFactory, WebhookEndpointFactory
from tests.jobs import fakes
from tests.jobs.console.books import ended
from tests.jobs.engine import claimed, waiting

postgres = pytest.mark.postgres


def greet_nobody(context: JobContext) -> fakes.Greetings:
    return fakes.Greetings(hotel_id=context.hotel.pk)


def claimed_slot(hotel: Hotel) -> JobExecution:
    return claimed(waiting(hotel, scheduled_for=timezone.now()))


def commits_at_once(
    execution: JobExecution, before: Callable[[], Any] = lambda: None, **terms: Any
) -> bool:
    """Whether the transaction that completes the execution after `before` awaits no disk."""
    times = dict.fromkeys(("started_at", "completed_at", "updated_at"), timezone.now())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
        before()
        assert (
            statements.complete(execution=execution, columns=times, own_transaction=True, **terms)
            is not None
        )
        cursor.execute("SHOW synchronous_commit")
        return bool(cursor.fetchone() == ("off",))


@postgres
@pytest.mark.django_db(transaction=True)
def test_a_completion_that_is_all_a_transaction_wrote_does_not_wait_for_the_disk(
    hotel: Hotel,
) -> None:
    """SQLite never waits for the disk at a commit."""
    execution = claimed_slot(hotel)

    assert commits_at_once(execution, before=lambda: list(Hotel.objects.all()))


@postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "write",
    [
        lambda hotel: GuestFactory(hotel=hotel),
        lambda hotel: Hotel.objects.select_for_update().get(pk=hotel.pk),
        lambda hotel: WebhookEndpointFactory(hotel=hotel),
    ],
)
def test_effects_wait_for_the_disk_with_their_outcome(hotel: Hotel, write: Any) -> None:
    """SQLite never waits for the disk at a commit."""
    execution = claimed_slot(hotel)

    assert not commits_at_once(execution, before=lambda: write(hotel))


@postgres
@pytest.mark.django_db(transaction=True)
def test_an_outcome_that_an_endpoint_hears_of_waits_for_the_disk(hotel: Hotel) -> None:
    """SQLite never waits for the disk at a commit."""
    WebhookEndpointFactory(hotel=hotel)

    assert not commits_at_once(claimed_slot(hotel))


@postgres
@pytest.mark.django_db(transaction=True)
def test_the_outcome_of_a_request_waits_for_the_disk(hotel: Hotel) -> None:
    """Whoever requested it is told. SQLite never waits for the disk at a commit."""
    execution = claimed(waiting(hotel))
    assert execution.scheduled_for is None

    assert not commits_at_once(execution)


@postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("terms", [{}, {"can_be_repeated": True}])
def test_the_outcome_of_a_retry_that_a_user_asked_for_waits_for_the_disk(
    hotel: Hotel, terms: dict[str, bool]
) -> None:
    """Whoever asked is told, as of a request. SQLite never waits for the disk at a commit."""
    slot = timezone.now()
    failed = ended(hotel, slot, scheduled_for=slot, status=Status.FAILED)
    attempt = claimed(runner.retry(execution=failed, by=UserFactory()))
    assert attempt.scheduled_for == slot

    assert not commits_at_once(attempt, **terms)


@postgres
@pytest.mark.django_db(transaction=True)
def test_figures_that_can_be_counted_again_do_not_wait_for_the_disk(hotel: Hotel) -> None:
    """SQLite never waits for the disk at a commit."""
    slot, request = claimed_slot(hotel), claimed(waiting(HotelFactory()))

    def write() -> None:
        Hotel.objects.select_for_update().get(pk=hotel.pk)

    assert commits_at_once(slot, before=write, can_be_repeated=True)
    assert not commits_at_once(request, before=write, can_be_repeated=True)


@postgres
@pytest.mark.django_db(transaction=True)
def test_figures_that_an_endpoint_hears_of_wait_for_the_disk(hotel: Hotel) -> None:
    """SQLite never waits for the disk at a commit."""
    WebhookEndpointFactory(hotel=hotel)

    assert not commits_at_once(claimed_slot(hotel), can_be_repeated=True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("service", "recalculates", "can_be_repeated"),
    [
        pytest.param(greet_nobody, True, True, id="figures"),
        pytest.param(greet_nobody, False, False, id="not declared"),
        pytest.param(fakes.greet, True, False, id="a message to send"),
    ],
)
def test_only_a_job_that_says_so_and_sends_nothing_can_be_repeated(
    hotel: Hotel, service: Any, recalculates: bool, can_be_repeated: bool
) -> None:
    job = replace(fakes.make_job(service), recalculates=recalculates)
    execution = claimed_slot(hotel)

    with mock.patch.object(statements, "complete", wraps=statements.complete) as complete:
        runner.perform(execution=execution, job=job)

    assert complete.call_args.kwargs["can_be_repeated"] == can_be_repeated


def test_availability_alone_can_be_repeated() -> None:
    """Money, documents and people's work wait for the disk."""
    assert [job.name for job in registry.all_jobs() if job.recalculates] == ["recalc-availability"]


@postgres
@pytest.mark.django_db(transaction=True)
def test_a_claim_in_another_transaction_leaves_its_commit_alone(hotel: Hotel) -> None:
    """SQLite never waits for the disk at a commit."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
        claimed(waiting(hotel))
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


@pytest.mark.django_db
def test_an_empty_execution_takes_a_claim_and_a_completion(hotel: Hotel) -> None:
    """On PostgreSQL also the limits of its transaction. Others are savepoints of the test."""
    execution, job = waiting(hotel), fakes.make_job(greet_nobody)
    with CaptureQueriesContext(connection) as captured:
        assert runner.claim(execution=execution, job=job)
        runner.perform(execution=execution, job=job)

    statements_run = [query["sql"].split()[0] for query in captured]
    own = [word for word in statements_run if word in ("UPDATE", "SELECT", "INSERT")]
    limits = ["SELECT"] if connection.vendor == "postgresql" else []
    assert own == ["UPDATE", *limits, "UPDATE"]
    execution.refresh_from_db()
    assert (execution.status, execution.words) == (Status.COMPLETED, "0 greeted")


def publish_a_round(context: JobContext) -> fakes.Greetings:
    """Publishes an event."""
    data = payloads.HousekeepingRoundCompleted(
        date=context.local_date, tasks_created=0, tasks_assigned=0, unassigned=0
    )
    context.publish(
        NewEvent(hotel_id=context.hotel.pk, key="round", data=data, occurred_at=context.now)
    )
    return fakes.Greetings(hotel_id=context.hotel.pk)


@pytest.mark.django_db
def test_an_event_that_no_endpoint_hears_takes_no_query(hotel: Hotel) -> None:
    """The completion finds that none may listen."""
    execution, job = claimed(waiting(hotel)), fakes.make_job(publish_a_round)
    with CaptureQueriesContext(connection) as captured:
        runner.perform(execution=execution, job=job)

    about_events = [query["sql"] for query in captured if "hotels_event" in query["sql"]]
    endpoints = [query["sql"] for query in captured if "hotels_webhookendpoint" in query["sql"]]
    assert about_events == []
    assert [statement.split()[0] for statement in endpoints] == ["UPDATE"]


@pytest.mark.django_db
def test_the_events_of_a_service_come_before_that_of_its_execution(hotel: Hotel) -> None:
    WebhookEndpointFactory(hotel=hotel, events=["housekeeping.round.completed", "job.completed"])

    runner.perform(execution=claimed(waiting(hotel)), job=fakes.make_job(publish_a_round))

    stored = Event.objects.order_by("pk").values_list("type", flat=True)
    assert list(stored) == ["housekeeping.round.completed", "job.completed"]


@pytest.mark.postgres
@pytest.mark.django_db
def test_the_first_checkpoint_does_not_set_the_same_limits_again(hotel: Hotel) -> None:
    """They were set before the first statement, a moment ago."""

    def read_and_check(context: JobContext) -> fakes.Greetings:
        context.hotel.refresh_from_db()
        context.checkpoint()
        return fakes.Greetings(hotel_id=context.hotel.pk)

    execution = claimed(waiting(hotel))
    with CaptureQueriesContext(connection) as captured:
        runner.perform(execution=execution, job=fakes.make_job(read_and_check))

    limits = [query for query in captured if "statement_timeout" in query["sql"]]
    assert len(limits) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("personal", [True, False])
def test_a_completion_finds_who_may_listen(hotel: Hotel, personal: bool) -> None:
    where = {"hotel": None, "owner": UserFactory()} if personal else {"hotel": hotel}
    WebhookEndpointFactory(**where)
    here, elsewhere = claimed(waiting(hotel)), claimed(waiting(HotelFactory()))
    times = dict.fromkeys(("started_at", "completed_at", "updated_at"), timezone.now())

    heard = [
        statements.complete(execution=row, columns=times, own_transaction=False)
        for row in (here, elsewhere)
    ]

    assert heard == [True, personal]


@pytest.mark.django_db
def test_a_completion_without_the_token_changes_nothing(hotel: Hotel) -> None:
    execution = claimed(waiting(hotel))
    JobExecution.objects.filter(pk=execution.pk).update(token="0" * 32)
    columns = {"completed_at": timezone.now()}

    done = statements.complete(execution=execution, columns=columns, own_transaction=True)

    assert done is None
    assert JobExecution.objects.get().status == Status.RUNNING
