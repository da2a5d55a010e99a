"""Fixtures: two secrets, and a registry with one job."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from jobs.base import Job, JobContext
from tests.jobs import engine, fakes
from tests.jobs.http_cron.calling import OTHER, SECRET


@pytest.fixture(autouse=True)
def _secrets(settings: Any) -> None:
    settings.CRON_SECRET = [SECRET, OTHER]


@pytest.fixture
def job() -> Iterator[Job]:
    """The only job, `greet-guests`, with the alias `welcome`."""
    with engine.only_job(aliases=("welcome",)) as only:
        yield only


@pytest.fixture
def slow_job(settings: Any) -> Iterator[Job]:
    """A job so slow that the time budget allows one hotel per call."""
    settings.CRON_TIME_BUDGET = 0.2
    clock = mock.Mock(return_value=0.0)

    def slow(context: JobContext) -> fakes.Greetings:
        clock.return_value += 0.25
        return fakes.greet(context)

    with engine.only_job(slow) as job, mock.patch("jobs.http_cron.delivery.monotonic", clock):
        yield job
