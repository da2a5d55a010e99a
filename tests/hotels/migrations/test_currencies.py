"""Migration that gives bookings, nights, folios, charges and payments their currency."""

from typing import Any

import pytest

from hotels.models import Booking, BookingNight, Folio, FolioLine, Hotel, Payment
from tests.factories import FolioLineFactory, HotelFactory, PaymentFactory, stay
from tests.hotels.billing.issued import completed, invoice_of
from tests.hotels.migrations.test_tax_rounding import back, migrate

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = ("hotels", "0013_tax_rates_with_four_decimals")
__all__ = ["back"]


def test_rows_get_the_currency_of_their_invoice_else_of_their_hotel(back: Any, now) -> None:
    hotel = HotelFactory(currency="BGN")
    invoiced = invoice_of(completed(hotel, 100)).folio
    Hotel.objects.update(currency="EUR")
    room = stay(hotel, arrival=now.date())
    FolioLineFactory(folio=room.folio)
    PaymentFactory(folio=room.folio)

    historical = back(BEFORE)
    assert historical.get_model("hotels", "FolioLine").objects.count() == 2
    migrate()

    assert Folio.objects.get(pk=invoiced.pk).currency == "BGN"
    assert Booking.objects.get(pk=invoiced.booking_id).currency == "BGN"
    assert FolioLine.objects.get(folio=invoiced).currency == "BGN"
    assert {row.currency for row in BookingNight.objects.all()} == {"EUR"}
    for model in (FolioLine, Payment):
        assert model.objects.get(folio=room.folio).currency == "EUR"
