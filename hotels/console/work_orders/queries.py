"""Work orders grouped by due date, relative to the business date of each hotel."""

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
"""Orders shown in each group; the list in the admin has all of them."""


class DuePeriod(TextChoices):
    """Groups of the page: by due date, and orders on hold or completed."""

    OVERDUE = "overdue", _("Overdue")
    TODAY = "today", _("Today")
    WEEK = "week", _("Next 7 days")
    LATER = "later", _("Later")
    ON_HOLD = "on-hold", _("On hold")
    DONE = "done", _("Completed in the last 7 days")


@dataclass(frozen=True, kw_only=True)
class OrderRow:
    """One order; `days_late` is 0 for orders that are on time or closed."""

    order: WorkOrder
    status_badge: Badge
    priority_badge: Badge
    days_late: int

    @property
    def open(self) -> bool:
        """True if the order is neither completed nor cancelled."""
        return self.order.status in WorkOrder.OPEN_STATUSES

    @property
    def started(self) -> bool:
        """True if work is in progress."""
        return self.order.status == Status.IN_PROGRESS


@dataclass(frozen=True, kw_only=True)
class Group:
    """One group of orders: the total number, and the first rows."""

    due: DuePeriod
    total: int
    rows: tuple[OrderRow, ...]

    @property
    def more(self) -> int:
        """The number of orders that are not shown."""
        return self.total - len(self.rows)


def read_orders(*, hotels: Sequence[Hotel], now: datetime) -> tuple[Group, ...]:
    """Return the groups that have orders, each with at most SHOWN rows, in seven queries."""
    by_id = {hotel.pk: hotel for hotel in hotels}
    conditions = _conditions(hotels, now=now)
    orders = WorkOrder.objects.filter(hotel__in=by_id)
    totals = orders.aggregate(
        **{due.name: Count("pk", filter=conditions[due]) for due in DuePeriod}
    )
    return tuple(
        Group(
            due=due,
            total=totals[due.name],
            rows=_rows(conditions[due], due=due, hotels=by_id, now=now),
        )
        for due in DuePeriod
        if totals[due.name]
    )


def technicians(hotels: Sequence[Hotel]) -> dict[int, list[StaffMember]]:
    """Return the active maintenance staff by hotel, with an entry for each of `hotels`."""
    staff = StaffMember.objects.filter(
        hotel__in=hotels, active=True, role=StaffMember.Role.MAINTENANCE
    )
    found: dict[int, list[StaffMember]] = {hotel.pk: [] for hotel in hotels}
    for person in staff.order_by("name", "pk"):
        found[person.hotel_id].append(person)
    return found


def _conditions(hotels: Sequence[Hotel], *, now: datetime) -> Mapping[DuePeriod, Q]:
    """Return the filter of each group."""
    none = Q(pk__in=())
    conditions = dict.fromkeys(
        (DuePeriod.OVERDUE, DuePeriod.TODAY, DuePeriod.WEEK, DuePeriod.LATER), none
    )
    by_date: dict[date, list[int]] = defaultdict(list)
    for hotel in hotels:
        by_date[hotel.business_date(now)].append(hotel.pk)
    # There are at most three calendar dates on earth at once.
    for today, ids in by_date.items():
        here = Q(hotel__in=ids, status__in=(Status.OPEN, Status.ASSIGNED, Status.IN_PROGRESS))
        conditions[DuePeriod.OVERDUE] |= here & Q(due_date__lt=today)
        conditions[DuePeriod.TODAY] |= here & Q(due_date=today)
        conditions[DuePeriod.WEEK] |= here & Q(due_date__gt=today, due_date__lte=today + WEEK)
        conditions[DuePeriod.LATER] |= here & Q(due_date__gt=today + WEEK)
    in_hotels = Q(hotel__in=[hotel.pk for hotel in hotels])
    return conditions | {
        DuePeriod.ON_HOLD: in_hotels & Q(status=Status.ON_HOLD),
        DuePeriod.DONE: in_hotels & Q(status=Status.COMPLETED, completed_at__gt=now - WEEK),
    }


def _rows(
    condition: Q, *, due: DuePeriod, hotels: Mapping[int, Hotel], now: datetime
) -> tuple[OrderRow, ...]:
    rank = Case(*(When(priority=name, then=Value(place)) for name, place in RANK.items()))
    order = ["-completed_at"] if due == DuePeriod.DONE else ["due_date", rank]
    found = (
        WorkOrder.objects.filter(condition)
        .select_related("equipment__room", "plan", "assignee")
        .order_by(*order, "pk")[:SHOWN]
    )
    return tuple(order_row(row, hotel=hotels[row.hotel_id], now=now) for row in found)


def order_row(order: WorkOrder, *, hotel: Hotel, now: datetime) -> OrderRow:
    """Return an order as the page shows it."""
    order.hotel = hotel
    days_late = 0
    if order.status in WorkOrder.OPEN_STATUSES:
        days_late = max((hotel.business_date(now) - order.due_date).days, 0)
    return OrderRow(
        order=order,
        status_badge=order_badge(order),
        priority_badge=priority_badge(order.priority),
        days_late=days_late,
    )
