"""Migration that lets executions run without a start for a moment."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from tests.migrating import Migrating

pytestmark = pytest.mark.migration("jobs.0032_held_executions")
AT = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)


def test_what_is_held_when_the_migration_is_undone_has_begun(migration: Migrating) -> None:
    after = migration.forwards()
    hotel = after.get_model("hotels", "Hotel").objects.create(code="inn", name="Inn")
    started: dict[str, Any] = {"job_name": "greet", "trigger": "COMMAND", "created_at": AT}
    run = after.get_model("jobs", "JobRun").objects.create(**started)
    after.get_model("jobs", "JobExecution").objects.create(
        run=run,
        hotel=hotel,
        status="RUNNING",
        token=UUID(int=1),
        lease_expires_at=AT,
        as_of=AT,
        updated_at=AT,
        **started,
    )

    earlier = migration.backwards()

    assert earlier.get_model("jobs", "JobExecution").objects.get().started_at == AT
