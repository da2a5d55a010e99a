"""`manage.py prune_executions`: executions deleted and kept."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from hotels.models import Hotel, Message
from jobs import clean_up, pruning
from jobs.models import FailureKind, JobExecution, JobRun, SkipReason, Status
from tests.dumps import every_row
from tests.factories import HotelFactory
from tests.hotels.notifications.fakes import message_of
from tests.jobs.engine import waiting

pytestmark = pytest.mark.django_db

OLD = timedelta(days=401)


def ended(
    hotel: Hotel, status: Status = Status.COMPLETED, *, age: timedelta = OLD, **more: Any
) -> JobExecution:
    at = timezone.now() - age
    run = JobRun.objects.create(job_name="greet-guests", trigger="COMMAND", created_at=at)
    reasons = {
        Status.FAILED: {"failure_kind": FailureKind.FAILED},
        Status.SKIPPED: {"skip_reason": SkipReason.MISSED},
    }
    columns = {"status": status, "completed_at": at, "created_at": at, "run": run}
    return waiting(hotel, **columns | reasons.get(status, {}) | more)


def prune(*options: str) -> str:
    out = io.StringIO()
    call_command("prune_executions", *options, stdout=out)
    return out.getvalue()


def test_old_executions_are_deleted_and_newer_ones_kept(hotel: Hotel) -> None:
    ended(hotel, Status.FAILED)
    young = ended(hotel, age=timedelta(days=399))

    assert prune() == "1 execution older than 400 days deleted.\n"

    assert list(JobExecution.objects.all()) == [young]


def test_the_latest_success_of_each_job_in_each_hotel_is_kept(hotel: Hotel) -> None:
    ended(hotel, age=OLD * 2)
    newest = ended(hotel)
    others = ended(HotelFactory())
    other_job = ended(hotel, job_name="shine-shoes")

    prune()

    assert set(JobExecution.objects.all()) == {newest, others, other_job}


def test_the_earlier_attempts_of_the_latest_success_are_kept(hotel: Hotel) -> None:
    first = ended(hotel, Status.FAILED)
    second = ended(hotel, attempt=2, first_attempt=first)

    prune()

    assert set(JobExecution.objects.all()) == {first, second}


def test_retries_are_deleted_with_their_first_attempt(hotel: Hotel) -> None:
    first = ended(hotel, Status.FAILED)
    ended(hotel, Status.FAILED, attempt=2, first_attempt=first)

    assert prune() == "2 executions older than 400 days deleted.\n"


def test_a_first_attempt_is_kept_while_its_retry_is_recent(hotel: Hotel) -> None:
    first = ended(hotel, Status.FAILED)
    ended(hotel, Status.FAILED, age=timedelta(1), attempt=2, first_attempt=first)

    prune()

    assert JobExecution.objects.count() == 2


def test_pending_executions_are_kept(hotel: Hotel) -> None:
    at = timezone.now() - OLD
    waiting(hotel, created_at=at)

    prune()

    assert JobExecution.objects.count() == 1


def test_runs_without_executions_are_deleted(hotel: Hotel) -> None:
    ended(hotel, Status.SKIPPED)

    prune()

    assert not JobRun.objects.exists()


def test_messages_of_deleted_executions_are_kept(hotel: Hotel) -> None:
    row = ended(hotel, Status.FAILED)
    message_of(hotel, cause_model="jobs.jobexecution", cause_id=row.pk)

    prune()

    assert Message.objects.count() == 1


def test_executions_are_deleted_in_batches(hotel: Hotel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "BATCH", 2)
    for _ in range(5):
        ended(hotel, Status.FAILED)

    assert list(pruning.prune(before=timezone.now())) == [2, 2, 1]


def test_rows_that_are_kept_do_not_hide_newer_ones(
    hotel: Hotel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "BATCH", 1)
    kept = ended(hotel)
    ended(hotel, Status.FAILED)

    prune()

    assert list(JobExecution.objects.all()) == [kept]
    assert JobRun.objects.count() == 1


def test_executions_newer_than_the_limit_are_not_read(
    hotel: Hotel, monkeypatch: pytest.MonkeyPatch, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    monkeypatch.setattr(pruning, "BATCH", 1)
    for _ in range(5):
        ended(hotel, Status.FAILED, age=timedelta(1))

    # The first execution, and the first run.
    assert queries_of(lambda: pruning.prune_expired(now=timezone.now())) == 2


class TestExpired:
    """What the tick deletes once an hour."""

    def test_it_is_limited_to_some_batches(
        self, hotel: Hotel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pruning, "BATCH", 1)
        monkeypatch.setattr(pruning, "MOST_BATCHES", 2)
        for _ in range(3):
            ended(hotel, Status.FAILED)

        deleted = [pruning.prune_expired(now=timezone.now()) for _ in range(2)]

        assert deleted == [2, 1]

    def test_executions_of_the_days_to_keep_stay(self, hotel: Hotel, settings: Any) -> None:
        settings.JOBS_KEEP_DAYS = 31
        ended(hotel, Status.FAILED, age=timedelta(days=31, minutes=1))
        young = ended(hotel, Status.FAILED, age=timedelta(days=31, minutes=-1))

        pruning.prune_expired(now=timezone.now())

        assert list(JobExecution.objects.all()) == [young]

    def test_the_setting_0_keeps_them_all(self, hotel: Hotel, settings: Any) -> None:
        settings.JOBS_KEEP_DAYS = 0
        ended(hotel, Status.FAILED)

        assert pruning.prune_expired(now=timezone.now()) == 0
        assert JobExecution.objects.exists()

    def test_nothing_is_deleted_once_the_caller_is_to_stop(self, hotel: Hotel) -> None:
        ended(hotel, Status.FAILED)

        assert pruning.prune_expired(now=timezone.now(), stop=lambda: True) == 0

    def test_the_hourly_deletion_ends_after_its_time(
        self, hotel: Hotel, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Jobs are due in the next minute."""
        monkeypatch.setattr(clean_up, "MOST_SECONDS", 0.0)
        ended(hotel, Status.FAILED)

        assert clean_up.delete_old_rows(now=timezone.now()) == 0


def test_a_dry_run_counts_and_deletes_nothing(hotel: Hotel) -> None:
    ended(hotel, Status.FAILED)
    before = every_row()

    text = prune("--dry-run")

    assert text.startswith("1 execution older than 400 days would be deleted.")
    assert every_row() == before


@pytest.mark.parametrize("days", ["0", "-1", "30", "many", "1e3", "99999999999", ""])
def test_an_impossible_number_of_days_is_refused(days: str) -> None:
    with pytest.raises(CommandError, match="must be a whole number from 31 to 36500") as caught:
        prune("--keep-days", days)

    assert caught.value.returncode == 2


def test_the_number_of_queries_does_not_grow_with_the_executions(
    hotel: Hotel, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    for _ in range(2):
        ended(hotel, Status.FAILED)
    few = queries_of(lambda: list(pruning.prune(before=timezone.now())))
    for _ in range(30):
        ended(hotel, Status.FAILED)

    assert queries_of(lambda: list(pruning.prune(before=timezone.now()))) <= few
