"""Housekeepers and managers: cleans done and given by hand, shifts, rooms out of order."""

from hotels.errors import ActionRefused
from hotels.housekeeping.finishing import finish_clean, start_clean
from hotels.housekeeping.manual_assignment import assign_task
from hotels.models import HousekeepingTask, Room, RoomBlock, RoomType, Shift, StaffMember
from tests.simulation.compare import refusing
from tests.simulation.oracle import books as oracle
from tests.simulation.oracle import dates
from tests.simulation.oracle.books import Task
from tests.simulation.world import World


def _row(task: Task) -> HousekeepingTask:
    return HousekeepingTask.objects.select_related("hotel").get(pk=task.pk)


def _open(world: World) -> list[Task]:
    return [task for task in world.books.tasks if task.open and task.pk is not None]


def _number(world: World, task: Task) -> str:
    return world.books.rooms[task.room].number


def start(world: World) -> None:
    """An attendant starts a clean."""
    task = world.pick(_open(world))
    if task is not None:
        start_clean(task=_row(task), now=world.now)
        task.status, task.started = "IN_PROGRESS", task.started or world.now
        world.note(f"started {task.kind} of {task.day}", _number(world, task))


def finish(world: World) -> None:
    """An attendant finishes a clean, sometimes one of the evening before that was rolled over."""
    rolled = [
        task
        for task in world.books.tasks
        if task.status == "ROLLED_OVER" and task.pk and task.day >= world.today
    ]
    task = world.pick([*_open(world), *rolled, *rolled])
    if task is None:
        return
    inspected, refused = world.chance(25), _guest_in_the_way(world, task)
    with refusing(world, f"{_number(world, task)} finish", bool(refused), ActionRefused):
        finish_clean(task=_row(task), now=world.now, inspected=inspected)
    if refused:
        return
    rolled_over = task.status == "ROLLED_OVER"
    task.status, task.completed = "INSPECTED" if inspected else "DONE", world.now
    world.note(f"finished {task.kind} of {task.day}", _number(world, task))
    if not (rolled_over and _settle_next(world, task)):
        _clean(world, task)


def _guest_in_the_way(world: World, task: Task) -> str:
    """The guest that a departure clean must wait for: its own, or one due out of the room."""
    if task.kind != "DEPARTURE":
        return ""
    for stay in world.books.in_house():
        own = task.stay is stay and stay.room in (task.room, None)
        if own or (stay.room == task.room and stay.departure <= task.day):
            return str(stay)
    return ""


def _settle_next(world: World, task: Task) -> bool:
    """Finished after midnight, the clean settles the one it was rolled over to.

    Returns whether a departure clean that can begin is left, so that the room stays dirty.
    """
    left = False
    for later in [each for each in world.books.tasks if each.rolled_from is task and each.open]:
        same = later.stay is None or later.stay is task.stay
        if later.kind == "STAYOVER" or (task.kind == "DEPARTURE" and same):
            later.status = later.by_round = "CANCELLED"
            continue
        if later.started is not None and later.started == task.started:
            later.started = None
            later.status = "PENDING" if later.assignee is None else "ASSIGNED"
        left = left or not _guest_in_the_way(world, later)
    return left


def _clean(world: World, task: Task) -> None:
    """The room becomes clean, unless it was slept in since the clean was due."""
    last, room = world.books.last_round, world.books.rooms[task.room]
    if last is not None and task.day < last and world.today > task.day:
        return
    if room.cleanliness != "INSPECTED":
        room.cleanliness = "INSPECTED" if task.status == "INSPECTED" else "CLEAN"


def assign(world: World) -> None:
    """A manager assigns a clean to an attendant, or unassigns it."""
    task = world.pick(_open(world))
    staff = [p.pk for p in world.books.people.values() if p.role == "HOUSEKEEPING"]
    if task is None:
        return
    chosen = None if world.chance(25) else world.pick(staff)
    person = None if chosen is None else StaffMember.objects.get(pk=chosen)
    assign_task(task=_row(task), assignee=person, now=world.now)
    task.assignee, task.by_hand = chosen, chosen is not None
    if chosen is not None and task.status == "PENDING":
        task.status = "ASSIGNED"
    elif chosen is None and task.status == "ASSIGNED":
        task.status = "PENDING"
    world.note(f"assigned {task.kind} of {task.day} to {chosen}", _number(world, task))


def add(world: World) -> None:
    """A manager adds a clean by hand in a room that has none open."""
    day = world.books.calendar_day(world.now)
    taken = {task.room for task in _open(world)}
    room = world.pick(pk for pk in world.books.rooms if pk not in taken)
    if room is None:
        return
    kind = world.rng.choice(("DEPARTURE", "STAYOVER"))
    row = HousekeepingTask.objects.create(
        hotel=world.hotel, room_id=room, date=day, kind=kind, credits=25, created_at=world.now
    )
    task = Task(
        pk=row.pk, room=room, day=day, kind=kind, priority="NORMAL", minutes=25, source="MANUAL"
    )
    world.books.tasks.append(task)
    world.note(f"added {kind} of {day}", _number(world, task))


def withdraw(world: World) -> None:
    """A manager cancels an open clean."""
    task = world.pick(_open(world))
    if task is not None:
        HousekeepingTask.objects.filter(pk=task.pk).update(status="CANCELLED")
        task.status = "CANCELLED"
        world.note(f"cancelled {task.kind} of {task.day}", _number(world, task))


def plan_shifts(world: World) -> None:
    """A manager plans who works tomorrow; before the first time, everybody does."""
    day = world.books.calendar_day(world.now) + dates.DAY
    for person in world.books.people.values():
        if world.chance(70) and (person.pk, day) not in world.books.shifts:
            kind = world.rng.choice(("WORK", "WORK", "WORK", "LEAVE"))
            world.books.shifts[person.pk, day] = kind
            Shift.objects.create(staff_id=person.pk, date=day, kind=kind)


def block(world: World) -> None:
    """A room goes out of order or out of service; or a block ends today."""
    current = [b for b in world.books.blocks.items() if b[1].start < world.today < b[1].end]
    if current and world.chance(50):
        pk, found = world.pick(current)
        found.end = world.today
        RoomBlock.objects.filter(pk=pk).update(end_date=world.today)
        world.note("block ended", world.books.rooms[found.room].number)
        return
    room = world.pick(world.books.rooms)
    start = world.today + world.rng.choice((0, 0, 1, 2)) * dates.DAY
    end = start + world.rng.choice((1, 2, 4)) * dates.DAY
    kind = world.rng.choice(("OUT_OF_ORDER", "OUT_OF_ORDER", "OUT_OF_SERVICE"))
    row = RoomBlock.objects.create(room_id=room, kind=kind, start_date=start, end_date=end)
    world.books.blocks[row.pk] = oracle.Block(room=room, kind=kind, start=start, end=end)
    world.note(f"{kind} {start} to {end}", world.books.rooms[room].number)


def take_off_sale(world: World) -> None:
    """A type of room, or an empty room, is taken off sale or put back."""
    if world.chance(50):
        kind = world.pick(world.books.types.values())
        kind.active = not kind.active
        RoomType.objects.filter(pk=kind.pk).update(active=kind.active)
        world.note(f"on sale: {kind.active}", kind.code)
        return
    used = {stay.room for stay in world.books.stays if stay.status in ("CONFIRMED", "CHECKED_IN")}
    room = world.pick(r for r in world.books.rooms.values() if r.pk not in used)
    if room is not None:
        room.active = not room.active or world.chance(50)
        Room.objects.filter(pk=room.pk).update(active=room.active)
        world.note(f"in use: {room.active}", room.number)
