"""The housekeeping board of a date, the attendants' worksheets, and assigning a task."""

from datetime import date
from functools import cached_property
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
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

Labels = dict[str, str]
UNASSIGNED = 0


class _DayPage(HotelPage):
    """Base of the pages about one calendar date of a hotel: `?date=`, else today at the hotel."""

    @cached_property
    def board(self) -> Board | None:
        """The rooms and tasks of the date; None without a hotel."""
        if self.hotel is None:
            return None
        return read_board(hotel=self.hotel, day=self.day(), now=self.now)

    @cached_property
    def loads(self) -> list[Load]:
        """The workload of each attendant."""
        if self.hotel is None or self.board is None:
            return []
        tasks = [item.task for item in self.board.tasks]
        return read_loads(hotel=self.hotel, day=self.board.day, tasks=tasks)

    def day(self) -> date:
        """Return the date of the page, on the hotel's calendar."""
        assert self.hotel is not None
        return day_param(self.request, "date", default=self.hotel.local_date(self.now))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the board, the workloads, the date, the previous and the next date."""
        days = {}
        if self.board is not None:
            day = self.board.day
            days = {"day": day, "previous_day": day - ONE_DAY, "next_day": day + ONE_DAY}
        return super().get_context_data(board=self.board, loads=self.loads, **days, **kwargs)


class HousekeepingBoard(_DayPage, PageWithRowActions):
    """`/admin/housekeeping/`: every room on a date, and the attendants' workload."""

    title = gettext_lazy("Housekeeping")
    template_name = "hotels/console/housekeeping/board.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the filters and, for users who may assign tasks, the choice of attendants."""
        if self.hotel is None or self.board is None:
            return super().get_context_data(**kwargs)
        filters = self._filters(self.board)
        assignee_options = ""
        if self.may(Action.CLEAN, self.hotel):
            able = [load for load in self.loads if load.able]
            # Rendered once for the page, not once for each task of a large hotel.
            assignee_options = render_to_string(
                "hotels/console/housekeeping/assignee_options.html", {"loads": able}
            )
        return super().get_context_data(
            filters=filters,
            floors=self.board.floors(filters),
            states=_states(today=self.board.today),
            assignee_options=assignee_options,
            **kwargs,
        )

    def _filters(self, board: Board) -> BoardFilter:
        """Return the filters of the query string; values this board does not offer are ignored."""
        floors = {str(n) for n in board.floor_numbers}
        people = {str(load.person.pk) for load in self.loads} | {str(UNASSIGNED)}
        states = {key for _group, keys in _states(today=board.today) for key in keys}
        floor = choice_param(self.request, "floor", among=floors)
        attendant = choice_param(self.request, "attendant", among=people)
        return BoardFilter(
            floor=None if floor is None else int(floor),
            state=choice_param(self.request, "state", among=states),
            attendant=None if attendant is None else int(attendant),
        )


class HousekeepingLists(_DayPage):
    """`/admin/housekeeping/lists/`: a printable worksheet for each attendant."""

    title = gettext_lazy("Attendant worksheets")
    template_name = "hotels/console/housekeeping/lists.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the open tasks of each attendant who has any, in the order of the rooms."""
        worksheets = []
        if self.board is not None:
            for load in self.loads:
                assigned = BoardFilter(attendant=load.person.pk)
                tasks = [
                    (tile, item)
                    for tile in filter(assigned, self.board.tiles)
                    for item in tile.tasks
                    if item.open and item.task.assignee_id == load.person.pk
                ]
                if tasks:
                    worksheets.append((load, tasks))
        return super().get_context_data(worksheets=worksheets, **kwargs)


class AssignTask(RowActionPage):
    """`POST /admin/housekeeping/tasks/<pk>/assign/`: set or clear the task's attendant."""

    model = HousekeepingTask
    action = Action.CLEAN
    verb = Verb.ASSIGN
    back = "hotels:housekeeping"

    def act(self, row: HousekeepingTask) -> tuple[str, tuple[str, ...]]:
        """Assign the task.

        An attendant on leave or over capacity may be assigned; the warnings say so. Raises
        ActionRefused when the choice is not valid or the task is already done or cancelled.
        """
        assignee = self.chosen_staff(hotel=row.hotel)
        warnings = assign_task(task=row, assignee=assignee, now=timezone.now())
        if assignee is None:
            return _("Room %(room)s is now unassigned.") % {"room": row.room}, warnings
        message = _("Room %(room)s is now assigned to %(name)s.")
        return message % {"room": row.room, "name": assignee}, warnings


def _states(*, today: bool) -> list[tuple[str, Labels]]:
    """Return the groups of the status filter; cleanliness is offered for today only."""
    rooms: Labels = {str(choice.value): str(choice.label) for choice in Occupancy}
    if today:
        rooms |= {str(choice.value): str(choice.label) for choice in Room.Cleanliness}
    rooms |= {"blocked": _("out of order or out of service")}
    tasks: Labels = {str(choice.value): str(choice.label) for choice in HousekeepingTask.Status}
    return [(_("Room"), rooms), (_("Task"), tasks | {"no-task": _("no task")})]
