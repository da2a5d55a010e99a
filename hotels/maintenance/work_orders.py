"""Actions on a work order: assign, start, complete (domain rule 2).

The caller locks the work order. Each action saves it and raises ActionRefused when its status or
assignee does not allow the action.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from hotels.errors import ActionRefused
from hotels.maintenance.cycles import settled_cycle
from hotels.maintenance.events import publish_completed
from hotels.maintenance.histories import read_record
from hotels.models import MaintenancePlan, StaffMember, WorkOrder

Status = WorkOrder.Status
COMPLETION_FIELDS = ("completed_at", "settled_cycle_date", "missed_cycles", "missed_from_date")


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


def complete_order_done_by(*, order: WorkOrder, done_by: StaffMember | None, now: datetime) -> None:
    """Complete the work at `now`, and make who did it the assignee; None for someone else.

    Raises ActionRefused when it is closed, or when `done_by` is not active maintenance staff of
    the hotel.
    """
    _refuse_closed(order)
    if order.assignee != done_by:
        assign_order(order=order, assignee=done_by)
    complete_order(order=order, now=now)


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
    order.save(update_fields=["status", *COMPLETION_FIELDS])
    publish_completed(order, now=now)


def note_completion(order: WorkOrder, *, now: datetime) -> None:
    """Set the fields of COMPLETION_FIELDS after a change of status; the caller saves the order.

    A completed work order gets its completion time, unless it has one, and may settle the next
    cycle of its plan. One that is open or cancelled again has none.
    """
    if order.status != Status.COMPLETED:
        order.completed_at = None
    elif order.completed_at is None:
        order.completed_at = now
        _settle_next_cycle(order, now=now)


def _settle_next_cycle(order: WorkOrder, *, now: datetime) -> None:
    """Record the next cycle as done too, if it is near, and those before it as missed."""
    plan = order.plan
    if plan is None or order.cycle_date is None or plan.mode != MaintenancePlan.Mode.FIXED:
        return
    record = read_record(plan)
    decided = record.history.decided or order.cycle_date
    try:
        settled = settled_cycle(
            series=record.series,
            cycle=order.cycle_date,
            completed=order.hotel.business_date(now),
            lead_days=plan.lead_days,
        )
        if settled is None or settled <= decided:
            return
        missed = record.series.count(after=decided, before=settled)
        first = record.series.next_due(after=decided)
        next_due = record.series.next_due(after=settled)
    except ValueError:  # an invalid interval: the maintenance job reports it
        return
    order.settled_cycle_date = settled
    if missed:
        order.missed_cycles += missed
        order.missed_from_date = order.missed_from_date or first
    MaintenancePlan.objects.filter(pk=plan.pk).update(next_due_date=next_due)


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
