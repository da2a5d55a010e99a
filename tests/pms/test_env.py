"""Settings from the environment: a wrong one is reported in one sentence, without a traceback."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from pms.env import Environment
from tests.waiting import TIMEOUT

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
NEEDED = {"SECRET_KEY": "x" * 50, "DATABASE_URL": "sqlite:////tmp/none.sqlite3"}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Environment:
    for name in ("SECRET_KEY", "DEBUG", "JOBS_CONCURRENCY", "JOBS_EXECUTOR", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return Environment(dotenv=tmp_path / ".env")


@pytest.mark.parametrize(
    "given", ["ftp://x.example/", "https://a b/", "https://[::1", "https:///x"]
)
def test_a_web_address_that_cannot_be_called_is_refused_and_not_printed(
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: str,
) -> None:
    monkeypatch.setenv("HEARTBEAT_URL", given)

    with pytest.raises(SystemExit):
        environment.web_address("HEARTBEAT_URL")
    assert given not in capsys.readouterr().err


def test_a_value_is_read_from_the_file_beside_manage_py(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREETING", "restored after the test")
    monkeypatch.delenv("GREETING")
    (tmp_path / ".env").write_text("GREETING=bom dia\n")

    assert Environment(dotenv=tmp_path / ".env").text("GREETING") == "bom dia"


def test_the_environment_takes_precedence_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREETING", "good morning")
    (tmp_path / ".env").write_text("GREETING=bom dia\n")

    assert Environment(dotenv=tmp_path / ".env").text("GREETING") == "good morning"


def test_a_file_that_is_not_text_is_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".env").write_bytes(b"SECRET_KEY=\xe9\xff\n")

    with pytest.raises(SystemExit) as ended:
        Environment(dotenv=tmp_path / ".env")
    assert ended.value.code == 2
    assert capsys.readouterr().err == f"Setting error: {tmp_path}/.env is not UTF-8 text.\n"


def test_sqlite_transactions_wait_for_the_lock_at_begin(environment: Environment) -> None:
    config = environment.database("DATABASE_URL", default="sqlite:////tmp/x.sqlite3", pool_size=4)

    assert config["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in config["OPTIONS"]["init_command"]


def test_postgresql_has_a_pool_with_a_connection_for_every_worker(
    environment: Environment,
) -> None:
    url = "postgres://ana:secret@db:5432/hotels?sslmode=require"

    config = environment.database("DATABASE_URL", default=url, pool_size=4)

    assert config["OPTIONS"]["pool"]["max_size"] >= 5
    assert config["OPTIONS"]["sslmode"] == "require"


def test_the_database_may_be_on_one_of_several_hosts(environment: Environment) -> None:
    """After a standby was promoted, connections lead to it: `target_session_attrs` chooses."""
    url = "postgres://ana:secret@first,second/hotels?target_session_attrs=read-write"

    config = environment.database("DATABASE_URL", default=url, pool_size=4)

    assert config["HOST"] == "first,second"
    assert config["OPTIONS"]["target_session_attrs"] == "read-write"


@pytest.mark.parametrize(
    ("seconds", "given"),
    [(5, ""), (2, "?connect_timeout=2")],
)
def test_a_new_connection_waits_for_a_silent_server_for_seconds(
    environment: Environment, given: str, seconds: int
) -> None:
    """Less than the ten seconds for which a thread waits for a connection of the pool."""
    config = environment.database(
        "DATABASE_URL", default=f"postgres://ana@db/hotels{given}", pool_size=4
    )

    assert config["OPTIONS"]["connect_timeout"] == seconds < config["OPTIONS"]["pool"]["timeout"]


def test_a_relative_sqlite_path_is_relative_to_the_folder_of_the_settings(
    environment: Environment, tmp_path: Path
) -> None:
    config = environment.database("DATABASE_URL", default="sqlite:///books.sqlite3", pool_size=4)

    assert config["NAME"] == str(tmp_path / "books.sqlite3")


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("", None),
        ("10.0.0.7:8001", ("10.0.0.7", 8001)),
        ("[2001:db8::7]:8001", ("2001:db8::7", 8001)),
    ],
)
def test_an_address_to_listen_on_is_an_ip_address_and_a_port(
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
    given: str,
    address: tuple[str, int] | None,
) -> None:
    monkeypatch.setenv("HEALTH_ADDRESS", given)

    assert environment.address("HEALTH_ADDRESS") == address


@pytest.mark.parametrize("host", ["*", ".hotel.example", "localhost", "10.0.0.7", "[::1]"])
def test_every_kind_of_host_name_is_allowed(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", host)

    assert environment.hosts("ALLOWED_HOSTS", default=[]) == [host]


@pytest.mark.parametrize("sender", ["back-office@localhost", "Front Desk <desk@hotel.example>"])
def test_every_kind_of_sender_is_allowed(environment: Environment, sender: str) -> None:
    assert environment.sender("DEFAULT_FROM_EMAIL", default=sender) == sender


@pytest.mark.parametrize(("text", "seconds"), [("4", 4.0), (" 2.5 ", 2.5), ("0.05", 0.05)])
def test_a_time_budget_is_in_whole_or_decimal_seconds(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, text: str, seconds: float
) -> None:
    monkeypatch.setenv("CRON_TIME_BUDGET", text)

    assert environment.seconds("CRON_TIME_BUDGET", default="4", most=3600) == seconds


def start(*command: str, **wrong: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check`, or another command, in a separate process with some wrong settings."""
    return subprocess.run(
        [sys.executable, *(command or ("manage.py", "check"))],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]} | NEEDED | wrong,
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
    )


