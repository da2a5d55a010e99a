"""Finishing a clean: when it cannot be, and what it makes of the room (domain rule 1)."""

from django.db.models import Q

from hotels.models import BookingRoom, HousekeepingTask, Room

Status = HousekeepingTask.Status
LEAVES = {
    Status.DONE: Room.Cleanliness.CLEAN,
    Status.INSPECTED: Room.Cleanliness.INSPECTED,
}


def guest_in_the_way(task: HousekeepingTask) -> BookingRoom | None:
    """The stay still in house that a departure clean waits for; None where nothing holds it up.

    That is the guest it was made for, and any other who should have left by its date. A guest who
    has moved to another room, or has come in since, is not in its way.
    """
    if task.kind != HousekeepingTask.Kind.DEPARTURE:
        return None
    here = Q(room=task.room_id, departure_date__lte=task.date)
    if task.booking_room_id is not None:
        own = Q(room=task.room_id) | Q(room=None)
        here |= Q(pk=task.booking_room_id) & own
    in_house = BookingRoom.objects.filter(here, status=BookingRoom.Status.CHECKED_IN)
    return in_house.select_related("booking").order_by("pk").first()


def clean_room(task: HousekeepingTask) -> bool:
    """Make the room of a finished task clean, or inspected; returns whether it was not.

    A clean from before the last round says nothing of the room as it is now: somebody slept there
    since. A room once inspected stays so.
    """
    last = task.hotel.last_round_date
    if task.status not in LEAVES or (last is not None and task.date < last):
        return False
    wanted = LEAVES[Status(task.status)]
    rooms = Room.objects.filter(pk=task.room_id).exclude(
        cleanliness__in={wanted, Room.Cleanliness.INSPECTED}
    )
    return bool(rooms.update(cleanliness=wanted))
