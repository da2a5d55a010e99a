"""No-show records as the check creates them, and the pages on which users decide about them."""

from datetime import UTC, date, datetime
from typing import Any

from django.test import Client
from django.urls import reverse

from hotels.models import Hotel, NoShowRecord
from tests.factories import FolioLineFactory, RoomFactory, stay
from tests.hotels.admin.books import record_of

NOW = datetime(2026, 7, 15, 7, 0, tzinfo=UTC)
DAY = date(2026, 7, 15)
LIST = reverse("hotels:no-shows")
Outcome = NoShowRecord.Outcome


def released(hotel: Hotel, **fields: Any) -> NoShowRecord:
    """Return the record of a released stay of two nights, which can be reinstated."""
    room = stay(hotel, arrival=DAY, room=RoomFactory(hotel=hotel), status="RELEASED", **fields)
    room.nights.update(released=True)
    return record_of(room)


def charged(hotel: Hotel) -> NoShowRecord:
    """Return the record of a no-show with a fee of 100 on its folio."""
    room = stay(hotel, arrival=DAY, room=RoomFactory(hotel=hotel), status="NO_SHOW")
    room.nights.update(released=True)
    fee = FolioLineFactory(folio=room.folio, category="NO_SHOW_FEE", source_key=f"fee-{room}")
    return record_of(room, outcome=Outcome.APPLIED, fee_line=fee, fee_amount=fee.gross)


def to_review(hotel: Hotel) -> NoShowRecord:
    """Return a record that waits for a decision."""
    return record_of(stay(hotel, arrival=DAY), outcome=Outcome.REVIEW)


def page_of(record: NoShowRecord, decision: str) -> str:
    return reverse("hotels:decide-no-show", args=[record.pk, decision])


def decide(client: Client, record: NoShowRecord, decision: str, note: str = "Late flight") -> Any:
    """Confirm a decision and follow the redirect."""
    return client.post(page_of(record, decision), {"note": note}, follow=True)


def messages_on(answer: Any) -> list[str]:
    """Return the messages on a page."""
    return [str(message) for message in answer.context["messages"]]


def outcome_of(record: NoShowRecord) -> str:
    """Return the stored outcome."""
    return NoShowRecord.objects.get(pk=record.pk).outcome
