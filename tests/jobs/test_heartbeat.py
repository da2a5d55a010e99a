"""The heartbeat: a monitor outside hears of every tick."""

import logging

import httpx
import pytest

from jobs.heartbeat import send_heartbeat

pytestmark = pytest.mark.once

URL = "https://hc-ping.example/5b1f-secret?rid=1"


def calls(*, success: bool, answer: int | Exception = 200, url: str = URL) -> list[str]:
    """The URLs that one heartbeat calls."""
    called: list[str] = []

    def receive(request: httpx.Request) -> httpx.Response:
        called.append(str(request.url))
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer)

    send_heartbeat(url=url, success=success, transport=httpx.MockTransport(receive))
    return called


def test_a_good_tick_calls_the_url() -> None:
    assert calls(success=True) == [URL]


def test_a_bad_tick_calls_the_failure_url() -> None:
    assert calls(success=False) == ["https://hc-ping.example/5b1f-secret/fail?rid=1"]


def test_without_a_url_nothing_is_called() -> None:
    assert calls(success=True, url="") == []


@pytest.mark.parametrize("answer", [500, 302, httpx.ConnectTimeout("late"), OSError("down")])
def test_a_failure_is_logged_without_the_secret_url(
    answer: int | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="jobs.heartbeat"):
        calls(success=True, answer=answer)

    assert len(caplog.records) == 1
    assert "secret" not in caplog.text
