"""The job commands, called by crontab and by users."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from hotels.models import Guest, Hotel
from jobs import registry, scheduling
from jobs.crontab.lines import command_name
from jobs.models import JobExecution, Trigger
from tests.dumps import every_row
from tests.factories import HotelFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, lapse, of_slot

pytestmark = pytest.mark.django_db

COMMANDS = {command_name(job.name): job.name for job in registry.all_jobs()}


def run(command: str, *options: str) -> str:
    out = io.StringIO()
    call_command(command, *options, stdout=out)
    return out.getvalue()


def run_json(command: str, *options: str) -> dict[str, Any]:
    return json.loads(run(command, "--json", *options))


@pytest.fixture
def greetings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let check_no_shows run the simple job of the tests instead of its own."""
    job = fakes.make_job(fakes.greet, name="check-no-shows")
    monkeypatch.setitem(registry._jobs, "check-no-shows", job)
    return


@pytest.fixture
def closed_lobby(hotel: Hotel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let check_no_shows run a simple job that fails for `hotel`."""

    def service(context: Any) -> fakes.Greetings:
        failing = context.hotel == hotel
        return fakes.fail_after_writing(context) if failing else fakes.greet(context)

    job = fakes.make_job(service, name="check-no-shows")
    monkeypatch.setitem(registry._jobs, "check-no-shows", job)


@pytest.mark.parametrize(("command", "job_name"), COMMANDS.items())
def test_each_job_runs_for_every_active_hotel(command: str, job_name: str) -> None:
    hotels = HotelFactory.create_batch(2)
    HotelFactory(active=False)

    report = run_json(command)

    assert report["job"] == job_name
    assert [outcome["hotel"] for outcome in report["outcomes"]] == sorted(
        hotel.code for hotel in hotels
    )
    assert all(outcome["status"] == "COMPLETED" for outcome in report["outcomes"])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_result_contains_the_hotel_and_its_problems(command: str, hotel: Hotel) -> None:
    (outcome,) = run_json(command)["outcomes"]

    assert outcome["result"]["hotelId"] == hotel.pk
    assert outcome["result"]["problems"] == []


@pytest.mark.usefixtures("greetings")
def test_a_scheduled_call_beside_a_dead_worker_gives_exit_code_1(hotel: Hotel) -> None:
    slot = scheduling.latest_slot(
        expression=registry.get("check-no-shows").schedule, at=timezone.now()
    )
    row = of_slot(hotel, slot, job_name="check-no-shows")
    lapse(claimed(row))
    out = io.StringIO()

    with pytest.raises(CommandError, match=rf"interrupted .*{hotel.code}") as caught:
        call_command("check_no_shows", "--scheduled", stdout=out)

    assert caught.value.returncode == 1
    assert "Interrupted: the worker stopped responding." in out.getvalue()


@pytest.mark.usefixtures("greetings")
def test_the_option_hotel_limits_the_run_to_the_hotels_given() -> None:
    first, second, _third = HotelFactory.create_batch(3)

    run("check_no_shows", "--hotel", first.code, "--hotel", second.code)

    assert set(Guest.objects.values_list("hotel", flat=True)) == {first.pk, second.pk}


@pytest.mark.usefixtures("greetings")
def test_a_hotel_given_twice_is_run_once(hotel: Hotel) -> None:
    run("check_no_shows", "--hotel", hotel.code, "--hotel", hotel.code)

    assert Guest.objects.count() == 1


def refused(*options: str) -> str:
    before = every_row()
    with pytest.raises(CommandError) as caught:
        run("check_no_shows", *options)
    assert caught.value.returncode == 2
    assert every_row() == before
    return str(caught.value)


def test_an_unknown_hotel_is_refused_with_similar_codes() -> None:
    HotelFactory(code="lisbon")

    sentence = refused("--hotel", "lisbonn")

    assert sentence == "There is no hotel 'lisbonn'; did you mean lisbon?"
    assert "did you mean lisbon?" in refused("--hotel", "LISBON")


def test_an_inactive_hotel_is_refused() -> None:
    HotelFactory(code="closed", active=False)

    assert "not active" in refused("--hotel", "closed")


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01T00:00:00Z", "", "25:00"])
def test_an_invalid_instant_is_refused(text: str) -> None:
    assert "is not an ISO 8601 instant" in refused("--as-of", text)


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("2026-07-01T03:30:00", "2026-07-01T03:30:00Z"),
        ("2026-07-01", "2026-07-01T00:00:00Z"),
    ],
)
def test_an_instant_without_offset_is_refused_with_a_correction(text: str, instead: str) -> None:
    assert f"has no UTC offset: write {instead} or" in refused("--as-of", text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00"])
def test_an_instant_in_an_impossible_year_is_refused(text: str) -> None:
    assert "is not within the years 1970 to 2199" in refused("--as-of", text)


def test_dry_run_together_with_scheduled_is_refused() -> None:
    assert "cannot be used together" in refused("--dry-run", "--scheduled")


@pytest.mark.usefixtures("greetings")
def test_as_of_replaces_the_current_time(hotel: Hotel) -> None:
    report = run_json("check_no_shows", "--as-of", "2020-02-29T12:00:00+01:00")

    assert report["asOf"] == "2020-02-29T11:00:00Z"
    assert JobExecution.objects.get().as_of.isoformat() == "2020-02-29T11:00:00+00:00"


@pytest.mark.usefixtures("closed_lobby")
def test_a_failing_hotel_stops_no_other_hotel_and_the_exit_code_is_1(
    hotel: Hotel,
) -> None:
    HotelFactory()

    with pytest.raises(CommandError) as caught:
        run("check_no_shows")

    assert caught.value.returncode == 1
    assert hotel.code in str(caught.value)
    assert Guest.objects.count() == 1


@pytest.mark.usefixtures("greetings", "hotel")
def test_a_dry_run_shows_the_changes_and_saves_nothing() -> None:
    before = every_row()

    report = run_json("check_no_shows", "--dry-run")

    assert report["dryRun"]
    assert report["outcomes"][0]["effects"]["guest greeted"]["count"] == 1
    assert every_row() == before


@pytest.mark.usefixtures("closed_lobby")
def test_a_dry_run_of_a_job_that_would_fail_exits_with_1() -> None:
    with pytest.raises(CommandError) as caught:
        run("check_no_shows", "--dry-run")

    assert caught.value.returncode == 1


@pytest.mark.usefixtures("greetings", "hotel")
def test_a_scheduled_call_runs_the_latest_slot_once() -> None:
    run("check_no_shows", "--scheduled", "--as-of", "2026-07-01T04:00:20Z")

    again = run("check_no_shows", "--scheduled", "--as-of", "2026-07-01T04:01:00Z")

    execution = JobExecution.objects.get()
    assert "already done" in again
    assert execution.trigger == Trigger.CRON
    assert execution.scheduled_for is not None
    assert execution.scheduled_for.isoformat() == "2026-07-01T04:00:00+00:00"


@pytest.mark.usefixtures("greetings")
def test_the_table_shows_job_hotel_status_and_result() -> None:
    HotelFactory(code="lisbon")

    text = run("check_no_shows")

    for word in ("check-no-shows", "lisbon", "COMPLETED", "1 greeted"):
        assert word in text


def test_without_hotels_the_command_says_so() -> None:
    assert "No hotels to run for." in run("check_no_shows")


def test_the_job_list_contains_schedule_last_and_next_run_and_success_rate(
    hotel: Hotel, greetings: None
) -> None:
    run("check_no_shows")

    jobs = {row["job"]: row for row in json.loads(run("jobs", "--json"))["jobs"]}

    assert set(jobs) == set(COMMANDS.values())
    assert jobs["check-no-shows"]["successRate"] == 100.0
    assert jobs["check-no-shows"]["lastRun"] is not None
    assert jobs["generate-invoices"]["lastRun"] is None
    assert jobs["generate-invoices"]["scheduleInWords"] == "At 02:00"


def test_the_job_list_is_printed_as_a_table() -> None:
    text = run("jobs")

    assert "no runs yet" in text
    assert "At 00:00, only on Monday" in text


@pytest.fixture
def sleeping_guest(hotel: Hotel, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let check_no_shows run a simple job that has a problem in `hotel`."""

    def service(context: Any) -> fakes.Greetings:
        return (fakes.handle_some if context.hotel == hotel else fakes.greet)(context)

    job = fakes.make_job(service, name="check-no-shows")
    monkeypatch.setitem(registry._jobs, "check-no-shows", job)


@pytest.mark.parametrize("options", [(), ("--scheduled",), ("--dry-run",)])
def test_a_hotel_with_problems_gives_exit_code_1(
    hotel: Hotel, sleeping_guest: None, options: tuple[str, ...]
) -> None:
    HotelFactory()

    with pytest.raises(CommandError, match="with problems for 1 hotel: ") as failure:
        run("check_no_shows", *options)

    assert failure.value.returncode == 1
    assert str(failure.value).endswith(f"hotel: {hotel.code}.")


def test_a_hotel_with_problems_is_not_shown_as_completed(
    hotel: Hotel, sleeping_guest: None
) -> None:
    out = io.StringIO()

    with pytest.raises(CommandError):
        call_command("check_no_shows", stdout=out)

    assert "COMPLETED, 1 problem" in out.getvalue()


def test_json_has_the_number_of_problems_and_no_success(hotel: Hotel, sleeping_guest: None) -> None:
    out = io.StringIO()

    with pytest.raises(CommandError):
        call_command("check_no_shows", "--json", stdout=out)

    report = json.loads(out.getvalue())
    assert (report["success"], report["outcomes"][0]["problems"]) == (False, 1)


def test_problems_of_a_slot_that_ran_before_are_reported_without_failing_again(
    hotel: Hotel, sleeping_guest: None
) -> None:
    with pytest.raises(CommandError):
        run("check_no_shows", "--scheduled")

    assert "COMPLETED, 1 problem" in run("check_no_shows", "--scheduled")


def test_the_list_of_jobs_counts_problems_apart_from_successes(
    hotel: Hotel, sleeping_guest: None
) -> None:
    HotelFactory()
    with pytest.raises(CommandError):
        run("check_no_shows")

    (row,) = [row for row in run_json("jobs")["jobs"] if row["job"] == "check-no-shows"]

    assert (row["completed"], row["completedWithProblems"], row["successRate"]) == (2, 1, 50.0)
