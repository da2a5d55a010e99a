"""Marks on items of Home: what they cover, and when they end."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from hotels.console.action_items import OVERBOOKED, UNASSIGNED, ActionItem, action_items
from hotels.errors import ActionRefused
from hotels.models import AuditEntry, Hotel, HousekeepingTask, RoomAvailability
from hotels.roles import Access
from jobs.alerts.item_marks import (
    delete_settled_marks,
    mark_item,
    marks_of,
    remove_mark,
    split,
)
from jobs.models import ItemMark
from tests.factories import RoomFactory, RoomTypeFactory, UserFactory
from tests.jobs.services.housekeeping import task_in

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def item(hotel: Hotel, *, size: int = 2, newest: str = "5", **fields: Any) -> ActionItem:
    return ActionItem(
        hotel=hotel,
        kind=UNASSIGNED,
        make_text=lambda: "2 tasks",
        make_url=lambda: "/",
        size=size,
        newest=newest,
        **fields,
    )


def marked(hotel: Hotel, of: ActionItem | None = None, **fields: Any) -> ItemMark:
    values = {"note": "Ana is ill.", "until": None}
    values["by"] = fields.pop("by", None) or UserFactory(username=f"bob{User.objects.count()}")
    return mark_item(item=of or item(hotel), via="ADMIN", now=NOW, **values | fields)


def is_covered(hotel: Hotel, of: ActionItem, *, now: datetime = NOW) -> bool:
    open_, covered = split([of], marks=marks_of(hotels=[hotel], now=now))
    assert len(open_) + len(covered) == 1
    return bool(covered)


@pytest.mark.parametrize(
    ("changed", "covered"),
    [
        ({}, True),
        ({"size": 1}, True),
        ({"size": 1, "newest": "4"}, True),
        ({"size": 3}, False),
        ({"newest": "6"}, False),
        ({"size": 1, "newest": "6"}, False),
        ({"subject": "other"}, False),
    ],
)
def test_an_item_comes_back_when_it_grows_or_has_a_newer_object(
    hotel: Hotel, changed: dict[str, Any], covered: bool
) -> None:
    marked(hotel)

    assert is_covered(hotel, item(hotel, **changed)) is covered


def test_an_item_comes_back_when_its_snooze_ends(hotel: Hotel) -> None:
    marked(hotel, until=NOW + HOUR)

    assert is_covered(hotel, item(hotel), now=NOW + HOUR - timedelta(seconds=1))
    assert not is_covered(hotel, item(hotel), now=NOW + HOUR)


def test_a_later_mark_replaces_an_earlier_one_and_both_are_in_the_audit_trail(
    hotel: Hotel,
) -> None:
    marked(hotel, until=NOW + HOUR)

    mark = marked(hotel, note="All day", by=UserFactory(username="carol"))

    row = ItemMark.objects.get()
    assert row.pk == mark.pk
    assert (row.marked_by_name, row.note, row.snoozed_until) == ("carol", "All day", None)
    found = AuditEntry.objects.order_by("pk").values_list("verb", "username", "note", "hotel")
    assert list(found) == [
        ("snooze", "bob0", "Ana is ill.", hotel.pk),
        ("acknowledge", "carol", "All day", hotel.pk),
    ]


@pytest.mark.parametrize("hours", [0, -1, 24 * 7 + 1])
def test_a_snooze_lasts_seven_days_at_most(hotel: Hotel, hours: int) -> None:
    with pytest.raises(ActionRefused):
        marked(hotel, until=NOW + hours * HOUR)


def test_an_item_of_another_hotel_is_not_covered(hotel: Hotel) -> None:
    marked(hotel)

    assert not is_covered(hotel, item(RoomFactory().hotel))


def test_a_removed_mark_covers_nothing_and_is_removed_once(hotel: Hotel) -> None:
    mark, user = marked(hotel), UserFactory()

    for _ in range(2):
        remove_mark(mark=mark, by=user, via="ADMIN", now=NOW)  # type: ignore[arg-type]

    assert not is_covered(hotel, item(hotel))
    assert AuditEntry.objects.filter(verb="delete").count() == 1


def test_a_mark_ends_with_its_item_so_that_the_next_one_is_shown(hotel: Hotel) -> None:
    task = task_in(RoomFactory(hotel=hotel), date=hotel.local_date(NOW))
    kind = RoomTypeFactory(hotel=hotel)
    night = RoomAvailability.objects.create(
        hotel=hotel,
        room_type=kind,
        date=date(2026, 7, 18),
        total_rooms=1,
        out_of_order=0,
        occupied_rooms=2,
        available_rooms=0,
        overbooked_by=1,
        occupancy_rate=100,
        updated_at=NOW,
    )
    access = Access(everywhere=True, roles={})
    items = action_items(hotels=[hotel], access=access, now=NOW)
    assert {each.kind for each in items} == {UNASSIGNED, OVERBOOKED}
    for each in items:
        marked(hotel, each)
    assert delete_settled_marks(now=NOW + HOUR) == 0

    HousekeepingTask.objects.filter(pk=task.pk).update(status="CANCELLED")
    assert delete_settled_marks(now=NOW + HOUR) == 1

    assert ItemMark.objects.get().kind == OVERBOOKED.key
    assert night.overbooked_by


def test_marks_about_jobs_and_ended_snoozes_are_deleted_when_they_are_old(hotel: Hotel) -> None:
    marked(hotel, until=NOW + HOUR)
    ItemMark.objects.create(hotel=hotel, kind="failed", marked_at=NOW, marked_by_name="bob")

    assert delete_settled_marks(now=NOW + 2 * HOUR) == 1
    assert delete_settled_marks(now=NOW + timedelta(days=401)) == 1
