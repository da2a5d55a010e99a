"""The outbox: events and messages, stored in the transaction of the change they report.

Nothing is sent here: `hotels.notifications.delivery` sends after the commit.
"""

from hotels.notifications.outbox.event_types import EventType, event_type, event_types, type_of
from hotels.notifications.outbox.events import NewEvent, publish
from hotels.notifications.outbox.guest_hours import next_guest_hour
from hotels.notifications.outbox.languages import hotel_language, language_of
from hotels.notifications.outbox.mails import NewMail, queue_mails

__all__ = [
    "EventType",
    "NewEvent",
    "NewMail",
    "event_type",
    "event_types",
    "hotel_language",
    "language_of",
    "next_guest_hour",
    "publish",
    "queue_mails",
    "type_of",
]
