"""What the fields of results and the kinds of effects are called. What is not named here is spelled
out from its own name, so that a sixth job needs nothing of this.
"""

import re

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

_FIELDS = {
    "date": gettext_lazy("Date"),
    "tasksCreated": gettext_lazy("Tasks created"),
    "tasksAssigned": gettext_lazy("Tasks assigned"),
    "priority": gettext_lazy("By priority"),
    "unassigned": gettext_lazy("Unassigned"),
    "problems": gettext_lazy("Problems"),
    "skipped": gettext_lazy("Skipped"),
    "workOrdersCreated": gettext_lazy("Work orders created"),
    "equipment": gettext_lazy("Equipment"),
    "missedCycles": gettext_lazy("Missed cycles"),
    "noShowsDetected": gettext_lazy("No-shows"),
    "penaltiesApplied": gettext_lazy("Fees charged"),
    "roomsFreed": gettext_lazy("Rooms freed"),
    "released": gettext_lazy("Released without a fee"),
    "review": gettext_lazy("Left for review"),
    "totalPenalty": gettext_lazy("Fees in all"),
    "roomsProcessed": gettext_lazy("Rooms counted"),
    "availabilityUpdated": gettext_lazy("Nights changed"),
    "rowsUnchanged": gettext_lazy("Nights unchanged"),
    "occupancyRate": gettext_lazy("Occupancy"),
    "overbookedNights": gettext_lazy("Overbooked nights"),
    "invoicesGenerated": gettext_lazy("Invoices"),
    "totalAmount": gettext_lazy("Invoiced in all"),
    "currency": gettext_lazy("Currency"),
    "object": gettext_lazy("What"),
    "reason": gettext_lazy("Why"),
    "folio": gettext_lazy("Folio"),
    "room": gettext_lazy("Room"),
    "plan": gettext_lazy("Plan"),
    "name": gettext_lazy("Name"),
    "workOrder": gettext_lazy("Work order"),
    "dueDate": gettext_lazy("Due"),
    "nextDueDate": gettext_lazy("Next due"),
    "kind": gettext_lazy("Kind"),
    "credits": gettext_lazy("Minutes"),
    "changed": gettext_lazy("Changed"),
    "cancelled": gettext_lazy("Cancelled"),
    "rolledOver": gettext_lazy("Rolled over"),
    "overbooked": gettext_lazy("Overbooked"),
    "offSale": gettext_lazy("Off sale"),
    "roomType": gettext_lazy("Room type"),
    "by": gettext_lazy("By"),
    "URGENT": gettext_lazy("urgent"),
    "HIGH": gettext_lazy("high"),
    "NORMAL": gettext_lazy("normal"),
    "LOW": gettext_lazy("low"),
}
_KINDS = {
    "invoice": gettext_lazy("invoices"),
    "work order": gettext_lazy("work orders"),
    "next due date": gettext_lazy("next due dates"),
    "availability": gettext_lazy("nights of availability"),
    "folio completed": gettext_lazy("folios completed"),
    "folio void": gettext_lazy("folios voided"),
    "room made dirty": gettext_lazy("rooms made dirty"),
    "no-show": gettext_lazy("no-shows"),
    "room-released": gettext_lazy("rooms released"),
    "no-show-review": gettext_lazy("no-shows left for review"),
    "task created": gettext_lazy("tasks created"),
    "task assigned": gettext_lazy("tasks assigned"),
    "task skipped": gettext_lazy("tasks skipped"),
    "task changed": gettext_lazy("tasks changed"),
    "task cancelled": gettext_lazy("tasks cancelled"),
    "task rolled over": gettext_lazy("tasks rolled over"),
}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def field_label(name: str) -> str:
    """`noShowsDetected` → `No-shows`; a name nobody knows in its own words."""
    known = _FIELDS.get(name)
    return str(known) if known else capfirst(_HUMP.sub(" ", name).lower())


def kind_label(kind: str) -> str:
    """What effects of a kind are called, many of them."""
    return str(_KINDS.get(kind, kind))
