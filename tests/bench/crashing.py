"""The long crash test: workers are killed; on PostgreSQL some also lose their power or hang.

There ticks also begin at once on machines whose clocks are an hour apart: SQLite has no server
whose clock could differ.
"""

import json
import os
import tempfile
from functools import partial
from pathlib import Path

from tests.bench import measuring
from tests.crash import faketime
from tests.crash.databases import Databases, python

HOTELS, DAYS, KILLS = 20, 2, 200
SILENT = {"sqlite": 0, "postgresql": 20}  # outages, and as many workers that hang
CLOCKS = {"sqlite": 0, "postgresql": 4}  # instants with four ticks of two machines at once

night = partial(python, "tests.crash.night")


def run() -> None:
    """Run on SQLite and PostgreSQL; a difference raises AssertionError."""
    for vendor in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder:
            databases = Databases(Path(folder), vendor=vendor)
            try:
                _compare(databases, Path(folder), vendor)
            finally:
                databases.drop()


def _compare(databases: Databases, folder: Path, vendor: str) -> None:
    night(databases.url("books"), "build", str(HOTELS))
    disturbed, quiet = databases.copy("disturbed"), databases.copy("quiet")
    seed = os.environ.get("CRASH_SEED", "7")
    silent = str(SILENT[vendor])
    clocks = CLOCKS[vendor] if faketime.PROGRAM else 0
    faults = (str(KILLS), seed, silent, silent, str(clocks))
    counts = json.loads(night(disturbed, "live", str(DAYS), *faults))
    night(quiet, "live", str(counts["days"]), "0", seed)
    reports = []
    for name, url in (("disturbed", disturbed), ("quiet", quiet)):
        night(url, "report", str(folder / f"{name}.json"))
        reports.append(json.loads((folder / f"{name}.json").read_text()))
    after, expected = reports
    assert counts["killed"] == KILLS + 2 * SILENT[vendor], counts
    assert counts["refused"] == 2 * clocks, counts
    assert (after["unfinished"], after["gaps"]) == (0, [])
    assert after["books"] == expected["books"], "the data differs"
    assert after["ends"] == expected["ends"], "the slots differ"
    measuring.console.print(
        f"{vendor}: {counts['days']} days, {counts['killed']} workers killed or silent, "
        f"{counts['finished']} finished, {counts['refused']} refused for their clock, "
        f"{after['interrupted']} executions interrupted, {after['slots']} slots; "
        f"{len(after['books']):,} rows equal to those of an undisturbed night"
    )
