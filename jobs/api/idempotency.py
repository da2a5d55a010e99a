"""Idempotency-Key: a request that is sent again is answered again, not done again.

The key is claimed by a unique row before the work; the answer is stored in it afterwards. Only
answers of work that was begun are kept: what was refused may be corrected under the same key.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from jobs import worker_locks
from jobs.models import KeptAnswer
from jobs.web.problem import Conflict, Unprocessable

KEPT_FOR = timedelta(hours=24)
HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a request came to."""

    status: int
    body: dict[str, Any]
    repeated: bool = False


def key_of(request: Request) -> str | None:
    """The key a client gave; raises ValidationError for one that is none."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise ValidationError({HEADER: "It is 1 to 255 visible ASCII characters."})
    return key


def once(
    *,
    key: str | None,
    user: AbstractBaseUser,
    asked: dict[str, Any],
    now: datetime,
    work: Callable[[], Answer],
) -> Answer:
    """The kept answer of the same request, else that of `work`, which is kept.

    `asked` is what makes requests the same. Raises Unprocessable where the key stands for another
    request, Conflict while the first one is worked.
    """
    if key is None:
        return work()
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    KeptAnswer.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    with worker_locks.hold_worker_lock() as worker:
        row = _claimed(key=key, user=user, digest=digest, now=now, worker=worker)
        if row.status is not None:
            return Answer(status=row.status, body=row.body or {}, repeated=True)
        try:
            answer = work()
        except BaseException:
            KeptAnswer.objects.filter(pk=row.pk).delete()
            raise
        KeptAnswer.objects.filter(pk=row.pk).update(status=answer.status, body=answer.body)
        return answer


def _claimed(
    *, key: str, user: AbstractBaseUser, digest: str, now: datetime, worker: int | None
) -> KeptAnswer:
    """Our new row, or the one that holds the answer."""
    try:
        with transaction.atomic():
            return KeptAnswer.objects.create(
                user_id=user.pk, key=key, request_hash=digest, worker=worker, created_at=now
            )
    except IntegrityError:
        row = KeptAnswer.objects.filter(user_id=user.pk, key=key).first()
    if row is None:
        raise Conflict("The first request of this key just failed; send it again.")
    if row.request_hash != digest:
        raise Unprocessable("This Idempotency-Key was used for another request.")
    if row.status is None and not _taken_over(row, worker=worker):
        raise Conflict("The first request of this key is still worked; ask again.")
    return row


def _taken_over(row: KeptAnswer, *, worker: int | None) -> bool:
    """Whether the row is ours now, because whoever worked it died."""
    if row.worker not in worker_locks.dead_workers([row.worker]):
        return False
    theirs = KeptAnswer.objects.filter(pk=row.pk, worker=row.worker, status__isnull=True)
    return bool(theirs.update(worker=worker))
