"""The tick of a site that is served without a crontab."""

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest

from jobs import tick
from jobs.demo import own_tick
from jobs.demo.own_tick import ticking
from tests.waiting import wait_until

SOON = timedelta(milliseconds=1)


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The times of the ticks; the second one fails."""
    found: list[datetime] = []
    sent: list[None] = []

    def run_tick(*, now: datetime, **_options: Any) -> None:
        found.append(now)
        if len(found) == 2:
            raise RuntimeError("the database is away")

    monkeypatch.setattr(tick, "run_tick", run_tick)
    monkeypatch.setattr(own_tick, "deliver_due", lambda **_options: sent.append(None))
    return found


def test_it_ticks_again_and_again_also_after_an_error(
    ticks: list[datetime], caplog: pytest.LogCaptureFixture
) -> None:
    with ticking(every=SOON):
        wait_until(lambda: len(ticks) > 2, what="there are three ticks")

    failures = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.getMessage() for record in failures] == [
        "The tick failed; the next one tries again."
    ]


def test_it_stops_with_the_block(ticks: list[datetime]) -> None:
    with ticking(every=timedelta(hours=1)):
        wait_until(lambda: ticks, what="there is a tick at once")

    assert len(ticks) == 1
