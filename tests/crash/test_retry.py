"""A server killed while it works a retry does not block the job in that hotel."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.crash.databases import Databases, python

retry = partial(python, "tests.crash.retry")


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory, tables: Path | None) -> Iterator[Databases]:
    """One with a failed execution, called `books`, and copies of it."""
    made = Databases(tmp_path_factory.mktemp("retry"), tables=tables)
    retry(made.url("books"), "build")
    yield made
    made.drop()


@pytest.mark.network
@pytest.mark.parametrize("channel", ["console", "admin", "api"])
def test_the_next_tick_goes_on_after_a_retry_was_killed(databases: Databases, channel: str) -> None:
    url = databases.copy(channel)
    with subprocess.Popen(
        [sys.executable, "-m", "tests.crash.retry", "retry", channel],
        env=os.environ | {"DATABASE_URL": url, "SECRET_KEY": "of-the-crash-test" * 4},
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "working\n"
        server.kill()

    after_one_tick, after_two_ticks = json.loads(retry(url, "ticks"))

    failed = [["FAILED", "failed", 1], ["FAILED", "interrupted", 2]]
    assert after_one_tick == [*failed, ["PENDING", "", 3]]
    assert after_two_ticks == [*failed, ["COMPLETED", "", 3]]
