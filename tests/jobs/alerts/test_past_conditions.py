"""Rehearsals of rules that are not about one job: what the database keeps of the past."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from hotels.models import DeliveryAttempt, Folio, FolioLine, Hotel, Message
from jobs.alerts.machine import Terms
from jobs.alerts.rehearsal import REHEARSED, RuleTerms, rehearse
from jobs.models import AlertKind, JobRun, Status
from tests.factories import HotelFactory, WebhookMessageFactory
from tests.hotels.billing.issued import charge, completed, invoice_of
from tests.jobs.console.books import ended
from tests.jobs.engine import only_job, waiting

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Sent = tuple[datetime, bool, int]


def rehearsed(kind: str, *hotels: Hotel, now: datetime, **terms: Any) -> list[Sent]:
    """The messages in order: time, recovered, hotels."""
    found = rehearse(terms=RuleTerms(kind=kind, **terms), hotels=hotels, now=now)
    return [(each.at, each.recovered, each.hotels) for each in reversed(found.messages)]


@pytest.fixture
def invoicing() -> Iterator[None]:
    """The only job is the one that issues invoices."""
    with only_job(name="generate-invoices"):
        yield


def test_every_kind_but_the_digest_is_rehearsed() -> None:
    assert set(REHEARSED) == set(AlertKind) - {AlertKind.DIGEST}


@pytest.mark.parametrize(
    ("kind", "job", "count"),
    [
        ("overbooked", "recalc-availability", "overbookedNights"),
        ("unassigned", "daily-housekeeping", "unassigned"),
    ],
)
def test_what_the_results_of_a_job_count_lasts_until_the_next_run(
    hotel: Hotel, now: datetime, kind: str, job: str, count: str
) -> None:
    other = HotelFactory()
    for hours, found in ((72, 0), (48, 2), (24, 1), (2, 0)):
        ended(hotel, now - hours * HOUR, job_name=job, result={count: found})
    ended(hotel, now - 30 * HOUR, job_name=job, status=Status.FAILED, result={count: 0})
    ended(hotel, now - 40 * HOUR, job_name="check-no-shows", result={count: 0})
    ended(other, now - 20 * HOUR, job_name=job, result={count: 5})

    assert rehearsed(kind, hotel, now=now) == [
        (now - 48 * HOUR + MINUTE, False, 1),
        (now - 2 * HOUR + MINUTE, True, 1),
    ]
    two = Terms(open_at=2)
    assert rehearsed(kind, hotel, other, now=now, thresholds=two, recovery=False) == [
        (now - 20 * HOUR + MINUTE, False, 2)
    ]


@pytest.mark.usefixtures("invoicing")
def test_invoices_were_stuck_from_so_many_minutes_after_completion_until_they_were_issued(
    hotel: Hotel, now: datetime
) -> None:
    for days, until in ((3, now - 2 * DAY), (1, None)):
        folio = completed(hotel, 100, completed_at=now - days * DAY)
        FolioLine.objects.filter(folio=folio).update(business_date=date(2026, 7, 1))
        if until:
            invoice_of(folio, now=until)
    in_time = completed(hotel, 100, completed_at=now - 5 * DAY)
    FolioLine.objects.filter(folio=in_time).update(
        business_date=date(2026, 7, 1), settled_at=now - 5 * DAY + 10 * MINUTE
    )

    assert rehearsed("invoices", hotel, now=now, minutes=60) == [
        (now - 3 * DAY + HOUR + MINUTE, False, 1),
        (now - 2 * DAY + MINUTE, True, 1),
        (now - DAY + HOUR + MINUTE, False, 1),
    ]


@pytest.mark.usefixtures("invoicing")
def test_a_charge_added_after_completion_counts_from_the_end_of_its_date(
    hotel: Hotel, now: datetime
) -> None:
    folio = completed(hotel, completed_at=now - 100 * DAY)
    charge(folio, 5, business_date=now.date() - 2 * DAY)

    midnight = datetime.combine(now.date() - DAY, datetime.min.time(), hotel.zone)
    stuck = midnight + HOUR + MINUTE
    assert rehearsed("invoices", hotel, now=now, minutes=60) == [(stuck, False, 1)]


@pytest.mark.usefixtures("invoicing")
def test_what_was_stuck_before_the_period_is_not_sent_again(hotel: Hotel, now: datetime) -> None:
    folio = completed(hotel, 100, completed_at=now - 100 * DAY)
    FolioLine.objects.filter(folio=folio).update(business_date=date(2026, 1, 1))

    assert rehearsed("invoices", hotel, now=now) == []
    assert Folio.objects.count() == 1


def message(hotel: Hotel, created: datetime, **columns: Any) -> Message:
    row: Message = WebhookMessageFactory(endpoint__hotel=hotel, created_at=created)
    Message.objects.filter(pk=row.pk).update(**{"next_attempt_at": created} | columns)
    return row


def tried(row: Message, at: datetime) -> None:
    """An attempt that was accepted."""
    DeliveryAttempt.objects.create(
        message=row, number=1, started_at=at, duration=MINUTE, outcome="SENT"
    )
    Message.objects.filter(pk=row.pk).update(status="SENT", ended_at=at, next_attempt_at=None)


def test_messages_that_failed_or_waited_too_long_are_sent_of(hotel: Hotel, now: datetime) -> None:
    failed = now - 5 * DAY
    message(hotel, failed - DAY, status="FAILED", ended_at=failed, next_attempt_at=None)
    tried(message(hotel, now - 3 * DAY), now - 3 * DAY + 2 * HOUR)
    tried(message(hotel, now - 2 * DAY), now - 2 * DAY + MINUTE)  # in time
    tried(message(hotel, now - 2 * DAY, audience="guest"), now - 2 * DAY + 8 * HOUR)  # held
    message(hotel, now - HOUR)  # still waits
    message(hotel, now - HOUR, next_attempt_at=now + HOUR)  # waits for its retry

    waited = [
        (now - 3 * DAY + 31 * MINUTE, False, 1),
        (now - 3 * DAY + 121 * MINUTE, True, 1),
        (now - 29 * MINUTE, False, 1),
    ]
    first = [(failed + MINUTE, False, 1), (failed + DAY + MINUTE, True, 1)]
    assert rehearsed("outbox", hotel, now=now) == first + waited


def run_of_tick(slot: datetime, *, at: datetime, trigger: str = "CRON") -> None:
    JobRun.objects.create(
        job_name="check-no-shows", trigger=trigger, scheduled_for=slot, created_at=at
    )


def test_a_silent_tick_is_seen_from_runs_that_it_opened_late(now: datetime) -> None:
    start = now - 2 * DAY
    run_of_tick(start, at=start)
    run_of_tick(start + HOUR, at=start + 3 * HOUR)
    run_of_tick(start + 2 * HOUR, at=start + 3 * HOUR)
    run_of_tick(start + 4 * HOUR, at=start + 4 * HOUR)
    run_of_tick(start, at=start + 5 * HOUR, trigger="CATCH_UP")  # run by hand
    run_of_tick(start + 6 * HOUR, at=start + 6 * HOUR + 20 * MINUTE)  # not long enough

    back = start + 3 * HOUR + MINUTE
    assert rehearsed("tick", now=now) == [(back, False, 1), (back + MINUTE, True, 1)]


def test_executions_that_waited_too_long_for_a_worker_are_sent_of_where_the_queue_is_used(
    hotel: Hotel, now: datetime, settings: Any
) -> None:
    waited = now - 2 * DAY
    for begun in (40, 20):  # minutes; the second one in time
        ended(hotel, waited + begun * MINUTE, created_at=waited)
    free = now - DAY - 2 * MINUTE
    ended(hotel, now - DAY, created_at=now - 2 * DAY, not_before=free)  # a retry
    waiting(hotel, created_at=now - HOUR)
    assert rehearsed("worker", hotel, now=now) == []

    settings.JOBS_EXECUTOR = "queue"
    assert rehearsed("worker", hotel, now=now) == [
        (waited + 31 * MINUTE, False, 1),
        (waited + 41 * MINUTE, True, 1),
        (now - 29 * MINUTE, False, 1),
    ]
