"""`manage.py install_crontab`, with a crontab program of the tests."""

import shlex
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from jobs.crontab.lines import CannotInstall

STRANGERS = (
    "# of another owner\nMAILTO=desk@example.com\n0 4 * * * /usr/bin/backup 100\\% # nightly\n"
)
KEEPS = 'cat >"$table"'
PROGRAM = """#!/bin/sh
table={table}
case $1 in
-l) [ -f "$table" ] || {{ echo "no crontab for tester" >&2; exit 1; }}; cat "$table" ;;
-r) rm -f "$table" ;;
-) {put} ;;
esac
"""


class Fake:
    """A program `crontab` that keeps its table in a file of the test."""

    def __init__(self, folder: Path) -> None:
        self.table = folder / "table"
        self.program = folder / "crontab"
        self.behave(KEEPS)

    def behave(self, put: str) -> None:
        """Let it do `put`, some shell, when it is given a table."""
        self.program.write_text(PROGRAM.format(table=shlex.quote(str(self.table)), put=put))
        self.program.chmod(0o755)

    def text(self) -> str | None:
        return self.table.read_text() if self.table.exists() else None


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings) -> Fake:
    """The program in the place of the machine's, a rehearsal that goes well, and two jobs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setattr("jobs.management.commands.install_crontab.rehearse", lambda **_: None)
    settings.BASE_DIR = tmp_path / "hotel"
    settings.CRONJOBS = [
        ("0 5 * * *", "django.core.management.call_command", ["wake_up", "--scheduled"]),
        ("30 */2 * * *", "django.core.management.call_command", ["look_round", "--scheduled"]),
    ]
    return Fake(folder)


def install(*options: str) -> str:
    out = StringIO()
    call_command("install_crontab", "--zone", "UTC", *options, stdout=out)
    return out.getvalue()


# Installing and removing


def test_every_job_gets_a_line(fake: Fake, tmp_path: Path) -> None:
    install()

    lines = (fake.text() or "").splitlines()
    assert [" ".join(line.split()[:5]) for line in lines] == ["0 5 * * *", "30 */2 * * *"]
    assert all(f"{tmp_path}/hotel/jobs/crontab/run.sh" in line for line in lines)


def test_lines_of_others_stay_as_they_are(fake: Fake) -> None:
    fake.table.write_text(STRANGERS)

    install()

    assert (fake.text() or "").startswith(STRANGERS)


def test_bytes_that_are_no_text_stay_as_they_are(fake: Fake) -> None:
    fake.table.write_bytes(b"# caf\xe9\r\n")

    install()

    assert fake.table.read_bytes().startswith(b"# caf\xe9\r\n0 5")


def test_installing_twice_changes_nothing_and_says_so(fake: Fake) -> None:
    install()
    before = fake.text()
    fake.behave("exit 9")

    said = install()

    assert "nothing changed" in said
    assert fake.text() == before


def test_a_line_added_below_by_its_owner_is_no_change(fake: Fake) -> None:
    install()
    with fake.table.open("a") as table:
        table.write(STRANGERS)
    fake.behave("exit 9")

    assert "nothing changed" in install()


def test_a_changed_schedule_replaces_its_line_in_place(fake: Fake, settings) -> None:
    install()
    with fake.table.open("a") as table:
        table.write(STRANGERS)
    settings.CRONJOBS = [("15 6 * * *", "call", ["wake_up", "--scheduled"])]

    install()

    text = fake.text() or ""
    assert text.startswith("15 6 * * *")
    assert text.endswith(STRANGERS)
    assert text.count("run.sh") == 1


def test_removing_leaves_the_lines_of_others(fake: Fake) -> None:
    fake.table.write_text(STRANGERS)
    install()

    said = install("--remove")

    assert "Removed 2 lines" in said
    assert fake.text() == STRANGERS


def test_removing_the_only_lines_leaves_no_crontab(fake: Fake) -> None:
    install()

    install("--remove")

    assert fake.text() is None


def test_removing_what_is_not_there_says_so(fake: Fake) -> None:
    fake.behave("exit 9")

    assert "nothing changed" in install("--remove")


def test_two_checkouts_leave_each_other_alone(fake: Fake, settings, tmp_path: Path) -> None:
    install()
    first = fake.text() or ""
    settings.BASE_DIR = tmp_path / "hotel-2"

    install()
    install("--remove")

    assert fake.text() == first


def test_a_path_with_blanks_and_signs_is_installed_and_removed(
    fake: Fake, settings, tmp_path: Path
) -> None:
    settings.BASE_DIR = tmp_path / "50% off # it's"

    install()

    assert "nothing changed" in install()
    assert "Removed 2 lines" in install("--remove")


def test_show_prints_the_lines_once_they_are_installed(fake: Fake) -> None:
    install()

    assert install("--show").startswith(fake.text() or "no table")


def test_show_writes_nothing_and_fails_where_a_line_is_missing(fake: Fake) -> None:
    with pytest.raises(CommandError, match="The crontab differs") as raised:
        install("--show")

    assert raised.value.returncode == 1
    assert fake.text() is None


def test_outside_utc_the_lines_fire_every_hour_and_the_command_says_so(fake: Fake) -> None:
    said = install("--zone", "America/New_York")

    assert "not in UTC" in said
    lines = (fake.text() or "").splitlines()
    assert [" ".join(line.split()[:5]) for line in lines] == ["0 * * * *", "30 * * * *"]


def test_in_utc_there_is_nothing_to_say_about_the_clock(fake: Fake) -> None:
    assert "not in UTC" not in install()


# What can go wrong


def test_a_table_crontab_refuses_is_an_error_in_its_words(fake: Fake) -> None:
    fake.table.write_text(STRANGERS)
    fake.behave(
        """cat >/dev/null; printf '"-":0: bad minute\\n' >&2
        echo "errors in crontab file, can't install." >&2; exit 1"""
    )

    with pytest.raises(
        CommandError, match=r"refused .*: bad minute errors in crontab file"
    ) as raised:
        install()

    assert raised.value.returncode == 1
    assert fake.text() == STRANGERS


def test_a_line_that_crontab_drops_is_an_error_that_shows_it(fake: Fake) -> None:
    fake.behave("sed '$d' >\"$table\"")

    with pytest.raises(
        CommandError, match=r"(?s)does not hold what was installed.*\n- 30 \*/2"
    ) as raised:
        install()

    assert raised.value.returncode == 1


def test_a_line_that_crontab_changes_is_an_error(fake: Fake) -> None:
    fake.behave("sed 's/^0 5/0 6/' >\"$table\"")

    with pytest.raises(CommandError, match="does not hold what was installed"):
        install()


def test_a_crontab_that_cannot_be_read_is_left_alone(fake: Fake) -> None:
    fake.table.write_text(STRANGERS)
    fake.program.write_text('#!/bin/sh\necho "You (tester) are not allowed" >&2\nexit 1\n')

    with pytest.raises(CommandError, match=r"cannot be read: You \(tester\) are not allowed"):
        install()

    assert fake.text() == STRANGERS


def test_without_the_program_there_is_one_sentence(
    fake: Fake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CommandError, match="install Debian's package cron") as raised:
        install()

    assert raised.value.returncode == 2


def test_a_path_cron_cannot_name_is_wrong_usage(fake: Fake, settings) -> None:
    settings.BASE_DIR = Path("/srv/new\nline")

    with pytest.raises(CommandError, match="control character") as raised:
        install()

    assert raised.value.returncode == 2


def test_an_unknown_zone_is_wrong_usage() -> None:
    with pytest.raises(CommandError, match="'Mars/Base' is not an IANA time zone") as raised:
        call_command("install_crontab", "--zone", "Mars/Base")

    assert raised.value.returncode == 2


def test_nothing_is_installed_when_the_rehearsal_fails(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_: object) -> None:
        raise CannotInstall("The jobs would not start under cron: no key.")

    monkeypatch.setattr("jobs.management.commands.install_crontab.rehearse", fails)

    with pytest.raises(CommandError, match="would not start") as raised:
        install()

    assert raised.value.returncode == 2
    assert fake.text() is None
