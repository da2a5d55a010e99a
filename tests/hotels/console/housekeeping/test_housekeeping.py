"""The housekeeping board: rooms, filters, workloads, worksheets, and assigning a task."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from hotels.models import (
    AuditEntry,
    Hotel,
    HousekeepingTask,
    Membership,
    RoomBlock,
    Shift,
    StaffMember,
)
from tests.factories import MembershipFactory, RoomFactory, StaffFactory, stay
from tests.hotels.console.conftest import browser
from tests.hotels.console.reading import messages_of, text_of
from tests.jobs.services.housekeeping import TODAY, busy_hotel, guest_in, run, task_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning")]
BOARD = reverse("hotels:housekeeping")
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.fixture
def ana(hotel: Hotel) -> StaffMember:
    return StaffFactory(hotel=hotel, name="Ana", credits_per_day=100)


@pytest.fixture
def task(hotel: Hotel) -> HousekeepingTask:
    return task_in(RoomFactory(hotel=hotel, number="101"))


def tiles(client: Client, **query: object) -> dict[str, object]:
    """Return the tiles on the page by room number."""
    answer = client.get(BOARD, query)
    return {tile.room.number: tile for floor in answer.context["floors"] for tile in floor.tiles}


def assign(client: Client, task: HousekeepingTask, to: object, **fields: object):
    key = to.pk if isinstance(to, StaffMember) else to
    return client.post(reverse("hotels:assign-task", args=[task.pk]), {"assignee": key} | fields)


# ---- contents ----


def test_each_room_shows_who_is_in_it(hotel, manager: Client) -> None:
    guest_in(RoomFactory(hotel=hotel, number="1"), until=0)
    guest_in(RoomFactory(hotel=hotel, number="2"))
    guest_in(RoomFactory(hotel=hotel, number="3"), since=0)
    stay(hotel, arrival=TODAY, room=RoomFactory(hotel=hotel, number="4"))
    RoomFactory(hotel=hotel, number="5")

    shown = {number: tile.occupancy.value for number, tile in tiles(manager).items()}

    assert shown == {
        "1": "due-out",
        "2": "stayover",
        "3": "arrived",
        "4": "arriving",
        "5": "vacant",
    }


def test_a_room_with_a_departure_shows_its_next_guest(hotel, manager: Client) -> None:
    room = RoomFactory(hotel=hotel, number="1")
    guest_in(room, until=0)
    coming = stay(hotel, arrival=TODAY, room=room)
    coming.booking.guest.vip = True
    coming.booking.guest.save()

    tile = tiles(manager)["1"]

    assert (tile.next_guest, tile.vip, tile.waiting) == (True, True, False)


@pytest.mark.parametrize(
    ("day", "occupancy"),
    [
        (TODAY + timedelta(days=1), "arriving"),
        (TODAY + timedelta(days=2), "stayover"),
        (TODAY + timedelta(days=3), "due-out"),
        (TODAY + timedelta(days=4), "vacant"),
    ],
)
def test_a_future_date_shows_occupancy_by_nights_sold(
    hotel, manager: Client, day, occupancy
) -> None:
    stay(hotel, arrival=TOMORROW, nights_count=2, room=RoomFactory(hotel=hotel, number="1"))

    tile = tiles(manager, date=day)["1"]

    assert tile.occupancy.value == occupancy
    assert tile.cleanliness is None


def test_a_past_date_shows_occupancy_by_nights_slept(hotel, manager: Client) -> None:
    room = RoomFactory(hotel=hotel, number="1")
    stay(hotel, arrival=TODAY - timedelta(days=3), room=room, status="CHECKED_OUT")

    found = {n: tiles(manager, date=TODAY - timedelta(days=n))["1"].occupancy for n in (1, 2, 3)}

    assert found == {1: "due-out", 2: "stayover", 3: "arriving"}


def test_a_room_change_shows_a_departure_and_an_arrival(hotel, manager: Client) -> None:
    first, second = (RoomFactory(hotel=hotel, number=n) for n in "12")
    guest = stay(hotel, arrival=TODAY, room=first, status="CHECKED_IN")
    guest.nights.filter(date=TOMORROW).update(room=second)

    found = {n: tile.occupancy for n, tile in tiles(manager, date=TOMORROW).items()}

    assert found == {"1": "due-out", "2": "arriving"}


def test_a_released_night_leaves_the_room_vacant(hotel, manager: Client) -> None:
    guest = stay(hotel, arrival=TODAY, room=RoomFactory(hotel=hotel, number="1"), status="NO_SHOW")
    guest.nights.update(released=True)

    assert tiles(manager, date=TOMORROW)["1"].occupancy == "vacant"


def test_today_is_the_date_in_the_hotels_time_zone(hotel, manager: Client) -> None:
    hotel.timezone = "Asia/Tokyo"
    hotel.save()

    with time_machine.travel(datetime(2026, 7, 15, 16, 0, tzinfo=UTC), tick=False):
        board = manager.get(BOARD).context["board"]

    assert (board.day, board.today) == (TOMORROW, True)


@pytest.mark.parametrize("nonsense", ["yesterday", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_an_invalid_date_shows_today(hotel, manager: Client, nonsense: str) -> None:
    assert manager.get(BOARD, {"date": nonsense}).context["board"].day == TODAY


def test_an_out_of_order_room_shows_its_reason(hotel, manager: Client) -> None:
    room = RoomFactory(hotel=hotel)
    RoomBlock.objects.create(
        room=room, kind="OUT_OF_ORDER", start_date=TODAY, end_date=TOMORROW, reason="no water"
    )

    assert "out of order no water" in text_of(manager.get(BOARD))
    assert "no water" not in text_of(manager.get(BOARD, {"date": TOMORROW}))


def test_an_out_of_order_room_with_a_guest_in_it_shows_its_guest(hotel, manager: Client) -> None:
    room = RoomFactory(hotel=hotel, number="1")
    RoomBlock.objects.create(room=room, kind="OUT_OF_ORDER", start_date=TODAY, end_date=TOMORROW)
    guest_in(room)

    assert {"stayover", "blocked"} <= tiles(manager)["1"].states


def test_a_rota_of_the_front_desk_alone_leaves_attendants_on_shift(
    hotel, ana, manager: Client
) -> None:
    RoomFactory(hotel=hotel)
    receptionist = StaffFactory(hotel=hotel, role="FRONT_DESK")
    Shift.objects.create(staff=receptionist, date=TODAY)

    assert "Ana on shift 0 of 100 min planned" in text_of(manager.get(BOARD))


def test_a_task_shows_kind_status_priority_and_assignee(hotel, task, ana, manager: Client) -> None:
    HousekeepingTask.objects.filter(pk=task.pk).update(
        assignee=ana, status="IN_PROGRESS", linen_change=True, priority="HIGH"
    )

    words = text_of(manager.get(BOARD))

    assert "stay-over clean : 101 20 min sync in progress keyboard_arrow_up high" in words
    assert "linen change Ana" in words


def test_unassigned_tasks_come_first_most_urgent_on_top(hotel, task, manager: Client) -> None:
    task_in(RoomFactory(hotel=hotel, number="102"), priority="URGENT")

    words = text_of(manager.get(BOARD))

    assert "Unassigned tasks person_alert 2 102 urgent · 20 min 101 low · 20 min" in words
    assert words.index("Unassigned tasks") < words.index("Attendants")


def test_a_workload_over_capacity_is_marked(hotel, ana, manager: Client) -> None:
    for _ in range(6):
        task_in(RoomFactory(hotel=hotel), assignee=ana, status="ASSIGNED")

    assert "Ana on shift 120 of 100 min planned · 6 tasks warning 20 min over" in text_of(
        manager.get(BOARD)
    )


def test_attendants_on_leave_or_without_a_shift_are_marked(hotel, ana, manager: Client) -> None:
    RoomFactory(hotel=hotel)
    StaffFactory(hotel=hotel, name="Bruno")
    Shift.objects.create(staff=ana, date=TODAY, kind="LEAVE")

    words = text_of(manager.get(BOARD))

    assert "Ana on leave 0 of 0 min planned" in words
    assert "Bruno no shift 0 of 0 min planned" in words


def test_a_former_attendant_is_shown_with_their_tasks(hotel, ana, task, manager: Client) -> None:
    HousekeepingTask.objects.filter(pk=task.pk).update(assignee=ana, status="ASSIGNED")
    StaffMember.objects.filter(pk=ana.pk).update(active=False)

    answer = manager.get(BOARD)

    assert "Ana no longer in housekeeping 20 of 0 min planned" in text_of(answer)
    assert f'<option value="{ana.pk}">' not in answer.context["assignee_options"]


# ---- filters ----


@pytest.mark.parametrize(
    ("query", "rooms"),
    [
        ({"floor": 2}, {"201"}),
        ({"state": "PENDING"}, {"101"}),
        ({"state": "no-task"}, {"102", "201"}),
        ({"state": "DIRTY"}, {"201"}),
        ({"attendant": 0}, {"101"}),
        ({"floor": 1, "state": "DIRTY"}, set()),
        ({"floor": 7, "state": "odd", "attendant": "me"}, {"101", "102", "201"}),
    ],
)
def test_filters_select_rooms(hotel, task, manager: Client, query, rooms) -> None:
    RoomFactory(hotel=hotel, number="102")
    RoomFactory(hotel=hotel, number="201", floor=2, cleanliness="DIRTY")

    assert set(tiles(manager, **query)) == rooms


def test_the_attendant_filter_selects_their_rooms(hotel, ana, task, manager: Client) -> None:
    task_in(RoomFactory(hotel=hotel, number="102"), assignee=ana, status="DONE")

    assert set(tiles(manager, attendant=ana.pk)) == {"102"}


def test_filters_that_match_no_room_show_a_message(hotel, task, manager: Client) -> None:
    assert "No rooms match these filters." in text_of(manager.get(BOARD, {"state": "DONE"}))


# ---- empty pages ----


def test_a_hotel_without_rooms_shows_a_message(hotel, manager: Client) -> None:
    assert "This hotel has no rooms yet." in text_of(manager.get(BOARD))


def test_a_date_without_tasks_says_when_tasks_are_created(hotel, manager: Client) -> None:
    RoomFactory(hotel=hotel)

    assert "No tasks on this date. Tasks are created overnight" in text_of(manager.get(BOARD))


def test_a_user_without_an_active_hotel_sees_a_message(hotel, manager: Client) -> None:
    Hotel.objects.update(active=False)

    assert "You have no active hotel." in text_of(manager.get(BOARD))
    assert manager.get(reverse("hotels:housekeeping-lists")).status_code == 200


# ---- access and assigning ----


@pytest.mark.parametrize("name", ["hotels:housekeeping", "hotels:housekeeping-lists"])
def test_an_anonymous_user_is_sent_to_the_login(hotel, client: Client, name: str) -> None:
    answer = client.get(reverse(name))

    assert answer.status_code == 302
    assert "login" in answer.url


@pytest.mark.parametrize("name", ["hotels:housekeeping", "hotels:housekeeping-lists"])
def test_another_hotels_board_is_not_found(hotel, outsider: Client, name: str) -> None:
    assert outsider.get(reverse(name), {"hotel": hotel.code}).status_code == 404


def test_a_viewer_has_no_form(hotel, task, ana, viewer: Client) -> None:
    answer = viewer.get(BOARD)

    assert "101" in text_of(answer)
    assert reverse("hotels:assign-task", args=[task.pk]) not in answer.content.decode()


def test_a_manager_assigns_a_task(task, ana, manager: Client) -> None:
    page = f"{BOARD}?date=2026-07-15"

    answer = assign(manager, task, ana, next=page)

    assert (answer.status_code, answer.url) == (302, page)
    assert messages_of(answer) == [("success", "Room 101 is now assigned to Ana.")]
    task.refresh_from_db()
    assert (task.assignee, task.status, task.assigned_by_person) == (ana, "ASSIGNED", True)


def test_an_attendant_with_a_login_assigns_a_task(hotel, task, ana) -> None:
    member = MembershipFactory(hotel=hotel, role=Membership.Role.HOUSEKEEPING)

    assign(browser(member.user), task, ana)

    task.refresh_from_db()
    assert task.assignee == ana


def test_a_manager_unassigns_a_task(task, ana, manager: Client) -> None:
    assign(manager, task, ana)

    answer = assign(manager, task, "unassigned")

    assert messages_of(answer)[-1] == ("success", "Room 101 is now unassigned.")
    task.refresh_from_db()
    assert (task.assignee, task.status) == (None, "PENDING")


def test_assigning_an_attendant_on_leave_shows_a_warning(task, ana, manager: Client) -> None:
    Shift.objects.create(staff=ana, date=TODAY, kind="LEAVE")

    answer = assign(manager, task, ana)

    assert ("warning", "Ana is not on shift on Wed, 15 Jul 2026.") in messages_of(answer)


def test_a_refusal_shows_a_message_and_changes_nothing(task, ana, manager: Client) -> None:
    HousekeepingTask.objects.filter(pk=task.pk).update(status="DONE")

    answer = assign(manager, task, ana)

    sentence = "Room 101: the task is done and can no longer be assigned."
    assert messages_of(answer) == [("error", sentence)]
    task.refresh_from_db()
    assert task.assignee is None


@pytest.mark.parametrize("key", ["", "x", "-1", "0", "9" * 30, "٣"])
def test_an_invalid_choice_is_refused_with_a_message(task, manager: Client, key: str) -> None:
    answer = assign(manager, task, key)

    assert messages_of(answer) == [
        ("error", "Choose a staff member of this hotel or “Unassigned”.")
    ]


def test_an_attendant_of_another_hotel_cannot_be_chosen(task, elsewhere, manager: Client) -> None:
    answer = assign(manager, task, StaffFactory(hotel=elsewhere))

    assert messages_of(answer) == [
        ("error", "Choose a staff member of this hotel or “Unassigned”.")
    ]


def test_a_viewer_may_not_assign_tasks(task, ana, viewer: Client) -> None:
    assert assign(viewer, task, ana).status_code == 403
    task.refresh_from_db()
    assert task.assignee is None


def test_another_hotels_task_is_not_found(task, ana, outsider: Client) -> None:
    assert assign(outsider, task, ana).status_code == 404


def test_a_task_with_a_too_large_key_is_not_found(manager: Client) -> None:
    path = reverse("hotels:assign-task", args=[10**30])

    assert manager.post(path, {"assignee": "unassigned"}).status_code == 404


def test_an_anonymous_user_assigns_nothing(task, ana, client: Client) -> None:
    assert assign(client, task, ana).status_code == 302
    task.refresh_from_db()
    assert task.assignee is None


def test_a_get_request_does_not_assign_a_task(task, manager: Client) -> None:
    assert manager.get(reverse("hotels:assign-task", args=[task.pk])).status_code == 405


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "", "nowhere", "?x"])
def test_the_redirect_stays_on_this_site(task, ana, manager: Client, page: str) -> None:
    assert assign(manager, task, ana, next=page).url == BOARD


def test_htmx_gets_board_and_messages_without_the_layout(task, ana, manager) -> None:
    asked = {"HX-Request": "true"}
    path = reverse("hotels:assign-task", args=[task.pk])

    answer = manager.post(path, {"assignee": ana.pk}, headers=asked, follow=True)

    words = answer.content.decode()
    assert 'id="board"' in words
    assert "Room 101 is now assigned to Ana." in words
    assert "<style" not in words
    assert "HX-Request" in answer.headers["Vary"]


# ---- worksheets and queries ----


def test_a_worksheet_lists_the_attendants_open_tasks(hotel, ana, task, manager: Client) -> None:
    assign(manager, task, ana)
    task_in(RoomFactory(hotel=hotel, number="Attic"), assignee=ana, status="DONE")

    words = text_of(manager.get(reverse("hotels:housekeeping-lists")))

    assert "101" in words
    assert "Attic" not in words


def test_a_date_without_assigned_tasks_has_no_worksheets(hotel, manager: Client) -> None:
    words = text_of(manager.get(reverse("hotels:housekeeping-lists")))

    assert "No open tasks are assigned on this date." in words


@pytest.mark.parametrize("day", [TODAY, TOMORROW])
def test_a_large_hotel_takes_no_more_queries_than_a_small_one(queries_of, now, day) -> None:
    counts = []
    for rooms in (4, 40):
        hotel = busy_hotel(rooms)
        run(hotel, now)
        client = browser(MembershipFactory(hotel=hotel).user)
        counts.append(queries_of(lambda page=client: page.get(BOARD, {"date": day})))

    assert counts[0] == counts[1] <= 18


def test_assigning_a_task_twice_is_recorded_once(task, ana, manager: Client) -> None:
    assign(manager, task, ana)
    assign(manager, task, ana)

    entry = AuditEntry.objects.get()
    assert (entry.username, entry.verb) == ("owner", "assign")
    assert entry.before["assignee"] is None
    assert entry.after["assignee"] == f"{ana} (#{ana.pk})"
