"""The housekeeping board of a hotel's date: its rooms, their tasks, the attendants' loads."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from hotels.console.badges import Badge, cleanliness_badge, priority_badge, task_badge
from hotels.housekeeping.assignment import RANK
from hotels.housekeeping.cleaning_rules import RoomDay
from hotels.housekeeping.manual_assignment import SETTLED
from hotels.housekeeping.occupancy import LEAVING, Phase
from hotels.housekeeping.snapshot import read_plan, read_snapshot
from hotels.models import Hotel, HousekeepingTask, Room, RoomBlock

Status = HousekeepingTask.Status


class Occupancy(TextChoices):
    """Who is in a room on the date."""

    DUE_OUT = "due-out", _("due out")
    STAYOVER = "stayover", _("stayover")
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
    """One task on a tile; `open`: a person may still give it to somebody."""

    task: HousekeepingTask
    look: Badge
    priority: Badge
    open: bool

    @property
    def nobodys(self) -> bool:
        """Whether it waits for somebody to be given to."""
        return self.open and self.task.assignee_id is None


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One room on the date; `cleanliness` is known of the present alone.

    `next_guest`: somebody comes today into a room another leaves.
    """

    room: Room
    occupancy: Occupancy
    cleanliness: Badge | None
    next_guest: bool
    vip: bool
    waiting: bool
    blocks: tuple[RoomBlock, ...]
    jobs: tuple[CleaningTask, ...]

    @property
    def icon(self) -> str:
        """The sign of the occupancy."""
        return OCCUPANCY_ICONS[self.occupancy]

    @property
    def states(self) -> frozenset[str]:
        """All that a person may filter by."""
        found = {str(self.occupancy.value), *(job.task.status for job in self.jobs)}
        found |= {"blocked"} if self.blocks else set()
        found |= {"no-task"} if not self.jobs else set()
        found |= {self.room.cleanliness} if self.cleanliness else set()
        return frozenset(found)


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The rooms of one floor, by number."""

    number: int
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, kw_only=True)
class BoardFilter:
    """What of the board is asked for; None: everything. `attendant` 0 is nobody."""

    floor: int | None = None
    state: str | None = None
    attendant: int | None = None

    def __call__(self, tile: Tile) -> bool:
        """Whether the tile is shown."""
        return (
            (self.floor is None or tile.room.floor == self.floor)
            and (self.state is None or self.state in tile.states)
            and (self.attendant is None or any(self._theirs(job) for job in tile.jobs))
        )

    def _theirs(self, job: CleaningTask) -> bool:
        return job.nobodys if self.attendant == 0 else job.task.assignee_id == self.attendant


@dataclass(frozen=True, kw_only=True)
class Board:
    """A hotel's date."""

    day: date
    today: bool
    tiles: tuple[Tile, ...]

    def floors(self, wanted: BoardFilter) -> tuple[Floor, ...]:
        """The tiles asked for, floor by floor."""
        found: dict[int, list[Tile]] = defaultdict(list)
        for tile in filter(wanted, self.tiles):
            found[tile.room.floor].append(tile)
        return tuple(Floor(number=n, tiles=tuple(found[n])) for n in sorted(found))

    @property
    def floor_numbers(self) -> list[int]:
        """The floors there are."""
        return sorted({tile.room.floor for tile in self.tiles})

    @property
    def jobs(self) -> list[CleaningTask]:
        """Every task of the date."""
        return [job for tile in self.tiles for job in tile.jobs]

    @property
    def nobodys(self) -> list[CleaningTask]:
        """The open tasks nobody has, the most pressing first."""
        waiting = [job for job in self.jobs if job.nobodys]
        return sorted(waiting, key=lambda job: RANK[job.task.priority])


def read_board(*, hotel: Hotel, day: date, now: datetime) -> Board:
    """The rooms of `hotel` on its calendar date `day`, in seven queries.

    Today is told from who is in house, other dates from the nights sold.
    """
    today = day == hotel.local_date(now)
    books = (read_snapshot if today else read_plan)(hotel, day=day, now=now)
    blocks = _by_room(
        RoomBlock.objects.of_hotel(hotel)
        .filter(start_date__lte=day, end_date__gt=day)
        .order_by("kind", "pk")
    )
    jobs = _jobs(hotel, day=day, rooms=books.rooms)
    tiles = [
        _tile(
            room,
            day=books.days[room.pk],
            today=today,
            blocks=blocks.get(room.pk, ()),
            jobs=jobs.get(room.pk, ()),
        )
        for room in sorted(books.rooms.values(), key=_in_order)
        if room.active or room.pk in jobs
    ]
    return Board(day=day, today=today, tiles=tuple(tiles))


def _tile(
    room: Room,
    *,
    day: RoomDay,
    today: bool,
    blocks: Sequence[RoomBlock],
    jobs: Sequence[CleaningTask],
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
        jobs=tuple(jobs),
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


def _jobs(hotel: Hotel, *, day: date, rooms: Mapping[int, Room]) -> dict[int, list[CleaningTask]]:
    """The tasks of each room, open ones first."""
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
                look=task_badge(task),
                priority=priority_badge(task.priority),
                open=task.status not in SETTLED,
            )
        )
    return {pk: sorted(jobs, key=lambda job: not job.open) for pk, jobs in found.items()}


def _by_room(blocks: Iterable[RoomBlock]) -> dict[int, list[RoomBlock]]:
    found: dict[int, list[RoomBlock]] = defaultdict(list)
    for block in blocks:
        found[block.room_id].append(block)
    return dict(found)


def _in_order(room: Room) -> tuple[int, int, str]:
    """By floor, then as people count: 9 before 10."""
    return room.floor, len(room.number), room.number
