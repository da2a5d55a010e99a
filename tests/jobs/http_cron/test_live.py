"""Calls to a running gunicorn: calls that time out, are repeated, or are simultaneous."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.crash.databases import Databases, python
from tests.jobs.http_cron.calling import PATH, SECRET
from tests.pms.serving import gunicorn

SITE = "tests.jobs.http_cron.site"
HOTELS = 14
_number = count()

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory, tables: Path | None) -> Iterator[Databases]:
    """A database with hotels, called `books`, and copies of it."""
    made = Databases(tmp_path_factory.mktemp("cron"), tables=tables)
    python(SITE, made.url("books"), "build", str(HOTELS))
    yield made
    made.drop()


@pytest.fixture
def url(databases: Databases) -> str:
    """A new database with hotels."""
    return databases.copy(f"cron-{next(_number)}")


@pytest.fixture
def port(url: str, tmp_path: Path) -> Iterator[int]:
    """Two gunicorn processes, with a time budget for a part of the hotels."""
    more = {"CRON_SECRET": SECRET, "CRON_TIME_BUDGET": "0.6", "JOBS_CONCURRENCY": "2"}
    with gunicorn(url=url, workers=2, application=SITE, log=tmp_path / "log", **more) as number:
        yield number


def deliver(port: int, *, timeout: float = 30, method: str = "POST") -> tuple[int, Any] | None:
    """Return the status and the body; None if the call timed out after `timeout` seconds."""
    connection = HTTPConnection("127.0.0.1", port, timeout=timeout)
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/octet-stream"}
    try:
        connection.request(method, PATH, body=b"\x00{" * 100, headers=headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except TimeoutError:
        return None
    finally:
        connection.close()


def until_done(port: int) -> list[tuple[int, Any]]:
    answers: list[tuple[int, Any]] = []
    end = time.monotonic() + 60
    while time.monotonic() < end and not (answers and answers[-1][0] == 200):
        answer = deliver(port)
        assert answer is not None
        answers.append(answer)
    return answers


def assert_each_once(url: str) -> None:
    report = json.loads(python(SITE, url, "report"))
    assert report == {"worked": [1] * HOTELS, "executions": ["COMPLETED 1"] * HOTELS, "runs": 1}


def test_a_call_that_times_out_and_a_second_one_run_every_hotel_once(port: int, url: str) -> None:
    timed_out = deliver(port, timeout=0.2)

    answers = until_done(port)

    assert timed_out is None
    assert {status for status, _ in answers[:-1]} <= {202}
    assert answers[-1][1]["done"] == HOTELS
    assert_each_once(url)


def test_simultaneous_calls_run_every_hotel_once(port: int, url: str) -> None:
    with ThreadPoolExecutor(max_workers=6) as callers:
        methods = ["GET", "POST"] * 3
        at_once = [callers.submit(deliver, port, method=method) for method in methods]
        answers = [future.result() for future in at_once]

    last = until_done(port)[-1]

    assert {answer[0] for answer in answers if answer} <= {200, 202}
    assert len({answer[1]["slot"] for answer in answers if answer}) == 1
    assert last[1]["success"] is True
    assert_each_once(url)


def test_a_call_is_answered_soon_after_the_time_budget(port: int) -> None:
    began = time.monotonic()

    answer = deliver(port)

    assert answer is not None
    assert answer[0] == 202
    assert 0 < answer[1]["done"] < HOTELS
    assert time.monotonic() - began < 5
