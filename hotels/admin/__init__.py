"""The admin of hotel rows, one file an area; importing it registers them all."""

from hotels.admin import (
    audit,
    availability,
    bookings,
    folios,
    housekeeping,
    invoices,
    maintenance,
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
    "housekeeping",
    "invoices",
    "maintenance",
    "no_shows",
    "people",
    "property",
    "users",
]
