"""Support for the Idempotency-Key header: a repeated request gets the stored answer.

A unique row claims the key before the request is carried out; the answer is stored in it
afterwards, or with `atomic` in the same transaction. An answer is stored only if the work was
carried out: a refused request can be corrected and sent again under the same key.
"""

import hashlib
import json
import re
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from hotels import worker_locks
from hotels.http.problem import Conflict, Unprocessable
from hotels.models import KeptAnswer

HEADER = "Idempotency-Key"
# Where no worker lock can be held, the first request is taken for dead after this time.
LONGEST_REQUEST = timedelta(hours=1)
_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Status and body of a response; `repeated` when it is the stored one."""

    status: int
    body: dict[str, Any]
    repeated: bool = False


def idempotency_key(request: Request) -> str | None:
    """The request's Idempotency-Key, None without one; raises ValidationError if malformed."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise ValidationError({HEADER: "Must be 1 to 255 visible ASCII characters."})
    return key


def answer_once(
    *,
    key: str | None,
    user: AbstractBaseUser,
    content: dict[str, Any],
    now: datetime,
    carry_out: Callable[[], Answer],
    atomic: bool = False,
) -> Answer:
    """The stored answer of the same request, otherwise the answer of `carry_out`, which is stored.

    Requests of a user are the same when `key` and `content` are equal. With `atomic` the work and
    its answer are committed together: work that must not be done twice is not repeated when its
    worker dies. Raises Unprocessable if the key was used for a request with other content, Conflict
    while the first request is in progress.
    """
    if key is None:
        return carry_out()
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    # The tick deletes the others.
    expired = now - KeptAnswer.KEPT_FOR
    KeptAnswer.objects.filter(user_id=user.pk, key=key, created_at__lt=expired).delete()
    with worker_locks.hold_worker_lock() as lock:
        row = _claimed_row(key=key, user=user, digest=digest, now=now, worker=lock.key)
        if row.status is not None:
            return Answer(status=row.status, body=row.body or {}, repeated=True)
        try:
            with transaction.atomic() if atomic else nullcontext():
                answer = carry_out()
                _store(answer, row=row, worker=lock.key, must_own=atomic)
        except BaseException:
            KeptAnswer.objects.filter(pk=row.pk, worker=lock.key, status__isnull=True).delete()
            raise
        return answer


def _store(answer: Answer, *, row: KeptAnswer, worker: int | None, must_own: bool) -> None:
    """Store the answer; raises Conflict if another worker took the row over and it must not."""
    own = KeptAnswer.objects.filter(pk=row.pk, worker=worker, status__isnull=True)
    stored = own.update(status=answer.status, body=answer.body)
    if must_own and not stored:
        raise Conflict("Another request with this key took over; send it again.")


def _claimed_row(
    *, key: str, user: AbstractBaseUser, digest: str, now: datetime, worker: int | None
) -> KeptAnswer:
    """A new row claimed by this request, or the existing row with the answer."""
    try:
        with transaction.atomic():
            return KeptAnswer.objects.create(
                user_id=user.pk, key=key, request_hash=digest, worker=worker, created_at=now
            )
    except IntegrityError:
        row = KeptAnswer.objects.filter(user_id=user.pk, key=key).first()
    if row is None:
        raise Conflict("The first request with this key has just failed; send it again.")
    if row.request_hash != digest:
        raise Unprocessable("This Idempotency-Key was used for a different request.")
    if row.status is None and not _taken_over(row, worker=worker, now=now):
        raise Conflict("The first request with this key is still in progress; try again later.")
    return row


def _taken_over(row: KeptAnswer, *, worker: int | None, now: datetime) -> bool:
    """Take over the row of a dead worker; true on success, false if the worker is alive."""
    if row.worker is None:
        return _lease_taken_over(row, now=now)
    if row.worker not in worker_locks.dead_workers([row.worker]):
        return False
    abandoned = KeptAnswer.objects.filter(pk=row.pk, worker=row.worker, status__isnull=True)
    return bool(abandoned.update(worker=worker))


def _lease_taken_over(row: KeptAnswer, *, now: datetime) -> bool:
    """Take over a row without a worker lock if it is older than any request may be."""
    if row.created_at > now - LONGEST_REQUEST:
        return False
    unchanged = KeptAnswer.objects.filter(
        pk=row.pk, worker=None, status__isnull=True, created_at=row.created_at
    )
    return bool(unchanged.update(created_at=now))
