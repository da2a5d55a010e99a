"""Days in a demo hotel: guests book, arrive and leave; staff clean, repair and collect payments.

The jobs do their part in between. The same hotel and days always give the same history.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from random import Random

from django.contrib.auth.models import User
from django.db.models import QuerySet

from hotels.billing.payment_actions import record_payment, record_refund
from hotels.calendar import ONE_DAY, nights
from hotels.demo.stays import StayWriter
from hotels.front_desk.check_in import check_in_all
from hotels.front_desk.check_out import check_out_all
from hotels.housekeeping.finishing import finish_all_cleans
from hotels.maintenance.work_orders import complete_order_done_by, start_order
from hotels.models import (
    Booking,
    BookingNight,
    BookingRoom,
    Equipment,
    Hotel,
    Invoice,
    NoShowPolicy,
    NoShowRecord,
    Payment,
    Priority,
    Room,
    RoomBlock,
    RoomType,
    StaffMember,
    WorkOrder,
)
from hotels.no_shows.manager_actions import waive
from hotels.no_shows.review_decisions import release

Event = tuple[datetime, Callable[[datetime], None]]
Status = BookingRoom.Status
Outcome = NoShowRecord.Outcome

DAYS_BOOKED_AHEAD = 40
BOOKINGS_A_DAY = 8  # those for which no room is free are turned away
MEAN_LEAD_DAYS = 9
NIGHTS = (1, 1, 2, 2, 2, 3, 3, 4, 5)
MISSING = 0.04  # the share of guests who do not arrive
PAID_LATER = 0.2  # the share of guests whose invoice is paid by bank transfer
PAID_AFTER = timedelta(days=3)
DECIDED_AFTER = timedelta(hours=30)
REPAIRED_AFTER = timedelta(days=2)
DAMAGES = (
    ("Air conditioner is loud", Priority.NORMAL),
    ("Air conditioner drips", Priority.HIGH),
    ("Air conditioner does not cool", Priority.HIGH),
)


@dataclass(kw_only=True)
class DemoDays:
    """The days from `first` to `last`, both business dates; `by` is the user in the office.

    Guests of the night before `last` leave work: with `group` the rest of a booking in house, with
    `deposit` a deposit above the fee. On the date `without_room` a guest is checked in without a
    room, which the front desk corrects the next morning.
    """

    hotel: Hotel
    first: date
    last: date
    by: User
    group: bool = False
    deposit: bool = False
    without_room: date | None = None
    _writer: StayWriter = field(init=False)
    _chance: Random = field(init=False)
    _types: dict[int, RoomType] = field(init=False)
    _policies: list[NoShowPolicy] = field(init=False)
    _free: Counter[tuple[int, date]] = field(init=False)
    _technician: StaffMember = field(init=False)
    _equipment: Equipment = field(init=False)
    _missing: set[int] = field(default_factory=set)
    _forgotten: BookingRoom | None = None

    def __post_init__(self) -> None:
        self._writer = StayWriter(hotel=self.hotel)
        self._chance = Random(self.hotel.code)  # noqa: S311  makes guests, guards nothing
        types = RoomType.objects.of_hotel(self.hotel).order_by("pk")
        self._types = {each.pk: each for each in types}
        self._policies = list(NoShowPolicy.objects.of_hotel(self.hotel).order_by("pk"))
        self._free = self._free_rooms()
        self._technician = StaffMember.objects.get(
            hotel=self.hotel, role=StaffMember.Role.MAINTENANCE
        )
        self._equipment = Equipment.objects.get(hotel=self.hotel, code="AC-101")

    def book_ahead(self) -> None:
        """Write the bookings that were made before the first day for the days from it on."""
        self._expected_in_vain()
        for days in range(DAYS_BOOKED_AHEAD, 0, -1):
            day = self.first - timedelta(days=days)
            self._book(day, self._at(day, time(12)))

    def events(self) -> Iterator[Event]:
        """Yield what happens on the days, with its time; call each function at that time."""
        for number in range((self.last - self.first).days + 1):
            day = self.first + timedelta(days=number)
            yield self._at(day, time(8, 50)), self._correct_room
            yield self._at(day, time(9, 10)), partial(self._report_damage, day)
            yield self._at(day, time(10, 45)), partial(self._check_out, day)
            yield self._at(day, time(11, 30)), self._decide
            yield self._at(day, time(12)), partial(self._book, day)
            yield self._at(day, time(14, 30)), partial(self._clean, day)
            yield self._at(day, time(15, 20)), partial(self._check_in, day)
            yield self._at(day, time(16)), self._repair
            yield self._at(day, time(17)), self._collect

    def _free_rooms(self) -> Counter[tuple[int, date]]:
        """The number of rooms free by room type and night."""
        rooms = Counter(
            Room.objects.filter(hotel=self.hotel, active=True).values_list("room_type", flat=True)
        )
        end = self.last + timedelta(days=2 * DAYS_BOOKED_AHEAD)
        free = Counter(
            {
                (pk, day): rooms[pk]
                for pk in self._types
                for day in nights(arrival=self.first - ONE_DAY, departure=end)
            }
        )
        booked = BookingNight.objects.filter(hotel=self.hotel, released=False)
        free.subtract(booked.values_list("booking_room__room_type", "date"))
        blocks = RoomBlock.objects.of_hotel(self.hotel).select_related("room")
        for block in blocks.filter(kind=RoomBlock.Kind.OUT_OF_ORDER):
            for day in nights(arrival=block.start_date, departure=block.end_date):
                free[block.room.room_type_id, day] -= 1
        return free

    def _expected_in_vain(self) -> None:
        arrival = self.last - ONE_DAY
        booked_at = self._at(self.first - timedelta(days=12), time(18, 5))
        standard, superior, *_ = self._types.values()
        if self.group:
            booking = self._writer.booking(booked_at=booked_at)
            self._stay(booking, standard, arrival=arrival, stays=3)
            missing = self._stay(booking, standard, arrival=arrival, stays=3)
            self._missing.add(missing.pk)
        if self.deposit:
            booking = self._writer.booking(booked_at=booked_at)
            stay = self._stay(booking, superior, arrival=arrival, stays=2)
            amount = superior.base_rate * 2
            self._writer.pay(stay, amount=amount, at=booked_at, is_deposit=True)
            self._missing.add(stay.pk)

    def _book(self, day: date, at: datetime) -> None:
        """Write the bookings made on a day, as far as rooms are free."""
        types = list(self._types.values())
        for _ in range(BOOKINGS_A_DAY):
            lead = int(self._chance.expovariate(1 / MEAN_LEAD_DAYS))
            arrival = day + timedelta(days=min(lead, DAYS_BOOKED_AHEAD))
            stays = self._chance.choice(NIGHTS)
            (room_type,) = self._chance.choices(types, weights=range(len(types), 0, -1))
            missing = self._chance.random() < MISSING
            if arrival < self.first or not self._is_free(room_type, arrival, stays):
                continue
            booking = self._writer.booking(booked_at=at, vip=self._writer.booked % 23 == 0)
            stay = self._stay(booking, room_type, arrival=arrival, stays=stays)
            if missing and arrival < self.last - ONE_DAY:
                self._missing.add(stay.pk)

    def _is_free(self, room_type: RoomType, arrival: date, stays: int) -> bool:
        wanted = nights(arrival=arrival, departure=arrival + timedelta(days=stays))
        return all(self._free[room_type.pk, day] > 0 for day in wanted)

    def _stay(
        self, booking: Booking, room_type: RoomType, *, arrival: date, stays: int
    ) -> BookingRoom:
        departure = arrival + timedelta(days=stays)
        self._free.subtract(
            (room_type.pk, day) for day in nights(arrival=arrival, departure=departure)
        )
        return self._writer.stay(
            booking=booking,
            arrival=arrival,
            departure=departure,
            room_type=room_type,
            policy=self._policies[self._writer.booked % 3 == 0],
            status=Status.CONFIRMED,
        )

    def _check_out(self, day: date, at: datetime) -> None:
        leaving = self._stays(Status.CHECKED_IN).filter(departure_date__lte=day)
        for stay in check_out_all(hotel=self.hotel, stays=list(leaving), now=at).changed:
            amount = self._writer.charge(stay)
            if self._chance.random() >= PAID_LATER:
                self._writer.pay(stay, amount=amount, at=at)

    def _check_in(self, day: date, at: datetime) -> None:
        arriving = self._stays(Status.CONFIRMED).filter(arrival_date=day)
        stays = list(arriving.exclude(pk__in=self._missing))
        arrived = check_in_all(hotel=self.hotel, stays=stays, now=at).changed
        if day == self.without_room and arrived:
            self._forgotten = max(arrived, key=lambda stay: stay.departure_date)
            self._set_room(self._forgotten, None)

    def _correct_room(self, _at: datetime) -> None:
        if self._forgotten is not None:
            self._set_room(self._forgotten, self._forgotten.room)
            self._forgotten = None

    def _set_room(self, stay: BookingRoom, room: Room | None) -> None:
        BookingRoom.objects.filter(pk=stay.pk).update(room=room)
        BookingNight.objects.filter(booking_room=stay).update(room=room)

    def _clean(self, day: date, at: datetime) -> None:
        finish_all_cleans(hotel=self.hotel, day=day, now=at)

    def _report_damage(self, day: date, at: datetime) -> None:
        """Report a damage every other day; the technician begins with those of the day before."""
        of_yesterday = WorkOrder.objects.of_hotel(self.hotel).filter(
            status=WorkOrder.Status.ASSIGNED, kind=WorkOrder.Kind.CORRECTIVE
        )
        for order in of_yesterday:
            start_order(order=order)
        if day.toordinal() % 2:
            return
        title, priority = DAMAGES[day.toordinal() // 2 % len(DAMAGES)]
        WorkOrder.objects.create(
            hotel=self.hotel,
            number=f"WO-{day:%Y%m%d}",
            equipment=self._equipment,
            title=title,
            priority=priority,
            status=WorkOrder.Status.ASSIGNED,
            assignee=self._technician,
            due_date=day + timedelta(days=2),
            created_at=at,
        )

    def _repair(self, at: datetime) -> None:
        """Complete the work orders that were created a while ago."""
        orders = WorkOrder.objects.of_hotel(self.hotel).filter(
            status__in=WorkOrder.OPEN_STATUSES, created_at__lte=at - REPAIRED_AFTER
        )
        for order in orders:
            complete_order_done_by(order=order, done_by=self._technician, now=at)

    def _decide(self, at: datetime) -> None:
        """Decide the cases of the no-show check, and pay back what a deposit exceeds its fee by."""
        records = NoShowRecord.objects.of_hotel(self.hotel).filter(
            created_at__lte=at - DECIDED_AFTER
        )
        for record in records.filter(outcome=Outcome.REVIEW):
            release(record=record, user=self.by, now=at, note="The guest shares the other room.")
        for record in records.filter(outcome=Outcome.APPLIED, deposit_surplus__gt=0):
            paid = Payment.objects.filter(
                folio=record.booking_room.folio_id,
                status=Payment.Status.SUCCEEDED,
                refunded_amount=0,
            ).first()
            if paid is not None:
                record_refund(
                    payment=paid,
                    amount=record.deposit_surplus,
                    by=self.by,
                    now=at,
                    reason="Deposit above the no-show fee.",
                )
        charged = records.filter(outcome=Outcome.APPLIED, deposit_surplus=0)
        waived = NoShowRecord.objects.of_hotel(self.hotel).filter(outcome=Outcome.WAIVED)
        record_to_waive = charged.exclude(fee_line=None).first()
        if record_to_waive is not None and not waived.exists():
            note = "Flight cancelled, the guest sent the airline's e-mail."
            waive(record=record_to_waive, user=self.by, now=at, note=note)

    def _collect(self, at: datetime) -> None:
        """Record the bank transfers for invoices issued a while ago."""
        open_invoices = Invoice.objects.filter(
            hotel=self.hotel,
            kind=Invoice.Kind.INVOICE,
            balance__gt=Decimal(0),
            issued_at__lte=at - PAID_AFTER,
        ).select_related("folio")
        for invoice in open_invoices:
            record_payment(
                folio=invoice.folio,
                amount=invoice.balance,
                currency=invoice.currency,
                by=self.by,
                now=at,
                method="bank transfer",
            )

    def _stays(self, status: Status) -> QuerySet[BookingRoom]:
        return BookingRoom.objects.filter(hotel=self.hotel, status=status)

    def _at(self, day: date, at: time) -> datetime:
        return self.hotel.instant(day, at)
