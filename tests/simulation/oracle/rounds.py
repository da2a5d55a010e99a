"""The daily housekeeping round (rule 1): dirty rooms, tasks, and what happens to open ones."""

from datetime import date, datetime

from tests.simulation.oracle import assignment
from tests.simulation.oracle.books import Books, Task
from tests.simulation.oracle.cleaning import Guests, Need, guests, need_of

WITHDRAWN = ("CANCELLED", "ROLLED_OVER")
NOT_DONE = (*WITHDRAWN, "SKIPPED")


def run(books: Books, now: datetime) -> None:
    """Prepare the calendar date of `now`."""
    day = books.calendar_day(now)
    found = guests(books, day, now)
    # What each room needs is read before its guests make it dirty.
    needs = {room.pk: need_of(books, room, found[room.pk], day) for room in books.rooms.values()}
    _make_dirty(books, found, day)
    on_shift = {person.pk for person in assignment.attendants(books, day)}
    altered: set[Task] = set()
    for room, need in needs.items():
        tasks = [task for task in books.tasks if task.room == room]
        _Room(books, room, need, day, tasks, on_shift, altered).adapt()
    assignment.assign(books, day, altered)


def _make_dirty(books: Books, found: dict[int, Guests], day: date) -> None:
    """At the first round of a date, rooms that were slept in are dirty."""
    if books.last_round is not None and books.last_round >= day:
        return
    books.last_round = day
    if not books.makes_dirty:
        return
    for room, here in found.items():
        slept = any(
            how != "arrived" and assignment.nights_here(books, stay, day) > 0
            for stay, how in here.inside
        )
        if slept or here.moved_out:
            books.rooms[room].cleanliness = "DIRTY"


