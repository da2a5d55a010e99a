"""The sandbox hotel a file is loaded into; its bookings can be replaced."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
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
from hotels.models.currencies import validate_currency
from hotels.models.property import validate_zone
from hotels.property_changes import save_hotel

ZONE = "Europe/Lisbon"
CURRENCY = "EUR"

# In order of deletion: a table before those it refers to.
REPLACED_TABLES: tuple[type[models.Model], ...] = (
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


def sandbox(
    *, name: str, now: datetime, timezone: str | None = None, currency: str | None = None
) -> Hotel:
    """Return the sandbox hotel `name`, created if needed, locked and without bookings.

    Time zone and currency change only if given; a new hotel has Europe/Lisbon and EUR. Staff and
    equipment are kept. Raises ImportRefused for a hotel that is not a sandbox, a name without
    letters or digits, another hotel with the same code, or an unknown time zone or currency.
    """
    code = _checked_code(name, timezone=timezone, currency=currency)
    if not Hotel.objects.filter(code=code).exists():
        zone = timezone or ZONE
        fresh = Hotel(code=code, name=name, is_sandbox=True, timezone=zone, currency=CURRENCY)
        with suppress(IntegrityError), transaction.atomic():  # another import may be first
            save_hotel(hotel=fresh, now=now)
    hotel = Hotel.objects.locked().get(code=code)
    _check_replaceable(hotel, name)
    hotel.timezone = timezone or hotel.timezone
    hotel.currency = currency or hotel.currency
    hotel.last_round_date = hotel.last_availability_date = None
    dates = ["last_round_date", "last_availability_date"]
    save_hotel(hotel=hotel, now=now, update_fields=["timezone", "currency", *dates])
    _delete_tables(hotel)
    return hotel


@transaction.atomic
def move_sandbox(
    *, name: str, now: datetime, timezone: str | None = None, currency: str | None = None
) -> None:
    """Give the sandbox hotel `name` its new time zone, before a file is loaded into it.

    Work that is due is settled first, under a lock that all ticks share: the transaction must be
    short, and loading is not. Does nothing if the hotel is new or the zone stays. Raises
    ImportRefused for the arguments that `sandbox` would refuse.
    """
    code = _checked_code(name, timezone=timezone, currency=currency)
    hotel = Hotel.objects.filter(code=code).first()
    if hotel is None or timezone is None:
        return
    _check_replaceable(hotel, name)
    hotel.timezone = timezone
    save_hotel(hotel=hotel, now=now, update_fields=["timezone"])


def _checked_code(name: str, *, timezone: str | None, currency: str | None) -> str:
    """The code of the hotel `name`. Raises ImportRefused for values that no hotel can have."""
    code = slugify(name)[:40]
    if not code:
        raise ImportRefused(
            f"The hotel name {name!r} has no letters or digits to build a code from."
        )
    _check(timezone, validate_zone)
    _check(currency, validate_currency)
    return code


def _check_replaceable(hotel: Hotel, name: str) -> None:
    """Raise ImportRefused unless it is the sandbox hotel of that name."""
    if not hotel.is_sandbox:
        raise ImportRefused(
            f"The hotel {hotel.code!r} is not a sandbox: its real bookings are not replaced."
        )
    if hotel.name != name:
        raise ImportRefused(f"The code {hotel.code!r} already belongs to the hotel {hotel.name!r}.")


def _check(value: str | None, validate: Callable[[str], None]) -> None:
    try:
        if value is not None:
            validate(value)
    except ValidationError as error:
        raise ImportRefused(error.messages[0]) from error


def _delete_tables(hotel: Hotel) -> None:
    """Delete bookings, rooms and documents of a sandbox: one statement per table."""
    Equipment.objects.of_hotel(hotel).update(room=None)
    for model in REPLACED_TABLES:
        rows = model._default_manager.of_hotel(hotel)  # type: ignore[attr-defined]
        # Not delete(): it loads protected rows, and issued documents refuse it. The database allows
        # this statement only for a sandbox.
        rows._raw_delete(rows.db)


def analyze_tables() -> None:
    """Refresh the database's statistics on the tables after a large load.

    Until PostgreSQL does this by itself it plans with the old sizes, and statements take minutes
    instead of milliseconds.
    """
    with connection.cursor() as cursor:
        for model in REPLACED_TABLES:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")
