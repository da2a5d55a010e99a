"""The front desk's acts in the books: arrival, departure, cancellation, late guests."""

from datetime import date, datetime

from tests.simulation.oracle import availability
from tests.simulation.oracle.books import Books, Folio, Night, Record, Stay


def check_in(books: Books, stay: Stay, room: int | None, now: datetime) -> None:
    """The guest gets a room; one chosen on arrival is that of every night it is free on."""
    if stay.room is None:
        for day, night in stay.nights.items():
            if not any(
                other.room == room and not other.released
                for each in books.stays
                if each is not stay and (other := each.nights.get(day)) is not None
            ):
                night.room = room
    stay.room, stay.status, stay.in_at = room, "CHECKED_IN", now


def check_out(books: Books, stay: Stay, now: datetime) -> None:
    """The guest leaves: nights from the calendar date on are free, the room is dirty."""
    stay.status, stay.out_at = "CHECKED_OUT", now
    for day, night in stay.nights.items():
        if day >= books.calendar_day(now):
            night.released = True
    if stay.room is not None:
        books.rooms[stay.room].cleanliness = "DIRTY"
    if stay.folio is not None and stay.folio.status == "OPEN" and not stay.folio.staying:
        complete(stay.folio, now)


def cancel(stay: Stay) -> None:
    """The guest does not come: every night is free, an unused folio is void."""
    stay.status = "CANCELLED"
    for night in stay.nights.values():
        night.released, night.room = True, None


def settle_after_cancelling(stay: Stay, now: datetime) -> None:
    """Complete or void the folio that the cancelled room leaves behind."""
    folio = stay.folio
    if folio is None or folio.status != "OPEN" or folio.staying:
        return
    others = [each for each in folio.stays if each.status != "CANCELLED"]
    if any(each.status == "CHECKED_OUT" for each in others):
        complete(folio, now)
    elif not others and not folio.lines and not folio.payments:
        folio.status = "VOID"


def complete(folio: Folio, now: datetime) -> None:
    """No more charges are expected on the folio."""
    folio.status, folio.completed_at = "COMPLETED", now


def reopen(folio: Folio) -> None:
    """Charges are expected again."""
    folio.status, folio.completed_at = "OPEN", None


def rebook(books: Books, stay: Stay, record: Record, now: datetime) -> bool:
    """Take the released nights of a late guest back; False if the type booked is sold out.

    The assigned rooms are kept if all of them are free; else any room of the type booked will do.
    """
    today = books.today(now)
    nights = {
        day: night
        for day, night in sorted(stay.nights.items())
        if night.released and record.day <= day < stay.departure
    }
    coming = {day: night for day, night in nights.items() if day >= today}
    keep = all(
        _free(books, night, day)
        and availability.left(
            books, availability.kind_of(books, stay, day, books.today(now)), day, now
        )
        > 0
        for day, night in coming.items()
    )
    if not keep:
        if any(availability.left(books, stay.type, day, now) < 1 for day in coming):
            return False
        stay.room = None
    for day, night in nights.items():
        if not _free(books, night, day) or (day in coming and not keep):
            night.room = None
    for night in nights.values():
        night.released = False
    stay.status = "CONFIRMED"
    return True


def rebooked(books: Books, stay: Stay, record: Record, now: datetime) -> None:
    """Count the nights that were taken back, once the status is stored."""
    for day in stay.nights:
        if record.day <= day < stay.departure:
            availability.refresh(
                books, availability.kind_of(books, stay, day, books.today(now)), day, now
            )


def _free(books: Books, night: Night, day: date) -> bool:
    """True if the assigned room can be used on the night, or none is assigned."""
    if night.room is None:
        return True
    sold = any(
        other.room == night.room and not other.released
        for stay in books.stays
        if (other := stay.nights.get(day)) is not None
    )
    room = books.rooms[night.room]
    return not sold and room.active and not availability.out_of_order(books, room.pk, day)


def reopen_folio(stay: Stay) -> None:
    """Give a reinstated guest an open folio."""
    folio = stay.folio
    if folio is None:
        return
    if any(invoice.live for invoice in folio.invoices):
        number = max(each.number for each in stay.booking.folios) + 1
        stay.folio = Folio(pk=None, books=folio.books, booking=stay.booking, number=number)
        stay.booking.folios.append(stay.folio)
    elif folio.status != "OPEN":
        reopen(folio)
