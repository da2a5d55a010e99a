"""The clean each room needs on a date (rule 1)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from tests.simulation.oracle import dates
from tests.simulation.oracle.books import Books, Room, Stay, Task
from tests.simulation.oracle.no_shows import ETA_GRACE

FINISHED = ("DONE", "INSPECTED")


@dataclass(kw_only=True)
class Guests:
    """The guests in a room and those who come into it, each a stay with its phase."""

    inside: list[tuple[Stay, str]] = field(default_factory=list)
    coming: list[tuple[Stay, bool]] = field(default_factory=list)
    moved_out: bool = False


@dataclass(kw_only=True, eq=False)
class Need:
    """A clean that is needed, or skipped at the guest's wish."""

    kind: str
    priority: str
    minutes: int
    stay: Stay | None = None
    linen: bool = False
    skipped: bool = False
    guest_inside: bool = False


def arrived(books: Books, stay: Stay) -> date:
    """The business date on which the guest came."""
    return books.today(stay.in_at) if stay.in_at is not None else stay.arrival


def room_on(stay: Stay, day: date) -> int | None:
    """The room assigned for a night that is sold."""
    night = stay.nights.get(day)
    return night.room if night is not None and not night.released else None


def guests(books: Books, day: date, now: datetime) -> dict[int, Guests]:
    """The guests of each room on a date."""
    found = {room: Guests() for room in books.rooms}
    for stay in sorted(books.stays, key=lambda each: each.pk):
        before = room_on(stay, day - dates.DAY)
        tonight = room_on(stay, day) or stay.room
        if stay.status == "CHECKED_IN":
            _place(books, stay, day, found, slept_in=before or stay.room, tonight=tonight)
        elif stay.status == "CONFIRMED" and tonight and _comes(books, stay, day, now):
            waiting = stay.key_at is not None or (stay.eta is not None and stay.eta <= now)
            found[tonight].coming.append((stay, waiting))
    return found


def _place(
    books: Books,
    stay: Stay,
    day: date,
    found: dict[int, Guests],
    *,
    slept_in: int | None,
    tonight: int | None,
) -> None:
    came = arrived(books, stay)
    if stay.departure <= day:
        room, how = slept_in or tonight, "due out"
    elif came >= day:
        room, how = tonight, "arrived"
    elif tonight == slept_in:
        room, how = tonight, "staying"
    elif stay.room == slept_in:
        room, how = slept_in, "moving out"
    else:
        room, how = tonight, "arrived"
        before = room_on(stay, day - dates.DAY)
        if before is not None and before != tonight:
            found[before].moved_out = True
    if room is None:
        return
    found[room].inside.append((stay, how))
    if how == "moving out" and tonight is not None:
        found[tonight].coming.append((stay, False))


def _comes(books: Books, stay: Stay, day: date, now: datetime) -> bool:
    """True if a confirmed guest comes today, as booked or late but still expected."""
    if stay.arrival >= day:
        return stay.arrival == day
    announced = (
        stay.eta is not None and books.calendar_day(stay.eta) <= day and stay.eta + ETA_GRACE > now
    )
    return stay.departure > day and (stay.hold or stay.key_at is not None or announced)


def need_of(books: Books, room: Room, found: Guests, day: date) -> Need | None:
    """The clean a room needs; the first rule that matches."""
    blocks = [b for b in books.blocks.values() if b.room == room.pk and b.kind == "OUT_OF_ORDER"]
    closed = any(block.start <= day < block.end for block in blocks)
    if not found.inside and (closed or not room.active):
        return None
    factor = books.types[room.type].factor
    leaving = [stay for stay, how in found.inside if how in ("due out", "moving out")]
    priority = "NORMAL"
    if found.coming:
        urgent = any(waiting or stay.booking.vip for stay, waiting in found.coming)
        priority = "URGENT" if urgent else "HIGH"
    departure = Need(
        kind="DEPARTURE", priority=priority, minutes=_minutes(books.departure_minutes, factor)
    )
    if leaving:
        departure.stay = leaving[0]
        return departure
    staying = [stay for stay, how in found.inside if how == "staying"]
    if staying:
        return _stayover(books, room, staying[0], day, factor)
    back = any(block.end == day for block in blocks)
    if not (back or found.moved_out or room.cleanliness == "DIRTY"):
        return None
    if found.inside:
        departure.priority, departure.guest_inside = "URGENT", True
    return departure


def _stayover(books: Books, room: Room, stay: Stay, day: date, factor: Decimal) -> Need | None:
    clean, linen = nights_without(books, room, stay, day)
    opted_out = day in stay.opt_outs
    if not opted_out and clean is not None and clean < books.stayover_every:
        return None
    return Need(
        kind="STAYOVER",
        priority="LOW",
        minutes=_minutes(books.stayover_minutes, factor),
        stay=stay,
        linen=not opted_out and (linen is None or linen >= books.linen_every),
        skipped=opted_out,
    )


def nights_without(
    books: Books, room: Room, stay: Stay, day: date
) -> tuple[int | None, int | None]:
    """Nights since the last clean and since fresh linen; None: not since the guest is here.

    The clean for the arrival counts on the arrival, unless it was left undone.
    """
    since = arrived(books, stay)
    for night, assigned in stay.nights.items():
        other = assigned.room not in (None, room.pk)
        if other and not assigned.released and night < day and night + dates.DAY > since:
            since = night + dates.DAY
    tasks = [task for task in books.tasks if task.room == room.pk and task.day <= day]
    undone = any(
        task.kind == "DEPARTURE"
        and task.day == since < day
        and (task.open or task.status == "ROLLED_OVER")
        for task in tasks
    )
    start = [] if undone else [since]
    cleans = [*start, *(_done(books, t) for t in tasks if t.status in FINISHED)]
    fresh = [
        *start,
        *(
            _done(books, task)
            for task in tasks
            if task.status in FINISHED and (task.linen or task.kind == "DEPARTURE")
        ),
    ]
    return _nights(cleans, since, day), _nights(fresh, since, day)


def _done(books: Books, task: Task) -> date:
    """The date a clean counts for: its own, or the business date on which it was finished."""
    return task.day if task.completed is None else max(task.day, books.today(task.completed))


def _nights(found: list[date], since: date, day: date) -> int | None:
    counted = [each for each in found if each >= since]
    return (day - max(counted)).days if counted else None


def _minutes(weight: int, factor: Decimal) -> int:
    return int((weight * factor).quantize(Decimal(1), rounding=ROUND_HALF_UP))
