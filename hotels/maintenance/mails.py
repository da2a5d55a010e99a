"""The list of open work orders for each person of maintenance, by e-mail."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from hotels import formats
from hotels.models import Hotel, Priority, StaffMember, WorkOrder
from hotels.notifications.outbox import NewMail, hotel_language

AHEAD = timedelta(days=7)
_COLUMNS = ("number", "title", "equipment__name", "due_date", "priority", "assignee_id")


def work_order_mails(*, hotel: Hotel, now: datetime) -> list[NewMail]:
    """A list for each active employee of maintenance who has an e-mail address.

    It has the orders due within seven days that are the person's or unassigned; it is sent once a
    day, and not when there are none. Employees without an address see theirs on the page. Two
    queries at most.
    """
    people = list(
        StaffMember.objects.of_hotel(hotel)
        .filter(role=StaffMember.Role.MAINTENANCE, active=True)
        .exclude(user=None)
        .exclude(user__email="")
        .select_related("user")
        .order_by("pk")
    )
    if not people:
        return []
    today = hotel.business_date(now)
    due = WorkOrder.objects.of_hotel(hotel).filter(
        Q(assignee=None) | Q(assignee__in=people),
        status__in=WorkOrder.OPEN_STATUSES,
        due_date__lte=today + AHEAD,
    )
    orders = list(due.order_by("due_date", "pk").values_list(*_COLUMNS, named=True))
    with translation.override(hotel_language(hotel)):
        mails = (_mail(person, orders, hotel=hotel, now=now) for person in people)
        return [mail for mail in mails if mail is not None]


def _mail(
    person: StaffMember, orders: Iterable[Any], *, hotel: Hotel, now: datetime
) -> NewMail | None:
    mine = [order for order in orders if order.assignee_id in (None, person.pk)]
    if not mine or person.user is None:
        return None
    today = hotel.business_date(now)
    return NewMail(
        hotel_id=hotel.pk,
        key=f"maintenance-list:{person.pk}:{today}",
        template="maintenance-list",
        audience="maintenance",
        recipient=person.user.email,
        name=person.name,
        language=hotel_language(hotel),
        variables={
            "date": formats.date_of(today),
            "count": formats.number(len(mine)),
            "orders": [
                {
                    "number": order.number,
                    "title": order.title,
                    "equipment": order.equipment__name,
                    "due": formats.date_of(order.due_date),
                    "priority": str(Priority(order.priority).label),
                    "assigned": _("yes") if order.assignee_id else _("no"),
                }
                for order in mine
            ],
        },
        about=person,
    )
