"""Workers killed at random instants leave the same data as an undisturbed night."""

import json
from functools import partial
from pathlib import Path

import pytest

from tests.crash.databases import Databases, python

HOTELS, DAYS, KILLS = 8, 2, 20

night = partial(python, "tests.crash.night")


@pytest.mark.slow
@pytest.mark.network
def test_killed_workers_leave_the_same_data_as_an_undisturbed_night(
    databases: Databases, tmp_path: Path
) -> None:
    night(databases.url("books"), "build", str(HOTELS))
    disturbed, quiet = databases.copy("disturbed"), databases.copy("quiet")

    counts = json.loads(night(disturbed, "live", str(DAYS), str(KILLS), "1"))
    night(quiet, "live", str(counts["days"]), "0", "1")

    night(disturbed, "report", str(tmp_path / "disturbed.json"))
    night(quiet, "report", str(tmp_path / "quiet.json"))
    after = json.loads((tmp_path / "disturbed.json").read_text())
    expected = json.loads((tmp_path / "quiet.json").read_text())
    assert counts["killed"] == KILLS
    assert after["books"] == expected["books"]
    assert after["ends"] == expected["ends"]
    assert (after["unfinished"], after["gaps"]) == (0, [])
    assert after["slots"] == len(after["ends"])
