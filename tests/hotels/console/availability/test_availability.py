"""The availability calendar: figures by night and room type, overbooked nights, and the CSV."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse

from hotels.action_items import action_items
from hotels.availability import recalculate
from hotels.console.availability.calendar import read_calendar
from hotels.models import Hotel, Room, RoomAvailability, RoomBlock, RoomType
from hotels.roles import Access
from tests.factories import HotelFactory, MembershipFactory, RoomFactory, RoomTypeFactory, stay
from tests.hotels.console.conftest import browser
from tests.hotels.console.reading import text_of
from tests.jobs.services.housekeeping import TODAY

EVERYWHERE = Access(everywhere=True, roles={})
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning")]
PAGE = reverse("hotels:availability")
FILE = reverse("hotels:availability-file")


@pytest.fixture
def double(hotel: Hotel) -> RoomType:
    return RoomTypeFactory(hotel=hotel, code="DBL")


@pytest.fixture
def rooms(hotel: Hotel, double: RoomType) -> list[Room]:
    """Two rooms of that type."""
    return RoomFactory.create_batch(2, hotel=hotel, room_type=double)


def count(hotel: Hotel, now: datetime) -> None:
    with transaction.atomic():
        recalculate(hotel=hotel, now=now)


def row_of(kind: RoomType, day: date, **fields: object) -> RoomAvailability:
    values = {
        "total_rooms": 10,
        "available_rooms": 10,
        "updated_at": datetime(2026, 7, 1, tzinfo=UTC),
    }
    return RoomAvailability.objects.create(
        hotel=kind.hotel, room_type=kind, date=day, **values | fields
    )


def test_a_cell_shows_available_rooms_and_occupancy(hotel, rooms, now, manager: Client) -> None:
    stay(hotel, arrival=TODAY, nights_count=1, room=rooms[0])
    count(hotel, now)

    row = manager.get(PAGE).context["calendar"].rows[0]

    assert [(cell.available, cell.heat, cell.overbooked_by) for cell in row.cells[:2]] == [
        (1, 5, 0),
        (2, 0, 0),
    ]


def test_ninety_nights_are_shown_from_the_business_date_on(
    hotel, rooms, now, manager: Client
) -> None:
    with time_machine.travel(datetime(2026, 7, 15, 1, 0, tzinfo=UTC), tick=False):  # 02:00 there
        columns = manager.get(PAGE).context["calendar"].columns

    assert columns[0].day == TODAY - timedelta(days=1)
    assert columns[0].today
    assert len(columns) == 90


@pytest.mark.parametrize(
    ("rate", "heat"),
    [("0", 0), ("4.99", 0), ("5", 1), ("50", 5), ("94.99", 9), ("95", 10), ("100", 10)],
)
def test_heat_is_the_occupancy_in_tenths(hotel, double, now, rate: str, heat: int) -> None:
    row_of(double, TODAY, occupancy_rate=Decimal(rate))

    calendar = read_calendar(hotel=hotel, first=TODAY, now=now)

    assert calendar.rows[0].cells[0].heat == heat


def test_an_overbooked_night_shows_by_how_many_rooms(hotel, rooms, now, manager: Client) -> None:
    for _ in range(4):
        stay(hotel, arrival=TODAY, nights_count=1, room_type=rooms[0].room_type)
    count(hotel, now)

    answer = manager.get(PAGE)

    sold = "DBL, Wed, 15 Jul 2026: 0 available, 4 of 2 sold, 0 out of order, overbooked by 2"
    assert f'<td class="over" title="{sold}">' in answer.content.decode()
    assert "DBL Double ▲ +2 overbooked by 2 2 2" in text_of(answer)


def test_a_cell_counts_rooms_out_of_order(hotel, rooms, now, manager: Client) -> None:
    RoomBlock.objects.create(
        room=rooms[0],
        kind="OUT_OF_ORDER",
        start_date=TODAY,
        end_date=TODAY + timedelta(days=1),
    )
    count(hotel, now)

    cell = manager.get(PAGE).context["calendar"].rows[0].cells[0]

    assert cell.summary == "DBL, Wed, 15 Jul 2026: 1 available, 0 of 2 sold, 1 out of order"


@pytest.mark.parametrize(("basis", "rate"), [("TOTAL", "40.00"), ("SELLABLE", "50.00")])
def test_the_total_uses_the_occupancy_basis_of_the_hotel(hotel, double, now, basis, rate) -> None:
    hotel.occupancy_basis = basis
    single = RoomTypeFactory(hotel=hotel, code="SGL")
    row_of(double, TODAY, total_rooms=6, out_of_order=2, occupied_rooms=4, available_rooms=0)
    row_of(single, TODAY, total_rooms=4, available_rooms=4)

    totals = read_calendar(hotel=hotel, first=TODAY, now=now).totals

    assert (totals[0].rate, totals[0].available) == (Decimal(rate), 4)
    assert totals[1] is None


def test_past_nights_are_shown_by_date(hotel, double, manager: Client) -> None:
    row_of(double, date(2026, 3, 1), available_rooms=3)

    calendar = manager.get(PAGE, {"from": "2026-03-01"}).context["calendar"]

    assert calendar.rows[0].cells[0].available == 3
    assert [(day, nights) for day, nights in calendar.months] == [
        (date(2026, 3, 1), 31),
        (date(2026, 4, 1), 30),
        (date(2026, 5, 1), 29),
    ]


def test_an_inactive_room_type_keeps_its_history(hotel, double, now) -> None:
    row_of(double, TODAY)
    RoomTypeFactory(hotel=hotel, active=False)
    RoomType.objects.filter(pk=double.pk).update(active=False)

    rows = read_calendar(hotel=hotel, first=TODAY, now=now).rows

    assert [row.room_type for row in rows] == [double]


def test_the_last_change_is_shown_in_the_hotels_time_zone(
    hotel, rooms, now, manager: Client
) -> None:
    count(hotel, now)

    assert "Figures last changed: 15 Jul 2026, 07:00 (Lisbon time)" in text_of(manager.get(PAGE))


# ---- empty pages ----


def test_nights_without_figures_say_when_they_are_calculated(hotel, rooms, manager: Client) -> None:
    words = text_of(manager.get(PAGE))

    assert "No figures for these nights yet. Availability is calculated daily" in words


def test_a_hotel_without_room_types_shows_a_message(hotel, manager: Client) -> None:
    assert "This hotel has no room types yet." in text_of(manager.get(PAGE))


def test_a_user_without_an_active_hotel_sees_a_message(hotel, manager: Client) -> None:
    Hotel.objects.update(active=False)

    assert "You have no active hotel." in text_of(manager.get(PAGE))
    assert manager.get(FILE).status_code == 404


# ---- overbooked nights ----


def test_an_overbooked_night_lists_the_stays_of_its_room_type(
    hotel, rooms, now, manager: Client
) -> None:
    overbooked = [
        stay(hotel, arrival=TODAY, nights_count=1, room_type=rooms[0].room_type) for _ in range(3)
    ]
    stay(hotel, arrival=TODAY, nights_count=1)
    stay(hotel, arrival=TODAY, nights_count=1, room_type=rooms[0].room_type, status="CANCELLED")
    count(hotel, now)

    found = manager.get(PAGE).context["overbookings"]

    assert (found[0].night.room_type.code, found[0].night.by) == ("DBL", 1)
    assert {one.pk for one in found[0].stays} == {one.pk for one in overbooked}


def test_the_latest_bookings_are_listed_first(hotel, rooms, now, manager: Client) -> None:
    late, early, middle = (
        stay(hotel, arrival=TODAY, nights_count=1, room_type=rooms[0].room_type) for _ in range(3)
    )
    for booked, day in ((early, 1), (middle, 2), (late, 3)):
        booked.booking.booked_at = datetime(2026, 6, day, tzinfo=UTC)
        booked.booking.save()
    count(hotel, now)

    stays = manager.get(PAGE).context["overbookings"][0].stays

    assert list(stays) == [late, middle, early]


def test_an_overstaying_guest_is_listed_tonight(hotel, rooms, now, manager: Client) -> None:
    late = stay(
        hotel,
        arrival=TODAY - timedelta(days=2),
        nights_count=1,
        room=rooms[0],
        status="CHECKED_IN",
    )
    for _ in range(2):
        stay(hotel, arrival=TODAY, nights_count=1, room_type=rooms[0].room_type)
    count(hotel, now)

    assert late in manager.get(PAGE).context["overbookings"][0].stays


def test_the_listed_stays_and_nights_are_limited(hotel, rooms, now, manager: Client) -> None:
    for _ in range(14):
        stay(hotel, arrival=TODAY, nights_count=30, room_type=rooms[0].room_type)
    count(hotel, now)

    answer = manager.get(PAGE)

    assert len(answer.context["overbookings"]) == 20
    assert {(len(each.stays), each.more) for each in answer.context["overbookings"]} == {(10, True)}
    assert "10 more overbooked nights are not listed." in text_of(answer)


# ---- CSV ----


def test_the_csv_has_a_line_for_each_row(hotel, rooms, now, manager: Client) -> None:
    stay(hotel, arrival=TODAY, nights_count=1, room=rooms[0])
    count(hotel, now)

    answer = manager.get(FILE)

    lines = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert len(lines) == 90
    assert lines[0] == {
        "hotel": hotel.code,
        "room_type": "DBL",
        "name": "Double",
        "date": "2026-07-15",
        "total_rooms": "2",
        "out_of_order": "0",
        "occupied_rooms": "1",
        "available_rooms": "1",
        "overbooked_by": "0",
        "occupancy_rate": "50.00",
    }
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="availability-{hotel.code}-2026-07-15.csv"'
    )


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_names_that_look_like_formulas_are_escaped(
    hotel, double, manager: Client, name: str
) -> None:
    RoomType.objects.filter(pk=double.pk).update(name=name)
    row_of(double, TODAY)

    lines = list(csv.DictReader(io.StringIO(manager.get(FILE).getvalue().decode())))

    assert lines[0]["name"] == f"'{name}"


# ---- access and queries ----


@pytest.mark.parametrize("path", [PAGE, FILE])
def test_every_member_may_read_it(hotel, double, viewer: Client, path: str) -> None:
    row_of(double, TODAY)

    assert viewer.get(path).status_code == 200


@pytest.mark.parametrize("path", [PAGE, FILE])
def test_an_anonymous_user_is_sent_to_the_login(hotel, client: Client, path: str) -> None:
    answer = client.get(path)

    assert answer.status_code == 302
    assert "login" in answer.url


@pytest.mark.parametrize("path", [PAGE, FILE])
def test_another_hotels_nights_are_not_found(hotel, outsider: Client, path: str) -> None:
    assert outsider.get(path, {"hotel": hotel.code}).status_code == 404


def test_a_large_hotel_takes_no_more_queries_than_a_small_one(queries_of, now) -> None:
    counts = []
    for types in (1, 6):
        hotel = HotelFactory()
        for kind in RoomTypeFactory.create_batch(types, hotel=hotel):
            for _ in range(types + 1):
                stay(hotel, arrival=TODAY, nights_count=types, room_type=kind)
        count(hotel, now)
        client = browser(MembershipFactory(hotel=hotel).user)
        counts.append(queries_of(lambda page=client: page.get(PAGE)))

    assert counts[0] == counts[1] <= 11


def test_home_and_calendar_show_tonight_until_the_day_closes(hotel, double: RoomType) -> None:
    tonight = date(2026, 7, 15)
    row_of(double, tonight, available_rooms=0, overbooked_by=1)
    half_past_one, half_past_three = (
        datetime(2026, 7, 16, hour, 30, tzinfo=hotel.zone) for hour in (1, 3)
    )

    (item,) = action_items(hotels=[hotel], access=EVERYWHERE, now=half_past_one)

    assert read_calendar(hotel=hotel, first=tonight, now=half_past_one).overbooked
    assert "15 Jul" in item.text
    assert action_items(hotels=[hotel], access=EVERYWHERE, now=half_past_three) == []
