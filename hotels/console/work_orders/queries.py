"""Work orders by when they are due, each on its own hotel's business date."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, Count, Q, TextChoices, Value, When
from django.utils.translation import gettext_lazy as _

from hotels.console.badges import Badge, order_badge, priority_badge
from hotels.housekeeping.assignment import RANK
from hotels.models import Hotel, StaffMember, WorkOrder

Status = WorkOrder.Status
WEEK = timedelta(days=7)
SHOWN = 25
"""Orders shown of each group; the list in the admin has the others."""


class DuePeriod(TextChoices):
    """When an order is due, or why that does not matter."""

    OVERDUE = "overdue", _("Overdue")
    TODAY = "today", _("Today")
    WEEK = "week", _("Next 7 days")
    LATER = "later", _("Later")
    ON_HOLD = "on-hold", _("On hold")
    DONE = "done", _("Completed in the last 7 days")


@dataclass(frozen=True, kw_only=True)
class OrderRow:
    """One order; `late` in days, 0 for what is not late or is done."""

    order: WorkOrder
    look: Badge
    priority: Badge
    late: int

    @property
    def open(self) -> bool:
        """Whether something is still to be done."""
        return self.order.status in WorkOrder.OPEN_STATUSES

    @property
    def begun(self) -> bool:
        """Whether somebody is at it."""
        return self.order.status == Status.IN_PROGRESS


@dataclass(frozen=True, kw_only=True)
class Group:
    """The orders due at one time: how many there are, and the first of them."""

    due: DuePeriod
    total: int
    rows: tuple[OrderRow, ...]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.rows)


def read_orders(*, hotels: Sequence[Hotel], now: datetime) -> tuple[Group, ...]:
    """Every group that has orders, at most SHOWN of each, in seven queries."""
    by_id = {hotel.pk: hotel for hotel in hotels}
    wanted = _wanted(hotels, now=now)
    orders = WorkOrder.objects.filter(hotel__in=by_id)
    totals = orders.aggregate(**{due.name: Count("pk", filter=wanted[due]) for due in DuePeriod})
    return tuple(
        Group(
            due=due,
            total=totals[due.name],
            rows=_rows(wanted[due], due=due, hotels=by_id, now=now),
        )
        for due in DuePeriod
        if totals[due.name]
    )


def technicians(hotels: Sequence[Hotel]) -> dict[int, list[StaffMember]]:
    """Whom orders may be given to, by hotel: every one of `hotels` has an entry."""
    staff = StaffMember.objects.filter(
        hotel__in=hotels, active=True, role=StaffMember.Role.MAINTENANCE
    )
    found: dict[int, list[StaffMember]] = {hotel.pk: [] for hotel in hotels}
    for person in staff.order_by("name", "pk"):
        found[person.hotel_id].append(person)
    return found


def _wanted(hotels: Sequence[Hotel], *, now: datetime) -> Mapping[DuePeriod, Q]:
    nobody = Q(pk__in=())
    wanted = dict.fromkeys(
        (DuePeriod.OVERDUE, DuePeriod.TODAY, DuePeriod.WEEK, DuePeriod.LATER), nobody
    )
    by_date: dict[date, list[int]] = defaultdict(list)
    for hotel in hotels:
        by_date[hotel.business_date(now)].append(hotel.pk)
    # Never more than three dates on earth at once.
    for today, ids in by_date.items():
        here = Q(hotel__in=ids, status__in=(Status.OPEN, Status.ASSIGNED, Status.IN_PROGRESS))
        wanted[DuePeriod.OVERDUE] |= here & Q(due_date__lt=today)
        wanted[DuePeriod.TODAY] |= here & Q(due_date=today)
        wanted[DuePeriod.WEEK] |= here & Q(due_date__gt=today, due_date__lte=today + WEEK)
        wanted[DuePeriod.LATER] |= here & Q(due_date__gt=today + WEEK)
    ours = Q(hotel__in=[hotel.pk for hotel in hotels])
    return wanted | {
        DuePeriod.ON_HOLD: ours & Q(status=Status.ON_HOLD),
        DuePeriod.DONE: ours & Q(status=Status.COMPLETED, completed_at__gt=now - WEEK),
    }


def _rows(
    wanted: Q, *, due: DuePeriod, hotels: Mapping[int, Hotel], now: datetime
) -> tuple[OrderRow, ...]:
    rank = Case(*(When(priority=name, then=Value(place)) for name, place in RANK.items()))
    order = ["-completed_at"] if due == DuePeriod.DONE else ["due_date", rank]
    found = (
        WorkOrder.objects.filter(wanted)
        .select_related("equipment__room", "plan", "assignee")
        .order_by(*order, "pk")[:SHOWN]
    )
    return tuple(_row(one, hotel=hotels[one.hotel_id], now=now) for one in found)


def _row(order: WorkOrder, *, hotel: Hotel, now: datetime) -> OrderRow:
    order.hotel = hotel
    late = 0
    if order.status in WorkOrder.OPEN_STATUSES:
        late = max((hotel.business_date(now) - order.due_date).days, 0)
    return OrderRow(
        order=order, look=order_badge(order), priority=priority_badge(order.priority), late=late
    )
