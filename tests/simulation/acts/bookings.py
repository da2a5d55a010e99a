"""Guests book, announce when they come, change their dates and cancel."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from hotels.front_desk.cancellation import cancel_room
from hotels.models import Booking, BookingNight, BookingRoom, Folio, Payment
from tests.factories import GuestFactory
from tests.simulation.oracle import availability, dates, desk
from tests.simulation.oracle import books as oracle
from tests.simulation.oracle.books import Night, Stay
from tests.simulation.world import World

CENT = Decimal("0.01")


def row_of(stay: Stay) -> BookingRoom:
    """The stored row of a room, read again."""
    return BookingRoom.objects.select_related("hotel", "booking").get(pk=stay.pk)


def expected(world: World) -> list[Stay]:
    """The rooms that are booked and whose guests have not come."""
    return [stay for stay in world.books.stays if stay.status == "CONFIRMED"]


def free_room(world: World, kind: int | None, first: date, end: date) -> int | None:
    """A room of a type, or of any, that no one sleeps in on these nights."""
    taken = {
        night.room
        for stay in world.books.stays
        for day, night in stay.nights.items()
        if first <= day < max(end, first + dates.DAY) and not night.released
    }
    taken |= {
        stay.room
        for stay in world.books.in_house()
        if stay.departure != world.today or first > world.today
    }
    rooms = [
        room.pk
        for room in world.books.rooms.values()
        if room.active and room.pk not in taken and kind in (None, room.type)
        # Staff may put a guest into a room that is out of order; the hotel itself never does.
        if kind is None or not availability.out_of_order(world.books, room.pk, world.today)
    ]
    return world.pick(rooms)


def book(world: World) -> None:
    """A booking for one of the next days, for one or two rooms, with or without a deposit."""
    ahead = world.rng.choice((0, 0, 0, 1, 1, 2, 3, 5))
    nights = world.rng.choice((0, 1, 2, 2, 3, 4, 6))
    arrival = world.today + ahead * dates.DAY
    before = world.rng.choice((0, 0, 30, 200, 3000))
    add_booking(world, arrival, nights, booked_at=world.now - timedelta(minutes=before))


def add_booking(
    world: World,
    arrival: date,
    nights: int,
    *,
    booked_at: datetime,
    rooms: int | None = None,
) -> list[Stay]:
    """Store a booking; returns its rooms."""
    world.bookings += 1
    reference = f"{world.place[:2].upper()}{world.bookings}"
    vip = world.chance(10)
    guest = GuestFactory(hotel=world.hotel, name=reference, email="", vip=vip)
    row = Booking.objects.create(
        hotel=world.hotel, guest=guest, reference=reference, booked_at=booked_at
    )
    booking = oracle.Booking(pk=row.pk, reference=reference, booked_at=booked_at, vip=vip)
    world.books.bookings[row.pk] = booking
    folio = None if world.chance(8) else add_folio(world, booking)
    stays = []
    for number in range(1, 1 + (rooms or world.rng.choice((1, 1, 1, 2)))):
        if number > 1 and world.chance(50):
            folio = add_folio(world, booking)
        stays.append(_add_room(world, booking, number, folio, arrival, nights))
    if world.chance(15):
        folio = add_folio(world, booking)
        folio = folio if world.chance(70) else None
    if folio is not None and world.chance(35):
        price = max(
            (night.price for stay in stays for night in stay.nights.values()), default=Decimal(50)
        )
        factor = world.rng.choice((Decimal("0.3"), Decimal(1), Decimal("1.2"), Decimal(3)))
        pay(world, folio, (price * factor).quantize(CENT), deposit=True)
    world.note("booked", booking.reference, *stays, f"{arrival} {nights} nights", stays[0].terms)
    return stays


def _add_room(
    world: World,
    booking: oracle.Booking,
    number: int,
    folio: oracle.Folio | None,
    arrival: date,
    nights: int,
) -> Stay:
    kind = world.pick(world.books.types)
    policy, terms = world.pick(world.policies)
    departure = arrival + nights * dates.DAY
    room = free_room(world, kind, arrival, departure) if world.chance(40) else None
    day_price = (
        None if nights or world.chance(20) else Decimal(world.rng.randint(2000, 9000)) * CENT
    )
    status = "TENTATIVE" if world.chance(5) else "CONFIRMED"
    row = BookingRoom.objects.create(
        hotel=world.hotel,
        booking_id=booking.pk,
        number=number,
        room_type_id=kind,
        room_id=room,
        folio_id=folio.pk if folio is not None else None,
        status=status,
        arrival_date=arrival,
        departure_date=departure,
        day_use_price=day_price,
        no_show_terms=policy.terms().to_json(),
    )
    stay = Stay(
        pk=row.pk,
        booking=booking,
        number=number,
        type=kind,
        arrival=arrival,
        departure=departure,
        terms=terms,
        room=room,
        folio=folio,
        status=status,
        day_price=day_price,
    )
    booking.stays.append(stay)
    add_nights(world, stay, arrival, departure, room)
    return stay


def add_nights(world: World, stay: Stay, first: date, end: date, room: int | None) -> None:
    """Sell nights to a stay."""
    for day in dates.days(first, end):
        price = Decimal(world.rng.randint(4000, 25000)) * CENT
        BookingNight.objects.create(
            hotel=world.hotel, booking_room_id=stay.pk, date=day, room_id=room, price=price
        )
        stay.nights[day] = Night(price=price, room=room)


def add_folio(world: World, booking: oracle.Booking) -> oracle.Folio:
    """Open a further folio of a booking."""
    number = max((folio.number for folio in booking.folios), default=0) + 1
    payer = Booking.objects.values_list("guest", flat=True).get(pk=booking.pk)
    row = Folio.objects.create(
        hotel=world.hotel, booking_id=booking.pk, payer_id=payer, number=number
    )
    folio = oracle.Folio(pk=row.pk, books=world.books, booking=booking, number=number)
    booking.folios.append(folio)
    return folio


def pay(world: World, folio: oracle.Folio, amount: Decimal, *, deposit: bool = False) -> None:
    """Store a payment, which may be only an authorisation or fail."""
    if amount <= 0:
        return
    status = world.rng.choice(("SUCCEEDED",) * 8 + ("AUTHORIZED", "FAILED"))
    row = Payment.objects.create(
        folio_id=folio.pk,
        status=status,
        amount=amount,
        is_deposit=deposit,
        received_at=world.now,
    )
    folio.payments.append(oracle.Payment(pk=row.pk, status=status, amount=amount))
    world.note(f"paid {amount} {status}", folio, *folio.booking.stays)


def announce(world: World) -> None:
    """A guest says when they come, or does not say it any more."""
    stay = world.pick(expected(world))
    if stay is not None:
        hours = world.rng.choice((None, 1, 4, 12, 30, 60))
        stay.eta = None if hours is None else world.now + timedelta(hours=hours)
        BookingRoom.objects.filter(pk=stay.pk).update(eta=stay.eta)
        world.note(f"announced {stay.eta}", stay)


def hold(world: World) -> None:
    """The front desk holds a room, or lets it go."""
    stay = world.pick(expected(world))
    if stay is not None:
        stay.hold = not stay.hold and world.chance(60)
        BookingRoom.objects.filter(pk=stay.pk).update(staff_hold=stay.hold)
        world.note(f"hold {stay.hold}", stay)


def issue_key(world: World) -> None:
    """A key is issued to a guest who is due, before the check-in."""
    stay = world.pick(each for each in expected(world) if each.arrival <= world.today)
    if stay is not None:
        stay.key_at = world.now
        BookingRoom.objects.filter(pk=stay.pk).update(key_issued_at=world.now)
        world.note("key issued", stay)


def postpone(world: World) -> None:
    """A guest comes later: new dates with new nights."""
    stay = world.pick(s for s in expected(world) if s.departure > s.arrival >= world.today)
    if stay is None:
        return
    length, old = stay.departure - stay.arrival, set(stay.nights)
    stay.arrival += world.rng.choice((1, 2)) * dates.DAY
    stay.departure = stay.arrival + length
    stay.room = None
    BookingNight.objects.filter(booking_room=stay.pk, date__in=old).delete()
    stay.nights.clear()
    add_nights(world, stay, stay.arrival, stay.departure, None)
    BookingRoom.objects.filter(pk=stay.pk).update(
        arrival_date=stay.arrival, departure_date=stay.departure, room=None
    )
    world.note(f"postponed to {stay.arrival}", stay)


def cancel(world: World) -> None:
    """A guest cancels."""
    stay = world.pick(expected(world))
    if stay is not None:
        cancel_room(stay=row_of(stay), now=world.now)
        desk.cancel(stay)
        desk.settle_after_cancelling(stay, world.now)
        world.note("cancelled", stay)
