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
from hotels.notifications.outbox.mails import NewMail, queue_mails

__all__ = [
    "EventType",
    "NewEvent",
    "NewMail",
    "camel_case",
    "event_type",
    "event_types",
    "hotels_that_hear",
    "payloads",
    "publish",
    "queue_mails",
    "type_of",
    "type_of_class",
]
