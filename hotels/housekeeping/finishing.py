"""Starting and finishing a clean, and what it makes of the room (domain rule 1)."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from hotels.errors import ActionRefused
from hotels.housekeeping.events import publish_task
from hotels.models import BookingRoom, Hotel, HousekeepingTask, Room

Kind, Status = HousekeepingTask.Kind, HousekeepingTask.Status
# Cleanliness of the room after a clean with this status.
CLEANLINESS_AFTER = {
    Status.DONE: Room.Cleanliness.CLEAN,
    Status.INSPECTED: Room.Cleanliness.INSPECTED,
}
FINISHED = frozenset(CLEANLINESS_AFTER)


def start_clean(*, task: HousekeepingTask, now: datetime) -> None:
    """Start a clean at `now` and save it; a clean started earlier keeps its time.

    `task` must be locked. Raises ActionRefused if it was rolled over.
    """
    refuse_reopen(task)
    task.status = Status.IN_PROGRESS
    task.started_at = task.started_at or now
    task.save()
    publish_task(task, now=now)


def finish_clean(*, task: HousekeepingTask, now: datetime, inspected: bool = False) -> bool:
    """Finish a clean at `now` and save it; returns whether the room became cleaner.

    An inspected clean makes the room inspected, any other clean. A clean finished earlier keeps its
    time. A clean finished after midnight, before day close, also settles the task it was rolled
    over to: a departure clean any task but the departure clean of the next guest, a stay-over clean
    only a stay-over clean. `task` must be locked. Raises ActionRefused as `refuse_finish` does.
    """
    refuse_finish(task, now=now)
    rolled_over = was_rolled_over(task)
    task.status = Status.INSPECTED if inspected else Status.DONE
    task.completed_at = task.completed_at or now
    with transaction.atomic():
        task.save()
        publish_task(task, now=now)
        to_do = _settle_next_day(task) if rolled_over else ()
        # A room left since midnight stays dirty until its departure clean is done.
        if any(guest_in_the_way(departure_clean) is None for departure_clean in to_do):
            return False
        return clean_room(task)


@transaction.atomic
def finish_all_cleans(*, hotel: Hotel, day: date, now: datetime) -> None:
    """Finish every clean of the hotel up to `day` at `now`, and make the dirty rooms clean.

    Departure cleans whose guest is still in the room stay unfinished, and their rooms dirty.
    """
    tasks = HousekeepingTask.objects.of_hotel(hotel).filter(
        date__lte=day, status__in=HousekeepingTask.OPEN_STATUSES
    )
    waiting = Exists(
        _guests_in_the_way(
            room=OuterRef("room"), booking_room=OuterRef("booking_room"), day=OuterRef("date")
        )
    )
    departure = Q(kind=Kind.DEPARTURE)
    tasks.exclude(departure & Q(waiting)).update_in_order(status=Status.DONE, completed_at=now)
    rooms = Room.objects.of_hotel(hotel).filter(cleanliness=Room.Cleanliness.DIRTY)
    dirty = rooms.exclude(pk__in=tasks.values("room"))
    dirty.update_in_order(cleanliness=Room.Cleanliness.CLEAN)


def refuse_finish(task: HousekeepingTask, *, now: datetime) -> None:
    """Raise ActionRefused if `task` cannot be finished at `now`.

    That is, if the guest of a departure clean is still in the room, or if the task was rolled over
    and its business day is over.
    """
    if was_rolled_over(task) and task.hotel.business_date(now) > task.date:
        raise ActionRefused(_("This task was rolled over. Finish the task of the later date."))
    if guest := guest_in_the_way(task):
        raise ActionRefused(
            _("The guest is still in the room: %(guest)s has not checked out.") % {"guest": guest}
        )


def refuse_reopen(task: HousekeepingTask) -> None:
    """Raise ActionRefused if `task` was rolled over: a room has one open clean."""
    if was_rolled_over(task):
        raise ActionRefused(_("This task was rolled over. Open the task of the later date."))


def guest_in_the_way(task: HousekeepingTask) -> BookingRoom | None:
    """Return the stay in house that a departure clean must wait for, or None.

    That is the stay the clean was made for, or any other stay in the room due out by its date. A
    guest who moved to another room, or arrived since, is not in the way.
    """
    if task.kind != Kind.DEPARTURE:
        return None
    in_house = _guests_in_the_way(
        room=task.room_id, booking_room=task.booking_room_id, day=task.date
    )
    return in_house.select_related("booking").order_by("pk").first()


def clean_room(task: HousekeepingTask) -> bool:
    """Make the room of a finished task clean, or inspected; returns whether the room changed.

    A clean dated before the last round changes nothing: the room has been slept in since. This does
    not apply to a clean finished on its business day, which lasts beyond midnight. An inspected
    room stays inspected.
    """
    last_round = task.hotel.last_round_date
    too_late = last_round is not None and task.date < last_round and not _in_time(task)
    if task.status not in FINISHED or too_late:
        return False
    wanted = CLEANLINESS_AFTER[Status(task.status)]
    rooms = Room.objects.filter(pk=task.room_id).exclude(
        cleanliness__in={wanted, Room.Cleanliness.INSPECTED}
    )
    return bool(rooms.update(cleanliness=wanted))


def was_rolled_over(task: HousekeepingTask) -> bool:
    """Return whether `task` is stored as rolled over, whatever status it has in memory."""
    return HousekeepingTask.objects.filter(pk=task.pk, status=Status.ROLLED_OVER).exists()


def _settle_next_day(task: HousekeepingTask) -> QuerySet[HousekeepingTask]:
    """Cancel what `task` was rolled over to and has settled; returns the departure clean left open.

    One that was taken as started because `task` was, has not been started yet.
    """
    settled = Q(kind=Kind.STAYOVER)
    if task.kind == Kind.DEPARTURE:
        settled |= Q(booking_room=None) | Q(booking_room=task.booking_room_id)
    next_day = task.rolled_over_to.filter(status__in=HousekeepingTask.OPEN_STATUSES)
    next_day.filter(settled).update(
        status=Status.CANCELLED,
        closed_by_round=Status.CANCELLED,
        reason="the clean of the day before was finished after midnight",
    )
    next_day.filter(started_at=task.started_at).update(
        started_at=None,
        status=Case(
            When(assignee=None, then=Value(Status.PENDING)), default=Value(Status.ASSIGNED)
        ),
    )
    return next_day


def _in_time(task: HousekeepingTask) -> bool:
    done = task.completed_at
    return done is not None and task.hotel.business_date(done) <= task.date


def _guests_in_the_way(*, room: Any, booking_room: Any, day: Any) -> QuerySet[BookingRoom]:
    """Stays in house that keep a departure clean from being finished.

    The arguments are values of one task, or OuterRefs to its columns.
    """
    here = Q(room=room, departure_date__lte=day)
    if booking_room is not None:
        here |= Q(pk=booking_room) & (Q(room=room) | Q(room=None))
    return BookingRoom.objects.filter(here, status=BookingRoom.Status.CHECKED_IN)
