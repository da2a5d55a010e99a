"""Record how attempts ended, and pause destinations that fail again and again."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from hotels.deadlocks import repeated_on_deadlock
from hotels.models import DeliveryAttempt, Destination, Message
from hotels.notifications.delivery.channels import Answer, Channel
from hotels.notifications.delivery.claiming import LONGEST_PAUSE

# So many failures in a row open the circuit breaker. The first pause doubles with each further one.
FAILURES_BEFORE_PAUSE = 5
FIRST_PAUSE = timedelta(seconds=30)
RESPONSE_KEPT = 2000
DETAIL_KEPT = 300

Outcome = DeliveryAttempt.Outcome
Status = Message.Status
_EARLIER_ATTEMPTS = Coalesce(
    Subquery(
        DeliveryAttempt.objects.filter(message=OuterRef("pk"))
        .order_by()
        .values("message")
        .annotate(count=Count("pk"))
        .values("count")
    ),
    0,
)


def record(
    message: Message, *, channel: Channel, answer: Answer, started: datetime, now: datetime
) -> Message.Status:
    """Record an attempt of a claimed message; return the message's new status.

    If the lease was lost meanwhile, only the attempt is recorded: the message is another sender's.
    Nothing is recorded for a message that was deleted meanwhile.
    """
    # Outside the transaction, which is repeated after a deadlock: one attempt counts once.
    message.attempts += 1
    return _record(message, channel=channel, answer=answer, started=started, now=now)


@repeated_on_deadlock
@transaction.atomic
def _record(
    message: Message, *, channel: Channel, answer: Answer, started: datetime, now: datetime
) -> Message.Status:
    outcome = answer.outcome
    wait = channel.backoff(message, answer=answer) if outcome == Outcome.RETRY else None
    status = {Outcome.SENT: Status.SENT, Outcome.REFUSED: Status.FAILED}.get(
        outcome, Status.FAILED if wait is None else Status.WAITING
    )
    _judge_destination(message.destination, answer=answer, now=now)
    stored = Message.objects.filter(pk=message.pk).only("pk").locked()
    found: Any = next(iter(stored.annotate(earlier=_EARLIER_ATTEMPTS)), None)
    if found is None:
        return status  # deleted with its endpoint or owner
    ended = None if status == Status.WAITING else now
    detail = _storable(answer.detail)[:DETAIL_KEPT]
    mine = Message.objects.filter(pk=message.pk, status=Status.SENDING, token=message.token)
    mine.update(
        status=status,
        token=None,
        lease_until=None,
        attempts=message.attempts,
        reason="" if status == Status.SENT else detail,
        next_attempt_at=now + wait if wait is not None and ended is None else None,
        sent_at=now if status == Status.SENT else None,
        ended_at=ended,
    )
    DeliveryAttempt.objects.create(
        message=message,
        number=found.earlier + 1,
        started_at=started,
        duration=max(now - started, timedelta(0)),
        outcome=Outcome.REFUSED if outcome == Outcome.RETRY and wait is None else outcome,
        status_code=answer.status,
        detail=detail,
        request=_storable_json(dict(answer.request)),
        response=_storable(answer.response)[:RESPONSE_KEPT],
    )
    message.status = status
    channel.after(message, answer=answer, now=now)
    return status


def record_undeliverable(message: Message, *, reason: str, now: datetime) -> None:
    """End a claimed message that can never be sent."""
    mine = Message.objects.filter(pk=message.pk, status=Status.SENDING, token=message.token)
    mine.update(
        status=Status.UNDELIVERABLE,
        reason=_storable(reason)[:DETAIL_KEPT],
        token=None,
        lease_until=None,
        ended_at=now,
    )


def _judge_destination(key: str, *, answer: Answer, now: datetime) -> None:
    """Count failures in a row of a destination; pause it when there are too many.

    After a failure its row is locked until the transaction ends.
    """
    places = Destination.objects.filter(key=key)
    if answer.outcome == Outcome.SENT and not places.filter(failures__gt=0).exists():
        return  # without a lock: others claim there meanwhile
    place = places.locked().get()
    if not answer.destination_failed:
        # An attempt that ended before it got there says nothing about the destination.
        reached = answer.outcome == Outcome.SENT or answer.status is not None
        if place.failures and reached:
            place.failures, place.paused_until = 0, None
            place.save(update_fields=["failures", "paused_until"])
        return
    place.failures += 1
    place.last_failure = _storable(answer.detail)[:DETAIL_KEPT]
    further = place.failures - FAILURES_BEFORE_PAUSE
    if further >= 0:
        longest = min(FIRST_PAUSE * 2 ** min(further, 10), LONGEST_PAUSE)
        # At least half of it, so that senders that fail together do not come back together.
        place.paused_until = now + longest * random.uniform(0.5, 1.0)  # noqa: S311  no secret
    place.save(update_fields=["failures", "paused_until", "last_failure"])


def _storable(text: str) -> str:
    """Text any database stores: without NUL and lone surrogates."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _storable_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_storable(str(key)): _storable_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable_json(item) for item in value]
    return _storable(value) if isinstance(value, str) else value
