"""Counters of failed attempts: exact under concurrency, and gone after their window."""

from datetime import UTC, datetime, timedelta

import pytest

from hotels.http.attempts import Limit
from hotels.models import AttemptCount
from tests.concurrency import run_together

LIMIT = Limit(name="test", allowed=3, window=timedelta(minutes=5))
NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


@pytest.mark.django_db
class TestCounting:
    def test_attempts_up_to_the_limit_are_allowed_and_then_wait(self) -> None:
        waits = [LIMIT.take("ana", now=NOW + timedelta(seconds=n)) for n in range(5)]

        assert waits == [0, 0, 0, 297, 296]

    def test_others_are_counted_apart(self) -> None:
        for _ in range(4):
            LIMIT.take("ana", now=NOW)

        assert LIMIT.take("bruno", now=NOW) == 0

    def test_an_attempt_given_back_is_not_counted(self) -> None:
        for _ in range(10):
            assert LIMIT.take("ana", now=NOW) == 0
            LIMIT.give_back("ana")

    def test_after_the_window_all_begins_anew(self) -> None:
        for _ in range(4):
            LIMIT.take("ana", now=NOW)

        assert LIMIT.take("ana", now=NOW + LIMIT.window) == 0
        assert AttemptCount.objects.get().count == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_many_attempts_at_once_no_more_than_the_limit_pass() -> None:
    """SQLite in memory lets no two threads write at once."""
    waits = run_together(*[lambda: LIMIT.take("ana", now=NOW)] * 12)

    assert sorted(waits) == [0] * 3 + [300] * 9
