"""The housekeeping board of a hotel's day, its lists to print, and giving a task to somebody."""

from datetime import date
from functools import cached_property
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hotels.audit import Verb
from hotels.calendar import ONE_DAY
from hotels.console.base import HotelPage
from hotels.console.housekeeping.attendant_loads import Load, read_loads
from hotels.console.housekeeping.board import Board, BoardFilter, Occupancy, read_board
from hotels.console.query_params import choice_param, day_param
from hotels.console.row_actions import PageWithRowActions, RowActionPage
from hotels.housekeeping.manual_assignment import assign_task
from hotels.models import HousekeepingTask, Room
from hotels.roles import Action

Words = dict[str, str]
NOBODY = 0


class _DayPage(HotelPage):
    """A page about one calendar date of a hotel: `?date=`, else its today."""

    @cached_property
    def board(self) -> Board | None:
        """The date's rooms and tasks; None without a hotel."""
        if self.hotel is None:
            return None
        return read_board(hotel=self.hotel, day=self.day(), now=self.now)

    @cached_property
    def loads(self) -> list[Load]:
        """The attendants and what they have."""
        if self.hotel is None or self.board is None:
            return []
        tasks = [job.task for job in self.board.jobs]
        return read_loads(hotel=self.hotel, day=self.board.day, tasks=tasks)

    def day(self) -> date:
        """The date asked for, on the hotel's calendar."""
        assert self.hotel is not None
        return day_param(self.request, "date", default=self.hotel.local_date(self.now))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the day, the one before and the one after."""
        days = {}
        if self.board is not None:
            day = self.board.day
            days = {"day": day, "yesterday": day - ONE_DAY, "tomorrow": day + ONE_DAY}
        return super().get_context_data(board=self.board, loads=self.loads, **days, **kwargs)


class HousekeepingBoard(_DayPage, PageWithRowActions):
    """`/admin/housekeeping/`: every room's day, and how full the attendants' days are."""

    title = gettext_lazy("Housekeeping")
    template_name = "hotels/console/housekeeping/board.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the filters, and for whoever may: the choice of attendants."""
        if self.hotel is None or self.board is None:
            return super().get_context_data(**kwargs)
        wanted = self._wanted(self.board)
        options = ""
        if self.may(Action.CLEAN, self.hotel):
            able = [load for load in self.loads if load.able]
            # Once, not once for each task of a large hotel.
            options = render_to_string(
                "hotels/console/housekeeping/assignee_options.html", {"loads": able}
            )
        return super().get_context_data(
            wanted=wanted,
            floors=self.board.floors(wanted),
            states=_states(today=self.board.today),
            options=options,
            **kwargs,
        )

    def _wanted(self, board: Board) -> BoardFilter:
        """The filters of the query string; those of another hotel or day are none."""
        floors = {str(n) for n in board.floor_numbers}
        people = {str(load.person.pk) for load in self.loads} | {str(NOBODY)}
        states = {key for _group, keys in _states(today=board.today) for key in keys}
        floor = choice_param(self.request, "floor", among=floors)
        attendant = choice_param(self.request, "attendant", among=people)
        return BoardFilter(
            floor=None if floor is None else int(floor),
            state=choice_param(self.request, "state", among=states),
            attendant=None if attendant is None else int(attendant),
        )


class HousekeepingLists(_DayPage):
    """`/admin/housekeeping/lists/`: a list for each attendant, to print."""

    title = gettext_lazy("Lists of the attendants")
    template_name = "hotels/console/housekeeping/lists.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the tiles of each attendant who has any, in the order of the rooms."""
        lists = []
        if self.board is not None:
            for load in self.loads:
                theirs = BoardFilter(attendant=load.person.pk)
                jobs = [
                    (tile, job)
                    for tile in filter(theirs, self.board.tiles)
                    for job in tile.jobs
                    if job.open and job.task.assignee_id == load.person.pk
                ]
                if jobs:
                    lists.append((load, jobs))
        return super().get_context_data(lists=lists, **kwargs)


class AssignTask(RowActionPage):
    """`POST /admin/housekeeping/tasks/<pk>/assign/`: to another attendant, or to nobody."""

    model = HousekeepingTask
    action = Action.CLEAN
    verb = Verb.ASSIGN
    back = "hotels:housekeeping"

    def act(self, row: HousekeepingTask) -> tuple[str, tuple[str, ...]]:
        """Give it; on leave or over capacity is allowed, and told."""
        assignee = self.chosen_staff(hotel=row.hotel)
        concerns = assign_task(task=row, assignee=assignee)
        if assignee is None:
            return _("Room %(room)s is nobody's now.") % {"room": row.room}, concerns
        words = _("Room %(room)s is %(name)s's now.") % {"room": row.room, "name": assignee}
        return words, concerns


def _states(*, today: bool) -> list[tuple[str, Words]]:
    """What tiles may be filtered by, in groups; cleanliness is known of today alone."""
    rooms: Words = {str(one.value): str(one.label) for one in Occupancy}
    if today:
        rooms |= {str(one.value): str(one.label) for one in Room.Cleanliness}
    rooms |= {"blocked": _("out of order or service")}
    tasks: Words = {str(one.value): str(one.label) for one in HousekeepingTask.Status}
    return [(_("Room"), rooms), (_("Task"), tasks | {"no-task": _("no task")})]
