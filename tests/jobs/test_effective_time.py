"""Effective times that a real run refuses: the future and closed business days (domain rule 0)."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from hotels.models import Hotel, Invoice, InvoiceSeries
from jobs import dispatch, registry, runner, tick
from jobs.backfill import backfill, past_slots
from jobs.crontab.lines import command_name
from jobs.models import JobExecution, JobRun, Status, Tick, Trigger
from jobs.runner import EffectiveTimeRefused, NotRetryable
from jobs.runner.effective_time import check_effective_time
from tests.dumps import every_row
from tests.factories import HotelFactory, UserFactory
from tests.hotels.billing.issued import completed, invoice_of
from tests.jobs import fakes

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
JOBS = [job.name for job in registry.all_jobs()]
MISTYPED = "2126-07-15T02:00:00Z"


@pytest.fixture(autouse=True)
def _clock() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def lisbon() -> Hotel:
    return HotelFactory(code="lisbon")


def refused(*command: str) -> str:
    """The sentence a command is refused with; nothing was stored, and the exit code is 2."""
    before = every_row()
    with pytest.raises(CommandError) as caught:
        call_command(*command, stdout=io.StringIO())
    assert caught.value.returncode == 2
    assert every_row() == before
    return str(caught.value)


def at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def execution(hotel: Hotel, job_name: str = "generate-invoices", **columns: Any) -> JobExecution:
    run = JobRun.objects.create(job_name=job_name, trigger=Trigger.COMMAND, created_at=NOW)
    defaults = {"as_of": NOW, "created_at": NOW, "updated_at": NOW, "trigger": Trigger.COMMAND}
    return JobExecution.objects.create(
        run=run, hotel=hotel, job_name=job_name, **defaults | columns
    )


def performed(row: JobExecution) -> JobExecution:
    job = registry.get(row.job_name)
    runner.claim(execution=row, job=job, now=timezone.now())
    runner.perform(execution=row, job=job)
    row.refresh_from_db()
    return row


class TestTheFuture:
    @pytest.mark.parametrize("job_name", JOBS)
    def test_every_job_command_refuses_it(self, lisbon: Hotel, job_name: str) -> None:
        sentence = refused(command_name(job_name), "--as-of", MISTYPED)

        assert sentence == (
            "--as-of 2126-07-15T02:00:00Z is in the future: a real run in lisbon may have a time "
            "up to 2026-07-16T06:00:00Z; correct the time, or make a preview."
        )

    def test_a_scheduled_command_refuses_it(self, lisbon: Hotel) -> None:
        assert "is in the future" in refused(
            "generate_invoices", "--scheduled", "--as-of", MISTYPED
        )

    def test_the_tick_refuses_it_and_does_not_move_its_mark(self, lisbon: Hotel) -> None:
        tick.run_tick(now=NOW)

        assert "is in the future" in refused("run_due_jobs", "--as-of", MISTYPED)
        assert Tick.objects.get().looked_until == NOW

    def test_backfill_refuses_it(self, lisbon: Hotel) -> None:
        job = registry.get("generate-invoices")
        slots = list(past_slots(job=job, hotels=[lisbon], start=NOW - DAY, end=NOW))

        with pytest.raises(EffectiveTimeRefused):
            backfill(job=job, slots=slots, now=NOW + 2 * DAY)

        assert not JobRun.objects.exists()

    def test_one_day_ahead_is_allowed_and_a_second_more_is_not(self, lisbon: Hotel) -> None:
        jobs = [registry.get("generate-invoices")]

        check_effective_time(jobs=jobs, hotels=[lisbon], at=NOW + DAY, now=NOW)
        with pytest.raises(EffectiveTimeRefused):
            check_effective_time(
                jobs=jobs, hotels=[lisbon], at=NOW + DAY + timedelta(seconds=1), now=NOW
            )

    def test_a_preview_may_look_ahead(self, lisbon: Hotel) -> None:
        completed(lisbon, 100)

        call_command("generate_invoices", "--dry-run", "--as-of", MISTYPED, stdout=io.StringIO())

        assert not Invoice.objects.exists()

    def test_a_sandbox_hotel_may_live_in_the_future(self) -> None:
        HotelFactory(is_sandbox=True)

        call_command("recalc_availability", "--as-of", MISTYPED, stdout=io.StringIO())

        assert JobExecution.objects.get().status == Status.COMPLETED

    def test_one_refused_hotel_refuses_the_whole_run(self, lisbon: Hotel) -> None:
        HotelFactory(is_sandbox=True)

        assert "a real run in lisbon may" in refused("check_no_shows", "--as-of", MISTYPED)

    def test_of_many_hotels_three_are_named(self) -> None:
        for code in "abcde":
            HotelFactory(code=code)

        assert "in a, b, c and 2 more hotels may" in refused("check_no_shows", "--as-of", MISTYPED)

    def test_a_stored_execution_fails_with_the_reason_and_issues_nothing(
        self, lisbon: Hotel
    ) -> None:
        completed(lisbon, 100)

        row = performed(execution(lisbon, as_of=NOW + 365 * DAY))

        assert (row.status, row.failure_kind) == (Status.FAILED, "failed")
        assert "is in the future" in row.error
        assert not Invoice.objects.exists()

    def test_a_retry_of_a_stored_execution_is_refused(self, lisbon: Hotel) -> None:
        row = performed(execution(lisbon, as_of=NOW + 365 * DAY))

        with pytest.raises(NotRetryable, match=r"Nothing to retry: 2027-.* is in the future"):
            runner.retry(execution=row, by=UserFactory())

        assert JobExecution.objects.count() == 1


class TestClosedBusinessDays:
    @pytest.mark.parametrize("job_name", JOBS)
    def test_every_job_with_dated_effects_refuses_them(self, lisbon: Hotel, job_name: str) -> None:
        sentence = refused(command_name(job_name), "--as-of", at(NOW - DAY))

        assert sentence == (
            "--as-of 2026-07-14T06:00:00Z is in a closed business day of lisbon (open in lisbon: "
            f"15 Jul 2026): the changes of {job_name} would be back-dated; run it at the "
            "present time, which does all open work, or make a preview."
        )

    def test_the_tick_refuses_them(self, lisbon: Hotel) -> None:
        assert "closed business day" in refused("run_due_jobs", "--as-of", at(NOW - DAY))

    def test_an_earlier_hour_of_the_open_day_is_allowed(self, lisbon: Hotel) -> None:
        call_command("check_no_shows", "--as-of", at(NOW - HOUR), stdout=io.StringIO())

        assert JobExecution.objects.get().status == Status.COMPLETED

    def test_the_day_is_that_of_the_hotel(self) -> None:
        """At 06:00 UTC Auckland has 18:00, New York 02:00: there the 14th is still open."""
        HotelFactory(code="auckland", timezone="Pacific/Auckland")
        HotelFactory(code="new-york", timezone="America/New_York")
        yesterday = at(NOW - 12 * HOUR)  # 14 July 18:00 UTC: 06:00 on the 15th, 14:00 on the 14th

        call_command("check_no_shows", "--as-of", yesterday, stdout=io.StringIO())

        assert {row.status for row in JobExecution.objects.all()} == {Status.COMPLETED}

    def test_a_time_before_the_last_invoice_is_refused(self, lisbon: Hotel) -> None:
        """Before day close: the business day of yesterday is open, but invoices bear today."""
        with time_machine.travel("2026-07-15T00:30:00Z", tick=False):  # 01:30 in Lisbon
            invoice_of(completed(lisbon, 100), now=timezone.now())

            sentence = refused("generate_invoices", "--as-of", "2026-07-14T21:00:00Z")

        assert sentence.startswith(
            "--as-of 2026-07-14T21:00:00Z is before the date of the last invoice or credit note "
            "of lisbon (15 Jul 2026 in lisbon)"
        )

    def test_a_preview_and_a_sandbox_hotel_may(self, lisbon: Hotel) -> None:
        sandbox = HotelFactory(is_sandbox=True)
        past = at(NOW - 30 * DAY)

        call_command("check_no_shows", "--dry-run", "--as-of", past, stdout=io.StringIO())
        call_command(
            "check_no_shows", "--hotel", sandbox.code, "--as-of", past, stdout=io.StringIO()
        )

        assert JobExecution.objects.get().hotel == sandbox

    def test_a_late_slot_runs_at_the_present_time(self, lisbon: Hotel) -> None:
        completed(lisbon, 100)

        performed(execution(lisbon, scheduled_for=NOW - 9 * DAY, as_of=NOW - 9 * DAY))

        assert Invoice.objects.get().issue_date == date(2026, 7, 15)

    def test_catching_up_runs_at_the_present_time(self, lisbon: Hotel) -> None:
        completed(lisbon, 100)

        options = ("--job", "generate-invoices", "--from", at(NOW - 3 * DAY), "--run")
        call_command("catch_up", *options, stdout=io.StringIO())

        assert {row.status for row in JobExecution.objects.all()} == {Status.COMPLETED}
        assert Invoice.objects.get().issue_date == date(2026, 7, 15)

    def test_a_request_that_waited_over_day_close_is_worked_as_requested(
        self, lisbon: Hotel
    ) -> None:
        row = execution(lisbon)
        with time_machine.travel(NOW + DAY, tick=False):
            assert performed(row).status == Status.COMPLETED

    def test_a_slot_stored_while_the_clock_ran_ahead_is_worked_at_the_true_time(
        self, lisbon: Hotel
    ) -> None:
        completed(lisbon, 100)
        ahead = NOW + 30 * HOUR  # in the next business day

        row = performed(execution(lisbon, scheduled_for=ahead, as_of=ahead, created_at=ahead))

        assert (row.status, row.error) == (Status.COMPLETED, "")
        assert Invoice.objects.get().issue_date == date(2026, 7, 15)

    def test_an_earlier_time_chosen_while_the_clock_ran_ahead_is_still_refused(
        self, lisbon: Hotel
    ) -> None:
        row = performed(execution(lisbon, as_of=NOW - DAY, created_at=NOW + DAY))

        assert row.status == Status.FAILED
        assert "closed business day" in row.error

    def test_a_retry_of_an_earlier_time_that_a_user_chose_is_refused(self, lisbon: Hotel) -> None:
        row = performed(execution(lisbon, as_of=NOW - 3 * DAY))

        with pytest.raises(NotRetryable, match="closed business day"):
            runner.retry(execution=row, by=UserFactory())

    def test_a_retry_of_yesterday_s_request_is_worked_at_the_present_time(
        self, lisbon: Hotel
    ) -> None:
        completed(lisbon, 100)
        row = execution(lisbon)
        JobExecution.objects.filter(pk=row.pk).update(
            status=Status.FAILED, failure_kind="failed", completed_at=NOW
        )
        with time_machine.travel(NOW + DAY, tick=False):
            attempt = runner.retry(execution=row, by=UserFactory())
            performed(attempt)

        assert Invoice.objects.get().issue_date == date(2026, 7, 16)

    def test_a_run_at_the_present_time_is_never_refused(self, lisbon: Hotel) -> None:
        """A series dated in the future keeps its order; its hotel can still invoice."""
        InvoiceSeries.objects.create(
            hotel=lisbon, kind="INVOICE", year=2126, last_number=1, last_issue_date=date(2126, 1, 1)
        )
        completed(lisbon, 100)

        call_command("generate_invoices", stdout=io.StringIO())

        assert Invoice.objects.get().issue_date == date(2126, 1, 1)

    def test_the_present_time_takes_no_query_and_an_earlier_one_a_single_query(
        self, queries_of: Callable[[Callable[[], Any]], int]
    ) -> None:
        hotels = HotelFactory.create_batch(20)
        jobs = [registry.get("generate-invoices")]

        def check(at: datetime) -> None:
            check_effective_time(jobs=jobs, hotels=hotels, at=at, now=NOW)

        assert queries_of(lambda: check(NOW)) == 0
        assert queries_of(lambda: check(NOW - HOUR)) == 1


def test_a_job_without_dated_effects_may_run_at_an_earlier_time(lisbon: Hotel) -> None:
    job = fakes.make_job(fakes.greet)

    result = dispatch.run(job=job, hotels=[lisbon], now=NOW - 9 * DAY, trigger=Trigger.COMMAND)

    assert result.success
