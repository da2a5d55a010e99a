"""Deletion of rows that have served their time: sessions, tokens, counters, messages, cache."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib.sessions.models import Session
from django.core.cache import BaseCache, caches
from django.core.cache.backends.db import BaseDatabaseCache
from django.db import connection, transaction
from django.db.models import Model

from hotels.models import (
    ApiToken,
    AttemptCount,
    Event,
    Hotel,
    KeptAnswer,
    Message,
    UserSession,
)
from hotels.models.locking import LockableQuerySet

BATCH = 1000
# Of each kind at a time: the caller comes again, and has other work to do.
MOST = 50 * BATCH
# Until then their owners can see that a token has expired.
EXPIRED_TOKENS_KEPT = timedelta(days=30)
# Without a message: nothing was sent, but an endpoint that was disabled may be replayed.
EVENTS_KEPT = timedelta(days=30)
# About several hotels, which may keep messages for different times.
OWN_MESSAGES_KEPT = timedelta(days=400)

DeleteBatch = Callable[[], int]


def never() -> bool:
    """Never stop early."""
    return False


def delete_expired_rows(*, now: datetime, stop: Callable[[], bool] = never) -> int:
    """Delete at most `MOST` rows of each kind, in batches; return the number of rows.

    Each batch is a transaction of its own, which leaves out rows that others have locked. Returns
    early when `stop` is true. Nothing reads these rows any more: ended sessions and counters,
    answers older than a day, tokens that expired a month ago, expired entries of the cache,
    messages after the time that their hotel keeps them.
    """
    total = 0
    for delete_batch in _kinds(now=now):
        for _ in range(MOST // BATCH):
            if stop():
                return total
            deleted = delete_batch()
            total += deleted
            if deleted < BATCH:
                break
    return total


def _kinds(*, now: datetime) -> Iterator[DeleteBatch]:
    yield lambda: _delete_batch(UserSession, expire_date__lt=now)
    yield lambda: _delete_batch(Session, expire_date__lt=now)  # from before UserSession
    yield lambda: _delete_batch(ApiToken, expiry__lt=now - EXPIRED_TOKENS_KEPT)
    yield lambda: _delete_batch(AttemptCount, ends_at__lte=now)
    yield lambda: _delete_batch(KeptAnswer, created_at__lt=now - KeptAnswer.KEPT_FOR)
    yield lambda: delete_cached(caches["default"], now=now)
    for days in _retentions():
        ended = now - timedelta(days=days)
        yield partial(_delete_messages, days=days, before=ended)
    yield lambda: _delete_batch(Message, hotel=None, ended_at__lt=now - OWN_MESSAGES_KEPT)
    yield lambda: _delete_batch(Event, messages=None, occurred_at__lt=now - EVENTS_KEPT)


def _retentions() -> list[int]:
    days = Hotel.objects.order_by().values_list("messages_kept_days", flat=True).distinct()
    return sorted(days)


def _delete_messages(*, days: int, before: datetime) -> int:
    """Delete one batch of ended messages of the hotels that keep them so many days."""
    return _delete_batch(Message, hotel__messages_kept_days=days, ended_at__lt=before)


def _delete_batch(model: type[Model], **expired: Any) -> int:
    rows: LockableQuerySet[Model] = LockableQuerySet(model).filter(**expired)
    with transaction.atomic():
        locked = rows.locked(skip_locked=True)
        keys = [row.pk for row in locked.only("pk")[:BATCH]]
        if keys:
            rows.filter(pk__in=keys).delete()
    return len(keys)


def delete_cached(backend: BaseCache, *, now: datetime) -> int:
    """Delete one batch of expired entries of a cache in the database; return their number.

    Django deletes them only when the cache is full. Other caches look after themselves.
    """
    if not isinstance(backend, BaseDatabaseCache):
        return 0
    table = connection.ops.quote_name(backend._table)  # type: ignore[attr-defined]
    lock = ""
    if connection.features.has_select_for_update_skip_locked:
        lock = connection.ops.for_update_sql(skip_locked=True)
    expired = f"SELECT cache_key FROM {table} WHERE expires < %s LIMIT {BATCH} {lock}"  # noqa: S608
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {table} WHERE cache_key IN ({expired})",  # noqa: S608
            [connection.ops.adapt_datetimefield_value(now)],
        )
        return int(cursor.rowcount)
