"""Action items on the home page for schedules that make no sense in their hotels."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import Mock

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hotels.console.action_items import ActionItem
from hotels.models import Hotel
from jobs.console.home import schedule_items
from jobs.models import JobSchedule
from jobs.services import maintenance_scheduler
from tests.factories import EquipmentFactory, HotelFactory, MembershipFactory, PlanFactory
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
