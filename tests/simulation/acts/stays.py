"""Guests arrive, move, swap, extend, leave early or late."""

from datetime import timedelta

from hotels.front_desk.check_in import check_in
from hotels.front_desk.check_out import check_out
from hotels.models import BookingNight, BookingRoom, CleaningOptOut
from tests.simulation import compare
from tests.simulation.acts.bookings import add_booking, add_nights, expected, free_room, row_of
from tests.simulation.acts.folios import charge_stay
from tests.simulation.oracle import dates, desk
from tests.simulation.oracle.books import Stay
from tests.simulation.world import World


def in_house(world: World) -> list[Stay]:
    """The rooms whose guests are here."""
    return list(world.books.in_house())


def arrive(world: World) -> None:
    """A guest who is due arrives, now and then a day early."""
    early = dates.DAY if world.chance(4) else 0 * dates.DAY
    due = [s for s in expected(world) if s.arrival <= world.today + early]
    stay = world.pick(s for s in due if s.departure >= world.today)
    if stay is not None:
        let_in(world, stay)


def let_in(world: World, stay: Stay) -> None:
    """Check a guest in, into a room chosen now or by the hotel; not into a full house."""
    if stay.room is not None and not _empty(world, stay):
        give(world, stay, None)
    if stay.room is None:
        of_type = free_room(world, stay.type, world.today, stay.departure)
        room = of_type or free_room(world, None, world.today, stay.departure)
        if room is None:
            return
        if of_type is None or world.chance(50):
            give(world, stay, room)
    row = check_in(stay=row_of(stay), now=world.now)
    compare.check(world, f"{stay} room", True, row.room_id is not None)
    desk.check_in(world.books, stay, row.room_id, world.now)
    world.note(f"checked in {room_number(world, stay)}", stay, room_number(world, stay))


def _empty(world: World, stay: Stay) -> bool:
    """True if no guest is in the room of a stay who stays on tonight."""
    others = (each for each in world.books.in_house() if each is not stay)
    return not any(each.room == stay.room and each.departure != world.today for each in others)


def room_number(world: World, stay: Stay) -> str:
    """The number of the room of a stay."""
    return world.books.rooms[stay.room].number if stay.room is not None else "no-room"


def give(world: World, stay: Stay, room: int | None) -> None:
    """Assign a room to a stay, from tonight on."""
    stay.room = room
    BookingRoom.objects.filter(pk=stay.pk).update(room=room)
    coming = {day for day in stay.nights if day >= world.today}
    BookingNight.objects.filter(booking_room=stay.pk, date__in=coming).update(room=room)
    for day in coming:
        stay.nights[day].room = room


def walk_in(world: World) -> None:
    """A guest without a booking gets a room."""
    nights = world.rng.choice((0, 1, 1, 2, 4))
    (stay,) = add_booking(world, world.today, nights, booked_at=world.now, rooms=1)
    if stay.status == "CONFIRMED":
        let_in(world, stay)


def move(world: World) -> None:
    """A guest changes into a free room today, or is to change tomorrow."""
    stay = world.pick(s for s in in_house(world) if s.departure > world.today)
    if stay is None:
        return
    room = free_room(world, None, world.today, stay.departure + dates.DAY)
    if room is None:
        return
    if world.chance(70) or stay.arrival >= world.today:
        old = room_number(world, stay)
        give(world, stay, room)
        world.note(f"moved from {old}", stay, old, room_number(world, stay))
        return
    coming = {day for day in stay.nights if day > world.today}
    BookingNight.objects.filter(booking_room=stay.pk, date__in=coming).update(room=room)
    for day in coming:
        stay.nights[day].room = room
    number = world.books.rooms[room].number
    world.note(f"moves tomorrow to {number}", stay, room_number(world, stay), number)


