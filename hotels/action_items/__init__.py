"""Items in the data of hotels that need attention, as Home shows them and alerts count them."""

from hotels.action_items.items import (
    KINDS_OF_HOTELS,
    MESSAGES_FAILED,
    MESSAGES_UNSENT,
    NO_SHOWS,
    OVERBOOKED,
    OVERPAID,
    UNASSIGNED,
    ActionItem,
    ItemKind,
    action_items,
)

__all__ = [
    "KINDS_OF_HOTELS",
    "MESSAGES_FAILED",
    "MESSAGES_UNSENT",
    "NO_SHOWS",
    "OVERBOOKED",
    "OVERPAID",
    "UNASSIGNED",
    "ActionItem",
    "ItemKind",
    "action_items",
]
