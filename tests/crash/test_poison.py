"""A hotel whose data kill every process that works it."""

import json

import pytest

from tests.crash.databases import Databases, python


@pytest.mark.network
def test_a_hotel_that_kills_its_workers_fails_and_no_other_does(databases: Databases) -> None:
    url = databases.url("poison")

    guilty, *others = json.loads(python("tests.crash.poison", url, "12"))

    assert guilty == "FAILED"
    assert others == ["COMPLETED"] * 11
