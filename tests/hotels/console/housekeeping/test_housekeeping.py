"""The housekeeping board: what each room's day shows, and giving a task to somebody."""

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
from tests.hotels.console.reading import text_of, told
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
    """The tiles a page shows, by the number of their room."""
    answer = client.get(BOARD, query)
    return {tile.room.number: tile for floor in answer.context["floors"] for tile in floor.tiles}


def give(client: Client, task: HousekeepingTask, to: object, **fields: object):
    key = to.pk if isinstance(to, StaffMember) else to
    return client.post(reverse("hotels:assign-task", args=[task.pk]), {"assignee": key} | fields)


# ---- what it shows ----


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


def test_a_room_left_today_shows_its_next_guest(hotel, manager: Client) -> None:
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
def test_a_day_to_come_is_told_by_the_nights_sold(hotel, manager: Client, day, occupancy) -> None:
    stay(hotel, arrival=TOMORROW, nights_count=2, room=RoomFactory(hotel=hotel, number="1"))

    tile = tiles(manager, date=day)["1"]

    assert tile.occupancy.value == occupancy
    assert tile.cleanliness is None


def test_a_day_gone_by_is_told_by_the_nights_slept(hotel, manager: Client) -> None:
    room = RoomFactory(hotel=hotel, number="1")
    stay(hotel, arrival=TODAY - timedelta(days=3), room=room, status="CHECKED_OUT")

    found = {n: tiles(manager, date=TODAY - timedelta(days=n))["1"].occupancy for n in (1, 2, 3)}

    assert found == {1: "due-out", 2: "stayover", 3: "arriving"}


def test_a_room_changed_between_two_nights_is_left_and_entered(hotel, manager: Client) -> None:
    first, second = (RoomFactory(hotel=hotel, number=n) for n in "12")
    guest = stay(hotel, arrival=TODAY, room=first, status="CHECKED_IN")
    guest.nights.filter(date=TOMORROW).update(room=second)

    found = {n: tile.occupancy for n, tile in tiles(manager, date=TOMORROW).items()}

    assert found == {"1": "due-out", "2": "arriving"}


def test_a_night_given_back_is_nobody_s(hotel, manager: Client) -> None:
    guest = stay(hotel, arrival=TODAY, room=RoomFactory(hotel=hotel, number="1"), status="NO_SHOW")
    guest.nights.update(released=True)

    assert tiles(manager, date=TOMORROW)["1"].occupancy == "vacant"


def test_today_is_the_date_on_the_hotel_s_wall(hotel, manager: Client) -> None:
    hotel.timezone = "Asia/Tokyo"
    hotel.save()

    with time_machine.travel(datetime(2026, 7, 15, 16, 0, tzinfo=UTC), tick=False):
        board = manager.get(BOARD).context["board"]

    assert (board.day, board.today) == (TOMORROW, True)


