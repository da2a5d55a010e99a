"""The clock of the demo's history."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from jobs.demo.past_clock import past_clock
from jobs.runner import check_clock
from jobs.runner import clock as engine_clock

THEN = datetime(2020, 2, 2, 2, 2, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def test_it_shows_the_past_and_runs_on() -> None:
    with past_clock(start=THEN):
        first, second = timezone.now(), timezone.now()

    assert THEN <= first < second < THEN + MINUTE


def test_it_is_moved_forward_and_not_back() -> None:
    with past_clock(start=THEN) as clock:
        clock.move_to(THEN + DAY)
        clock.move_to(THEN)

        assert THEN + DAY <= timezone.now() < THEN + DAY + MINUTE


@pytest.mark.django_db
def test_machine_and_database_agree_in_the_past() -> None:
    with past_clock(start=THEN):
        check_clock()


def test_the_real_clock_is_back_after_an_error() -> None:
    real = timezone.now, engine_clock.database_time

    with pytest.raises(ZeroDivisionError), past_clock(start=THEN):
        raise ZeroDivisionError

    assert (timezone.now, engine_clock.database_time) == real
