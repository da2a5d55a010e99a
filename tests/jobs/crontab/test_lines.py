"""Crontab lines: their text and when they start."""

import re
import shlex
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from jobs.crontab import lines
from jobs.crontab.lines import CannotInstall, Place, local_schedule

NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
paths = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\\"), min_size=1, max_size=60
).map(lambda text: Path("/srv", text.replace("/", "|")))


def as_cron_reads(line: str) -> tuple[str, str]:
    """Return the time fields and the command of a line, as cron(8) reads them.

    A bare `%` ends the command, `\\%` is a percent sign.
    """
    *fields, command = line.split(" ", maxsplit=5)
    return " ".join(fields), re.split(r"(?<!\\)%", command)[0].replace(r"\%", "%")


# Text of the lines


@given(project=paths, python=paths)
def test_the_shell_receives_every_path_unchanged(project: Path, python: Path) -> None:
    line = Place(project=project, python=python).line(schedule="0 5 * * *", command="wake_up")

    fields, command = as_cron_reads(line)

    assert fields == "0 5 * * *"
    assert shlex.split(command, comments=True) == [
        "/bin/sh",
        f"{project}/jobs/crontab/run.sh",
        str(python),
        "wake_up",
    ]


@given(one=paths, other=paths)
def test_a_project_folder_owns_only_its_own_lines(one: Path, other: Path) -> None:
    nested = Path(f"{other} # hotel back office in {one}")
    python = Path("/usr/bin/python3")

    mine = Place(project=one, python=python)

    for project in (one, other, nested):
        line = Place(project=project, python=python).line(schedule="* * * * *", command="wake_up")
        assert mine.owns(line) == (project == one)


@pytest.mark.parametrize("name", ["back\\slash", "new\nline", "bell\a"])
def test_a_path_that_a_crontab_line_cannot_contain_is_refused(name: str) -> None:
    with pytest.raises(CannotInstall, match="backslash or a control character"):
        Place(project=Path("/srv", name), python=Path("/usr/bin/python3"))


def test_a_line_that_is_too_long_for_cron_is_refused() -> None:
    place = Place(project=Path("/srv", "x" * 500), python=Path("/usr/bin/python3"))

    with pytest.raises(CannotInstall, match="too long"):
        place.line(schedule="* * * * *", command="wake_up")


# Times of the lines


@pytest.mark.parametrize("name", ["UTC", "Africa/Abidjan", "Atlantic/Reykjavik"])
def test_in_utc_the_line_has_the_schedule_itself(name: str) -> None:
    assert local_schedule(schedule="0 5 * * 1", zone=ZoneInfo(name), now=NOW) == "0 5 * * 1"


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("Europe/London", "0 * * * *"),
        ("Asia/Tokyo", "0 * * * *"),
        ("Asia/Kolkata", "30 * * * *"),
        ("Asia/Kathmandu", "45 * * * *"),
        ("Australia/Lord_Howe", "0,30 * * * *"),
    ],
)
def test_outside_utc_the_line_starts_every_hour_at_the_minutes_of_the_schedule(
    name: str, fields: str
) -> None:
    assert local_schedule(schedule="0 5 * * 1", zone=ZoneInfo(name), now=NOW) == fields


@given(
    name=st.sampled_from(sorted(available_timezones())),
    schedule=st.sampled_from(["0 5 * * *", "*/20 * * * *", "7,52 3 1 * *", "* * * * *"]),
    days=st.integers(0, 700),
)
def test_no_slot_is_missed_in_any_time_zone(name: str, schedule: str, days: int) -> None:
    zone = ZoneInfo(name)
    slot = next(CronSim(schedule, NOW + timedelta(days=days)))

    fields = local_schedule(schedule=schedule, zone=zone, now=NOW)

    # Wall time without a zone: the daemon compares numbers, and starts the line in every hour.
    on_the_wall = slot.astimezone(zone).replace(tzinfo=None)
    assert next(CronSim(fields, on_the_wall - timedelta(minutes=1))) == on_the_wall


def test_a_machine_without_a_time_zone_is_in_utc(tmp_path: Path) -> None:
    assert lines.machine_zone(localtime=tmp_path / "none") is UTC


def test_the_machines_time_zone_is_read_from_its_file(tmp_path: Path) -> None:
    localtime = tmp_path / "localtime"
    localtime.write_bytes((files("tzdata") / "zoneinfo/Asia/Tokyo").read_bytes())

    zone = lines.machine_zone(localtime=localtime)

    assert NOW.astimezone(zone).hour == 15