@pytest.mark.parametrize("nonsense", ["yesterday", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_a_date_that_is_none_is_today(hotel, manager: Client, nonsense: str) -> None:
    assert manager.get(BOARD, {"date": nonsense}).context["board"].day == TODAY


def test_a_block_is_marked_with_its_reason(hotel, manager: Client) -> None:
    room = RoomFactory(hotel=hotel)
    RoomBlock.objects.create(
        room=room, kind="OUT_OF_ORDER", start_date=TODAY, end_date=TOMORROW, reason="no water"
    )

    assert "out of order no water" in text_of(manager.get(BOARD))
    assert "no water" not in text_of(manager.get(BOARD, {"date": TOMORROW}))


def test_a_task_shows_what_it_is_and_how_far(hotel, task, ana, manager: Client) -> None:
    HousekeepingTask.objects.filter(pk=task.pk).update(
        assignee=ana, status="IN_PROGRESS", linen_change=True, priority="HIGH"
    )

    words = text_of(manager.get(BOARD))

    assert "stay-over clean : 101 20 min sync in progress keyboard_arrow_up high" in words
    assert "linen change Ana" in words


def test_nobody_s_tasks_come_first_the_most_pressing_on_top(hotel, task, manager: Client) -> None:
    task_in(RoomFactory(hotel=hotel, number="102"), priority="URGENT")

    words = text_of(manager.get(BOARD))

    assert "Nobody's tasks person_alert 2 102 urgent · 20 min 101 low · 20 min" in words
    assert words.index("Nobody's tasks") < words.index("Attendants")


def test_a_day_s_load_is_of_the_capacity_and_marked_beyond_it(hotel, ana, manager: Client) -> None:
    for _ in range(6):
        task_in(RoomFactory(hotel=hotel), assignee=ana, status="ASSIGNED")

    assert "Ana on shift 120 of 100 min · 6 tasks warning 20 min over" in text_of(
        manager.get(BOARD)
    )


def test_who_is_on_leave_or_has_no_shift_is_said(hotel, ana, manager: Client) -> None:
    RoomFactory(hotel=hotel)
    StaffFactory(hotel=hotel, name="Bruno")
    Shift.objects.create(staff=ana, date=TODAY, kind="LEAVE")

    words = text_of(manager.get(BOARD))

    assert "Ana on leave 0 of 0 min" in words
    assert "Bruno no shift 0 of 0 min" in words


def test_somebody_who_left_still_shows_with_the_tasks_they_have(
    hotel, ana, task, manager: Client
) -> None:
    HousekeepingTask.objects.filter(pk=task.pk).update(assignee=ana, status="ASSIGNED")
    StaffMember.objects.filter(pk=ana.pk).update(active=False)

    answer = manager.get(BOARD)

    assert "Ana no longer in housekeeping 20 of 0 min" in text_of(answer)
    assert f'<option value="{ana.pk}">' not in answer.context["options"]


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
def test_the_rooms_shown_are_those_asked_for(hotel, task, manager: Client, query, rooms) -> None:
    RoomFactory(hotel=hotel, number="102")
    RoomFactory(hotel=hotel, number="201", floor=2, cleanliness="DIRTY")

    assert set(tiles(manager, **query)) == rooms


def test_one_attendant_s_rooms(hotel, ana, task, manager: Client) -> None:
    task_in(RoomFactory(hotel=hotel, number="102"), assignee=ana, status="DONE")

    assert set(tiles(manager, attendant=ana.pk)) == {"102"}


def test_filters_that_fit_no_room_say_so(hotel, task, manager: Client) -> None:
    assert "No room fits these filters." in text_of(manager.get(BOARD, {"state": "DONE"}))


# ---- nothing there ----


def test_a_hotel_without_rooms_says_so(hotel, manager: Client) -> None:
    assert "This hotel has no rooms yet." in text_of(manager.get(BOARD))


def test_a_day_without_tasks_names_the_job_that_makes_them(hotel, manager: Client) -> None:
    RoomFactory(hotel=hotel)

    assert "No tasks on this date. The job daily-housekeeping" in text_of(manager.get(BOARD))


def test_a_person_whose_hotel_is_closed_is_told(hotel, manager: Client) -> None:
    Hotel.objects.update(active=False)

    assert "You have no working hotel yet." in text_of(manager.get(BOARD))
    assert manager.get(reverse("hotels:housekeeping-lists")).status_code == 200


# ---- who sees it, who acts ----


@pytest.mark.parametrize("name", ["hotels:housekeeping", "hotels:housekeeping-lists"])
def test_whoever_is_not_logged_in_is_sent_to_the_login(hotel, client: Client, name: str) -> None:
    answer = client.get(reverse(name))

    assert answer.status_code == 302
    assert "login" in answer.url


@pytest.mark.parametrize("name", ["hotels:housekeeping", "hotels:housekeeping-lists"])
def test_another_hotel_s_board_is_not_there(hotel, outsider: Client, name: str) -> None:
    assert outsider.get(reverse(name), {"hotel": hotel.code}).status_code == 404


def test_somebody_who_only_sees_has_no_form(hotel, task, ana, viewer: Client) -> None:
    answer = viewer.get(BOARD)

    assert "101" in text_of(answer)
    assert reverse("hotels:assign-task", args=[task.pk]) not in answer.content.decode()


def test_a_manager_reassigns_a_task(task, ana, manager: Client) -> None:
    page = f"{BOARD}?date=2026-07-15"

    answer = give(manager, task, ana, next=page)

    assert (answer.status_code, answer.url) == (302, page)
    assert told(answer) == [("success", "Room 101 is Ana's now.")]
    task.refresh_from_db()
    assert (task.assignee, task.status, task.assigned_by_person) == (ana, "ASSIGNED", True)


def test_an_attendant_with_a_login_reassigns_a_task(hotel, task, ana) -> None:
    member = MembershipFactory(hotel=hotel, role=Membership.Role.HOUSEKEEPING)

    give(browser(member.user), task, ana)

    task.refresh_from_db()
    assert task.assignee == ana


def test_a_manager_takes_a_task_from_everybody(task, ana, manager: Client) -> None:
    give(manager, task, ana)

    give(manager, task, "nobody")

    task.refresh_from_db()
    assert (task.assignee, task.status) == (None, "PENDING")


def test_what_speaks_against_it_is_told(task, ana, manager: Client) -> None:
    Shift.objects.create(staff=ana, date=TODAY, kind="LEAVE")

    answer = give(manager, task, ana)

    assert ("warning", "Ana is not on shift on Wed, 15 Jul 2026.") in told(answer)


def test_a_refusal_is_told_and_changes_nothing(task, ana, manager: Client) -> None:
    HousekeepingTask.objects.filter(pk=task.pk).update(status="DONE")

    answer = give(manager, task, ana)

    sentence = "Room 101: the task is done, nobody is given it any more."
    assert told(answer) == [("error", sentence)]
    task.refresh_from_db()
    assert task.assignee is None


@pytest.mark.parametrize("key", ["", "x", "-1", "0", "9" * 30, "٣"])
def test_a_choice_that_is_nobody_is_told(task, manager: Client, key: str) -> None:
    answer = give(manager, task, key)

    assert told(answer) == [("error", "Choose somebody of this hotel, or nobody.")]


def test_an_attendant_of_another_hotel_cannot_be_chosen(task, elsewhere, manager: Client) -> None:
    answer = give(manager, task, StaffFactory(hotel=elsewhere))

    assert told(answer) == [("error", "Choose somebody of this hotel, or nobody.")]


def test_somebody_who_only_sees_may_not_reassign(task, ana, viewer: Client) -> None:
    assert give(viewer, task, ana).status_code == 403
    task.refresh_from_db()
    assert task.assignee is None


def test_another_hotel_s_task_is_not_there(task, ana, outsider: Client) -> None:
    assert give(outsider, task, ana).status_code == 404


def test_a_task_with_an_impossible_key_is_not_there(manager: Client) -> None:
    path = reverse("hotels:assign-task", args=[10**30])

    assert manager.post(path, {"assignee": "nobody"}).status_code == 404


def test_whoever_is_not_logged_in_reassigns_nothing(task, ana, client: Client) -> None:
    assert give(client, task, ana).status_code == 302
    task.refresh_from_db()
    assert task.assignee is None


def test_a_task_is_not_given_by_a_link(task, manager: Client) -> None:
    assert manager.get(reverse("hotels:assign-task", args=[task.pk])).status_code == 405


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "", "nowhere", "?x"])
def test_one_comes_back_to_this_site_only(task, ana, manager: Client, page: str) -> None:
    assert give(manager, task, ana, next=page).url == BOARD


