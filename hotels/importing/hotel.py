"""The hotel a file is loaded into: a sandbox, whose books may be thrown away."""

from collections.abc import Callable

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils.text import slugify

from hotels.importing.records import ImportRefused
from hotels.models import (
    Booking,
    BookingNight,
    BookingRoom,
    CleaningOptOut,
    Equipment,
    Folio,
    FolioLine,
    Guest,
    Hotel,
    HousekeepingTask,
    Invoice,
    InvoiceLine,
    InvoiceSeries,
    InvoiceTax,
    NoShowPolicy,
    NoShowRecord,
    Payment,
    Room,
    RoomAvailability,
    RoomBlock,
    RoomType,
)
from hotels.models.property import validate_currency, validate_zone

ZONE = "Europe/Lisbon"
CURRENCY = "EUR"

# Each before what it points at.
BOOKS: tuple[type[models.Model], ...] = (
    InvoiceTax,
    InvoiceLine,
    NoShowRecord,
    Invoice,
    InvoiceSeries,
    HousekeepingTask,
    Payment,
    FolioLine,
    CleaningOptOut,
    BookingNight,
    BookingRoom,
    Folio,
    Booking,
    Guest,
    NoShowPolicy,
    RoomAvailability,
    RoomBlock,
    Room,
    RoomType,
)


def sandbox(*, name: str, timezone: str | None = None, currency: str | None = None) -> Hotel:
    """The sandbox hotel called `name`, made if there is none, locked and with empty books.

    What is not said stays as it is, in a new hotel Europe/Lisbon and EUR. Staff, equipment and past
    executions stay. Raises ImportRefused for a hotel that is no sandbox: its books are real.
    """
    code = slugify(name)[:40]
    if not code:
        raise ImportRefused(f"The hotel name {name!r} has no letters a code can be made of.")
    _check(timezone, validate_zone)
    _check(currency, validate_currency)
    fresh = {"name": name, "is_sandbox": True, "timezone": ZONE, "currency": CURRENCY}
    Hotel.objects.get_or_create(code=code, defaults=fresh)
    hotel = Hotel.objects.select_for_update().get(code=code)
    if not hotel.is_sandbox:
        raise ImportRefused(
            f"The hotel {code!r} is not a sandbox: its books are real and are not replaced."
        )
    if hotel.name != name:
        raise ImportRefused(f"The code {code!r} belongs to the hotel {hotel.name!r} already.")
    hotel.timezone = timezone or hotel.timezone
    hotel.currency = currency or hotel.currency
    hotel.last_round_date = None
    hotel.save(update_fields=["timezone", "currency", "last_round_date"])
    _throw_away_books(hotel)
    return hotel


def _check(value: str | None, validate: Callable[[str], None]) -> None:
    try:
        if value is not None:
            validate(value)
    except ValidationError as error:
        raise ImportRefused(error.messages[0]) from error


def _throw_away_books(hotel: Hotel) -> None:
    """Delete the books of a sandbox, a statement a table and no row loaded."""
    Equipment.objects.of_hotel(hotel).update(room=None)
    for model in BOOKS:
        rows = model._default_manager.of_hotel(hotel)  # type: ignore[attr-defined]
        # Not delete(): it would load what it protects, and issued documents refuse it. The
        # database lets only a sandbox's go.
        rows._raw_delete(rows.db)


def count_rows() -> None:
    """Let the database look at the tables of the books anew: a load changes them out of hand.

    Without it PostgreSQL plans by the sizes of before until it notices, with statements that take
    minutes instead of milliseconds.
    """
    with connection.cursor() as cursor:
        for model in BOOKS:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
