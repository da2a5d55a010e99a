"""Results of a run: a table for users, JSON for programs."""

import io
import shutil
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hotels.i18n import counted
from hotels.models import Hotel
from jobs.dispatch import RunResult
from jobs.models import JobExecution, Status
from jobs.runner import Outcome

PLAIN_WIDTH = 160
ATTENTION_SHOWN = 5
_COLOURS = {Status.COMPLETED: "green", Status.FAILED: "bold red", Status.SKIPPED: "yellow"}


def rich_text(*renderables: Any, width: int | None, colour: bool) -> str:
    """Return rich renderables as text, PLAIN_WIDTH characters wide when `width` is None."""
    console = Console(
        file=io.StringIO(),
        width=width or PLAIN_WIDTH,
        force_terminal=colour,
        no_color=not colour,
        highlight=False,
    )
    for renderable in renderables:
        console.print(renderable)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def table_text(table: Table, *, stream: Any) -> str:
    """Return a table as text: with the width and colours of a terminal if `stream` is one.

    The text ends with a newline, so write it with `ending=""`.
    """
    tty = stream.isatty()
    width = shutil.get_terminal_size().columns if tty else None
    return rich_text(table, width=width, colour=tty)


def runs_table(runs: Sequence[RunResult]) -> Table:
    """Return the outcomes of several runs as one table."""
    return outcomes_table([outcome for run in runs for outcome in run.outcomes])


def outcomes_table(outcomes: Sequence[Outcome]) -> Table:
    """Return a table of outcomes: job, hotel, status, duration, result, needs attention."""
    grid = Table(show_lines=False, pad_edge=False)
    for heading in ("Job", "Hotel", "Status"):
        grid.add_column(heading, no_wrap=True)
    grid.add_column("Duration", justify="right", no_wrap=True)
    grid.add_column("Result")
    grid.add_column("Needs attention")
    for outcome in outcomes:
        grid.add_row(
            outcome.job_name,
            outcome.hotel.code,
            status_text(outcome),
            duration_text(outcome.duration),
            Text(outcome.summary),
            Text(attention_text(outcome)),
        )
    return grid


def status_text(outcome: Outcome) -> Text:
    """Return the status with its colour: `COMPLETED`, or `COMPLETED, 3 problems` in yellow."""
    if outcome.completed_with_problems:
        problems = counted(outcome.problems, "problem")
        return Text(f"{outcome.status}, {problems}", style="bold yellow")
    return Text(outcome.status, style=_COLOURS.get(Status(outcome.status), ""))


def slots_table(rows: Sequence[tuple[str, str, datetime, str]]) -> Table:
    """Return a table of slots; each row is (job name, hotel code, slot, status text)."""
    grid = Table(pad_edge=False)
    for heading in ("Job", "Hotel", "Due (UTC)"):
        grid.add_column(heading, no_wrap=True)
    grid.add_column("Status")
    for job, hotel, slot, status in rows:
        grid.add_row(job, hotel, f"{slot.astimezone(UTC):%a %Y-%m-%d %H:%M}", Text(status))
    return grid


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
    """Return a run for JSON: camelCase members, times in ISO 8601 UTC."""
    return {
        "job": run.job.name,
        "success": run.success,
        "dryRun": run.dry_run,
        "runId": run.run_id,
        "asOf": iso(run.now),
        "scheduledFor": iso(run.slot),
        "interrupted": interrupted_payload(run.closed),
        "outcomes": [outcome_payload(outcome) for outcome in run.outcomes],
    }


def interrupted_payload(closed: Iterable[JobExecution]) -> list[dict[str, Any]]:
    """Return the executions that were closed because their worker died, for JSON."""
    return [{"executionId": row.pk, "job": row.job_name, "hotel": row.hotel.code} for row in closed]


def interrupted_line(row: JobExecution) -> str:
    """Return the line of an execution that was closed because its worker died."""
    return f"{row.job_name} {row.hotel.code}: {row.words}"


def iso(at: datetime | None) -> str | None:
    """Return an instant in UTC, such as `2026-07-01T03:30:00Z`."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


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
