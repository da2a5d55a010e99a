"""Migration that counts the problems of executions stored before."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.migrating import Migrating

pytestmark = pytest.mark.migration("jobs.0012_problems")
AT = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
TWO = [{"object": "room 1", "reason": "flooded"}, {"object": "room 2", "reason": "flooded"}]


def stored(apps: Any, result: Any) -> None:
    """An execution with a result."""
    hotel = apps.get_model("hotels", "Hotel").objects.create(code="inn", name="Inn")
    started = {"job_name": "greet-guests", "trigger": "COMMAND", "created_at": AT}
    run = apps.get_model("jobs", "JobRun").objects.create(**started)
    apps.get_model("jobs", "JobExecution").objects.create(
        run=run, hotel=hotel, result=result, as_of=AT, updated_at=AT, **started
    )


def execution(apps: Any) -> Any:
    return apps.get_model("jobs", "JobExecution").objects.get()


@pytest.mark.parametrize(
    ("result", "problems"),
    [
        (None, 0),
        ({"hotelId": 1}, 0),
        ({"problems": []}, 0),
        ({"problems": "many"}, 0),
        ({"problems": TWO}, 2),
    ],
)
def test_the_problems_of_stored_results_are_counted(
    migration: Migrating, result: Any, problems: int
) -> None:
    stored(migration.earlier, result)

    after = migration.forwards()

    assert execution(after).problems == problems


def test_the_result_is_kept_forwards_and_backwards(migration: Migrating) -> None:
    stored(migration.earlier, {"problems": TWO})

    assert execution(migration.forwards()).result == {"problems": TWO}
    assert execution(migration.backwards()).result == {"problems": TWO}