def swap(world: World) -> None:
    """Two guests change rooms with each other."""
    staying = [s for s in in_house(world) if s.departure > world.today and s.room is not None]
    staying = [
        stay
        for stay in staying
        if all(night.room == stay.room for day, night in stay.nights.items() if day >= world.today)
    ]
    if len(staying) < 2:
        return
    one, other = world.rng.sample(staying, 2)
    rooms = one.room, other.room
    if _crosses(world, one, other):
        return
    give(world, one, None)
    give(world, other, rooms[0])
    give(world, one, rooms[1])
    numbers = room_number(world, one), room_number(world, other)
    world.note("swapped rooms", one, other, *numbers)


def _crosses(world: World, one: Stay, other: Stay) -> bool:
    """True if a third stay has one of the two rooms on a night of the other guest."""
    pairs = ((one, other.room), (other, one.room))
    return any(
        night.room == room and not night.released and day in stay.nights
        for stay, room in pairs
        for third in world.books.stays
        if third not in (one, other)
        for day, night in third.nights.items()
        if day >= world.today
    )


def extend(world: World) -> None:
    """A guest stays longer, with or without nights sold for it."""
    stay = world.pick(s for s in in_house(world) if s.departure >= world.today)
    if stay is None:
        return
    first = stay.departure
    stay.departure += world.rng.choice((1, 1, 2)) * dates.DAY
    BookingRoom.objects.filter(pk=stay.pk).update(departure_date=stay.departure)
    known = any(first <= day < stay.departure for day in stay.nights)
    if world.chance(70) and not known:
        taken = any(
            night.room == stay.room and not night.released and first <= day < stay.departure
            for other in world.books.stays
            for day, night in other.nights.items()
        )
        add_nights(world, stay, first, stay.departure, None if taken else stay.room)
    world.note(f"extended to {stay.departure}", stay, room_number(world, stay))


def shorten(world: World) -> None:
    """A guest says that they leave earlier."""
    stay = world.pick(s for s in in_house(world) if s.departure > world.today + dates.DAY)
    if stay is None:
        return
    first = max(stay.arrival, world.today)
    stay.departure = first + world.rng.randrange((stay.departure - first).days) * dates.DAY
    BookingRoom.objects.filter(pk=stay.pk).update(departure_date=stay.departure)
    gone = {day for day in stay.nights if day >= stay.departure}
    BookingNight.objects.filter(booking_room=stay.pk, date__in=gone).update(released=True)
    for day in gone:
        stay.nights[day].released = True
    world.note(f"leaves earlier, on {stay.departure}", stay, room_number(world, stay))


def leave(world: World) -> None:
    """A guest who is due out, or overdue, leaves; now and then one who is not."""
    due = [s for s in in_house(world) if s.departure <= world.today or world.chance(5)]
    stay = world.pick(due)
    if stay is not None:
        let_out(world, stay)


def let_out(world: World, stay: Stay) -> None:
    """Charge the stay and check the guest out."""
    if stay.folio is not None and stay.folio.status == "OPEN" and world.chance(90):
        charge_stay(world, stay)
    check_out(stay=row_of(stay), now=world.now)
    desk.check_out(world.books, stay, world.now)
    world.note("checked out", stay, room_number(world, stay), stay.folio)


def overdue(world: World) -> None:
    """The guest who is overdue longest leaves, so that no stay is endless."""
    late = [s for s in in_house(world) if s.departure < world.today - timedelta(days=2)]
    if late:
        let_out(world, min(late, key=lambda stay: stay.departure))


def opt_out(world: World) -> None:
    """A guest wants no cleaning today or tomorrow."""
    stay = world.pick(in_house(world))
    if stay is None:
        return
    day = world.books.calendar_day(world.now) + world.rng.choice((0, 1)) * dates.DAY
    if day not in stay.opt_outs:
        stay.opt_outs.add(day)
        CleaningOptOut.objects.create(booking_room_id=stay.pk, date=day)
        world.note(f"no cleaning on {day}", stay, room_number(world, stay))
