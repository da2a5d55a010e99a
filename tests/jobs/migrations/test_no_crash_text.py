"""Migration that takes the text of exceptions out of the columns everybody reads."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.migrating import Migrating

pytestmark = pytest.mark.migration("jobs.0016_no_crash_text")
AT = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
CRASH = 'IntegrityError: duplicate key DETAIL: (name)=(Secret Guest)'
LATER = " (attempt 2 after 06:05:00 UTC)"
GENERAL = "Unexpected error (IntegrityError)."


def stored(apps: Any, **columns: Any) -> None:
    """A failed execution."""
    hotel = apps.get_model("hotels", "Hotel").objects.create(code="inn", name="Inn")
    started = {"job_name": "greet-guests", "trigger": "COMMAND", "created_at": AT}
    run = apps.get_model("jobs", "JobRun").objects.create(**started)
    apps.get_model("jobs", "JobExecution").objects.create(
        run=run,
        hotel=hotel,
        as_of=AT,
        updated_at=AT,
        completed_at=AT,
        status="FAILED",
        **started,
        **columns,
    )


@pytest.mark.parametrize(
    ("columns", "error", "words"),
    [
        (
            {"failure_kind": "errored", "error": CRASH, "words": CRASH + LATER, "traceback": "T"},
            GENERAL,
            GENERAL + LATER,
        ),
        (
            {"failure_kind": "errored", "error": "KeyError", "words": "KeyError", "traceback": "T"},
            "Unexpected error (KeyError).",
            "Unexpected error (KeyError).",
        ),
        (
            {"failure_kind": "timed_out", "error": "Too slow.", "words": "Too slow."},
            "Too slow.",
            "Too slow.",
        ),
        (
            {"failure_kind": "failed", "error": "Lobby: closed", "words": "Lobby: closed"},
            "Lobby: closed",
            "Lobby: closed",
        ),
    ],
    ids=["crash", "crash without a message", "time-out", "failure"],
)
def test_only_the_text_of_crashes_is_taken_out(
    migration: Migrating, columns: dict[str, str], error: str, words: str
) -> None:
    stored(migration.earlier, **columns)

    row = migration.forwards().get_model("jobs", "JobExecution").objects.get()

    assert (row.error, row.words) == (error, words)
    assert row.traceback == columns.get("traceback", "")
