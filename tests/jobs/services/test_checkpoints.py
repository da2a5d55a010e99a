"""Every service can be cancelled before it writes."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hotels.demo.group import GROUP
from hotels.demo.loading import load_hotel
from jobs import registry
from jobs.base import JobContext
from tests.dumps import every_row
from tests.jobs import contract

NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


class Cancelled(Exception):
    """The execution was cancelled."""


@pytest.mark.django_db
@pytest.mark.parametrize("job", registry.all_jobs(), ids=lambda job: job.name)
def test_a_service_calls_a_checkpoint_before_it_writes(job: registry.Job) -> None:
    """A job added to those of the contract may have nothing to write, and needs no checkpoint."""
    calls: list[str] = []

    def cancel() -> None:
        calls.append(job.name)
        raise Cancelled

    hotel = load_hotel(replace(GROUP[0], code="cancelled"), now=NOW)
    context = JobContext(hotel=hotel, now=NOW, _checkpoint=cancel)
    left_out = frozenset({"hotels.Hotel", "hotels.Room"})  # written in sets before the first one
    before = every_row(leave_out=left_out)

    with suppress(Cancelled):
        job.service(context)

    assert calls or job.name not in contract.SCHEDULES
    assert every_row(leave_out=left_out) == before
