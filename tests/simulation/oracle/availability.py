"""Availability (rule 4): every night of every room type, counted from the stays."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from tests.simulation.oracle import dates
from tests.simulation.oracle.amounts import HUNDRED
from tests.simulation.oracle.books import Available, Books, Stay

WINDOW = 90


def recalculate(books: Books, now: datetime) -> None:
    """Write 90 nights from the business date on, and once more those that closed since."""
    today = books.today(now)
    first = today
    if books.last_recalculation is not None:
        # Silent: after a long pause at most the latest 90 closed nights are counted.
        first = min(today, max(books.last_recalculation, today - WINDOW * dates.DAY))
    occupied = _occupied(books, first, today + WINDOW * dates.DAY, now)
    for kind in books.types.values():
        for day in dates.days(first, today + WINDOW * dates.DAY):
            # A type taken off sale keeps its rows and gets no new ones.
            if kind.active or (kind.pk, day) in books.rows:
                books.rows[kind.pk, day] = _row(books, kind.pk, day, occupied)
    books.last_recalculation = today


def refresh(books: Books, kind: int, day: date, now: datetime) -> None:
    """Count one coming night again, if it has a row."""
    today = books.today(now)
    if today <= day < today + WINDOW * dates.DAY and (kind, day) in books.rows:
        occupied = _occupied(books, day, day + dates.DAY, now)
        books.rows[kind, day] = _row(books, kind, day, occupied)


def left(books: Books, kind: int, day: date, now: datetime) -> int:
    """Rooms of a type that can still be sold for a night; negative if it is overbooked."""
    row = _row(books, kind, day, _occupied(books, day, day + dates.DAY, now))
    return row.total - row.out_of_order - row.occupied


def _row(books: Books, kind: int, day: date, occupied: dict[tuple[int, date], int]) -> Available:
    rooms = [room for room in books.rooms.values() if room.type == kind and room.active]
    closed = sum(out_of_order(books, room.pk, day) for room in rooms)
    taken, total = occupied.get((kind, day), 0), len(rooms)
    free = total - closed - taken
    return Available(
        total=total,
        occupied=taken,
        out_of_order=closed,
        available=max(free, 0) if books.types[kind].active else 0,
        overbooked=max(-free, 0),
        rate=_rate(taken, total - closed if books.sellable_basis else total),
    )


def _rate(occupied: int, base: int) -> Decimal:
    rate = min(HUNDRED, HUNDRED * occupied / base) if base else Decimal(0)
    return rate.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def out_of_order(books: Books, room: int, day: date) -> bool:
    return any(
        block.room == room and block.kind == "OUT_OF_ORDER" and block.start <= day < block.end
        for block in books.blocks.values()
    )


def _occupied(books: Books, first: date, end: date, now: datetime) -> dict[tuple[int, date], int]:
    today = books.today(now)
    found: dict[tuple[int, date], int] = {}
    for stay in books.stays:
        for day in _nights(books, stay, first, end, today):
            key = (kind_of(books, stay, day, today), day)
            found[key] = found.get(key, 0) + 1
    return found


def _nights(books: Books, stay: Stay, first: date, end: date, today: date) -> list[date]:
    """The nights from `first` to before `end` on which a stay takes a room."""
    if stay.status not in ("CONFIRMED", "CHECKED_IN", "CHECKED_OUT"):
        return []
    closed = [d for d in dates.days(first, min(end, today)) if slept(books, stay, d)]
    coming = max(first, today)
    if stay.status == "CHECKED_OUT" or end <= coming:
        return closed
    sold = {day for day, night in stay.nights.items() if coming <= day < end and not night.released}
    if stay.status == "CHECKED_IN" and stay.departure != today:
        held = dates.days(today, max(stay.departure, today + dates.DAY))
        released = {day for day, night in stay.nights.items() if night.released and day != today}
        sold |= {day for day in held if coming <= day < end and day not in released}
    return [*closed, *sorted(sold)]


def slept(books: Books, stay: Stay, day: date) -> bool:
    """True if the guest slept here on a closed night: came before its close, left after midnight.

    Silent on the hour: who leaves between midnight and day close has slept.
    """
    if stay.in_at is None or stay.in_at >= books.closes(day):
        return False
    return stay.out_at is None or stay.out_at >= books.midnight_after(day)


def kind_of(books: Books, stay: Stay, day: date, today: date) -> int:
    """The type of the room assigned for the night, of the guest's room, or the type booked.

    Silent on a released night on which the guest is here all the same: tonight counts the guest's
    room, a closed night the room that was assigned for it.
    """
    night = stay.nights.get(day)
    room = stay.room if night is None else night.room
    if night is not None and night.released and stay.in_at and (day >= today or room is None):
        room = stay.room
    return books.rooms[room].type if room is not None else stay.type