def test_gunicorn_ends_with_a_wrong_setting_instead_of_starting_workers_without_end() -> None:
    server = ["-m", "gunicorn", "--config", "python:pms.gunicorn", "--no-control-socket"]
    one = ["--workers", "1"]  # with several, one may fail while gunicorn reports another

    done = start(*server, *one, "--bind", "127.0.0.1:0", "pms.wsgi", TRUSTED_PROXIES="yes")

    assert done.returncode == 3
    assert done.stderr.count("Setting error: TRUSTED_PROXIES is 'yes'") == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is not set"),
        ({"DEBUG": "perhaps"}, "DEBUG is 'perhaps'; it must be true or false."),
        ({"JOBS_CONCURRENCY": "many"}, "must be a whole number from 1 to 1000"),
        ({"JOBS_CONCURRENCY": "0"}, "must be a whole number from 1 to 1000"),
        ({"JOBS_CONCURRENCY": "9" * 30}, "must be a whole number from 1 to 1000"),
        ({"JOBS_CONCURRENCY": "٣"}, "must be a whole number from 1 to 1000"),
        (
            {"ALLOWED_HOSTS": "http://hotel.example/"},
            "ALLOWED_HOSTS contains 'http://hotel.example/'",
        ),
        ({"ALLOWED_HOSTS": "hotel.example:8000"}, "ALLOWED_HOSTS contains 'hotel.example:8000'"),
        (
            {"JOBS_EXECUTOR": "celery"},
            "JOBS_EXECUTOR is 'celery'; it must be one of: inline, queue.",
        ),
        ({"DATABASE_REPLICA_URL": "postgres://a@b/c"}, "needs PostgreSQL; DATABASE_URL names SQL"),
        (
            {"DATABASE_URL": "postgres://a@b/c", "DATABASE_REPLICA_URL": "sqlite:///c.sqlite3"},
            "begins with 'sqlite'; use one of: postgres, postgresql.",
        ),
        ({"JOBS_EXECUTOR": "queue"}, "JOBS_EXECUTOR is 'queue', which needs PostgreSQL"),
        ({"JOBS_LIMITS": "recalc-availability"}, "JOBS_LIMITS contains 'recalc-availability'"),
        ({"JOBS_LIMITS": "generate-invoices=0"}, "such as generate-invoices=20."),
        ({"JOBS_LIMITS": "=3"}, "JOBS_LIMITS contains '=3'; write the name of a job"),
        ({"JOBS_LIMITS": "a=1,a=2"}, "JOBS_LIMITS has two limits for 'a'; write one."),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL begins with 'mysql'; use one of: sqlite"),
        ({"DATABASE_URL": "postgres://user@host:port/name"}, "is not a database URL"),
        ({"DATABASE_URL": "postgres://user@host:5432/"}, "no database name after the last slash"),
        (
            {"DATABASE_URL": "sqlite:////nowhere/at/all.sqlite3"},
            "the folder '/nowhere/at' does not exist",
        ),
        ({"DATABASE_URL": "sqlite:////tmp"}, "'/tmp' is a folder, not a file"),
        ({"DATABASE_URL": "sqlite:////tmp/x.sqlite3?mode=ro"}, "a SQLite database takes none"),
        (
            {"CRON_TIME_BUDGET": "soon"},
            "CRON_TIME_BUDGET is 'soon'; it must be a number of seconds",
        ),
        ({"CRON_TIME_BUDGET": "0.0"}, "seconds above 0 and at most 3600, such as 4 or 2.5."),
        ({"CRON_TIME_BUDGET": "-4"}, "above 0 and at most 3600, such as 4 or 2.5."),
        ({"CRON_TIME_BUDGET": "nan"}, "above 0 and at most 3600, such as 4 or 2.5."),
        ({"CRON_SECRET": "x" * 20 + ",short"}, "contains a secret of fewer than 16 characters"),
        ({"METRICS_TOKEN": "short"}, "METRICS_TOKEN contains a secret of fewer than 16"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is 'xml'; it must be one of: console, json."),
        ({"SENTRY_DSN": "https://sentry.example/1"}, "SENTRY_DSN is not a DSN such as https://"),
        ({"SENTRY_DSN": "sentry"}, "SENTRY_DSN is not a web address"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"}, "is not a web address such as"),
        ({"TRUSTED_PROXIES": "yes"}, "must be a whole number from 0 to 10"),
        ({"HEARTBEAT_URL": "hc-ping.com/x"}, "HEARTBEAT_URL is not a web address such as"),
        ({"HEALTH_ADDRESS": "8001"}, "it must be an IP address and a port, such as"),
        ({"HEALTH_ADDRESS": "::1:99999"}, "HEALTH_ADDRESS is '::1:99999'; it must be an IP"),
        ({"SESSION_IDLE_TIMEOUT": "0"}, "SESSION_IDLE_TIMEOUT is '0'; it must be a whole number"),
        ({"SESSION_LIFETIME": "12h"}, "SESSION_LIFETIME is '12h'; it must be a whole number"),
        ({"JOBS_KEEP_DAYS": "30"}, "must be 0 or a whole number from 31 to 36500"),
        ({"WEBHOOK_ALLOWED_HOSTS": "a,10.0.0.1/8"}, "contains '10.0.0.1/8'; give host names"),
        ({"EMAIL_URL": "pigeon://roof"}, "is not an e-mail URL"),
        ({"EMAIL_URL": "smtp://"}, "EMAIL_URL has no mail server"),
        ({"EMAIL_URL": "anymail+pigeon://?key=1"}, "names the unknown service 'pigeon'"),
        ({"EMAIL_URL": "anymail+postmark://"}, "EMAIL_URL has no options"),
        ({"EMAIL_URL": "anymail+postmark://?webhook_secret=short"}, "a webhook_secret that is not"),
        ({"EMAIL_URL": "filemail://"}, "EMAIL_URL has no folder"),
        ({"SITE_URL": "office.example"}, "such as https://hotel.example"),
        ({"DEFAULT_FROM_EMAIL": "the front desk"}, "DEFAULT_FROM_EMAIL is 'the front desk'"),
        ({"DEFAULT_FROM_EMAIL": "a@b.example\nBcc: c@d.example"}, "must be an address such as"),
    ],
    ids=lambda value: (
        "-".join(f"{k}-{v[:40]!a}" for k, v in value.items()) if isinstance(value, dict) else ""
    ),
)
def test_a_wrong_setting_is_reported_in_one_sentence(
    wrong: dict[str, str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The settings are read as a new process reads them."""
    environment = mock.patch.dict(os.environ, NEEDED | wrong, clear=True)

    with environment, pytest.raises(SystemExit) as refused:
        runpy.run_path(str(ROOT / "pms" / "settings.py"))

    said = capsys.readouterr().err
    assert refused.value.code == 2
    assert sentence in said
    assert len(said.strip().splitlines()) == 1


def test_a_command_ends_with_the_sentence_about_a_wrong_setting() -> None:
    done = start(DEBUG="perhaps")

    assert done.returncode == 2
    assert done.stderr == "Setting error: DEBUG is 'perhaps'; it must be true or false.\n"
