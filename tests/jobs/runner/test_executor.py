"""One execution: claim, perform, finish."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from hotels.models import Guest, Hotel, Message
from jobs import runner
from jobs.models import FailureKind, JobExecution, JobRun, SkipReason, Status
from tests.factories import HotelFactory
from tests.jobs import engine, fakes

pytestmark = pytest.mark.django_db


def pending(hotel: Hotel, *, job_name: str = "greet-guests") -> JobExecution:
    at = timezone.now()
    run = JobRun.objects.create(job_name=job_name, trigger="COMMAND", created_at=at)
    return JobExecution.objects.create(
        run=run,
        hotel=hotel,
        job_name=job_name,
        trigger="COMMAND",
        as_of=at,
        created_at=at,
        updated_at=at,
    )


def claimed(hotel: Hotel) -> JobExecution:
    return engine.claimed(pending(hotel))


def test_a_claim_takes_the_execution_with_a_lease_and_a_token(hotel: Hotel) -> None:
    job = fakes.make_job(fakes.greet)

    execution = runner.claim(execution=pending(hotel), job=job)

    assert execution is not None
    execution.refresh_from_db()
    assert execution.status == Status.RUNNING
    assert execution.token is not None
    assert execution.started_at is not None
    assert execution.lease_expires_at == execution.started_at + job.timeout


def test_a_hotel_for_which_the_job_runs_cannot_be_claimed(hotel: Hotel) -> None:
    claimed(hotel)
    execution = pending(hotel)

    assert runner.claim(execution=execution, job=fakes.make_job(fakes.greet)) is None

    execution.refresh_from_db()
    assert execution.status == Status.PENDING


def test_the_database_refuses_two_running_executions_of_a_job_for_a_hotel(hotel: Hotel) -> None:
    first, second = claimed(hotel), pending(hotel)

    with pytest.raises(IntegrityError), transaction.atomic():
        JobExecution.objects.filter(pk=second.pk).update(
            status=Status.RUNNING,
            token=uuid.uuid4(),
            started_at=first.started_at,
            lease_expires_at=first.lease_expires_at,
        )


def test_a_claim_closes_a_lease_that_ran_out_and_takes_the_hotel(hotel: Hotel) -> None:
    dead = claimed(hotel)
    JobExecution.objects.filter(pk=dead.pk).update(
        lease_expires_at=timezone.now() - timedelta(seconds=1)
    )

    taken = claimed(hotel)

    dead.refresh_from_db()
    assert (dead.status, dead.failure_kind) == (Status.FAILED, FailureKind.INTERRUPTED)
    assert taken.status == Status.RUNNING


def test_effects_outbox_and_outcome_are_stored_together(hotel: Hotel) -> None:
    execution = claimed(hotel)

    outcome = runner.perform(execution=execution, job=fakes.make_job(fakes.greet))

    execution.refresh_from_db()
    assert outcome.status == execution.status == Status.COMPLETED
    assert execution.words == "1 greeted"
    assert execution.result == {"hotelId": hotel.pk, "problems": [], "guestsGreeted": 1}
    assert execution.effects["guest greeted"]["count"] == 1
    message = Message.objects.get()
    assert (message.cause_model, message.cause_id) == ("jobs.jobexecution", execution.pk)
    assert execution.completed_at is not None


@pytest.mark.parametrize(
    ("service", "kind", "error"),
    [
        (fakes.crash_after_writing, FailureKind.ERRORED, "Unexpected error (ZeroDivisionError)."),
        (fakes.fail_after_writing, FailureKind.FAILED, "the lobby is closed"),
        (fakes.handle_nothing, FailureKind.FAILED, "Nothing could be done: Guest 1: sleeps"),
    ],
)
def test_a_failure_is_recorded_and_leaves_nothing_behind(
    hotel: Hotel, service: fakes.Callable, kind: FailureKind, error: str
) -> None:
    execution = claimed(hotel)

    outcome = runner.perform(execution=execution, job=fakes.make_job(service))

    execution.refresh_from_db()
    assert outcome.status == execution.status == Status.FAILED
    assert (execution.failure_kind, execution.error) == (kind, error)
    assert not Guest.objects.exists()
    assert not Message.objects.exists()


def test_the_text_of_a_crash_is_in_the_log_and_in_the_traceback_alone(
    hotel: Hotel, caplog: pytest.LogCaptureFixture
) -> None:
    execution = claimed(hotel)

    outcome = runner.perform(execution=execution, job=fakes.make_job(fakes.crash_after_writing))

    execution.refresh_from_db()
    assert "in the middle" in execution.traceback
    assert "in the middle" not in f"{execution.error} {execution.words} {outcome}"
    (record,) = [each for each in caplog.records if each.name == "jobs.runner.crashes"]
    name = f"greet-guests in {hotel.code}, execution {execution.pk}"
    assert record.getMessage() == f"{name}: ZeroDivisionError: in the middle"


def test_a_crash_keeps_its_traceback_and_a_foreseen_failure_has_none(hotel: Hotel) -> None:
    crashed, failed = claimed(hotel), claimed(HotelFactory())

    runner.perform(execution=crashed, job=fakes.make_job(fakes.crash_after_writing))
    runner.perform(execution=failed, job=fakes.make_job(fakes.fail_after_writing))

    crashed.refresh_from_db()
    failed.refresh_from_db()
    assert "crash_after_writing" in crashed.traceback
    assert failed.traceback == ""


def test_an_execution_with_problems_is_completed_with_their_number(hotel: Hotel) -> None:
    execution = claimed(hotel)

    outcome = runner.perform(execution=execution, job=fakes.make_job(fakes.handle_some))

    execution.refresh_from_db()
    assert (execution.status, execution.problems) == (Status.COMPLETED, 1)
    assert execution.metadata == {"attention": ["Guest 1: sleeps"]}
    assert (outcome.status, outcome.problems, outcome.success) == (Status.COMPLETED, 1, False)
    assert outcome.completed_with_problems


def test_clean_executions_and_those_with_problems_are_separate_filters(hotel: Hotel) -> None:
    clean, troubled, hopeless = claimed(hotel), claimed(HotelFactory()), claimed(HotelFactory())

    runner.perform(execution=clean, job=fakes.make_job(fakes.greet))
    runner.perform(execution=troubled, job=fakes.make_job(fakes.handle_some))
    runner.perform(execution=hopeless, job=fakes.make_job(fakes.handle_nothing))

    assert list(JobExecution.objects.clean()) == [clean]
    assert list(JobExecution.objects.with_problems()) == [troubled]
    assert JobExecution.objects.get(pk=hopeless.pk).problems == 1


def test_a_preview_counts_the_problems(hotel: Hotel, now: datetime) -> None:
    outcome = runner.preview(job=fakes.make_job(fakes.handle_some), hotel=hotel, now=now)

    assert (outcome.status, outcome.problems, outcome.success) == (Status.COMPLETED, 1, False)


def test_a_zombie_finds_its_token_gone_and_rolls_back(hotel: Hotel) -> None:
    execution = claimed(hotel)
    JobExecution.objects.filter(pk=execution.pk).update(token=uuid.uuid4())

    outcome = runner.perform(execution=execution, job=fakes.make_job(fakes.greet))

    execution.refresh_from_db()
    assert outcome.status == Status.FAILED
    assert "lease was lost" in outcome.error
    assert execution.status == Status.RUNNING
    assert not Guest.objects.exists()


def test_an_interrupted_process_records_it_and_ends(hotel: Hotel) -> None:
    execution = claimed(hotel)

    def interrupted(context: object) -> fakes.Greetings:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        runner.perform(execution=execution, job=fakes.make_job(interrupted))

    execution.refresh_from_db()
    assert execution.failure_kind == FailureKind.INTERRUPTED


def test_a_message_asked_for_twice_is_stored_once(hotel: Hotel) -> None:
    job = fakes.make_job(fakes.greet)

    for _time in range(2):
        runner.perform(execution=claimed(hotel), job=job)

    assert Message.objects.count() == 1


def test_a_preview_tells_the_effects_and_writes_nothing(hotel: Hotel, now: datetime) -> None:
    outcome = runner.preview(job=fakes.make_job(fakes.greet), hotel=hotel, now=now)

    assert outcome.summary == "1 greeted"
    assert outcome.effects["guest greeted"]["count"] == 1
    assert not Guest.objects.exists()
    assert not JobExecution.objects.exists()
    assert not Message.objects.exists()


def test_a_preview_tells_how_the_job_would_fail(hotel: Hotel, now: datetime) -> None:
    outcome = runner.preview(job=fakes.make_job(fakes.crash_after_writing), hotel=hotel, now=now)

    assert outcome.status == Status.FAILED
    assert outcome.summary == "would fail: Unexpected error (ZeroDivisionError)."
    assert not Guest.objects.exists()


def test_a_preview_in_which_nothing_is_done_fails_like_the_run(hotel: Hotel, now: datetime) -> None:
    outcome = runner.preview(job=fakes.make_job(fakes.handle_nothing), hotel=hotel, now=now)

    assert outcome.status == Status.FAILED
    assert outcome.error == "Nothing could be done: Guest 1: sleeps"


def test_only_waiting_executions_are_skipped(hotel: Hotel) -> None:
    running = claimed(hotel)

    runner.skip(execution_ids=[running.pk], reason=SkipReason.OVERLAPPED, words="overlapped")

    running.refresh_from_db()
    assert running.status == Status.RUNNING
