"""The housekeeping board: rooms of a hotel on a date, with occupancy and tasks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import TextChoices, prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from hotels.console.badges import Badge, cleanliness_badge, priority_badge, task_badge
from hotels.housekeeping.assignment import RANK
from hotels.housekeeping.cleaning_rules import RoomDay
from hotels.housekeeping.manual_assignment import CLOSED_STATUSES
from hotels.housekeeping.occupancy import LEAVING, Phase
from hotels.housekeeping.snapshot import read_planned, read_snapshot
from hotels.models import Hotel, HousekeepingTask, Room, RoomBlock

Status = HousekeepingTask.Status


class Occupancy(TextChoices):
    """Occupancy of a room on a date."""

    DUE_OUT = "due-out", _("due out")
    STAYOVER = "stayover", _("stay-over")
    ARRIVED = "arrived", _("arrived today")
    ARRIVING = "arriving", _("arriving")
    VACANT = "vacant", _("vacant")


OCCUPANCY_ICONS = {
    Occupancy.DUE_OUT: "logout",
    Occupancy.STAYOVER: "bed",
    Occupancy.ARRIVED: "key",
    Occupancy.ARRIVING: "login",
    Occupancy.VACANT: "meeting_room",
}


@dataclass(frozen=True, kw_only=True)
class CleaningTask:
    """One task on a tile; `open` is True as long as it may be assigned."""

    task: HousekeepingTask
    status_badge: Badge
    priority_badge: Badge
    open: bool

    @property
    def unassigned(self) -> bool:
        """True if the task is open and has no assignee."""
        return self.open and self.task.assignee_id is None


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One room on the date.

    `cleanliness` is None on other dates than today. `next_guest` is True if another guest arrives
    in a room that is left on the same day.
    """

    room: Room
    occupancy: Occupancy
    cleanliness: Badge | None
    next_guest: bool
    vip: bool
    waiting: bool
    blocks: tuple[RoomBlock, ...]
    tasks: tuple[CleaningTask, ...]

    @property
    def icon(self) -> str:
        """The icon of the occupancy."""
        return OCCUPANCY_ICONS[self.occupancy]

    @property
    def states(self) -> frozenset[str]:
        """The values of the status filter that match this tile."""
        found = {str(self.occupancy.value), *(item.task.status for item in self.tasks)}
        found |= {"blocked"} if self.blocks else set()
        found |= {"no-task"} if not self.tasks else set()
        found |= {self.room.cleanliness} if self.cleanliness else set()
        return frozenset(found)


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The rooms of one floor, by number."""

    number: int
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, kw_only=True)
class BoardFilter:
    """The filters of the board; None means all. `attendant` 0 selects unassigned tasks."""

    floor: int | None = None
    state: str | None = None
    attendant: int | None = None

    def __call__(self, tile: Tile) -> bool:
        """Return whether the tile is shown."""
        return (
            (self.floor is None or tile.room.floor == self.floor)
            and (self.state is None or self.state in tile.states)
            and (self.attendant is None or any(self._matches(item) for item in tile.tasks))
        )

    def _matches(self, item: CleaningTask) -> bool:
        return item.unassigned if self.attendant == 0 else item.task.assignee_id == self.attendant


@dataclass(frozen=True, kw_only=True)
class Board:
    """The rooms of a hotel on one date."""

    day: date
    today: bool
    tiles: tuple[Tile, ...]

    def floors(self, filters: BoardFilter) -> tuple[Floor, ...]:
        """Return the tiles that match the filters, floor by floor."""
        found: dict[int, list[Tile]] = defaultdict(list)
        for tile in filter(filters, self.tiles):
            found[tile.room.floor].append(tile)
        return tuple(Floor(number=n, tiles=tuple(found[n])) for n in sorted(found))

    @property
    def floor_numbers(self) -> list[int]:
        """The floors of the hotel, in ascending order."""
        return sorted({tile.room.floor for tile in self.tiles})

    @property
    def tasks(self) -> list[CleaningTask]:
        """All tasks of the date."""
        return [item for tile in self.tiles for item in tile.tasks]

    @property
    def unassigned(self) -> list[CleaningTask]:
        """The open tasks without an assignee, the most urgent first."""
        unassigned = [item for item in self.tasks if item.unassigned]
        return sorted(unassigned, key=lambda item: RANK[item.task.priority])


def read_board(*, hotel: Hotel, day: date, now: datetime) -> Board:
    """Return the rooms of `hotel` on its calendar date `day`, in seven queries.

    Today's occupancy comes from the guests in house, that of other dates from the nights sold.
    """
    today = day == hotel.local_date(now)
    snapshot = (read_snapshot if today else read_planned)(hotel, day=day, now=now)
    prefetch_related_objects(list(snapshot.rooms.values()), "room_type")
    blocks = _by_room(
        RoomBlock.objects.of_hotel(hotel)
        .filter(start_date__lte=day, end_date__gt=day)
        .order_by("kind", "pk")
    )
    tasks = _tasks(hotel, day=day, rooms=snapshot.rooms)
    tiles = [
        _tile(
            room,
            day=snapshot.days[room.pk],
            today=today,
            blocks=blocks.get(room.pk, ()),
            tasks=tasks.get(room.pk, ()),
        )
        for room in sorted(snapshot.rooms.values(), key=_room_order)
        if room.active or room.pk in tasks
    ]
    return Board(day=day, today=today, tiles=tuple(tiles))


def _tile(
    room: Room,
    *,
    day: RoomDay,
    today: bool,
    blocks: Sequence[RoomBlock],
    tasks: Sequence[CleaningTask],
) -> Tile:
    occupancy = _occupancy(day)
    return Tile(
        room=room,
        occupancy=occupancy,
        cleanliness=cleanliness_badge(room) if today else None,
        next_guest=bool(day.arrivals) and occupancy != Occupancy.ARRIVING,
        vip=any(arrival.vip for arrival in day.arrivals),
        waiting=any(arrival.waiting for arrival in day.arrivals),
        blocks=tuple(blocks),
        tasks=tuple(tasks),
    )


def _occupancy(day: RoomDay) -> Occupancy:
    phases = {occupant.phase for occupant in day.occupants}
    if phases & LEAVING:
        return Occupancy.DUE_OUT
    if Phase.STAYING in phases:
        return Occupancy.STAYOVER
    if phases:
        return Occupancy.ARRIVED
    return Occupancy.ARRIVING if day.arrivals else Occupancy.VACANT


def _tasks(hotel: Hotel, *, day: date, rooms: Mapping[int, Room]) -> dict[int, list[CleaningTask]]:
    """Return the tasks of the date by room, open tasks first."""
    tasks = (
        HousekeepingTask.objects.of_hotel(hotel)
        .filter(date=day, room__in=rooms)
        .select_related("assignee")
        .order_by("pk")
    )
    found: dict[int, list[CleaningTask]] = defaultdict(list)
    for task in tasks:
        task.room = rooms[task.room_id]
        found[task.room_id].append(
            CleaningTask(
                task=task,
                status_badge=task_badge(task),
                priority_badge=priority_badge(task.priority),
                open=task.status not in CLOSED_STATUSES,
            )
        )
    return {pk: sorted(items, key=lambda item: not item.open) for pk, items in found.items()}


def _by_room(blocks: Iterable[RoomBlock]) -> dict[int, list[RoomBlock]]:
    found: dict[int, list[RoomBlock]] = defaultdict(list)
    for block in blocks:
        found[block.room_id].append(block)
    return dict(found)


def _room_order(room: Room) -> tuple[int, int, str]:
    """Return the sort key: by floor, then by number, 9 before 10."""
    return room.floor, len(room.number), room.number
