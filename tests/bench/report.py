"""The report of a benchmark: a table on the screen, JSON for programs, a page for the docs."""

import json
import os
import platform
from pathlib import Path

import django
from django.db import connection
from django.utils import timezone

from tests.bench import measuring

HEAD = """# Benchmarks

Medians of five runs, of three where one takes long, ours and the floor in turns. The **ratio**
compares between machines, the times do not. The floor is the least work that gives the same result:
bare SQL through psycopg, or what the line names.

`make bench` measures again, `BENCH=name` one part, `LONG=yes` with the full number of hotels,
`JSON=file` and `MARKDOWN=file` write the report.

"""


def show() -> None:
    """Print all measurements taken; write the files that JSON and MARKDOWN name."""
    rows = measuring.taken
    if not rows:
        return
    measuring.console.print(measuring.table(rows, title="All measurements", names=True))
    if target := os.environ.get("JSON"):
        Path(target).write_text(json.dumps([_entry(row) for row in rows], indent=1) + "\n")
    if target := os.environ.get("MARKDOWN"):
        Path(target).write_text(_page(rows))


def _entry(row: measuring.Comparison) -> dict[str, object]:
    return {
        "name": row.name,
        f"ours_{row.unit.lower()}": round(row.scaled(row.ours), 3),
        f"floor_{row.unit.lower()}": None if row.floor is None else round(row.scaled(row.floor), 3),
        "ratio": None if row.ratio is None else round(row.ratio, 3),
        "target": None if row.target is None else str(row.target),
        "holds": row.holds,
    }


def _page(rows: list[measuring.Comparison]) -> str:
    lines = ["| measurement | ours | floor | ratio | target | holds |"]
    lines.append("| --- | ---: | ---: | ---: | --- | --- |")
    lines += [f"| {' | '.join(measuring.cells(row, named=True))} |" for row in rows]
    notes = [
        f"- **{row.name}**: {'; '.join(text for text in (_floor(row), row.note) if text)}."
        for row in rows
        if row.of or row.note
    ]
    return HEAD + f"{_machine()}\n\n" + "\n".join(lines) + "\n\n" + "\n".join(notes) + "\n"


def _floor(row: measuring.Comparison) -> str:
    return f"the floor is {row.of}" if row.of else ""


def _machine() -> str:
    versions = f"Python {platform.python_version()}, Django {django.get_version()}"
    return (
        f"Measured on {timezone.now():%Y-%m-%d}: {_processor()}, {os.cpu_count()} cores; "
        f"{versions}, {_database()}."
    )


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.machine()
    names = [line.split(":", 1)[1].strip() for line in text.splitlines() if "model name" in line]
    return names[0] if names else platform.machine()


def _database() -> str:
    if connection.vendor != "postgresql":
        return f"SQLite {connection.Database.sqlite_version}"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_setting('fsync'),"
            " current_setting('synchronous_commit')"
        )
        version, fsync, commit = cursor.fetchone()
    return f"PostgreSQL {version} with fsync {fsync} and synchronous_commit {commit}"
