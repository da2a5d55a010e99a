"""`manage.py run_due_jobs`, called by crontab and by users."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hotels.models import AttemptCount, Guest, Hotel
from jobs import heartbeat, tick
from jobs.models import JobExecution, Tick
from jobs.scheduling.opening import open_due
from tests.dumps import every_row
from tests.factories import HotelFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, lapse, of_slot, only_job, own_schedule, waiting

pytestmark = pytest.mark.django_db

FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
AT_FOUR = "2026-07-15T04:00:00Z"


def run(*options: str) -> str:
    out = io.StringIO()
    call_command("run_due_jobs", *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def due(hotel: Hotel) -> Iterator[Hotel]:
    """A hotel whose own schedule is due at four; the last tick was a minute before."""
    with only_job():
        own_schedule(hotel, clock="UTC")
        open_due(now=FOUR - timedelta(minutes=1))
        yield hotel


def test_due_jobs_are_run_and_shown_in_a_table(due: Hotel) -> None:
    text = run("--as-of", AT_FOUR)

    assert "1 run due, 0 missed, 0 interrupted, 1 execution run." in text
    for word in ("greet-guests", due.code, "COMPLETED", "1 greeted"):
        assert word in text


@pytest.mark.usefixtures("due")
def test_what_the_workers_of_the_queue_get_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tick.dispatch, "through_queue", lambda **_: True)
    monkeypatch.setattr(tick.dispatch, "hand_out_lost", lambda *, waiting: len(waiting))
    monkeypatch.setattr(tick.queue, "delete_lost", lambda: 0)
    monkeypatch.setattr(tick.queue, "release_all", lambda: None)

    text = run("--as-of", AT_FOUR)

    assert "0 executions run.\n1 execution handed to the workers.\n" in text


@pytest.mark.usefixtures("due")
def test_the_result_can_be_printed_as_json() -> None:
    report = json.loads(run("--as-of", AT_FOUR, "--json"))

    assert (report["success"], report["opened"], report["asOf"]) == (True, 1, AT_FOUR)
    assert report["outcomes"][0]["job"] == "greet-guests"
    assert report["outcomes"][0]["result"]["guestsGreeted"] == 1


@pytest.mark.usefixtures("due")
def test_a_preview_shows_the_slots_and_saves_nothing() -> None:
    before = every_row()

    text = run("--as-of", AT_FOUR, "--dry-run")

    assert "Preview: 1 run due, 0 missed. Nothing was saved." in text
    assert "2026-07-15 04:00" in text
    assert every_row() == before


@pytest.mark.usefixtures("due")
def test_a_preview_can_be_printed_as_json() -> None:
    report = json.loads(run("--as-of", AT_FOUR, "--dry-run", "--json"))

    assert [slot["scheduledFor"] for slot in report["slots"]] == [AT_FOUR]


@pytest.mark.usefixtures("due")
def test_a_scheduled_tick_without_work_prints_nothing() -> None:
    assert run("--as-of", "2026-07-15T03:59:30Z", "--scheduled") == ""


@pytest.mark.usefixtures("due")
def test_a_scheduled_tick_with_work_prints_the_results() -> None:
    assert "1 greeted" in run("--as-of", AT_FOUR, "--scheduled")


def test_a_failed_execution_gives_exit_code_1(hotel: Hotel) -> None:
    with only_job(fakes.fail_after_writing):
        own_schedule(hotel, clock="UTC")
        open_due(now=FOUR - timedelta(minutes=1))

        with pytest.raises(CommandError, match="1 execution failed") as caught:
            run("--as-of", AT_FOUR)

    assert caught.value.returncode == 1


def test_an_interrupted_execution_gives_exit_code_1_even_if_its_retry_succeeds(
    hotel: Hotel,
) -> None:
    with only_job():
        lapse(claimed(of_slot(hotel, FOUR)))

        with pytest.raises(CommandError, match="1 execution interrupted") as caught:
            run("--as-of", f"{timezone.now() + timedelta(hours=20):%Y-%m-%dT%H:%M:%SZ}")

    assert caught.value.returncode == 1
    assert Guest.objects.count() == 1


def test_what_waits_too_long_is_named_and_gives_exit_code_1(hotel: Hotel) -> None:
    out = io.StringIO()
    with only_job():
        claimed(of_slot(hotel, FOUR))
        stuck = of_slot(hotel, FOUR + timedelta(days=1), trigger="RETRY")
        JobExecution.objects.filter(pk=stuck.pk).update(updated_at=FOUR)

        with pytest.raises(CommandError, match="1 execution waiting too long") as caught:
            call_command("run_due_jobs", stdout=out)

    assert caught.value.returncode == 1
    waits = f"greet-guests {hotel.code}: has waited since 2026-07-15 04:00 UTC."
    assert waits in out.getvalue()


def test_an_invalid_schedule_is_shown_and_gives_exit_code_1(hotel: Hotel) -> None:
    with only_job():
        own_schedule(hotel, "61 4 * * *")
        open_due(now=FOUR - timedelta(minutes=1))
        out = io.StringIO()

        with pytest.raises(CommandError, match="1 invalid schedule"):
            call_command("run_due_jobs", "--as-of", AT_FOUR, stdout=out)

    assert "61 4 * * *" in out.getvalue()


@pytest.mark.parametrize("text", ["now", "2026-07-15", "2026-07-15T04:00:00", ""])
def test_an_invalid_instant_is_refused(text: str) -> None:
    with pytest.raises(CommandError) as caught:
        run("--as-of", text)

    assert caught.value.returncode == 2


def test_a_scheduled_call_runs_only_hotels_on_the_default_schedule(hotel: Hotel) -> None:
    def greeted() -> set[int]:
        call_command("check_no_shows", "--scheduled", stdout=io.StringIO())
        return set(JobExecution.objects.values_list("hotel_id", flat=True))

    own_schedule(HotelFactory(), job_name="check-no-shows")

    assert greeted() == {hotel.pk}


def test_a_scheduled_call_for_a_hotel_with_its_own_schedule_is_refused(hotel: Hotel) -> None:
    own_schedule(hotel, job_name="check-no-shows")

    with pytest.raises(CommandError, match="has its own schedule") as caught:
        call_command("check_no_shows", "--scheduled", "--hotel", hotel.code)

    assert caught.value.returncode == 2


class TestExpiredRows:
    """The first tick of an hour deletes them."""

    @pytest.fixture
    def counter(self) -> AttemptCount:
        with only_job():
            open_due(now=timezone.now())
        return AttemptCount.objects.create(
            key="ended", ends_at=timezone.now() - timedelta(minutes=1)
        )

    @staticmethod
    def last_tick(*, ago: timedelta) -> None:
        Tick.objects.update(ticked_at=timezone.now() - ago)

    def test_the_first_tick_of_an_hour_deletes_them(self, counter: AttemptCount) -> None:
        self.last_tick(ago=timedelta(hours=1))

        assert run("--scheduled") == ""
        assert not AttemptCount.objects.filter(pk=counter.pk).exists()

    @pytest.mark.usefixtures("counter")
    def test_the_first_tick_of_an_hour_deletes_old_executions(self, hotel: Hotel) -> None:
        at = timezone.now() - timedelta(days=401)
        old = waiting(hotel, status="FAILED", failure_kind="failed", completed_at=at, created_at=at)
        self.last_tick(ago=timedelta(hours=1))

        run("--scheduled")

        assert not JobExecution.objects.filter(pk=old.pk).exists()

    @pytest.mark.usefixtures("counter")
    def test_a_later_tick_reads_only_when_the_last_one_was(self) -> None:
        at = datetime(2026, 7, 15, 4, 59, 59, tzinfo=UTC)
        Tick.objects.update(ticked_at=at.replace(minute=0, second=0))

        with CaptureQueriesContext(connection) as captured:
            assert not tick.is_first_of_hour(now=at)
        assert len(captured) == 1
        assert tick.is_first_of_hour(now=at + timedelta(seconds=1))

    def test_a_tick_of_another_time_deletes_nothing(self, counter: AttemptCount) -> None:
        self.last_tick(ago=timedelta(hours=1))

        run("--as-of", timezone.now().isoformat())

        assert AttemptCount.objects.filter(pk=counter.pk).exists()


@pytest.fixture
def beats(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """The heartbeats that are sent, each with its URL and whether the tick was good."""
    sent: list[tuple[str, bool]] = []
    monkeypatch.setattr(settings, "HEARTBEAT_URL", "https://hc-ping.example/id")
    monkeypatch.setattr(
        heartbeat, "send_heartbeat", lambda *, url, success: sent.append((url, success))
    )
    return sent


@pytest.mark.usefixtures("db")
def test_a_tick_sends_a_heartbeat(beats: list[tuple[str, bool]]) -> None:
    with only_job():
        run("--scheduled")

    assert beats == [("https://hc-ping.example/id", True)]


@pytest.mark.usefixtures("db")
def test_a_tick_that_fails_reports_its_failure(
    beats: list[tuple[str, bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_options: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(tick, "run_tick", broken)
    with pytest.raises(RuntimeError, match="broken"):
        run()

    assert beats == [("https://hc-ping.example/id", False)]


@pytest.mark.usefixtures("due")
def test_simulated_ticks_and_previews_send_no_heartbeat(beats: list[tuple[str, bool]]) -> None:
    run("--as-of", AT_FOUR)
    run("--dry-run")

    assert beats == []
