"""A read-only database, such as a standby: one sentence, exit code 2 or status 503."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection
from django.db.utils import ConnectionHandler
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from hotels import worker_locks
from hotels.database_errors import READ_ONLY, is_read_only
from hotels.models import Guest, Hotel, Membership
from jobs import dispatch
from jobs.models import Status, Trigger
from jobs.runner import Outcome
from pms import command_line
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.hotels.http.clients import client_of
from tests.jobs import fakes
from tests.jobs.engine import of_slot, only_job
from tests.jobs.http_cron.calling import SECRET, call
from tests.naive_bookings import SAMPLE

pytestmark = pytest.mark.django_db
FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
SENTENCE = "Database error: the database is read-only; use one that can be written, such as the "


def make_read_only() -> None:
    """Let the database refuse to write until the end of the test."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            connection.check_constraints()  # those of the rows until now: it takes locks
            cursor.execute("SET TRANSACTION READ ONLY")
        else:
            cursor.execute("PRAGMA query_only = ON")


@pytest.fixture
def _writable_afterwards() -> Iterator[None]:
    yield
    if connection.vendor == "sqlite":
        connection.connection.execute("PRAGMA query_only = OFF")  # whatever state ours is in


@pytest.fixture
def read_only(_writable_afterwards: None) -> Callable[[], None]:
    return make_read_only


@pytest.mark.parametrize(
    "command",
    [
        "run_due_jobs --scheduled",
        "run_due_jobs --json",
        "check_no_shows --scheduled",
        "generate_invoices",
        "daily_housekeeping --dry-run",
        "catch_up --job check-no-shows --from {yesterday} --run",
        "prune_executions --keep-days 31",
        "create_token ana",
        f"import_bookings {SAMPLE} --as-of 2024-03-31",
        f"replay_bookings {SAMPLE} --from 2024-03-21 --to 2024-03-21",
        "demo",
    ],
)
def test_a_command_says_so_in_one_sentence_and_exits_with_2(
    command: str,
    hotel: Hotel,
    read_only: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ConnectionHandler, "close_all", lambda self: None)  # ours is the test's
    UserFactory(username="ana")
    long_ago = {"completed_at": FOUR, "created_at": FOUR}  # to be pruned
    of_slot(hotel, FOUR, status=Status.SKIPPED, skip_reason="missed", **long_ago)
    read_only()

    yesterday = f"{timezone.now() - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    with pytest.raises(SystemExit) as exited:
        command_line.execute(["manage.py", *command.format(yesterday=yesterday).split()])

    assert exited.value.code == 2
    assert capsys.readouterr().err == f"{SENTENCE}primary server.\n"


def test_a_run_that_finds_the_database_read_only_in_the_middle_stops(
    read_only: Callable[[], None], now: datetime
) -> None:
    hotels = HotelFactory.create_batch(3)
    worked: list[Outcome] = []

    def becomes_read_only() -> bool:
        if Guest.objects.exists():
            read_only()
        return False

    with pytest.raises(DatabaseError) as raised:
        dispatch.run(
            job=fakes.make_job(fakes.greet),
            hotels=hotels,
            now=now,
            trigger=Trigger.COMMAND,
            stop=becomes_read_only,
            on_outcome=worked.append,
        )

    assert is_read_only(raised.value)
    assert [outcome.hotel for outcome in worked] == hotels[:1]


@pytest.mark.parametrize("dry_run", [True, False])
def test_the_api_answers_with_a_problem(
    hotel: Hotel, read_only: Callable[[], None], dry_run: bool
) -> None:
    manager = client_of(MembershipFactory(hotel=hotel, role=Membership.Role.MANAGER).user)
    read_only()

    with only_job():
        answer = trigger(manager, hotel, dry_run=dry_run)

    assert answer.status_code == 503
    assert (answer.json()["code"], answer.json()["detail"]) == ("unavailable", READ_ONLY)
    assert answer["Content-Type"] == "application/problem+json"


def trigger(client: APIClient, hotel: Hotel, *, dry_run: bool) -> Any:
    body = {"hotelId": hotel.pk, "dryRun": dry_run}
    return client.post("/api/jobs/trigger/greet-guests", body, format="json")


@pytest.mark.usefixtures("hotel")
def test_a_cron_call_is_answered_with_a_problem(
    read_only: Callable[[], None], settings: Any
) -> None:
    settings.CRON_SECRET = [SECRET]
    with only_job():
        read_only()
        answer = call()

    assert answer.status_code == 503
    assert answer.json()["detail"] == f"{READ_ONLY} The remaining hotels will run later."


def test_a_form_is_answered_with_a_page(hotel: Hotel, read_only: Callable[[], None]) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    read_only()

    answer = client.post("/admin/hotels/guest/add/", {"hotel": hotel.pk, "name": "Ana"})

    assert answer.status_code == 503
    assert b"The database is read-only at the moment." in answer.content


def test_lock_files_that_cannot_be_written_are_an_error_of_the_database(tmp_path: Path) -> None:
    (tmp_path / "workers").write_text("a file where the folder should be")

    with (
        pytest.raises(OperationalError, match="lock files of workers"),
        worker_locks._locked_file(tmp_path / "workers" / "1"),
    ):
        pass
