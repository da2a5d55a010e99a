"""Action items on the home page for schedules that make no sense in their hotels."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from hotels.action_items import ActionItem
from hotels.audit import Via
from hotels.models import Hotel
from hotels.roles import Access
from jobs.alerts.item_marks import delete_settled_marks, mark_item, marks_of, split
from jobs.console.home import schedule_items
from jobs.console.home.items import statuses_of
from jobs.models import ItemMark, JobSchedule
from jobs.services import maintenance_scheduler
from tests.factories import (
    EquipmentFactory,
    HotelFactory,
    MembershipFactory,
    PlanFactory,
    UserFactory,
)
from tests.jobs.engine import own_schedule

pytestmark = pytest.mark.django_db

HOME = reverse("admin:index")
NOW = datetime(2026, 7, 15, 23, 58, tzinfo=UTC)


@pytest.fixture
def hotel(db: None) -> Hotel:
    """A hotel with advice, like those that `add` adds."""
    return HotelFactory(timezone="Asia/Tokyo", name="Sakura")


@pytest.fixture
def plans_read(monkeypatch: pytest.MonkeyPatch) -> Mock:
    """Count the queries over the maintenance plans."""
    spy = Mock(wraps=maintenance_scheduler.shortest_intervals)
    monkeypatch.setattr(maintenance_scheduler, "shortest_intervals", spy)
    return spy


def add(owner: User, count: int) -> None:
    for hotel in HotelFactory.create_batch(count, timezone="Asia/Tokyo"):
        MembershipFactory(user=owner, hotel=hotel)


def items(client: Client) -> list[ActionItem]:
    found = client.get(HOME).context["action_items"]
    return [item for item in found if item.kind.key == "schedules"]


def test_a_few_hotels_have_an_item_each(manager: Client, owner: User, hotel: Hotel) -> None:
    add(owner, schedule_items.HOTELS_LISTED - 1)

    found = items(manager)

    assert len({item.hotel for item in found}) == len(found) == schedule_items.HOTELS_LISTED


def test_more_hotels_have_one_item_that_leads_to_local_times(manager: Client, owner: User) -> None:
    add(owner, schedule_items.HOTELS_LISTED)

    (item,) = items(manager)

    assert item.text == "Jobs run at unsuitable local times or not often enough in 6 hotels"
    assert (item.hotel, item.url) == (None, "/admin/local-times/?hotel=")


def test_the_items_do_not_grow_with_the_hotels(
    manager: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = Mock(wraps=ActionItem)
    monkeypatch.setattr(schedule_items, "ActionItem", built)
    add(owner, 30)

    manager.get(HOME)

    assert built.call_count == 1


def test_the_plans_are_read_once_for_several_views(
    manager: Client, owner: User, plans_read: Mock
) -> None:
    add(owner, 2)

    first, second = ([item.text for item in items(manager)] for _ in range(2))

    assert first == second
    assert len(first) == 3
    assert plans_read.call_count == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda hotel: own_schedule(hotel, "0 20 * * *", job_name="daily-housekeeping"),
        lambda hotel: Hotel.objects.filter(pk=hotel.pk).update(timezone="Asia/Seoul"),
        lambda hotel: Hotel.objects.filter(pk=hotel.pk).update(day_close_time="05:00"),
    ],
    ids=["schedule", "zone", "day close"],
)
def test_a_changed_schedule_or_hotel_is_judged_at_once(
    manager: Client, hotel: Hotel, plans_read: Mock, change: Callable[[Hotel], Any]
) -> None:
    items(manager)

    change(hotel)
    items(manager)

    assert plans_read.call_count == 2


def test_a_schedule_that_is_switched_off_is_no_longer_counted(
    manager: Client, hotel: Hotel
) -> None:
    own_schedule(hotel, "0 20 * * *", job_name="daily-housekeeping")
    before = items(manager)

    JobSchedule.objects.update(enabled=False)

    assert [item.text[:6] for item in (*before, *items(manager))] == ["4 jobs", "3 jobs"]


def test_a_changed_plan_is_judged_after_some_minutes(manager: Client, hotel: Hotel) -> None:
    for job in ("daily-housekeeping", "recalc-availability", "generate-invoices"):
        own_schedule(hotel, "0 4 * * *", job_name=job)
    own_schedule(hotel, "30 4 * * 1", job_name="maintenance-schedule")
    with time_machine.travel(NOW, tick=False) as clock:
        before = items(manager)
        equipment = EquipmentFactory(hotel=hotel)
        PlanFactory(equipment=equipment, interval_value=1, interval_unit="DAYS")
        clock.shift(timedelta(seconds=schedule_items.ADVICE_SECONDS + 1))
        after = items(manager)

    assert (before, len(after)) == ([], 1)


def test_the_advice_of_a_new_day_is_judged_anew(
    manager: Client, hotel: Hotel, plans_read: Mock
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        items(manager)
        clock.shift(timedelta(minutes=3))
        items(manager)

    assert plans_read.call_count == 2


def test_users_of_other_hotels_have_their_own_advice(
    manager: Client, outsider: Client, hotel: Hotel
) -> None:
    assert [item.hotel for item in items(manager)] == [hotel]
    assert hotel not in [item.hotel for item in items(outsider)]


def item_of(hotel: Hotel) -> ActionItem:
    everywhere = Access(everywhere=True, roles={})
    statuses = statuses_of(hotels=[hotel], access=everywhere, now=NOW)
    (item,) = schedule_items.schedule_action_items(statuses, hotels=[hotel], now=NOW)
    return item


def acknowledge(item: ActionItem) -> None:
    by = UserFactory()
    mark_item(item=item, note="", until=None, by=by, via=Via.ADMIN, now=NOW)  # type: ignore[arg-type]


def is_marked(hotel: Hotel, *, days: int = 0) -> bool:
    marks = marks_of(hotels=[hotel], now=NOW + timedelta(days=days))
    _open, marked = split([item_of(hotel)], marks=marks)
    return bool(marked)


def suit_all(hotel: Hotel, *, but: str) -> QuerySet[JobSchedule]:
    """Give the jobs suitable times, except one; return the schedules."""
    for name in ("daily-housekeeping", "recalc-availability", "generate-invoices"):
        own_schedule(hotel, "0 15 * * *" if name == but else "0 4 * * *", job_name=name)
    own_schedule(hotel, "30 4 * * 1", job_name="maintenance-schedule")
    return JobSchedule.objects.filter(hotel=hotel)


def test_another_unsuitable_schedule_is_shown_though_one_was_acknowledged(hotel: Hotel) -> None:
    schedules = suit_all(hotel, but="daily-housekeeping")
    acknowledge(item_of(hotel))
    assert is_marked(hotel, days=200)

    schedules.filter(job_name="daily-housekeeping").update(expression="0 16 * * *")
    assert not is_marked(hotel)

    schedules.filter(job_name="daily-housekeeping").update(expression="0 4 * * *")
    schedules.filter(job_name="generate-invoices").update(expression="0 15 * * *")
    assert not is_marked(hotel)


def test_a_mark_on_unsuitable_times_ends_when_they_are_mended(hotel: Hotel) -> None:
    later = NOW + timedelta(hours=1)
    schedules = suit_all(hotel, but="daily-housekeeping")
    schedules.filter(job_name="generate-invoices").update(expression="0 15 * * *")
    acknowledge(item_of(hotel))
    assert delete_settled_marks(now=later) == 0

    schedules.filter(job_name="generate-invoices").update(expression="0 4 * * *")
    assert delete_settled_marks(now=later) == 0
    (key,) = ItemMark.objects.get().keys
    assert key.startswith("daily-housekeeping")

    schedules.filter(job_name="daily-housekeeping").update(expression="0 4 * * *")
    assert delete_settled_marks(now=later) == 1
