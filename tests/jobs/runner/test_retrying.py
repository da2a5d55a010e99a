"""The next attempt at what failed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from hotels.models import Hotel
from jobs import runner
from jobs.base import JobContext
from jobs.models import JobExecution, Status, Trigger
from jobs.runner import NotRetryable
from jobs.runner.retrying import backoff
from tests.factories import UserFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, lapse, of_slot, waiting

pytestmark = pytest.mark.django_db


def failed(
    execution: JobExecution, service: Callable[[JobContext], fakes.Greetings]
) -> JobExecution:
    runner.perform(execution=claimed(execution), job=fakes.make_job(service))
    execution.refresh_from_db()
    return execution


def newest() -> JobExecution:
    return JobExecution.objects.latest("attempt")


@pytest.mark.parametrize("service", [fakes.crash_after_writing, fakes.fail_after_writing])
def test_a_slot_that_failed_gets_an_attempt_of_its_own_linked_to_the_first(
    hotel: Hotel, now: datetime, service: Callable[[JobContext], fakes.Greetings]
) -> None:
    first = failed(of_slot(hotel, now), service)

    second = newest()
    assert (second.attempt, second.first_attempt) == (2, first)
    assert (second.status, second.trigger) == (Status.PENDING, Trigger.RETRY)
    assert second.scheduled_for == now
    assert second.not_before is not None


def test_the_third_attempt_is_the_last_and_linked_to_the_first(hotel: Hotel, now: datetime) -> None:
    first = failed(of_slot(hotel, now), fakes.fail_after_writing)
    failed(newest(), fakes.fail_after_writing)

    third = failed(newest(), fakes.fail_after_writing)

    assert (third.attempt, third.first_attempt, third.status) == (3, first, Status.FAILED)
    assert newest() == third


def test_a_failure_that_is_final_is_not_retried(hotel: Hotel, now: datetime) -> None:
    failed(of_slot(hotel, now), fakes.fail_for_good)

    assert JobExecution.objects.count() == 1


def test_what_a_person_asked_for_is_not_retried_by_itself(hotel: Hotel) -> None:
    failed(
        waiting(hotel, metadata=runner.retry_policy(job=fakes.make_job(fakes.greet))),
        fakes.fail_after_writing,
    )

    assert JobExecution.objects.count() == 1


def test_what_lost_its_worker_is_retried_whoever_asked(hotel: Hotel) -> None:
    terms = runner.retry_policy(job=fakes.make_job(fakes.greet))
    lapse(claimed(waiting(hotel, metadata=terms)))

    runner.close_abandoned()

    assert newest().status == Status.PENDING


def test_the_terms_of_retrying_stand_in_the_metadata(hotel: Hotel, now: datetime) -> None:
    failed(of_slot(hotel, now), fakes.fail_after_writing)

    assert newest().metadata["retry"] == {
        "attempts": 3,
        "backoff": "exponential with full jitter",
        "baseSeconds": 30.0,
        "longestSeconds": 900.0,
    }


@given(attempt=st.integers(1, 40))
def test_a_wait_lies_between_nothing_and_the_doubled_base_and_never_above_the_longest(
    attempt: int,
) -> None:
    base, longest = timedelta(seconds=30), timedelta(minutes=15)

    wait = backoff(attempt=attempt, base=base, longest=longest)

    assert timedelta() <= wait <= min(longest, base * 2 ** (attempt - 1))


def test_waits_are_spread_out() -> None:
    base, longest = timedelta(seconds=30), timedelta(minutes=15)

    waits = {backoff(attempt=3, base=base, longest=longest) for _ in range(20)}

    assert len(waits) > 10


# By hand


def test_a_person_retries_what_failed_at_once(hotel: Hotel) -> None:
    first = failed(waiting(hotel), fakes.fail_after_writing)
    ana = UserFactory(username="ana")

    second = runner.retry(execution=first, by=ana)

    assert (second.attempt, second.first_attempt, second.not_before) == (2, first, None)
    assert (second.run.requested_by, second.run.trigger) == (ana, Trigger.RETRY)


def test_a_retry_by_hand_runs_at_the_present_time(hotel: Hotel, now: datetime) -> None:
    with time_machine.travel(now, tick=False):
        first = failed(waiting(hotel), fakes.fail_after_writing)

    with time_machine.travel(now + timedelta(days=2), tick=False):
        second = runner.retry(execution=first, by=UserFactory())

    assert second.as_of == now + timedelta(days=2)


def test_a_retry_by_hand_keeps_the_effective_time_a_user_chose(hotel: Hotel, now: datetime) -> None:
    first = failed(waiting(hotel, as_of=now), fakes.fail_after_writing)

    assert runner.retry(execution=first, by=UserFactory()).as_of == now


def test_a_retry_that_waits_is_brought_forward_instead_of_doubled(
    hotel: Hotel, now: datetime
) -> None:
    first = failed(of_slot(hotel, now), fakes.fail_after_writing)

    brought = runner.retry(execution=first, by=UserFactory())

    assert brought == newest()
    assert brought.not_before is None
    assert JobExecution.objects.count() == 2


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (Status.COMPLETED, "Nothing to retry: attempt 1 is completed."),
        (Status.RUNNING, "Nothing to retry: attempt 1 is running."),
        (Status.PENDING, "Nothing to retry: attempt 1 is about to start."),
    ],
)
def test_what_is_done_or_under_way_is_not_retried(
    hotel: Hotel, status: Status, sentence: str
) -> None:
    execution = waiting(hotel)
    if status != Status.PENDING:
        execution = claimed(execution)
    if status == Status.COMPLETED:
        runner.perform(execution=execution, job=fakes.make_job(fakes.greet))

    with pytest.raises(NotRetryable) as caught:
        runner.retry(execution=execution, by=UserFactory())

    assert str(caught.value) == sentence


def test_the_first_of_two_attempts_cannot_be_retried_when_the_second_was_completed(
    hotel: Hotel, now: datetime
) -> None:
    first = failed(of_slot(hotel, now), fakes.fail_after_writing)
    runner.perform(execution=claimed(newest()), job=fakes.make_job(fakes.greet))

    with pytest.raises(NotRetryable, match="attempt 2 is completed"):
        runner.retry(execution=first, by=UserFactory())


def test_an_execution_completed_with_problems_is_retried_on_request_only(
    hotel: Hotel, now: datetime
) -> None:
    first = failed(of_slot(hotel, now), fakes.handle_some)
    assert newest() == first  # no automatic retry: the next slot selects what is left

    attempt = runner.retry(execution=first, by=UserFactory())

    assert (attempt.attempt, attempt.first_attempt, attempt.scheduled_for) == (2, first, now)


def test_an_execution_completed_without_problems_is_not_retried(
    hotel: Hotel, now: datetime
) -> None:
    first = failed(of_slot(hotel, now), fakes.greet)

    assert not runner.is_retryable(first)
    with pytest.raises(NotRetryable, match="attempt 1 is completed"):
        runner.retry(execution=first, by=UserFactory())
