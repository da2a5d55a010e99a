"""Bookings of a demo hotel around today: departed, in house, arriving, missing and future."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from hotels import models
from hotels.demo.stays import StayWriter
from hotels.models import BookingRoom

Status = BookingRoom.Status


@dataclass(kw_only=True)
class DemoBookings:
    """Writer of the bookings of one demo hotel as of `now`."""

    hotel: models.Hotel
    now: datetime
    rooms: dict[str, list[models.Room]]
    guaranteed: models.NoShowPolicy
    flexible: models.NoShowPolicy
    writer: StayWriter = field(init=False)

    def __post_init__(self) -> None:
        self.writer = StayWriter(hotel=self.hotel)

    @property
    def today(self) -> date:
        """The hotel's business date."""
        return self.hotel.business_date(self.now)

    def write(self) -> None:
        """Write every kind of booking that housekeeping, no-shows and invoicing deal with."""
        self._departed()
        due_out = self._in_house()
        self._arriving(due_out)
        self._missing()
        self._half_arrived()
        self._future()

    def _departed(self) -> None:
        """Write departed guests: folios paid, half paid and unpaid, and one without charges."""
        free = iter(self.rooms["STD"][8:] + self.rooms["SUP"][4:])
        for days_ago, paid in ((1, "1"), (1, "0.5"), (2, "0"), (3, "1")):
            stay = self._stay(
                status=Status.CHECKED_OUT, arrives=-days_ago - 2, stays=2, room=next(free)
            )
            self._depart(stay, paid=Decimal(paid))
        empty = self._stay(status=Status.CHECKED_OUT, arrives=-2, stays=1, room=next(free))
        self._complete(empty)

    def _in_house(self) -> list[models.Room]:
        """Write ten occupied rooms: three guests due out today, one due out yesterday.

        Returns the rooms due out today.
        """
        due_out = []
        standard, superior = self.rooms["STD"], self.rooms["SUP"]
        for arrives, stays, room in (
            (-2, 2, standard[0]),
            (-3, 3, standard[1]),
            (-1, 1, superior[0]),
            (-4, 3, standard[2]),
            (-1, 3, standard[3]),
            (-2, 5, standard[4]),
            (-3, 6, standard[5]),
            (-1, 2, superior[1]),
            (-2, 4, self.rooms["SUI"][0]),
        ):
            self._stay(status=Status.CHECKED_IN, arrives=arrives, stays=stays, room=room)
            if arrives + stays == 0:
                due_out.append(room)
        quiet = self._stay(status=Status.CHECKED_IN, arrives=-2, stays=4, room=standard[6])
        models.CleaningOptOut.objects.create(
            booking_room=quiet,
            date=self.hotel.local_date(self.now),
            reason="Do not disturb until noon",
        )
        return due_out

    def _arriving(self, due_out: list[models.Room]) -> None:
        """Write arrivals of today: two into rooms due out today, one of them a VIP."""
        self._stay(status=Status.CONFIRMED, arrives=0, stays=2, room=due_out[0], vip=True)
        self._stay(status=Status.CONFIRMED, arrives=0, stays=3, room=due_out[1])
        self._stay(status=Status.CONFIRMED, arrives=0, stays=1, code="SUP")

    def _missing(self) -> None:
        """Write missed arrivals of yesterday: two guaranteed, one with a deposit above its fee."""
        self._stay(status=Status.CONFIRMED, arrives=-1, stays=3, room=self.rooms["STD"][7])
        deposit = self._stay(status=Status.CONFIRMED, arrives=-1, stays=2, code="SUP")
        at = deposit.booking.booked_at
        self.writer.pay(deposit, amount=self._price("SUP") * 2, at=at, is_deposit=True)
        self._stay(status=Status.CONFIRMED, arrives=-1, stays=2, code="STD", policy=self.flexible)

    def _half_arrived(self) -> None:
        """Write a booking of two rooms, one in house and one missing: staff must decide."""
        in_house = self._stay(
            status=Status.CHECKED_IN, arrives=-1, stays=3, room=self.rooms["SUI"][1]
        )
        self._stay(
            status=Status.CONFIRMED, arrives=-1, stays=3, code="SUI", booking=in_house.booking
        )

    def _future(self) -> None:
        """Write bookings for the next months, most of them in the next two weeks."""
        for n in range(36):
            code = ("STD", "STD", "SUP", "SUI")[n % 4]
            self._stay(
                status=Status.CONFIRMED,
                arrives=1 + n * (n + 9) // 18,
                stays=1 + n % 5,
                code=code,
                policy=self.flexible if n % 3 == 2 else None,
            )

    def _price(self, code: str) -> Decimal:
        return self.rooms[code][0].room_type.base_rate

    def _stay(
        self,
        *,
        status: str,
        arrives: int,
        stays: int,
        room: models.Room | None = None,
        code: str = "",
        policy: models.NoShowPolicy | None = None,
        vip: bool = False,
        booking: models.Booking | None = None,
    ) -> BookingRoom:
        arrival = self.today + timedelta(days=arrives)
        departure = arrival + timedelta(days=stays)
        arrived = status in (Status.CHECKED_IN, Status.CHECKED_OUT)
        left = status == Status.CHECKED_OUT
        return self.writer.stay(
            booking=booking or self.writer.booking(booked_at=self._booked_at(arrival), vip=vip),
            arrival=arrival,
            departure=departure,
            room_type=room.room_type if room else self.rooms[code][0].room_type,
            policy=policy or self.guaranteed,
            room=room,
            status=status,
            checked_in_at=self._at(arrival, time(15, 20)) if arrived else None,
            checked_out_at=self._at(departure, time(10, 45)) if left else None,
        )

    def _booked_at(self, arrival: date) -> datetime:
        """A time well before the arrival, and in the past."""
        number = self.writer.booked
        early = arrival - timedelta(days=20 + number % 40)
        return self._at(min(early, self.today - timedelta(days=1 + number % 9)), time(12))

    def _depart(self, stay: BookingRoom, *, paid: Decimal) -> None:
        """Charge the nights, pay a share of them, and complete the folio."""
        assert stay.checked_out_at is not None
        amount = self.writer.charge(stay) * paid
        self.writer.pay(stay, amount=amount, at=stay.checked_out_at)
        self._complete(stay)

    def _complete(self, stay: BookingRoom) -> None:
        assert stay.folio is not None
        models.Folio.objects.filter(pk=stay.folio.pk).update(
            status=models.Folio.Status.COMPLETED, completed_at=stay.checked_out_at
        )

    def _at(self, day: date, at: time) -> datetime:
        return self.hotel.instant(day, at)
