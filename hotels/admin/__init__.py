"""Admin of the hotel models, one module per area; importing the package registers all of them."""

from hotels.admin import (
    audit,
    availability,
    bookings,
    folios,
    groups,
    housekeeping,
    invoices,
    maintenance,
    messages,
    no_shows,
    people,
    property,
    users,
)

__all__ = [
    "audit",
    "availability",
    "bookings",
    "folios",
    "groups",
    "housekeeping",
    "invoices",
    "maintenance",
    "messages",
    "no_shows",
    "people",
    "property",
    "users",
]
