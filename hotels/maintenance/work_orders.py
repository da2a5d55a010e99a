"""What people do with a work order: give it to somebody, begin it, finish it (domain rule 2).

All of them want the order locked, save it, and raise Refused where it does not fit.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from hotels.errors import ActionRefused
from hotels.models import StaffMember, WorkOrder

Status = WorkOrder.Status


def assign_order(*, order: WorkOrder, assignee: StaffMember | None) -> None:
    """Make it `assignee`'s, or nobody's; one begun or on hold stays so.

    Refused when it is closed, or `assignee` is not of the hotel's maintenance.
    """
    _refuse_closed(order)
    if assignee is not None and not _maintains_for(order, assignee):
        raise ActionRefused(_("%(name)s is not of this hotel's maintenance.") % {"name": assignee})
    order.assignee = assignee
    if assignee is not None and order.status == Status.OPEN:
        order.status = Status.ASSIGNED
    if assignee is None and order.status == Status.ASSIGNED:
        order.status = Status.OPEN
    order.save(update_fields=["assignee", "status"])


def start_order(*, order: WorkOrder) -> None:
    """Begin it, or go on after a hold; refused when it is closed or begun already."""
    _refuse_closed(order)
    if order.status == Status.IN_PROGRESS:
        raise ActionRefused(_("%(number)s has been begun already.") % {"number": order.number})
    order.status = Status.IN_PROGRESS
    order.save(update_fields=["status"])


def complete_order(*, order: WorkOrder, now: datetime) -> None:
    """Finish it at `now`: a floating plan counts its next due date from there.

    Refused when it is closed already.
    """
    _refuse_closed(order)
    order.status = Status.COMPLETED
    note_completion(order, now=now)
    order.save(update_fields=["status", "completed_at"])


def note_completion(order: WorkOrder, *, now: datetime) -> None:
    """Keep when a completed order was done, the first time it is."""
    if order.status == Status.COMPLETED:
        order.completed_at = order.completed_at or now


def _refuse_closed(order: WorkOrder) -> None:
    if order.status not in WorkOrder.OPEN_STATUSES:
        raise ActionRefused(
            _("%(number)s is %(status)s already.")
            % {"number": order.number, "status": order.get_status_display()}
        )


def _maintains_for(order: WorkOrder, person: StaffMember) -> bool:
    return (
        person.hotel_id == order.hotel_id
        and person.active
        and person.role == StaffMember.Role.MAINTENANCE
    )
