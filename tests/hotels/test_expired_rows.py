"""Rows that nothing reads any more are deleted, and no others."""

from datetime import datetime, timedelta

import pytest
from django.core.cache import BaseCache
from django.core.cache.backends.db import DatabaseCache
from django.db import connection, transaction

from hotels import expired_rows
from hotels.expired_rows import EVENTS_KEPT, EXPIRED_TOKENS_KEPT, delete_cached, delete_expired_rows
from hotels.models import (
    ApiToken,
    AttemptCount,
    DeliveryAttempt,
    Event,
    Hotel,
    KeptAnswer,
    Message,
    UserSession,
)
from hotels.models.locking import LockableQuerySet
from tests.concurrency import run_together
from tests.factories import HotelFactory, UserFactory
from tests.hotels.notifications.fakes import message_of

MINUTE = timedelta(minutes=1)


def session(key: str, *, until: datetime) -> UserSession:
    return UserSession.objects.create(
        session_key=key, session_data="", expire_date=until, created_at=until, last_used_at=until
    )


def kept_answer(key: str, *, at: datetime) -> KeptAnswer:
    return KeptAnswer.objects.create(
        user=UserFactory(), key=key, request_hash="0" * 64, created_at=at
    )


def token(label: str, *, expiry: datetime | None) -> None:
    row, _ = ApiToken.issue(user=UserFactory(), label=label)
    ApiToken.objects.filter(pk=row.pk).update(expiry=expiry)


@pytest.mark.django_db
def test_sessions_that_have_ended_are_deleted(now: datetime) -> None:
    session("ended", until=now - MINUTE)
    session("open", until=now + MINUTE)

    assert delete_expired_rows(now=now) == 1
    assert UserSession.objects.get().session_key == "open"


@pytest.mark.django_db
def test_counters_whose_window_has_ended_are_deleted(now: datetime) -> None:
    AttemptCount.objects.create(key="ended", ends_at=now)
    AttemptCount.objects.create(key="current", ends_at=now + MINUTE)

    assert delete_expired_rows(now=now) == 1
    assert AttemptCount.objects.get().key == "current"


@pytest.mark.django_db
def test_answers_are_deleted_after_their_day(now: datetime) -> None:
    kept_answer("old", at=now - KeptAnswer.KEPT_FOR - MINUTE)
    kept_answer("new", at=now - KeptAnswer.KEPT_FOR)

    assert delete_expired_rows(now=now) == 1
    assert KeptAnswer.objects.get().key == "new"


@pytest.mark.django_db
def test_a_token_is_deleted_a_month_after_it_expired(now: datetime) -> None:
    token("long expired", expiry=now - EXPIRED_TOKENS_KEPT - MINUTE)
    token("just expired", expiry=now - MINUTE)
    token("without end", expiry=None)

    assert delete_expired_rows(now=now) == 1
    assert set(ApiToken.objects.values_list("label", flat=True)) == {"just expired", "without end"}


@pytest.mark.django_db
def test_expired_entries_of_the_cache_are_deleted(now: datetime) -> None:
    cache = DatabaseCache("jobs_cache", {})
    cache.set("ended", 1, 60)
    cache.set("open", 1, 7200)
    cache.set("endless", 1, None)
    # The cache reads the machine's clock.
    in_an_hour = datetime.now(now.tzinfo) + timedelta(hours=1)

    assert delete_cached(cache, now=in_an_hour) == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM jobs_cache")
        assert cursor.fetchone() == (2,)


def test_a_cache_outside_the_database_is_left_alone(now: datetime) -> None:
    assert delete_cached(BaseCache({}), now=now) == 0


@pytest.mark.django_db
def test_all_batches_of_a_kind_are_deleted(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expired_rows, "BATCH", 2)
    for number in range(5):
        session(str(number), until=now - MINUTE)

    assert delete_expired_rows(now=now) == 5


@pytest.mark.django_db
def test_one_call_deletes_a_limited_number_of_each_kind(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expired_rows, "BATCH", 2)
    monkeypatch.setattr(expired_rows, "MOST", 4)
    for number in range(5):
        session(str(number), until=now - MINUTE)
    AttemptCount.objects.create(key="ended", ends_at=now)

    assert delete_expired_rows(now=now) == 5
    assert UserSession.objects.count() == 1


@pytest.mark.django_db
def test_nothing_is_deleted_once_the_caller_is_to_stop(now: datetime) -> None:
    session("ended", until=now - MINUTE)

    assert delete_expired_rows(now=now, stop=lambda: True) == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_row_that_another_transaction_has_locked_is_left_for_later(now: datetime) -> None:
    """SQLite locks no single rows."""
    session("locked", until=now - MINUTE)
    session("free", until=now - MINUTE)

    with transaction.atomic():
        LockableQuerySet(UserSession).locked().get(session_key="locked")
        (deleted,) = run_together(lambda: delete_expired_rows(now=now))

    assert deleted == 1
    assert UserSession.objects.get().session_key == "locked"


@pytest.mark.django_db
def test_messages_are_deleted_when_their_hotel_keeps_them_no_longer(now: datetime) -> None:
    short, long = HotelFactory(messages_kept_days=31), HotelFactory(messages_kept_days=400)
    ended = {"status": "SENT", "next_attempt_at": None, "ended_at": now - timedelta(days=32)}
    old = message_of(short, **ended)
    DeliveryAttempt.objects.create(
        message=old, number=1, started_at=now, duration=MINUTE, outcome="SENT"
    )
    kept = {message_of(long, **ended).pk, message_of(short).pk}

    assert delete_expired_rows(now=now) == 1
    assert {*Message.objects.values_list("pk", flat=True)} == kept


@pytest.mark.django_db
def test_events_are_kept_as_long_as_a_message_of_theirs(hotel: Hotel, now: datetime) -> None:
    month_ago = now - EVENTS_KEPT - MINUTE
    events = [
        Event.objects.create(hotel=hotel, type="t", key=key, occurred_at=month_ago)
        for key in ("with a message", "without")
    ]
    message_of(hotel, event=events[0])

    assert delete_expired_rows(now=now) == 1
    assert Event.objects.get() == events[0]
