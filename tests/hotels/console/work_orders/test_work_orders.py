"""Work orders by due date, and the actions on them."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from hotels.console.work_orders import queries
from hotels.models import AuditEntry, Hotel, Membership, StaffMember, WorkOrder
from tests.factories import (
    EquipmentFactory,
    HotelFactory,
    MembershipFactory,
    PlanFactory,
    StaffFactory,
)
from tests.hotels.console.conftest import browser
from tests.hotels.console.reading import messages_of, text_of
from tests.jobs.services.housekeeping import TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning")]
PAGE = reverse("hotels:work-orders")
NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
DONE = {"assignee": "unassigned", "done": "Burner cleaned by Mr Costa"}
_numbers = count(1)


@pytest.fixture
def emil(hotel: Hotel) -> StaffMember:
    return StaffFactory(hotel=hotel, name="Emil", role="MAINTENANCE")


@pytest.fixture
def order(hotel: Hotel) -> WorkOrder:
    return order_of(hotel, number="WO-1")


def order_of(hotel: Hotel, *, due: int = 0, **fields: Any) -> WorkOrder:
    """Create an order due `due` days from today."""
    values = {"number": f"N-{next(_numbers)}", "title": "Repair", "created_at": NOW}
    values |= {"due_date": TODAY + timedelta(days=due)}
    equipment = fields.pop("equipment", None) or EquipmentFactory(hotel=hotel)
    return WorkOrder.objects.create(hotel=hotel, equipment=equipment, **values | fields)


def groups(client: Client, **query: object) -> dict[str, list[str]]:
    """Return the numbers of the orders shown, by group."""
    shown = client.get(PAGE, query).context["groups"]
    return {group.due.value: [row.order.number for row in group.rows] for group, _ in shown}


def act(client: Client, order: WorkOrder, name: str, **fields: object) -> Any:
    return client.post(reverse(f"hotels:{name}-order", args=[order.pk]), fields)


# ---- contents ----


def test_orders_are_grouped_by_due_date(hotel, manager: Client) -> None:
    for number, due, status in (
        ("late", -1, "OPEN"),
        ("now", 0, "ASSIGNED"),
        ("soon", 1, "IN_PROGRESS"),
        ("in a week", 7, "OPEN"),
        ("later", 8, "OPEN"),
        ("held", -30, "ON_HOLD"),
        ("cancelled", -1, "CANCELLED"),
    ):
        order_of(hotel, number=number, due=due, status=status)

    assert groups(manager) == {
        "overdue": ["late"],
        "today": ["now"],
        "week": ["soon", "in a week"],
        "later": ["later"],
        "on-hold": ["held"],
    }


def test_recently_completed_orders_are_shown_latest_first(hotel, manager: Client) -> None:
    for days in (1, 3, 8):
        order_of(
            hotel,
            number=f"{days} days ago",
            status="COMPLETED",
            completed_at=NOW - timedelta(days=days),
        )

    assert groups(manager) == {"done": ["1 days ago", "3 days ago"]}


def test_orders_are_sorted_by_due_date_then_priority(hotel, manager: Client) -> None:
    order_of(hotel, number="second", due=-1, priority="LOW")
    order_of(hotel, number="urgent", due=-1, priority="URGENT")
    order_of(hotel, number="oldest", due=-9, priority="LOW")

    assert groups(manager) == {"overdue": ["oldest", "urgent", "second"]}


def test_each_hotel_has_its_own_today(hotel, owner, manager: Client) -> None:
    tokyo = HotelFactory(timezone="Asia/Tokyo")
    MembershipFactory(user=owner, hotel=tokyo)
    for place in (hotel, tokyo):
        order_of(place, number=place.timezone, due=0)

    # Still the 15th in Lisbon, the 16th in Tokyo.
    with time_machine.travel(datetime(2026, 7, 15, 20, 0, tzinfo=UTC), tick=False):
        assert groups(manager) == {"overdue": ["Asia/Tokyo"], "today": ["Europe/Lisbon"]}


def test_an_order_shows_equipment_plan_due_date_and_assignee(hotel, emil, manager: Client) -> None:
    plan = PlanFactory(equipment__hotel=hotel, equipment__code="B-1", name="Burner check")
    order_of(
        hotel,
        number="PM-1",
        due=-3,
        plan=plan,
        cycle_date=date(2026, 7, 12),
        equipment=plan.equipment,
        assignee=emil,
        priority="HIGH",
        missed_cycles=2,
        missed_from_date=date(2026, 5, 15),
    )

    words = text_of(manager.get(PAGE))

    assert "Repair PM-1 B-1 Boiler Plan: Burner check" in words
    assert "also covers 2 missed cycles, the first due Fri, 15 May 2026" in words
    assert "Due Sun, 12 Jul 2026 warning 3 days late" in words
    assert "high Emil" in words


def test_an_order_whose_due_date_was_moved_shows_the_cycle_it_belongs_to(
    hotel, manager: Client
) -> None:
    plan = PlanFactory(equipment__hotel=hotel)
    moved = {"plan": plan, "equipment": plan.equipment, "cycle_date": date(2026, 6, 15)}
    order_of(hotel, due=0, settled_cycle_date=date(2026, 7, 15), **moved)

    words = text_of(manager.get(PAGE))

    assert "Due Wed, 15 Jul 2026 moved from Mon, 15 Jun 2026" in words
    assert "also settles the service due Wed, 15 Jul 2026" in words


def test_a_group_shows_a_limited_number_and_counts_the_others(
    hotel, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "SHOWN", 2)
    for _ in range(5):
        order_of(hotel)

    answer = manager.get(PAGE)

    assert len(groups(manager)["today"]) == 2
    assert "3 more are in the list of all work orders." in text_of(answer)


def test_one_hotel_may_be_chosen(hotel, owner, manager: Client) -> None:
    other = HotelFactory()
    MembershipFactory(user=owner, hotel=other)
    order_of(hotel, number="here")
    order_of(other, number="there")

    assert set(groups(manager)["today"]) == {"here", "there"}
    assert groups(manager, hotel=other.code) == {"today": ["there"]}


# ---- empty page ----


def test_a_hotel_without_orders_says_when_they_are_created(hotel, manager: Client) -> None:
    words = text_of(manager.get(PAGE))

    assert "No open work orders" in words
    assert "by default every Monday" in words


def test_a_user_without_an_active_hotel_sees_a_message(hotel, manager: Client) -> None:
    Hotel.objects.update(active=False)

    assert "You have no active hotel." in text_of(manager.get(PAGE))


# ---- access and actions ----


def test_an_anonymous_user_is_sent_to_the_login(hotel, client: Client) -> None:
    answer = client.get(PAGE)

    assert answer.status_code == 302
    assert "login" in answer.url


def test_another_hotels_orders_are_not_found(hotel, order, outsider: Client) -> None:
    assert outsider.get(PAGE, {"hotel": hotel.code}).status_code == 404
    assert groups(outsider) == {}


def test_a_viewer_has_no_form(order, viewer: Client) -> None:
    answer = viewer.get(PAGE)

    assert "WO-1" in text_of(answer)
    assert f"{PAGE}{order.pk}/" not in answer.content.decode()


def test_a_manager_assigns_an_order(order, emil, manager: Client) -> None:
    answer = act(manager, order, "assign", assignee=emil.pk, next=f"{PAGE}?hotel=x")

    assert answer.url == f"{PAGE}?hotel=x"
    assert messages_of(answer) == [("success", "WO-1 is now assigned to Emil.")]
    order.refresh_from_db()
    assert (order.assignee, order.status) == (emil, "ASSIGNED")


def test_a_manager_unassigns_an_order(order, emil, manager: Client) -> None:
    act(manager, order, "assign", assignee=emil.pk)

    answer = act(manager, order, "assign", assignee="unassigned")

    assert messages_of(answer)[-1] == ("success", "WO-1 is now unassigned.")
    order.refresh_from_db()
    assert order.assignee is None


def test_a_technician_starts_and_completes_an_order(hotel, order) -> None:
    member = MembershipFactory(hotel=hotel, role=Membership.Role.MAINTENANCE)
    technician = browser(member.user)

    act(technician, order, "start")
    order.refresh_from_db()
    assert order.status == "IN_PROGRESS"

    act(technician, order, "complete", **DONE)
    order.refresh_from_db()
    assert (order.status, order.completed_at) == ("COMPLETED", NOW)


def test_completing_an_order_asks_who_did_what(order, emil, manager: Client) -> None:
    address = reverse("hotels:complete-order", args=[order.pk])
    assert address in manager.get(PAGE).content.decode()

    words = text_of(manager.get(address, {"next": f"{PAGE}?hotel=x"}))

    assert "Done by Choose… Emil Someone else" in words
    order.refresh_from_db()
    assert order.status == "OPEN"


@pytest.mark.parametrize("missing", ["assignee", "done"])
def test_an_order_is_not_completed_without_who_and_what(
    order, emil, manager: Client, missing: str
) -> None:
    fields = {"assignee": str(emil.pk), "done": "Burner cleaned"} | {missing: ""}

    answer = act(manager, order, "complete", **fields)

    assert answer.context["form"].errors.keys() == {missing}
    assert ("Burner cleaned" in text_of(answer)) == (missing != "done")
    order.refresh_from_db()
    assert order.status == "OPEN"


def test_who_completed_an_order_and_what_they_did_are_recorded(
    order, emil, manager: Client
) -> None:
    answer = act(manager, order, "complete", assignee=emil.pk, done="Burner cleaned", next=PAGE)

    assert answer.url == PAGE
    order.refresh_from_db()
    assert (order.status, order.assignee) == ("COMPLETED", emil)
    assert AuditEntry.objects.get().note == "Burner cleaned"


def test_only_maintenance_staff_can_have_completed_an_order(order, hotel, manager: Client) -> None:
    cleaner = StaffFactory(hotel=hotel, role="HOUSEKEEPING")

    answer = act(manager, order, "complete", assignee=cleaner.pk, done="Burner cleaned")

    assert [level for level, _text in messages_of(answer)] == ["error"]
    order.refresh_from_db()
    assert order.status == "OPEN"


def test_the_page_of_a_closed_order_says_so(order, manager: Client) -> None:
    act(manager, order, "complete", **DONE)

    words = text_of(manager.get(reverse("hotels:complete-order", args=[order.pk])))

    assert "WO-1 is already completed." in words


def test_a_refusal_shows_a_message_and_changes_nothing(order, manager: Client) -> None:
    act(manager, order, "complete", **DONE)
    before = WorkOrder.objects.values().get()

    answer = act(manager, order, "start")

    assert messages_of(answer)[-1] == ("error", "WO-1 is already completed.")
    assert WorkOrder.objects.values().get() == before


@pytest.mark.parametrize("name", ["assign", "start", "complete"])
def test_a_viewer_may_not_change_orders(order, viewer: Client, name: str) -> None:
    assert act(viewer, order, name, assignee="unassigned").status_code == 403
    order.refresh_from_db()
    assert order.status == "OPEN"


@pytest.mark.parametrize("name", ["assign", "start", "complete"])
def test_another_hotels_order_is_not_found(order, outsider: Client, name: str) -> None:
    assert act(outsider, order, name, assignee="unassigned").status_code == 404
    order.refresh_from_db()
    assert order.status == "OPEN"


def test_more_hotels_and_orders_take_no_more_queries(queries_of) -> None:
    counts = []
    for size in (1, 8):
        member = MembershipFactory()
        places = [member.hotel, *HotelFactory.create_batch(size - 1)]
        for place in places:
            if place != member.hotel:
                MembershipFactory(user=member.user, hotel=place)
            StaffFactory(hotel=place, role="MAINTENANCE")
            for due in (-1, 0, 1, 30):
                order_of(place, due=due)
            order_of(place, status="ON_HOLD")
            order_of(place, status="COMPLETED", completed_at=NOW)
        client = browser(member.user)
        counts.append(queries_of(lambda page=client: page.get(PAGE)))

    assert counts[0] == counts[1] <= 14


@pytest.mark.parametrize(
    ("name", "verb", "after"),
    [("start", "start", "IN_PROGRESS"), ("complete", "complete", "COMPLETED")],
)
def test_an_action_on_an_order_is_recorded(
    order: WorkOrder, manager: Client, name: str, verb: str, after: str
) -> None:
    act(manager, order, name, **DONE)

    entry = AuditEntry.objects.get()
    assert (entry.username, entry.verb, entry.object_id) == ("owner", verb, str(order.pk))
    assert entry.before["status"] == "OPEN"
    assert entry.after["status"] == after


def test_a_refused_action_is_not_recorded(order: WorkOrder, manager: Client) -> None:
    act(manager, order, "complete", **DONE)
    act(manager, order, "start")

    assert AuditEntry.objects.count() == 1
