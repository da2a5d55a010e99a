"""E-mails to attendants: the tasks of their day, and a clean that changed its kind."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from hashlib import sha256

from django.contrib.auth import get_user_model
from django.db import DEFAULT_DB_ALIAS
from django.utils import translation
from django.utils.translation import gettext as _

from hotels import formats
from hotels.housekeeping import queries
from hotels.models import Hotel, HousekeepingTask, Priority, StaffMember
from hotels.notifications.outbox import NewMail, hotel_language

ATTENDANT = "attendant"
FRONT_DESK = "front desk"
_ORDER = {priority: place for place, priority in enumerate(Priority.values)}


def read_people(*, hotel: Hotel) -> dict[int, StaffMember]:
    """The employees of a hotel by key, with their users, of which only the address is read."""
    found = {}
    for *columns, email in queries.PEOPLE.rows(hotel=hotel.pk):
        person = StaffMember.from_db(DEFAULT_DB_ALIAS, queries.PERSON_COLUMNS, columns)
        if person.user_id is not None:
            person.user = get_user_model()(pk=person.user_id, email=email)
        found[person.pk] = person
    return found


def day_list_mails(
    tasks: Iterable[HousekeepingTask],
    *,
    hotel: Hotel,
    day: date,
    staff: Mapping[int, StaffMember],
    newly_assigned: Collection[int],
) -> list[NewMail]:
    """The day's list for each attendant of `newly_assigned` who has an e-mail address.

    `staff` are the attendants by key, from `read_people`. The same tasks of a person are sent once;
    attendants without an address get their list on paper (Housekeeping, lists).
    """
    by_person: dict[int, list[HousekeepingTask]] = defaultdict(list)
    for task in tasks:
        person, is_open = task.assignee_id, task.status in HousekeepingTask.OPEN_STATUSES
        if person is not None and person in newly_assigned and is_open:
            by_person[person].append(task)
    with translation.override(hotel_language(hotel)):
        return [
            _day_list(found, person=staff[key], hotel=hotel, day=day)
            for key, found in sorted(by_person.items())
            if key in staff and address_of(staff[key])
        ]


def clean_changed_mail(
    task: HousekeepingTask, *, hotel: Hotel, assignee: StaffMember, now: datetime
) -> NewMail:
    """The message that an assigned clean of `hotel` is now one of another kind.

    It goes to the front desk if the attendant has no e-mail address. Takes no query if the user of
    `assignee` is loaded.
    """
    own_address, language = address_of(assignee), hotel_language(hotel)
    with translation.override(language):
        variables = {
            "attendant": str(assignee),
            "room": str(task.room),
            "date": formats.date_of(task.date),
            "clean": str(task.get_kind_display()),
            "time": formats.minutes(task.credits),
            "reason": task.reason,
        }
    return NewMail(
        hotel_id=hotel.pk,
        # A task may change its kind more than once a day.
        key=f"clean-changed:{task.pk}:{now.isoformat()}",
        template="clean-changed",
        audience=ATTENDANT if own_address else FRONT_DESK,
        recipient=own_address or hotel.email,
        name=assignee.name if own_address else hotel.name,
        language=language,
        variables=variables,
        about=task,
    )


def address_of(person: StaffMember) -> str:
    """The e-mail address of the person's user; empty without one."""
    return person.user.email if person.user is not None else ""


def _day_list(
    tasks: list[HousekeepingTask], *, person: StaffMember, hotel: Hotel, day: date
) -> NewMail:
    ordered = sorted(tasks, key=lambda task: (_ORDER[task.priority], _place(task)))
    keys = ",".join(str(key) for key in sorted(task.pk for task in tasks))
    return NewMail(
        hotel_id=hotel.pk,
        key=f"housekeeping-list:{person.pk}:{day}:{sha256(keys.encode()).hexdigest()[:12]}",
        template="housekeeping-list",
        audience=ATTENDANT,
        recipient=address_of(person),
        name=person.name,
        language=hotel_language(hotel),
        variables={
            "date": formats.date_of(day),
            "count": formats.number(len(tasks)),
            "time": formats.minutes(sum(task.credits for task in tasks)),
            "tasks": [_row(task) for task in ordered],
        },
        about=person,
    )


def _place(task: HousekeepingTask) -> tuple[int, int, str]:
    return task.room.floor, len(task.room.number), task.room.number


def _row(task: HousekeepingTask) -> dict[str, str]:
    return {
        "room": task.room.number,
        "floor": str(task.room.floor),
        "clean": str(task.get_kind_display()),
        "priority": str(task.get_priority_display()),
        "time": formats.minutes(task.credits),
        "linen": _("linen change") if task.linen_change else "",
    }
