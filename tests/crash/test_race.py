"""Fifty simultaneous requests for the same job."""

import json
from functools import partial

import pytest

from tests.crash.databases import Databases, python

race = partial(python, "tests.crash.race")


@pytest.mark.network
def test_of_fifty_simultaneous_triggers_one_runs_and_the_others_get_an_error(
    databases: Databases,
) -> None:
    url = databases.url("race")
    race(url, "build")

    counts = json.loads(race(url, "trigger", "50"))

    after = json.loads(race(url, "report"))
    assert counts == {"ran": 1, "refused": 49, "crashed": 0}
    assert after["guests"] == 1
    assert after["ends"]["COMPLETED"] == 1
    assert set(after["ends"]) <= {"COMPLETED", "SKIPPED"}
