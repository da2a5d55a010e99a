"""Rules about the workers of the queue."""

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hotels.models import Hotel, HotelGroup, Message
from jobs import tick
from jobs.alerts.evaluation import evaluate
from jobs.models import Alert, JobExecution, Tick, WorkerProcess
from jobs.scheduling.opening import open_due
from tests.factories import HotelFactory
from tests.jobs.alerts.rules import rule_of, subjects
from tests.jobs.engine import claimed, own_schedule, waiting

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NONE = "No worker at work for 31 min: the tick runs the jobs itself."


@pytest.fixture
def _queue(settings: Any) -> None:
    settings.JOBS_EXECUTOR = "queue"


@pytest.fixture
def last_seen(now: datetime) -> Callable[..., None]:
    """Store when a tick last found a worker at work."""

    def store(ago: timedelta | None) -> None:
        at = None if ago is None else now - ago
        Tick.objects.update_or_create(
            pk=1, defaults={"looked_until": now, "ticked_at": now, "attended_at": at}
        )

    return store


def worker(**columns: Any) -> WorkerProcess:
    """A worker that reports, by the clock of the database."""
    return WorkerProcess.objects.create(host="here", pid=1, concurrency=1, **columns)


@pytest.mark.usefixtures("_queue")
class TestNoWorker:
    """No worker is at work, whether anything waits or not."""

    def test_an_alert_opens_after_so_many_minutes_and_closes_when_one_attends(
        self, owner: User, hotel: Hotel, now: datetime, last_seen: Callable[..., None]
    ) -> None:
        rule_of(owner, kind="worker", minutes=30)
        last_seen(30 * MINUTE)
        evaluate(now=now)
        assert subjects() == []

        evaluate(now=now + MINUTE)
        evaluate(now=now + 2 * MINUTE)
        assert subjects() == [NONE]
        assert not Alert.objects.get().parts.exists()

        worker()
        evaluate(now=now + 3 * MINUTE)
        evaluate(now=now + 4 * MINUTE)
        assert subjects()[1:] == [f"Recovered: {NONE}"]

    def test_workers_that_are_stopping_or_hang_are_not_at_work(
        self, owner: User, hotel: Hotel, now: datetime, last_seen: Callable[..., None]
    ) -> None:
        rule_of(owner, kind="worker", minutes=30)
        last_seen(31 * MINUTE)
        worker(draining=True)
        hanging = worker()
        WorkerProcess.objects.filter(pk=hanging.pk).update(
            active_at=hanging.active_at - 2 * WorkerProcess.LOOKED_WITHIN
        )

        evaluate(now=now)

        assert subjects() == [NONE]

    def test_it_stays_open_until_workers_have_been_there_for_the_closing_threshold(
        self, owner: User, hotel: Hotel, now: datetime, last_seen: Callable[..., None]
    ) -> None:
        rule_of(owner, kind="worker", minutes=30, close_after=5, open_at=9)
        last_seen(31 * MINUTE)
        evaluate(now=now)
        worker()
        for minutes in (1, 5):
            evaluate(now=now + minutes * MINUTE)
        assert subjects() == [NONE]

        evaluate(now=now + 6 * MINUTE)
        assert len(subjects()) == 2

    def test_before_the_first_tick_with_the_queue_nothing_opens(
        self, owner: User, hotel: Hotel, now: datetime, last_seen: Callable[..., None]
    ) -> None:
        rule_of(owner, kind="worker", minutes=1)
        evaluate(now=now)
        last_seen(None)
        evaluate(now=now)

        assert subjects() == []

    def test_the_queue_that_is_switched_off_closes_it_without_a_word(
        self,
        owner: User,
        hotel: Hotel,
        now: datetime,
        last_seen: Callable[..., None],
        settings: Any,
    ) -> None:
        rule_of(owner, kind="worker", minutes=30)
        last_seen(31 * MINUTE)
        evaluate(now=now)

        settings.JOBS_EXECUTOR = "inline"
        evaluate(now=now + MINUTE)

        assert Alert.objects.get().closed_at == now + MINUTE
        assert subjects() == [NONE]

    def test_quiet_hours_are_those_of_the_hotels_that_the_rule_covers(
        self, owner: User, hotel: Hotel, now: datetime, last_seen: Callable[..., None]
    ) -> None:
        HotelFactory(timezone="Asia/Tokyo")  # another owner's, where it is day
        local = now.astimezone(hotel.zone)
        quiet = {
            "quiet_from": (local - HOUR).time(),
            "quiet_until": (local + HOUR).time(),
        }
        rule_of(owner, kind="worker", minutes=30, **quiet)
        last_seen(31 * MINUTE)

        evaluate(now=now)

        assert Message.objects.get().next_attempt_at == now + HOUR


