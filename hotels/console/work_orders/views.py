"""Work orders of the user's hotels by due date, and the actions on them."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hotels.audit import Verb
from hotels.console.base import HotelsPage
from hotels.console.query_params import own_path
from hotels.console.row_actions import PageWithRowActions, RowActionPage
from hotels.console.work_orders.forms import CompletionForm
from hotels.console.work_orders.queries import order_row, read_orders, technicians
from hotels.maintenance.work_orders import assign_order, complete_order_done_by, start_order
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
    """`/admin/work-orders/<pk>/complete/`: ask who did the work and what, then complete it."""

    http_method_names = ["get", "post", "options"]
    verb = Verb.COMPLETE
    title = gettext_lazy("Complete work order")
    template_name = "hotels/console/work_orders/complete.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the order, the staff to choose from and the form, the posted one if any.

        Raises Http404 for an order of another hotel, PermissionDenied for a role that does not
        allow the action.
        """
        order = self._order()
        back = own_path(self.request, self.request.GET.get("next", ""))
        posted = own_path(self.request, self.request.POST.get("next", ""))
        chosen = order.assignee_id and str(order.assignee_id)
        return super().get_context_data(
            row=order_row(order, hotel=order.hotel, now=self.now),
            order=order,
            hotel=order.hotel,
            staff=technicians([order.hotel])[order.hotel_id],
            chosen=self.request.POST.get("assignee", chosen),
            form=kwargs.pop("form", None) or CompletionForm(),
            next=posted or back or reverse(self.back),
            **kwargs,
        )

    def post(self, request: HttpRequest, *, pk: int) -> HttpResponse:
        """Complete the order, or show the form again when an answer is missing."""
        form = CompletionForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        return super().post(request, pk=pk)

    def act(self, row: WorkOrder) -> tuple[str, tuple[str, ...]]:
        """Complete the order.

        Raises ActionRefused when it is already closed or the choice is not valid.
        """
        done_by = self.chosen_staff(hotel=row.hotel)
        complete_order_done_by(order=row, done_by=done_by, now=self.now)
        return _("%(number)s completed.") % {"number": row.number}, ()

    def note(self) -> str:
        """Return what was done."""
        return CompletionForm(self.request.POST).note()

    def _order(self) -> WorkOrder:
        rows = self.access.narrow(WorkOrder.objects.all(), action=Action.SEE)
        related = ("hotel", "equipment__room", "plan", "assignee")
        order = get_object_or_404(rows.select_related(*related), pk=self.kwargs["pk"])
        if not self.may(self.action, order.hotel):
            raise PermissionDenied
        return order
