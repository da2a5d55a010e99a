"""Migration that gives bookings, nights, folios, charges and payments their currency."""

from datetime import timedelta

import pytest

from tests.hotels.migrations.books import NOW, TODAY, Books
from tests.migrating import Migrating


@pytest.mark.migration("hotels.0014_currencies")
def test_rows_get_the_currency_of_their_invoice_else_of_their_hotel(migration: Migrating) -> None:
    books = Books(migration.earlier, currency="BGN")
    invoiced = books.folio()
    books.document(invoiced, books.line(invoiced, 100))
    migration.earlier.get_model("hotels", "Hotel").objects.update(currency="EUR")
    booking = books.booking()
    folio = books.folio("OPEN", booking=booking)
    departure = TODAY + timedelta(days=1)
    room = books.reserved_room(departure=departure, booking_id=booking, folio_id=folio)
    books.create("BookingNight", hotel_id=books.hotel, booking_room_id=room, date=TODAY, price=100)
    books.line(folio, 100)
    books.create("Payment", folio_id=folio, status="SUCCEEDED", amount=100, received_at=NOW)

    after = migration.forwards()

    def currencies(model: str, **of: int) -> set[str]:
        rows = after.get_model("hotels", model).objects.filter(**of)
        return set(rows.values_list("currency", flat=True))

    assert currencies("Folio", pk=invoiced) == {"BGN"}
    assert currencies("Booking", pk=books.booking_id) == {"BGN"}
    assert currencies("FolioLine", folio=invoiced) == {"BGN"}
    assert currencies("BookingNight") == {"EUR"}
    for model in ("FolioLine", "Payment"):
        assert currencies(model, folio=folio) == {"EUR"}
