"""The long form of the crash test: two hundred workers killed, on both databases."""

import json
import os
import tempfile
from functools import partial
from pathlib import Path

from tests.bench import measuring
from tests.crash.databases import Databases, python

DAYS, KILLS = 2, 200

night = partial(python, "tests.crash.night")


def run() -> None:
    """On SQLite and on the PostgreSQL at hand; a difference ends the bench."""
    for vendor in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder:
            databases = Databases(Path(folder), vendor=vendor)
            try:
                _compare(databases, Path(folder), vendor)
            finally:
                databases.drop()


def _compare(databases: Databases, folder: Path, vendor: str) -> None:
    night(databases.url("books"), "build")
    disturbed, quiet = databases.copy("disturbed"), databases.copy("quiet")
    seed = os.environ.get("CRASH_SEED", "7")
    counts = json.loads(night(disturbed, "live", str(DAYS), str(KILLS), seed))
    night(quiet, "live", str(counts["days"]), "0", seed)
    told = []
    for name, url in (("disturbed", disturbed), ("quiet", quiet)):
        night(url, "tell", str(folder / f"{name}.json"))
        told.append(json.loads((folder / f"{name}.json").read_text()))
    after, expected = told
    assert counts["killed"] == KILLS, counts
    assert (after["unfinished"], after["gaps"]) == (0, [])
    assert after["books"] == expected["books"], "the books differ"
    assert after["ends"] == expected["ends"], "the slots differ"
    measuring.console.print(
        f"{vendor}: {counts['days']} days, {counts['killed']} workers killed, "
        f"{counts['finished']} came to their end, "
        f"{after['interrupted']} executions interrupted, {after['slots']} slots; "
        f"{len(after['books']):,} rows of the books as in a quiet night"
    )
