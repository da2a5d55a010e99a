"""Repeating a transaction that was rolled back because of a deadlock."""

from collections.abc import Callable

import pytest
from django.db import OperationalError, transaction

from hotels import deadlocks
from hotels.deadlocks import is_deadlock, repeated_on_deadlock
from tests.deadlocking import deadlock_error, pauses

__all__ = ["pauses"]


def failing(*errors: Exception) -> tuple[list[int], Callable[[], int]]:
    """A function that raises these errors, one a call, and then returns the number of calls."""
    left, calls = list(errors), []

    @repeated_on_deadlock
    def work() -> int:
        calls.append(1)
        if left:
            raise left.pop(0)
        return len(calls)

    return calls, work


@pytest.mark.once
def test_a_deadlock_is_told_from_other_errors_of_the_database() -> None:
    assert is_deadlock(deadlock_error())
    assert not is_deadlock(OperationalError("the connection is closed"))
    assert not is_deadlock(ValueError("40P01"))


@pytest.mark.django_db(transaction=True)
def test_a_transaction_is_repeated_after_a_deadlock(pauses: list[int]) -> None:
    _, work = failing(deadlock_error(), deadlock_error())

    assert work() == 3
    assert pauses == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_the_last_deadlock_is_raised(pauses: list[int]) -> None:
    calls, work = failing(*(deadlock_error() for _ in range(9)))

    with pytest.raises(OperationalError, match="deadlock"):
        work()

    assert len(calls) == deadlocks.TRIES


@pytest.mark.django_db(transaction=True)
def test_another_error_is_raised_at_once(pauses: list[int]) -> None:
    calls, work = failing(OperationalError("the connection is closed"))

    with pytest.raises(OperationalError):
        work()

    assert (len(calls), pauses) == (1, [])


@pytest.mark.django_db
def test_a_part_of_a_transaction_is_not_repeated_alone(pauses: list[int]) -> None:
    calls, work = failing(deadlock_error())

    with pytest.raises(OperationalError), transaction.atomic():
        work()

    assert (len(calls), pauses) == (1, [])


@pytest.mark.once
def test_pauses_are_random_and_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(deadlocks.time, "sleep", slept.append)
    monkeypatch.setattr(deadlocks.random, "uniform", lambda low, high: high)

    for tries in (1, 2, 3):
        deadlocks.pause(after=tries)

    assert slept == [0.05, 0.1, 0.2]
