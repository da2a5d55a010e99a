"""Actions on a work order: assign, start, complete (domain rule 2).

The caller locks the work order. Each action saves it and raises ActionRefused when its status or
assignee does not allow the action.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from hotels.errors import ActionRefused
from hotels.models import StaffMember, WorkOrder

Status = WorkOrder.Status


def assign_order(*, order: WorkOrder, assignee: StaffMember | None) -> None:
    """Assign the work order, or unassign it for None; in progress and on hold stay so.

    Raises ActionRefused when it is closed, or when `assignee` is not active maintenance staff of
    the hotel.
    """
    _refuse_closed(order)
    if assignee is not None and not _is_maintenance_staff(order, assignee):
        raise ActionRefused(
            _("%(name)s is not in this hotel's maintenance team. Choose someone else.")
            % {"name": assignee}
        )
    order.assignee = assignee
    if assignee is not None and order.status == Status.OPEN:
        order.status = Status.ASSIGNED
    if assignee is None and order.status == Status.ASSIGNED:
        order.status = Status.OPEN
    order.save(update_fields=["assignee", "status"])


def start_order(*, order: WorkOrder) -> None:
    """Start the work, also after a hold.

    Raises ActionRefused when the work order is closed or already in progress.
    """
    _refuse_closed(order)
    if order.status == Status.IN_PROGRESS:
        raise ActionRefused(_("%(number)s is already in progress.") % {"number": order.number})
    order.status = Status.IN_PROGRESS
    order.save(update_fields=["status"])


def complete_order(*, order: WorkOrder, now: datetime) -> None:
    """Complete the work at `now`; a floating plan counts its next due date from then.

    Raises ActionRefused when the work order is closed.
    """
    _refuse_closed(order)
    order.status = Status.COMPLETED
    note_completion(order, now=now)
    order.save(update_fields=["status", "completed_at"])


def note_completion(order: WorkOrder, *, now: datetime) -> None:
    """Set the completion time of a completed work order, unless it has one."""
    if order.status == Status.COMPLETED:
        order.completed_at = order.completed_at or now


def _refuse_closed(order: WorkOrder) -> None:
    if order.status not in WorkOrder.OPEN_STATUSES:
        raise ActionRefused(
            _("%(number)s is already %(status)s.")
            % {"number": order.number, "status": order.get_status_display()}
        )


def _is_maintenance_staff(order: WorkOrder, member: StaffMember) -> bool:
    return (
        member.hotel_id == order.hotel_id
        and member.active
        and member.role == StaffMember.Role.MAINTENANCE
    )
