"""Formats of the log."""

import json
import logging
import sys
from typing import Any

import pytest

from jobs.execution_log import collected
from pms.logs import NotOnTerminal, console_formatter, json_formatter

pytestmark = pytest.mark.once


def record(name: str = "jobs.executions", **more: Any) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.INFO, "", 0, "%s ended", ("It",), None)
    vars(made).update({"request_id": "r-1"} | more)
    return made


def test_a_line_for_people_ends_with_the_fields() -> None:
    fields = {"job": "check-no-shows", "attempt": 1, "error": 'A "bad"\nday'}

    line = console_formatter().format(record(fields=fields))

    assert line.endswith(
        "INFO r-1 jobs.executions: It ended job=check-no-shows attempt=1 error=\"A 'bad' day\""
    )


def test_json_has_the_fields_and_ids() -> None:
    with collected(execution_id=7):
        line = json_formatter().format(record(fields={"job": "check-no-shows"}))

    found = json.loads(line)
    assert found.pop("timestamp")
    assert found == {
        "event": "It ended",
        "level": "info",
        "logger": "jobs.executions",
        "request_id": "r-1",
        "execution_id": 7,
        "job": "check-no-shows",
    }


def test_json_keeps_a_traceback_on_its_line() -> None:
    try:
        raise ValueError("No keys")
    except ValueError:
        failed = record(exc_info=sys.exc_info())

    line = json_formatter().format(failed)

    assert "\n" not in line
    assert "ValueError: No keys" in json.loads(line)["exception"]


@pytest.mark.parametrize(
    ("name", "terminal", "shown"),
    [("jobs.executions", False, True), ("jobs.executions", True, False), ("jobs", True, True)],
)
def test_a_person_at_a_terminal_is_not_shown_each_execution(
    monkeypatch: pytest.MonkeyPatch, name: str, terminal: bool, shown: bool
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)

    assert NotOnTerminal().filter(record(name)) == shown
