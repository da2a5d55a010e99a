"""Migration that counts the problems of executions stored before."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from hotels.models import Hotel
from jobs.models import JobExecution
from tests.jobs.engine import waiting

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = [("jobs", "0011_default_schedule_starts")]
TWO = [{"object": "room 1", "reason": "flooded"}, {"object": "room 2", "reason": "flooded"}]


def migrate(targets: list[tuple[str, str]] | None = None) -> Any:
    """Migrate to `targets`, or to the newest migrations; the historical models at that point."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets or executor.loader.graph.leaf_nodes())
    return MigrationExecutor(connection).loader.project_state(targets).apps


@pytest.fixture(autouse=True)
def _newest_afterwards() -> Iterator[None]:
    yield
    migrate()


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
    hotel: Hotel, result: Any, problems: int
) -> None:
    row = waiting(hotel, result=result)
    migrate(BEFORE)

    migrate()

    assert JobExecution.objects.get(pk=row.pk).problems == problems


def test_the_result_is_kept_forwards_and_backwards(hotel: Hotel) -> None:
    row = waiting(hotel, result={"problems": TWO}, problems=2)

    earlier = migrate(BEFORE).get_model("jobs", "JobExecution").objects.get(pk=row.pk)

    assert earlier.result == {"problems": TWO}
