"""A hotel whose data kill every process that works it."""

import json

import pytest

from tests.crash.databases import Databases, python


@pytest.mark.network
@pytest.mark.parametrize("threads", ["4", "1"], ids=["in threads", "in batches"])
def test_a_hotel_that_kills_its_workers_fails_and_no_other_does(
    databases: Databases, threads: str
) -> None:
    """Of twelve hotels one thread holds up to three."""
    url = databases.url(f"poison{threads}")

    guilty, *others = json.loads(python("tests.crash.poison", url, "12", threads))

    assert guilty == "FAILED"
    assert others == ["COMPLETED"] * 11
