"""The list of open work orders for each person of maintenance, by e-mail."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.utils import translation
from django.utils.translation import gettext as _

from hotels import formats
from hotels.maintenance import queries
from hotels.models import Hotel, Priority, StaffMember
from hotels.notifications.outbox import NewMail, hotel_language

AHEAD = timedelta(days=7)


class _Person(NamedTuple):
    pk: int
    name: str
    email: str


class _Order(NamedTuple):
    number: str
    title: str
    equipment: str
    due_date: date
    priority: str
    assignee_id: int | None


def work_order_mails(*, hotel: Hotel, now: datetime) -> list[NewMail]:
    """A list for each active employee of maintenance who has an e-mail address.

    It has the orders due within seven days that are the person's or unassigned; it is sent once a
    day, and not when there are none. Employees without an address see theirs on the page. Two
    queries at most.
    """
    people = [_Person(*row) for row in queries.PEOPLE.rows(hotel=hotel.pk)]
    if not people:
        return []
    until = hotel.business_date(now) + AHEAD
    orders = [_Order(*row) for row in queries.DUE_ORDERS.rows(hotel=hotel.pk, until=until)]
    with translation.override(hotel_language(hotel)):
        mails = (_mail(person, orders, hotel=hotel, now=now) for person in people)
        return [mail for mail in mails if mail is not None]


def _mail(
    person: _Person, orders: Iterable[_Order], *, hotel: Hotel, now: datetime
) -> NewMail | None:
    mine = [order for order in orders if order.assignee_id in (None, person.pk)]
    if not mine:
        return None
    today = hotel.business_date(now)
    return NewMail(
        hotel_id=hotel.pk,
        key=f"maintenance-list:{person.pk}:{today}",
        template="maintenance-list",
        audience="maintenance",
        recipient=person.email,
        name=person.name,
        language=hotel_language(hotel),
        variables={
            "date": formats.date_of(today),
            "count": formats.number(len(mine)),
            "orders": [
                {
                    "number": order.number,
                    "title": order.title,
                    "equipment": order.equipment,
                    "due": formats.date_of(order.due_date),
                    "priority": str(Priority(order.priority).label),
                    "assigned": _("yes") if order.assignee_id else _("no"),
                }
                for order in mine
            ],
        },
        about=StaffMember(pk=person.pk),
    )
