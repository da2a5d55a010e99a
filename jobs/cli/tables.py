"""Tables in the output of commands, with colours in a terminal."""

import io
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hotels.i18n import counted
from jobs.cli.output import attention_text, duration_text
from jobs.models import Status
from jobs.runner import Outcome

PLAIN_WIDTH = 160
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
