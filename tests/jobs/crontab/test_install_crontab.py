"""`manage.py install_crontab`, with a fake program `crontab`."""

import shlex
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from jobs.crontab.lines import CannotInstall

OTHER_LINES = (
    "# of another owner\nMAILTO=desk@example.com\n0 4 * * * /usr/bin/backup 100\\% # nightly\n"
)
STORE = 'cat >"$table"'
PROGRAM = """#!/bin/sh
table={table}
case $1 in
-l) [ -f "$table" ] || {{ echo "no crontab for tester" >&2; exit 1; }}; cat "$table" ;;
-r) rm -f "$table" ;;
-) {put} ;;
esac
"""


class Fake:
    """A fake program `crontab` that stores its table in a file."""

    def __init__(self, folder: Path) -> None:
        self.table = folder / "table"
        self.program = folder / "crontab"
        self.behave(STORE)

    def behave(self, put: str) -> None:
        """Run the shell code `put` when the program receives a table."""
        self.program.write_text(PROGRAM.format(table=shlex.quote(str(self.table)), put=put))
        self.program.chmod(0o755)

    def text(self) -> str | None:
        return self.table.read_text() if self.table.exists() else None


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings) -> Fake:
    """The fake program in the PATH, a successful environment check, and two jobs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setattr(
        "jobs.management.commands.install_crontab.check_environment", lambda **_: None
    )
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


def test_other_lines_are_not_changed(fake: Fake) -> None:
    fake.table.write_text(OTHER_LINES)

    install()

    assert (fake.text() or "").startswith(OTHER_LINES)


def test_bytes_that_are_not_text_are_not_changed(fake: Fake) -> None:
    fake.table.write_bytes(b"# caf\xe9\r\n")

    install()

    assert fake.table.read_bytes().startswith(b"# caf\xe9\r\n0 5")


def test_installing_twice_changes_nothing_and_says_so(fake: Fake) -> None:
    install()
    before = fake.text()
    fake.behave("exit 9")

    output = install()

    assert "Nothing changed" in output
    assert fake.text() == before


def test_a_line_added_by_the_user_is_no_difference(fake: Fake) -> None:
    install()
    with fake.table.open("a") as table:
        table.write(OTHER_LINES)
    fake.behave("exit 9")

    assert "Nothing changed" in install()


def test_a_changed_schedule_replaces_its_line_in_place(fake: Fake, settings) -> None:
    install()
    with fake.table.open("a") as table:
        table.write(OTHER_LINES)
    settings.CRONJOBS = [("15 6 * * *", "call", ["wake_up", "--scheduled"])]

    install()

    text = fake.text() or ""
    assert text.startswith("15 6 * * *")
    assert text.endswith(OTHER_LINES)
    assert text.count("run.sh") == 1


def test_removing_keeps_other_lines(fake: Fake) -> None:
    fake.table.write_text(OTHER_LINES)
    install()

    output = install("--remove")

    assert "Removed 2 lines" in output
    assert fake.text() == OTHER_LINES


def test_removing_the_only_lines_leaves_no_crontab(fake: Fake) -> None:
    install()

    install("--remove")

    assert fake.text() is None


def test_removing_without_installed_lines_says_so(fake: Fake) -> None:
    fake.behave("exit 9")

    assert "Nothing changed" in install("--remove")


def test_two_project_folders_do_not_change_each_others_lines(
    fake: Fake, settings, tmp_path: Path
) -> None:
    install()
    first = fake.text() or ""
    settings.BASE_DIR = tmp_path / "hotel-2"

    install()
    install("--remove")

    assert fake.text() == first


def test_a_path_with_special_characters_is_installed_and_removed(
    fake: Fake, settings, tmp_path: Path
) -> None:
    settings.BASE_DIR = tmp_path / "50% off # it's"

    install()

    assert "Nothing changed" in install()
    assert "Removed 2 lines" in install("--remove")


def test_show_prints_the_installed_lines(fake: Fake) -> None:
    install()

    assert install("--show").startswith(fake.text() or "no table")


def test_show_fails_if_a_line_is_missing_and_changes_nothing(fake: Fake) -> None:
    with pytest.raises(CommandError, match="The crontab differs") as raised:
        install("--show")

    assert raised.value.returncode == 1
    assert fake.text() is None


def test_outside_utc_the_lines_start_every_hour_and_the_command_says_so(fake: Fake) -> None:
    output = install("--zone", "America/New_York")

    assert "time zone is not UTC" in output
    lines = (fake.text() or "").splitlines()
    assert [" ".join(line.split()[:5]) for line in lines] == ["0 * * * *", "30 * * * *"]


def test_in_utc_the_command_does_not_mention_the_time_zone(fake: Fake) -> None:
    assert "time zone is not UTC" not in install()


# What can go wrong


def test_a_table_that_crontab_rejects_is_an_error_with_its_message(fake: Fake) -> None:
    fake.table.write_text(OTHER_LINES)
    fake.behave(
        """cat >/dev/null; printf '"-":0: bad minute\\n' >&2
        echo "errors in crontab file, can't install." >&2; exit 1"""
    )

    with pytest.raises(
        CommandError, match=r"rejected .*: bad minute errors in crontab file"
    ) as raised:
        install()

    assert raised.value.returncode == 1
    assert fake.text() == OTHER_LINES


def test_a_line_that_crontab_drops_is_an_error_that_shows_the_line(fake: Fake) -> None:
    fake.behave("sed '$d' >\"$table\"")

    with pytest.raises(
        CommandError, match=r"(?s)differs from what was installed.*\n- 30 \*/2"
    ) as raised:
        install()

    assert raised.value.returncode == 1


def test_a_line_that_crontab_changes_is_an_error(fake: Fake) -> None:
    fake.behave("sed 's/^0 5/0 6/' >\"$table\"")

    with pytest.raises(CommandError, match="differs from what was installed"):
        install()


def test_a_crontab_that_cannot_be_read_is_not_changed(fake: Fake) -> None:
    fake.table.write_text(OTHER_LINES)
    fake.program.write_text('#!/bin/sh\necho "You (tester) are not allowed" >&2\nexit 1\n')

    with pytest.raises(CommandError, match=r"cannot be read: You \(tester\) are not allowed"):
        install()

    assert fake.text() == OTHER_LINES


def test_a_missing_crontab_program_is_reported_in_one_sentence(
    fake: Fake, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CommandError, match="install Debian's package cron") as raised:
        install()

    assert raised.value.returncode == 2


def test_a_path_that_a_crontab_line_cannot_contain_is_wrong_usage(fake: Fake, settings) -> None:
    settings.BASE_DIR = Path("/srv/new\nline")

    with pytest.raises(CommandError, match="control character") as raised:
        install()

    assert raised.value.returncode == 2


def test_an_unknown_zone_is_wrong_usage() -> None:
    with pytest.raises(CommandError, match="'Mars/Base' is not an IANA time zone") as raised:
        call_command("install_crontab", "--zone", "Mars/Base")

    assert raised.value.returncode == 2


def test_nothing_is_installed_if_the_environment_check_fails(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_: object) -> None:
        raise CannotInstall("The jobs do not start under cron: no key.")

    monkeypatch.setattr("jobs.management.commands.install_crontab.check_environment", fails)

    with pytest.raises(CommandError, match="do not start") as raised:
        install()

    assert raised.value.returncode == 2
    assert fake.text() is None
