"""Migration that keeps first attempts out of the unique index of further ones."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tests.migrating import Migrating

pytestmark = pytest.mark.migration("jobs.0034_first_attempts_leave_an_index")
AT = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


def _first_attempts(apps: Any, *, number: int) -> list[Any]:
    hotel = apps.get_model("hotels", "Hotel").objects.create(code="inn", name="Inn")
    started = {"job_name": "greet-guests", "trigger": "COMMAND", "created_at": AT}
    run = apps.get_model("jobs", "JobRun").objects.create(**started)
    model = apps.get_model("jobs", "JobExecution")
    return [
        model.objects.create(run=run, hotel=hotel, as_of=AT, updated_at=AT, **started)
        for _ in range(number)
    ]


def _retry(first: Any) -> None:
    """Store the second attempt of an execution."""
    columns = ("run_id", "hotel_id", "job_name", "trigger", "as_of", "created_at", "updated_at")
    values = {name: getattr(first, name) for name in columns}
    with transaction.atomic():
        type(first).objects.create(first_attempt=first, attempt=2, **values)


def test_a_second_attempt_stays_the_only_one_forwards_and_backwards(migration: Migrating) -> None:
    first, _ = _first_attempts(migration.earlier, number=2)
    _retry(first)

    for apps in (migration.forwards(), migration.backwards()):
        model = apps.get_model("jobs", "JobExecution")
        assert model.objects.count() == 3
        with pytest.raises(IntegrityError):
            _retry(model.objects.get(pk=first.pk))
