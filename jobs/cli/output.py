"""What a firing came to, as a table for people and as JSON for programs."""

import io
import shutil
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hotels.models import Hotel
from jobs.dispatch import RunResult
from jobs.models import Status
from jobs.runner import Outcome

PLAIN_WIDTH = 160
ATTENTION_SHOWN = 5
_COLOURS = {Status.COMPLETED: "green", Status.FAILED: "bold red", Status.SKIPPED: "yellow"}


def rendered(*renderables: Any, width: int | None, colour: bool) -> str:
    """Rich renderables as text; without a terminal plain and wide enough not to wrap early."""
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


def printed(table: Table, *, on: Any) -> str:
    """A table as `on`, the output of a command, shows it: a terminal's width and colours, or none.

    Write it with `ending=""`.
    """
    tty = on.isatty()
    width = shutil.get_terminal_size().columns if tty else None
    return rendered(table, width=width, colour=tty)


def run_table(firings: Sequence[RunResult]) -> Table:
    """Job, hotel, status, duration, result in words, things to look at: a line each."""
    return outcomes_table([outcome for firing in firings for outcome in firing.outcomes])


def outcomes_table(outcomes: Sequence[Outcome]) -> Table:
    """The same, for outcomes of any jobs."""
    grid = Table(show_lines=False, pad_edge=False)
    for heading in ("Job", "Hotel", "Status"):
        grid.add_column(heading, no_wrap=True)
    grid.add_column("Took", justify="right", no_wrap=True)
    grid.add_column("Result")
    grid.add_column("To look at")
    for outcome in outcomes:
        grid.add_row(
            outcome.job_name,
            outcome.hotel.code,
            Text(outcome.status, style=_COLOURS.get(Status(outcome.status), "")),
            duration_text(outcome.duration),
            Text(outcome.words),
            Text(attention_text(outcome)),
        )
    return grid


def slots_table(rows: Sequence[tuple[str, str, datetime, str]]) -> Table:
    """Slots and what becomes of them: job, hotel code, slot, words."""
    grid = Table(pad_edge=False)
    for heading in ("Job", "Hotel", "Due (UTC)"):
        grid.add_column(heading, no_wrap=True)
    grid.add_column("What")
    for job, hotel, slot, words in rows:
        grid.add_row(job, hotel, f"{slot.astimezone(UTC):%a %Y-%m-%d %H:%M}", Text(words))
    return grid


def hotel_codes(hotel_ids: Iterable[int]) -> dict[int, str]:
    """The codes of some hotels by their keys."""
    return dict(Hotel.objects.filter(pk__in=set(hotel_ids)).values_list("pk", "code"))


def attention_text(outcome: Outcome) -> str:
    """The first things a person should look at, and how many more there are."""
    shown = list(outcome.attention[:ATTENTION_SHOWN])
    more = len(outcome.attention) - len(shown)
    return "\n".join([*shown, f"and {more} more"] if more > 0 else shown)


def duration_text(duration: timedelta | None) -> str:
    """`12 ms`, `3.4 s`; empty when it was not worked."""
    if duration is None:
        return ""
    seconds = duration.total_seconds()
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def run_payload(firing: RunResult) -> dict[str, Any]:
    """A firing as programs read it: camelCase, times in ISO 8601 UTC."""
    return {
        "job": firing.job.name,
        "success": firing.success,
        "dryRun": firing.dry_run,
        "runId": firing.run_id,
        "asOf": iso(firing.now),
        "scheduledFor": iso(firing.slot),
        "outcomes": [outcome_payload(outcome) for outcome in firing.outcomes],
    }


def iso(at: datetime | None) -> str | None:
    """An instant in UTC, `2026-07-01T03:30:00Z`."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def outcome_payload(outcome: Outcome) -> dict[str, Any]:
    """What became of one hotel, as programs read it."""
    return {
        "job": outcome.job_name,
        "hotelId": outcome.hotel.pk,
        "hotel": outcome.hotel.code,
        "status": outcome.status,
        "result": outcome.result,
        "words": outcome.words,
        "attention": list(outcome.attention),
        "effects": outcome.effects,
        "error": outcome.error or None,
        "durationMs": (
            None if outcome.duration is None else round(outcome.duration.total_seconds() * 1000)
        ),
        "executionId": outcome.execution_id,
    }