@pytest.mark.usefixtures("_queue")
class TestStuckWorkers:
    """Executions wait for a worker, although workers are there."""

    def test_hotels_whose_executions_wait_too_long_are_one_alert(
        self, owner: User, hotel: Hotel, now: datetime
    ) -> None:
        worker()
        other = HotelFactory()
        rule_of(owner, kind="worker", minutes=30)
        for each in (hotel, other):
            waiting(each, created_at=now - HOUR, updated_at=now - 31 * MINUTE)
        late = waiting(hotel, updated_at=now - 29 * MINUTE, job_name="check-no-shows")

        evaluate(now=now)

        assert subjects() == [f"{hotel.name}: 1 execution waits for a worker."]
        assert [part.hotel for part in Alert.objects.get().parts.all()] == [hotel]

        hotel.job_executions.exclude(pk=late.pk).update(status="COMPLETED", completed_at=now)
        evaluate(now=now + MINUTE)
        assert subjects()[1:] == [f"Recovered: {hotel.name}: 1 execution waits for a worker."]

    def test_retries_that_wait_for_their_time_and_jobs_switched_off_do_not_count(
        self, owner: User, hotel: Hotel, now: datetime
    ) -> None:
        rule_of(owner, kind="worker", minutes=30)
        waiting(hotel, updated_at=now - HOUR, not_before=now - 10 * MINUTE)
        evaluate(now=now)
        schedule = own_schedule(hotel, enabled=False)
        evaluate(now=now + HOUR)
        assert subjects() == []

        schedule.enabled = True
        schedule.save()
        evaluate(now=now + HOUR)
        assert len(subjects()) == 1

    @pytest.mark.parametrize("limit", ["of the job", "of the group"])
    def test_executions_that_wait_for_their_turn_do_not_count(
        self, owner: User, hotel: Hotel, now: datetime, settings: Any, limit: str
    ) -> None:
        other = HotelFactory()
        if limit == "of the job":
            settings.JOBS_LIMITS = {"greet-guests": 1}
        else:
            group = HotelGroup.objects.create(name="Chain", hotels_at_once=1)
            Hotel.objects.filter(pk__in=[hotel.pk, other.pk]).update(group=group)
        rule_of(owner, kind="worker", minutes=30)
        worker()
        begun = claimed(waiting(other))
        waiting(hotel, updated_at=now - HOUR)
        evaluate(now=now)
        assert subjects() == []

        JobExecution.objects.filter(pk=begun.pk).update(status="COMPLETED", completed_at=now)
        evaluate(now=now)
        assert subjects() == [f"{hotel.name}: 1 execution waits for a worker."]


def test_without_the_queue_nothing_is_asked_and_nothing_opens(
    owner: User, hotel: Hotel, now: datetime, last_seen: Callable[..., None]
) -> None:
    rule_of(owner, kind="outbox")
    with CaptureQueriesContext(
        connection,
    ) as before:
        evaluate(now=now)
    rule_of(owner, kind="worker", minutes=1)
    last_seen(HOUR)
    waiting(hotel, updated_at=now - HOUR)

    with CaptureQueriesContext(connection) as queries:
        evaluate(now=now)

    assert subjects() == []
    assert len(queries) == len(before)


@pytest.mark.usefixtures("_queue")
def test_the_tick_notes_when_it_last_found_a_worker(now: datetime, settings: Any) -> None:
    def noted(at: datetime) -> datetime | None:
        with time_machine.travel(at, tick=False):
            open_due(now=at)
        return Tick.objects.get().attended_at

    assert noted(now) == now  # the first one with the queue
    assert noted(now + MINUTE) == now
    process = worker()
    assert noted(now + 2 * MINUTE) == now + 2 * MINUTE
    process.delete()
    assert noted(now + 3 * MINUTE) == now + 2 * MINUTE
    settings.JOBS_EXECUTOR = "inline"
    assert noted(now + 4 * MINUTE) is None


@pytest.mark.usefixtures("_queue")
def test_a_tick_alone_reports_that_all_workers_are_dead_and_that_one_is_back_once_each(
    owner: User, hotel: Hotel, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule_of(owner, kind="worker", minutes=30)
    monkeypatch.setattr(tick.queue, "delete_lost", lambda: 0)
    monkeypatch.setattr(tick.queue, "send_delivery", lambda: None)
    monkeypatch.setattr(tick.queue, "release_all", lambda: None)

    def run_tick() -> None:
        call_command("run_due_jobs", "--scheduled", stdout=io.StringIO())

    run_tick()
    assert subjects() == []
    Tick.objects.update(attended_at=timezone.now() - 31 * MINUTE)
    run_tick()
    run_tick()
    sent = Message.objects.get()
    assert (sent.subject, sent.status) == (NONE, Message.Status.SENT)

    worker()
    run_tick()
    run_tick()
    assert subjects()[1:] == [f"Recovered: {NONE}"]
