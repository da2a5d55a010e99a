"""Inserting new executions of many hotels in one statement."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.forms.models import model_to_dict
from django.utils import timezone

from hotels.models import Hotel
from jobs import runner
from jobs.models import JobExecution, JobRun, JobSchedule, SkipReason, Status, Tick, Trigger
from jobs.runner import NewExecution
from jobs.scheduling.opening import open_due
from tests.factories import HotelFactory
from tests.jobs.engine import only_job

pytestmark = pytest.mark.django_db

FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
AT = datetime(2026, 7, 15, 4, 0, 1, 234567, tzinfo=UTC)
POLICY = {"retry": {"attempts": 3, "backoff": 'with "full" jitter – ±', "baseSeconds": 30.0}}


def run_of(slot: datetime | None = FOUR) -> JobRun:
    return JobRun.objects.create(
        job_name="greet-guests", trigger=Trigger.CRON, scheduled_for=slot, created_at=AT
    )


def columns_of(row: JobExecution) -> dict[str, Any]:
    return model_to_dict(row) | {"id": None}


def test_an_inserted_execution_is_what_django_would_have_saved(hotel: Hotel) -> None:
    run = run_of()
    terms = runner.new_terms(run=run, as_of=FOUR, at=AT, metadata=POLICY)

    runner.store(executions=[NewExecution(hotel.pk, terms)])

    inserted = JobExecution.objects.get()
    inserted.delete()
    saved = JobExecution.objects.create(
        run=run,
        hotel=hotel,
        job_name="greet-guests",
        trigger=Trigger.CRON,
        scheduled_for=FOUR,
        as_of=FOUR,
        metadata=POLICY,
        created_at=AT,
        updated_at=AT,
    )
    saved.refresh_from_db()
    assert columns_of(inserted) == columns_of(saved)


def test_a_slot_that_got_an_execution_in_the_meantime_keeps_it_and_the_others_get_theirs() -> None:
    hotels = HotelFactory.create_batch(3)
    first, second = (
        runner.new_terms(run=run_of(), as_of=FOUR + timedelta(hours=n), at=AT) for n in (0, 1)
    )
    runner.store(executions=[NewExecution(hotels[1].pk, first)])

    with transaction.atomic():
        locked = runner.store_unlocked(
            executions=[NewExecution(hotel.pk, second) for hotel in hotels], all_new=True
        )

    assert not locked
    times = JobExecution.objects.order_by("hotel_id").values_list("as_of", flat=True)
    assert list(times) == [second.as_of, first.as_of, second.as_of]


def test_a_hotel_that_is_gone_is_an_error() -> None:
    terms = runner.new_terms(run=run_of(), as_of=FOUR, at=AT)

    def store() -> None:
        runner.store_unlocked(executions=[NewExecution(2**31, terms)], all_new=True)
        connection.check_constraints()  # SQLite would at the end of the transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        store()

    assert not JobExecution.objects.exists()


def test_a_skipped_execution_says_why(hotel: Hotel) -> None:
    terms = runner.skipped_terms(
        run=run_of(), as_of=FOUR, at=AT, reason=SkipReason.MISSED, words="Missed; 3 h late – sorry."
    )

    runner.store(executions=[NewExecution(hotel.pk, terms)])

    row = JobExecution.objects.get()
    assert (row.status, row.skip_reason) == (Status.SKIPPED, SkipReason.MISSED)
    assert (row.words, row.completed_at, row.metadata) == ("Missed; 3 h late – sorry.", AT, {})


def test_a_further_attempt_is_linked_to_the_first(hotel: Hotel) -> None:
    run = run_of()
    runner.store(executions=[NewExecution(hotel.pk, runner.new_terms(run=run, as_of=FOUR, at=AT))])
    first = JobExecution.objects.get()

    terms = runner.new_terms(run=run_of(), as_of=FOUR, at=AT, previous=first)
    runner.store(executions=[NewExecution(hotel.pk, terms)])

    second = JobExecution.objects.latest("attempt")
    assert (second.attempt, second.first_attempt) == (2, first)


def test_a_slot_that_has_an_execution_gets_no_second_one(hotel: Hotel) -> None:
    other = HotelFactory()
    first, second = (
        runner.new_terms(run=run_of(), as_of=FOUR, at=AT + late)
        for late in (timedelta(0), timedelta(minutes=1))
    )
    runner.store(executions=[NewExecution(hotel.pk, first)])

    runner.store(executions=[NewExecution(row.pk, second) for row in (hotel, other)])

    found = JobExecution.objects.order_by("pk").values_list("hotel_id", "created_at")
    assert list(found) == [(hotel.pk, AT), (other.pk, AT + timedelta(minutes=1))]


def test_requests_of_one_hotel_are_stored_side_by_side(hotel: Hotel) -> None:
    terms = runner.new_terms(run=run_of(slot=None), as_of=FOUR, at=AT)

    runner.store(executions=[NewExecution(hotel.pk, terms)] * 2)

    assert JobExecution.objects.filter(scheduled_for=None).count() == 2


@pytest.mark.parametrize("own", [True, False])
def test_slots_of_more_hotels_are_opened_in_as_many_queries(
    own: bool, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    """Due ones and missed ones, under default schedules and hotels' own ones."""

    def queries() -> int:
        Tick.objects.all().delete()
        JobExecution.objects.all().delete()
        open_due(now=FOUR - timedelta(days=5))
        return queries_of(lambda: open_due(now=FOUR + timedelta(hours=1)))

    def made(count: int) -> None:
        hotels = HotelFactory.create_batch(count)
        at = timezone.now()
        JobSchedule.objects.bulk_create(
            JobSchedule(
                hotel=hotel,
                job_name="greet-guests",
                expression="0 4 * * *",
                clock="UTC",
                counts_from=FOUR - timedelta(days=9),
                created_at=at,
                updated_at=at,
            )
            for hotel in hotels[: count if own else 0]
        )

    with only_job():
        made(2)
        few = queries()
        made(6)
        many = queries()

    assert many == few
    statuses = JobExecution.objects.order_by("scheduled_for").values_list("status", flat=True)
    missed = 4 if own else 5  # a default schedule's slot of the last minutes is still looked at
    assert list(statuses) == ["SKIPPED"] * 8 * missed + ["PENDING"] * 8
