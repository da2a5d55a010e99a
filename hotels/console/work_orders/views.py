"""Work orders of the user's hotels by due date, and the actions on them."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hotels.audit import Verb
from hotels.console.base import HotelsPage
from hotels.console.row_actions import PageWithRowActions, RowActionPage
from hotels.console.work_orders.queries import read_orders, technicians
from hotels.maintenance.work_orders import assign_order, complete_order, start_order
from hotels.models import WorkOrder
from hotels.roles import Action


class WorkOrders(HotelsPage, PageWithRowActions):
    """`/admin/work-orders/?hotel=code`: the orders of one hotel, else of all the user's hotels."""

    title = gettext_lazy("Work orders")
    template_name = "hotels/console/work_orders/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the groups, and for each order the staff the user may assign it to."""
        groups = read_orders(hotels=self.selected_hotels, now=self.now)
        shown = {row.order.hotel for group in groups for row in group.rows}
        staff = technicians([hotel for hotel in shown if self.may(Action.MAINTAIN, hotel)])
        return super().get_context_data(
            groups=[
                (group, [(row, staff.get(row.order.hotel_id)) for row in group.rows])
                for group in groups
            ],
            **kwargs,
        )


class _OrderAction(RowActionPage):
    """Base of the actions on one work order."""

    model = WorkOrder
    action = Action.MAINTAIN
    back = "hotels:work-orders"


class AssignOrder(_OrderAction):
    """`POST /admin/work-orders/<pk>/assign/`: set or clear the assignee."""

    verb = Verb.ASSIGN

    def act(self, row: WorkOrder) -> tuple[str, tuple[str, ...]]:
        """Assign the order. Raises ActionRefused when it is closed or the choice is not valid."""
        assignee = self.chosen_staff(hotel=row.hotel)
        assign_order(order=row, assignee=assignee)
        if assignee is None:
            return _("%(number)s is now unassigned.") % {"number": row.number}, ()
        message = _("%(number)s is now assigned to %(name)s.")
        return message % {"number": row.number, "name": assignee}, ()


class StartOrder(_OrderAction):
    """`POST /admin/work-orders/<pk>/start/`."""

    verb = Verb.START

    def act(self, row: WorkOrder) -> tuple[str, tuple[str, ...]]:
        """Start the order, or resume it. Raises ActionRefused when it is closed or started."""
        start_order(order=row)
        return _("%(number)s started.") % {"number": row.number}, ()


class CompleteOrder(_OrderAction):
    """`POST /admin/work-orders/<pk>/complete/`."""

    verb = Verb.COMPLETE

    def act(self, row: WorkOrder) -> tuple[str, tuple[str, ...]]:
        """Complete the order. Raises ActionRefused when it is already closed."""
        complete_order(order=row, now=self.now)
        return _("%(number)s completed.") % {"number": row.number}, ()
