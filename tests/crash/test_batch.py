"""Workers that die while they hold a batch of hotels (docs/adr/0035)."""

import json

import pytest
from django.db import connection

from tests.crash.databases import Databases, python


@pytest.mark.network
def test_killed_between_two_hotels_of_a_batch_nothing_is_lost_or_done_twice(
    databases: Databases,
) -> None:
    url = databases.url("batch")

    found = json.loads(python("tests.crash.batch", url, "24"))

    assert list(found["completed"].values()) == [1] * 24
    assert found["effects"] == {f"hotel-{n:02d}": 1 for n in range(0, 24, 3)}
    if connection.vendor == "postgresql":
        # No attempt is lost: what ended without effects before is begun again.
        assert found["ends"] == {"COMPLETED 1": 24}
        assert found["begun"] > 25
    else:
        assert found["ends"] == {"COMPLETED 1": 23, "FAILED 1": 1, "COMPLETED 2": 1}
        assert found["begun"] == 25
