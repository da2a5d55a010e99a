"""Deliveries to a live gunicorn by callers who give up, come twice and come at once."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.crash.databases import Databases, python
from tests.jobs.http_cron.calling import PATH, SECRET
from tests.pms.serving import gunicorn
from tests.waiting import TIMEOUT, wait_until

SITE = "tests.jobs.http_cron.site"
HOTELS = 14
BUDGET = 4  # seconds of the site's clock; a hotel takes one
THREADS = 2
_number = count()

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory, tables: Path | None) -> Iterator[Databases]:
    """One with hotels, called `books`, and copies of it."""
    made = Databases(tmp_path_factory.mktemp("cron"), tables=tables)
    python(SITE, made.url("books"), "build", str(HOTELS))
    yield made
    made.drop()


@pytest.fixture
def url(databases: Databases) -> str:
    """A database with hotels, of a test's own."""
    return databases.copy(f"cron-{next(_number)}")


@pytest.fixture
def held(tmp_path: Path) -> Path:
    """The file that holds the hotels which are worked."""
    return tmp_path / "held"


@pytest.fixture
def port(url: str, held: Path) -> Iterator[int]:
    """Two processes of gunicorn, with a budget for a part of the hotels."""
    more = {
        "CRON_SECRET": SECRET,
        "CRON_TIME_BUDGET": str(BUDGET),
        "JOBS_CONCURRENCY": str(THREADS),
        "HELD": str(held),
    }
    with gunicorn(url=url, workers=2, application=SITE, **more) as number:
        yield number


@contextmanager
def holding(file: Path) -> Iterator[None]:
    """Within the block no hotel that was begun ends."""
    file.touch()
    try:
        yield
    finally:
        file.unlink()


def send(port: int, *, method: str = "POST") -> HTTPConnection:
    """Send a delivery; the connection on which the answer will come."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/octet-stream"}
    connection.request(method, PATH, body=b"\x00{" * 100, headers=headers)
    return connection


def answer_on(connection: HTTPConnection) -> tuple[int, Any]:
    """The status and the answer."""
    with closing(connection):
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def until_done(port: int) -> list[tuple[int, Any]]:
    """Deliver until nothing is left; all answers."""
    answers: list[tuple[int, Any]] = []

    def is_done() -> bool:
        answers.append(answer_on(send(port)))
        return answers[-1][0] == 200

    wait_until(is_done, what="all hotels are done")
    return answers


def assert_each_once(url: str) -> None:
    told = json.loads(python(SITE, url, "tell"))
    assert told == {"worked": [1] * HOTELS, "executions": ["COMPLETED 1"] * HOTELS, "runs": 1}


def test_a_caller_who_gives_up_and_another_who_comes_work_every_hotel_once(
    port: int, url: str, held: Path
) -> None:
    with holding(held):
        gives_up = send(port)
        wait_until(held.with_suffix(".begun").exists, what="the first hotel is begun")
        gives_up.close()
        status, meanwhile = answer_on(send(port))

    answers = until_done(port)

    assert (status, meanwhile["done"]) == (202, 0)
    assert {status for status, _ in answers[:-1]} <= {202}
    assert answers[-1][1]["done"] == HOTELS
    assert_each_once(url)


def test_callers_who_all_come_at_once_work_every_hotel_once(
    port: int, url: str, held: Path
) -> None:
    with holding(held):
        at_once = [send(port, method=method) for method in ["GET", "POST"] * 3]
    answers = [answer_on(connection) for connection in at_once]

    last = until_done(port)[-1]

    assert {status for status, _ in answers} <= {200, 202}
    assert len({answer["slot"] for _, answer in answers}) == 1
    assert last[1]["success"] is True
    assert_each_once(url)


def test_a_caller_is_answered_when_the_budget_is_used_up(port: int) -> None:
    status, answer = answer_on(send(port))

    # Each thread finishes the hotel that it has begun.
    assert status == 202
    assert BUDGET <= answer["done"] < BUDGET + THREADS
