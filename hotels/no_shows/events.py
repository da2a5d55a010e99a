"""Events of no-shows."""

from collections.abc import Iterable
from datetime import datetime

from hotels.models import Hotel, NoShowRecord
from hotels.notifications.outbox import NewEvent, may_be_heard, payloads, publish


def publish_recorded(records: Iterable[NoShowRecord], *, hotel: Hotel, now: datetime) -> None:
    """Publish that rooms were charged, released or put up for review."""
    if not may_be_heard(hotel_id=hotel.pk):
        return
    publish(
        [
            NewEvent(
                hotel_id=record.hotel_id,
                key=f"no_show.recorded:{record.pk}",
                data=payloads.NoShowRecorded.of(record),
                occurred_at=now,
                about=record,
            )
            for record in records
        ],
        now=now,
    )


def publish_reversed(record: NoShowRecord, *, now: datetime) -> None:
    """Publish that a person reversed a decision or waived its fee."""
    event = NewEvent(
        hotel_id=record.hotel_id,
        key=f"no_show.reversed:{record.pk}:{record.outcome}",
        data=payloads.NoShowReversed.of(record),
        occurred_at=now,
        about=record,
    )
    publish([event], now=now)
