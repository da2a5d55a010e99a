"""The outbox: events and messages, stored in the transaction of the change they report.

Nothing is sent here: `hotels.notifications.delivery` sends after the commit.
"""

from hotels.notifications.outbox.event_types import EventType, event_type, event_types, type_of
from hotels.notifications.outbox.events import NewEvent, publish
from hotels.notifications.outbox.mails import NewMail, queue_mails

__all__ = [
    "EventType",
    "NewEvent",
    "NewMail",
    "event_type",
    "event_types",
    "publish",
    "queue_mails",
    "type_of",
]
