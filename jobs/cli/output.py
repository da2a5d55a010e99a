"""Results of a run: a table for users, JSON for programs.

`jobs.cli.tables`, which draws the tables, is imported where one is printed: most processes that
cron starts print none, and the library takes longer to import than the tick to run.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from hotels.calendar import iso
from hotels.models import Hotel
from jobs.dispatch import RunResult
from jobs.models import JobExecution
from jobs.runner import Outcome

ATTENTION_SHOWN = 5
# A table is drawn as a whole, because its columns are as wide as their widest cell.
ROWS_IN_TABLE = 500


def write_outcomes(outcomes: Iterable[Outcome], *, stream: Any) -> None:
    """Write tables of outcomes, of ROWS_IN_TABLE each."""
    from jobs.cli import tables

    left = iter(outcomes)
    while rows := list(islice(left, ROWS_IN_TABLE)):
        table = tables.outcomes_table(rows)
        stream.write(tables.table_text(table, stream=stream), ending="")


def write_json(payload: dict[str, Any], *, outcomes: Iterable[Outcome], stream: Any) -> None:
    """Write an object with the members of `payload`, which has some, and a list `outcomes`.

    The outcomes are written one by one, so that they need not be in memory together.
    """
    stream.write(json.dumps(payload, indent=1).removesuffix("\n}") + ',\n "outcomes": [', ending="")
    written = 0
    for written, outcome in enumerate(outcomes, start=1):
        text = json.dumps(outcome_payload(outcome), indent=1).replace("\n", "\n  ")
        stream.write(f"{',' if written > 1 else ''}\n  {text}", ending="")
    stream.write("\n ]\n}" if written else "]\n}")


def slots_text(rows: Sequence[tuple[str, str, datetime, str]], *, stream: Any) -> str:
    """Return a table of slots for a stream; each row is (job name, hotel code, slot, status)."""
    from jobs.cli import tables

    return tables.table_text(tables.slots_table(rows), stream=stream)


def hotel_codes_by_id(hotel_ids: Iterable[int]) -> dict[int, str]:
    """Return the codes of hotels by primary key."""
    return dict(Hotel.objects.filter(pk__in=set(hotel_ids)).values_list("pk", "code"))


def attention_text(outcome: Outcome) -> str:
    """Return the first ATTENTION_SHOWN items that need attention, and the number of the rest."""
    shown = list(outcome.attention[:ATTENTION_SHOWN])
    more = len(outcome.attention) - len(shown)
    return "\n".join([*shown, f"and {more} more"] if more > 0 else shown)


def duration_text(duration: timedelta | None) -> str:
    """Return `12 ms` or `3.4 s`; an empty text when the job did not run."""
    if duration is None:
        return ""
    seconds = duration.total_seconds()
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def run_payload(run: RunResult) -> dict[str, Any]:
    """Return a run without its outcomes for JSON: camelCase members, times in ISO 8601 UTC."""
    return {
        "job": run.job.name,
        "success": run.success,
        "dryRun": run.dry_run,
        "runId": run.run_id,
        "asOf": iso(run.now),
        "scheduledFor": iso(run.slot),
        "interrupted": interrupted_payload(run.closed),
    }


def interrupted_payload(closed: Iterable[JobExecution]) -> list[dict[str, Any]]:
    """Return the executions that were closed because their worker died, for JSON."""
    return [{"executionId": row.pk, "job": row.job_name, "hotel": row.hotel.code} for row in closed]


def interrupted_line(row: JobExecution) -> str:
    """Return the line of an execution that was closed because its worker died."""
    return f"{row.job_name} {row.hotel.code}: {row.words}"


def outcome_payload(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome of one hotel for JSON."""
    return {
        "job": outcome.job_name,
        "hotelId": outcome.hotel.pk,
        "hotel": outcome.hotel.code,
        "status": outcome.status,
        "problems": outcome.problems,
        "result": outcome.result,
        "words": outcome.summary,
        "attention": list(outcome.attention),
        "effects": outcome.effects,
        "error": outcome.error or None,
        "durationMs": (
            None if outcome.duration is None else round(outcome.duration.total_seconds() * 1000)
        ),
        "executionId": outcome.execution_id,
    }
