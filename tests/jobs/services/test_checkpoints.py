"""Every service can be called off between its savepoints."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hotels.demo.group import GROUP
from hotels.demo.loading import load_hotel
from jobs import registry
from jobs.base import JobContext
from tests.dumps import every_row

NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


class Called(Exception):
    """Somebody called the work off."""


@pytest.mark.django_db
@pytest.mark.parametrize("job", registry.all_jobs(), ids=lambda job: job.name)
def test_a_service_with_work_asks_at_a_checkpoint_before_it_writes(job: registry.Job) -> None:
    def call_off() -> None:
        raise Called

    hotel = load_hotel(replace(GROUP[0], code="called-off"), now=NOW)
    context = JobContext(hotel=hotel, now=NOW, _checkpoint=call_off)
    left_out = frozenset({"hotels.Hotel", "hotels.Room"})  # written in sets before the first one
    before = every_row(leave_out=left_out)

    with pytest.raises(Called):
        job.service(context)

    assert every_row(leave_out=left_out) == before
