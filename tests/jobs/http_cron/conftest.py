"""Fixtures: two secrets, and a registry with one job."""

from collections.abc import Iterator
from typing import Any

import pytest

from jobs.base import Job
from tests.jobs import engine
from tests.jobs.http_cron.calling import OTHER, SECRET


@pytest.fixture(autouse=True)
def _secrets(settings: Any) -> None:
    settings.CRON_SECRET = [SECRET, OTHER]


@pytest.fixture
def job() -> Iterator[Job]:
    """The only job, `greet-guests`, with the alias `welcome`."""
    with engine.only_job(aliases=("welcome",)) as only:
        yield only