def test_htmx_gets_the_board_and_what_is_told_without_the_frame(task, ana, manager) -> None:
    asked = {"HX-Request": "true"}
    path = reverse("hotels:assign-task", args=[task.pk])

    answer = manager.post(path, {"assignee": ana.pk}, headers=asked, follow=True)

    words = answer.content.decode()
    assert 'id="board"' in words
    assert "Room 101 is Ana&#x27;s now." in words
    assert "<style" not in words
    assert "HX-Request" in answer.headers["Vary"]


# ---- lists, and how much is asked of the database ----


def test_a_list_has_an_attendant_s_open_tasks(hotel, ana, task, manager: Client) -> None:
    give(manager, task, ana)
    task_in(RoomFactory(hotel=hotel, number="Attic"), assignee=ana, status="DONE")

    words = text_of(manager.get(reverse("hotels:housekeeping-lists")))

    assert "101" in words
    assert "Attic" not in words


def test_a_day_without_given_tasks_has_no_lists(hotel, manager: Client) -> None:
    words = text_of(manager.get(reverse("hotels:housekeeping-lists")))

    assert "Nobody has an open task on this date." in words


@pytest.mark.parametrize("day", [TODAY, TOMORROW])
def test_a_large_hotel_takes_no_more_queries_than_a_small_one(queries_of, now, day) -> None:
    counts = []
    for rooms in (4, 40):
        hotel = busy_hotel(rooms)
        run(hotel, now)
        client = browser(MembershipFactory(hotel=hotel).user)
        counts.append(queries_of(lambda page=client: page.get(BOARD, {"date": day})))

    assert counts[0] == counts[1] <= 18


def test_a_task_given_to_another_is_recorded_once(task, ana, manager: Client) -> None:
    give(manager, task, ana)
    give(manager, task, ana)

    entry = AuditEntry.objects.get()
    assert (entry.username, entry.verb) == ("owner", "assign")
    assert entry.before["assignee"] is None
    assert entry.after["assignee"] == f"{ana} (#{ana.pk})"
