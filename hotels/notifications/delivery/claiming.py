"""Claim messages: one destination at a time, a lease for each message (as for executions)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import F, Q

from hotels.deadlocks import repeated_on_deadlock
from hotels.models import Destination, Message

# Longer than an attempt can take. A sender that died is noticed after this time.
LEASE = timedelta(minutes=2)
# The longest pause of the circuit breaker.
LONGEST_PAUSE = timedelta(minutes=15)
BATCH = 1000
INTERRUPTIONS_AT_MOST = 20
INTERRUPTED = "The process that was sending it stopped."

Status = Message.Status


# Goes from one destination to the next in the index `outbox_waiting`, so that it takes as long for
# 100,000 messages to one destination as for one. A GROUP BY would read them all at each claim.
DUE_DESTINATIONS = """
    WITH RECURSIVE places (destination) AS (
        SELECT min(destination) FROM jobs_outboxmessage WHERE status = 'WAITING'
        UNION ALL
        SELECT (
            SELECT min(message.destination) FROM jobs_outboxmessage message
            WHERE message.status = 'WAITING' AND message.destination > places.destination
        )
        FROM places WHERE places.destination IS NOT NULL
    )
    SELECT destination FROM (
        SELECT places.destination, (
            SELECT min(message.next_attempt_at) FROM jobs_outboxmessage message
            WHERE message.status = 'WAITING' AND message.destination = places.destination
        ) AS first
        FROM places WHERE places.destination IS NOT NULL
    ) waiting
    WHERE first <= %s ORDER BY first
"""


def due_destinations(
    *, now: datetime, channels: Collection[str], without: Collection[str]
) -> list[str]:
    """The keys of destinations with messages due, those first that have waited longest."""
    pauses = Destination.objects.filter(paused_until__gt=now, paused_until__lte=now + LONGEST_PAUSE)
    left_out = {*without, *pauses.values_list("key", flat=True)}
    with connection.cursor() as cursor:
        cursor.execute(DUE_DESTINATIONS, [connection.ops.adapt_datetimefield_value(now)])
        due = [key for (key,) in cursor.fetchall()]
    return [key for key in due if key not in left_out and channel_of(key) in channels]


def channel_of(destination: str) -> str:
    """The name of the channel of a destination, such as `webhook` of `webhook:12`."""
    return destination.partition(":")[0]


@repeated_on_deadlock
def claim(*, destination: str, at_most: int, per_destination: int, now: datetime) -> list[Message]:
    """Claim messages due at a destination, within its limit over all processes.

    Returns none if another process claims there at this moment, or the destination is paused.
    After a pause one message is tried first.
    """
    with transaction.atomic():
        place = _locked_place(destination)
        if place is None or _is_paused(place, now=now):
            return []
        of_destination = Message.objects.filter(destination=destination)
        under_way = of_destination.filter(status=Status.SENDING, lease_until__gt=now).count()
        allowed = 1 if place.paused_until is not None else per_destination
        room = min(at_most, allowed - under_way)
        if room <= 0:
            return []
        due = of_destination.due(now=now).order_by("next_attempt_at")  # as the index is
        keys = list(due.values_list("pk", flat=True)[:room])
        token = uuid4()
        Message.objects.filter(pk__in=keys, status=Status.WAITING).update_in_order(
            status=Status.SENDING, token=token, lease_until=now + LEASE, next_attempt_at=None
        )
        claimed = Message.objects.filter(pk__in=keys, token=token)
        return list(claimed.select_related("hotel", "event", "endpoint").order_by("pk"))


def _locked_place(key: str) -> Destination | None:
    """The row of a destination, which the first claim makes; None while another one claims."""
    rows = Destination.objects.filter(key=key)
    place = next(iter(rows.locked(skip_locked=True)), None)
    if place is None and not rows.exists():
        Destination.objects.bulk_create([Destination(key=key)], ignore_conflicts=True)
        place = next(iter(rows.locked(skip_locked=True)), None)
    return place


def _is_paused(place: Destination, *, now: datetime) -> bool:
    """A pause that would last longer than any does is over: the clock was set back since."""
    return place.paused_until is not None and now < place.paused_until <= now + LONGEST_PAUSE


def release_interrupted(*, now: datetime) -> int:
    """Let messages whose sender died be sent again; returns their number.

    The receiver may have got them already: they may arrive twice, with the same ID.
    """
    # No lease is longer than LEASE: the clock was set back since.
    over = Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * LEASE)
    sending = Message.objects.filter(over, status=Status.SENDING)
    keys = list(sending.order_by("pk").values_list("pk", flat=True)[:BATCH])
    rows = sending.filter(pk__in=keys)
    # One that kills its sender again and again would do so for ever.
    rows.filter(attempts__gte=INTERRUPTIONS_AT_MOST).update_in_order(
        status=Status.FAILED, token=None, lease_until=None, ended_at=now, reason=INTERRUPTED
    )
    return rows.update_in_order(
        status=Status.WAITING,
        token=None,
        lease_until=None,
        attempts=F("attempts") + 1,
        next_attempt_at=now,
        reason=INTERRUPTED,
    )
