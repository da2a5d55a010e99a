"""Writing of demo bookings: a stay with its folio and nights, its charges and its payments."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import cycle, islice
from typing import Any

from hotels import models, money, phrases
from hotels.calendar import nights
from hotels.demo.group import GUESTS
from hotels.models import Booking, BookingRoom, FolioLine, Hotel, NoShowPolicy, Room, RoomType

SOURCES = ("Direct", "Agency", "Website")


@dataclass(kw_only=True)
class StayWriter:
    """Writer of the bookings of one hotel; it numbers them on from those that exist."""

    hotel: Hotel
    _booked: int = field(init=False)
    _names: Any = field(init=False)

    def __post_init__(self) -> None:
        self._booked = Booking.objects.filter(hotel=self.hotel).count()
        self._names = islice(cycle(GUESTS), self._booked % len(GUESTS), None)

    @property
    def booked(self) -> int:
        """The number of bookings so far."""
        return self._booked

    def booking(self, *, booked_at: datetime, vip: bool = False) -> Booking:
        """Write a booking without rooms, made at `booked_at`, and its guest."""
        self._booked += 1
        name = next(self._names)
        mail = name.lower().replace(" ", ".").replace("'", "")
        guest = models.Guest.objects.create(
            hotel=self.hotel, name=name, email=f"{mail}@guests.example", vip=vip
        )
        return Booking.objects.create(
            hotel=self.hotel,
            guest=guest,
            reference=f"{self.hotel.code[:3].upper()}-{self._booked:04d}",
            source=SOURCES[self._booked % len(SOURCES)],
            guarantee="Card",
            booked_at=booked_at,
        )

    def stay(
        self,
        *,
        booking: Booking,
        arrival: date,
        departure: date,
        room_type: RoomType,
        policy: NoShowPolicy,
        room: Room | None = None,
        **columns: Any,
    ) -> BookingRoom:
        """Write one more room of a booking with its folio and nights; `columns` are its others."""
        number = booking.rooms.count() + 1
        stay = BookingRoom.objects.create(
            hotel=self.hotel,
            booking=booking,
            number=number,
            room_type=room_type,
            room=room,
            folio=models.Folio.objects.create(
                hotel=self.hotel, booking=booking, payer=booking.guest, number=number
            ),
            arrival_date=arrival,
            departure_date=departure,
            adults=2,
            no_show_terms=policy.terms().to_json(),
            **columns,
        )
        models.BookingNight.objects.bulk_create(
            models.BookingNight(
                hotel=self.hotel,
                booking_room=stay,
                date=night,
                room=room,
                price=room_type.base_rate,
            )
            for night in nights(arrival=arrival, departure=departure)
        )
        return stay

    def charge(self, stay: BookingRoom) -> Decimal:
        """Charge the nights of a stay to its folio; returns their total, tax included."""
        assert stay.folio is not None
        taxed = money.split_gross if self.hotel.prices_include_tax else money.add_tax
        lines = []
        for night in stay.nights.all():
            phrase = phrases.night_of(night.date, room=str(stay.room))
            parts = taxed(
                night.price,
                rate=self.hotel.accommodation_tax_rate,
                currency=self.hotel.currency,
            )
            lines.append(
                FolioLine(
                    folio=stay.folio,
                    booking_room=stay,
                    business_date=night.date,
                    category=FolioLine.Category.ROOM,
                    description=phrase.text_in_english(),
                    phrase=phrase.to_json(),
                    tax_rate=self.hotel.accommodation_tax_rate,
                    net=parts.net,
                    tax=parts.tax,
                    gross=parts.gross,
                    source_key=f"room:{stay.pk}:{night.date}",
                )
            )
        FolioLine.objects.bulk_create(lines)
        return money.total((line.gross for line in lines), currency=self.hotel.currency)

    def pay(
        self, stay: BookingRoom, *, amount: Decimal, at: datetime, is_deposit: bool = False
    ) -> None:
        """Pay an amount by card at `at`; nothing for zero."""
        assert stay.folio is not None
        if amount > 0:
            models.Payment.objects.create(
                folio=stay.folio,
                status=models.Payment.Status.SUCCEEDED,
                amount=money.round_money(amount, currency=self.hotel.currency),
                method="card",
                is_deposit=is_deposit,
                received_at=at,
            )
