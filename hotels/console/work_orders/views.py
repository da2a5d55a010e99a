"""The work orders of a person's hotels by due date, and what people do with them."""

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
    """`/admin/work-orders/`: of one hotel with `?hotel=code`, else of all the person's."""

    title = gettext_lazy("Work orders")
    template_name = "hotels/console/work_orders/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the groups, and for each order whom the person may give it to."""
        groups = read_orders(hotels=self.wanted_hotels, now=self.now)
        shown = {row.order.hotel for group in groups for row in group.rows}
        able = technicians([hotel for hotel in shown if self.may(Action.MAINTAIN, hotel)])
        return super().get_context_data(
            groups=[
                (group, [(row, able.get(row.order.hotel_id)) for row in group.rows])
                for group in groups
            ],
            **kwargs,
        )


class _OrderAct(RowActionPage):
    """What is done to one work order."""

    model = WorkOrder
    action = Action.MAINTAIN
    back = "hotels:work-orders"


class AssignOrder(_OrderAct):
    """`POST /admin/work-orders/<pk>/assign/`: to one of the hotel's maintenance, or to nobody."""

    verb = Verb.ASSIGN

    def act(self, row: WorkOrder) -> tuple[str, tuple[str, ...]]:
        """Give it."""
        assignee = self.chosen_staff(hotel=row.hotel)
        assign_order(order=row, assignee=assignee)
        if assignee is None:
            return _("%(number)s is nobody's now.") % {"number": row.number}, ()
        words = _("%(number)s is %(name)s's now.") % {"number": row.number, "name": assignee}
        return words, ()


class StartOrder(_OrderAct):
    """`POST /admin/work-orders/<pk>/start/`."""

    verb = Verb.START

    def act(self, row: WorkOrder) -> tuple[str, tuple[str, ...]]:
        """Begin it, or go on."""
        start_order(order=row)
        return _("%(number)s has been begun.") % {"number": row.number}, ()


class CompleteOrder(_OrderAct):
    """`POST /admin/work-orders/<pk>/complete/`."""

    verb = Verb.COMPLETE

    def act(self, row: WorkOrder) -> tuple[str, tuple[str, ...]]:
        """Finish it now."""
        complete_order(order=row, now=self.now)
        return _("%(number)s is completed.") % {"number": row.number}, ()
