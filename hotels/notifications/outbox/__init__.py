"""The outbox: events and messages, stored in the transaction of the change they report.

Nothing is sent here: `hotels.notifications.delivery` sends after the commit.
"""

from hotels.notifications.outbox import payloads
from hotels.notifications.outbox.event_types import (
    EventType,
    event_type,
    event_types,
    type_of,
    type_of_class,
)
from hotels.notifications.outbox.events import NewEvent, camel_case, hotels_that_hear, publish
from hotels.notifications.outbox.guest_hours import next_guest_hour
from hotels.notifications.outbox.languages import hotel_language, language_of
from hotels.notifications.outbox.listening import may_be_heard, may_listen
from hotels.notifications.outbox.mails import NewMail, cancel_waiting, queue_mails

__all__ = [
    "EventType",
    "NewEvent",
    "NewMail",
    "camel_case",
    "cancel_waiting",
    "event_type",
    "event_types",
    "hotel_language",
    "hotels_that_hear",
    "language_of",
    "may_be_heard",
    "may_listen",
    "next_guest_hour",
    "payloads",
    "publish",
    "queue_mails",
    "type_of",
    "type_of_class",
]