class _Room:
    """One room's tasks, brought in line with the clean it needs.

    What staff created, started, finished, cancelled or assigned stays; one clean is open at most.
    The rules are silent on which of several tasks does the clean: the oracle follows the project.
    """

    def __init__(
        self,
        books: Books,
        room: int,
        need: Need | None,
        day: date,
        tasks: list[Task],
        on_shift: set[int],
        altered: set[Task],
    ) -> None:
        self.books, self.room, self.need, self.day = books, room, need, day
        self.today = [task for task in tasks if task.day == day]
        self.left = sorted(
            (task for task in tasks if task.day < day and task.open), key=lambda t: t.day
        )
        self.on_shift, self.altered = on_shift, altered

    def adapt(self) -> None:
        """Decide, then roll over what was not done on its date."""
        carried = self._carried()
        if carried is not None:
            self.today.append(carried)
            self.books.tasks.append(carried)
            self.altered.add(carried)
        doing = self._cover(self.need) if self.need is not None else None
        if doing is None:
            doing = self._nothing_to_do()
        for task in self.left:
            task.status = "ROLLED_OVER"
        if self.left and doing is not None:
            self._link(doing)

    def _carried(self) -> Task | None:
        """A clean given or begun by staff goes on today, unless the room has one already."""
        own = [
            task
            for task in self.left
            if task.source == "MANUAL" or (_started(task) and task.assignee in self.on_shift)
        ]
        if not own or any(task.open for task in self.today):
            return None
        last = own[-1]
        if last.source == "AUTO" and any(
            task.source == "AUTO" and task.kind == last.kind for task in self.today
        ):
            return None
        task = Task(
            room=self.room,
            day=self.day,
            kind=last.kind,
            priority=last.priority,
            minutes=last.minutes,
            linen=last.linen,
            source=last.source,
            stay=last.stay,
            guest_inside=last.guest_inside,
            rolled_from=last,
        )
        if last.assignee in self.on_shift:
            _hand_over(last, task)
        return task

    def _nothing_to_do(self) -> Task | None:
        """Cancel the round's own open task; the clean that stays open, if there is one."""
        for task in self.today:
            if _is_rounds(task) and not task.by_hand:
                self._close(task, "CANCELLED")
        return next((task for task in self.today if task.open), None)

    def _cover(self, need: Need) -> Task | None:
        """The task that does the clean; None if what staff did rules another one out."""
        mine = [task for task in self.today if self._mine(task, need)]
        theirs = [task for task in self.today if task not in mine]
        if any(_covers(task, need) for task in theirs):
            return None
        same = [task for task in mine if task.kind == need.kind]
        given = next((task for task in theirs if task.open), None)
        if given is not None and (given.source == "MANUAL" or not same):
            task = given
            if task.pk is not None:
                self.altered.add(task)
            self._fill(task, need)
        else:
            task = self._own(need, mine, same)
        for other in self.today:
            if other is not task and other.open:
                self._close(other, "CANCELLED")
        return task

    def _own(self, need: Need, mine: list[Task], same: list[Task]) -> Task:
        task = next(iter([*same, *(each for each in mine if each.open)]), None)
        if task is None:
            task = Task(
                room=self.room,
                day=self.day,
                kind=need.kind,
                priority=need.priority,
                minutes=need.minutes,
            )
            self.books.tasks.append(task)
            self.today.append(task)
            self._fill(task, need)
            return task
        if _differs(task, need):
            self.altered.add(task)
            self._fill(task, need)
        given = next((t for t in self.today if t is not task and t.open), None)
        if given is not None and not (_is_rounds(given) and not given.by_hand):
            self.altered.add(task)
            _hand_over(given, task)
        return task

    @staticmethod
    def _mine(task: Task, need: Need) -> bool:
        """True if the round may adapt the task; assigned by hand, it is not skipped."""
        if task.source == "AUTO" and task.status == task.by_round:
            return True
        return _is_rounds(task) and (not task.by_hand or not need.skipped)

    def _fill(self, task: Task, need: Need) -> None:
        task.kind, task.priority, task.minutes = need.kind, need.priority, need.minutes
        task.linen, task.guest_inside = need.linen, need.guest_inside
        task.stay = need.stay or task.stay
        if need.skipped:
            self._close(task, "SKIPPED")
        elif not task.open:
            task.status, task.by_round = "PENDING", ""

    def _close(self, task: Task, status: str) -> None:
        task.status = task.by_round = status
        task.assignee = None
        if task.pk is not None:
            self.altered.add(task)

    def _link(self, task: Task) -> None:
        chosen = [t for t in self.left if t.by_hand and t.assignee in self.on_shift]
        if chosen and task.assignee is None and task.status == "PENDING":
            task.assignee, task.by_hand, task.status = chosen[-1].assignee, True, "ASSIGNED"
            self.altered.add(task)
        if task.rolled_from is None:
            task.rolled_from = self.left[-1]
            self.altered.add(task)


def _started(task: Task) -> bool:
    return task.status == "IN_PROGRESS" or task.started is not None


def _is_rounds(task: Task) -> bool:
    """True for an open task of the round that is not begun."""
    return task.source == "AUTO" and task.status in ("PENDING", "ASSIGNED") and not _started(task)


def _covers(task: Task, need: Need) -> bool:
    """True if a task of staff does the clean, or says that it is not wanted."""
    if task.kind == need.kind:
        return task.source == "AUTO" or task.status not in WITHDRAWN
    if task.open and not need.skipped and task.stay is need.stay:
        return False
    return task.kind == "DEPARTURE" and task.status not in NOT_DONE


def _differs(task: Task, need: Need) -> bool:
    if need.skipped:
        return task.status != "SKIPPED"
    if not task.open or task.kind != need.kind:
        return True
    same = (task.priority, task.minutes, task.linen) == (need.priority, need.minutes, need.linen)
    same_stay = need.stay is None or need.stay is task.stay
    return not (same and same_stay) or (need.guest_inside and not task.guest_inside)


def _hand_over(old: Task, new: Task) -> None:
    new.assignee, new.by_hand = old.assignee, old.by_hand
    new.status, new.started = old.status, old.started
