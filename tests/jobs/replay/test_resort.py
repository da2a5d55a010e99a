"""40,060 real bookings of a resort, imported and replayed, if their file is available.

The expected figures come from the publication of the data, from naive counting, and from tables
that were computed independently with pandas.
"""

import csv
import json
from collections import Counter
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import TestCase

from hotels.models import BookingNight, BookingRoom, RoomAvailability
from tests.naive_bookings import NO_REAL, REAL, SHARED, naive_rows, on_books, peak

FIRST = date(2016, 7, 1)
# Ninety days on SQLite, which needs half the time a day; a month on PostgreSQL.
LAST, NO_SHOWS = {
    "sqlite": (date(2016, 9, 28), 14),
    "postgresql": (date(2016, 7, 30), 5),
}[connection.vendor]

pytestmark = pytest.mark.skipif(not REAL.exists(), reason=NO_REAL)


def called(command: str, **options: Any) -> dict[str, Any]:
    """Return the JSON output of a command."""
    out = StringIO()
    call_command(command, REAL, json=True, stdout=out, **options)
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def table(name: str) -> list[dict[str, str]]:
    """Return a table from the folder of the real bookings."""
    with (SHARED / name).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
class TestTheEveningBefore(TestCase):
    """The bookings are imported once, with their status of 2016-06-30."""

    evening = date(2016, 6, 30)
    payload: dict[str, Any]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.payload = called("import_bookings", as_of=cls.evening.isoformat())

    def test_the_booked_nights_equal_an_independent_count(self) -> None:
        nights = BookingNight.objects.filter(
            booking_room__status__in=["CONFIRMED", "CHECKED_IN"],
            released=False,
            date__gt=self.evening,
        )
        until = date(2016, 9, 28)
        found = Counter(
            nights.filter(date__lte=until).values_list("booking_room__room_type__code", "date")
        )
        assert dict(found) == on_books(naive_rows(REAL), as_of=self.evening, until=until)
        assert (self.payload["rows"], self.payload["rejected"]) == (40_060, 0)
        odd = {each["kind"]: each["count"] for each in self.payload["oddities"]}
        assert odd == {
            "negative ADR": 1,
            "zero ADR": 751,
            "zero nights": 384,
            "zero guests": 13,
            "country missing": 464,
            "country in two letters": 710,
            "meal undefined": 1_169,
            "distribution channel undefined": 1,
            "agent NULL": 8_209,
            "company NULL": 36_952,
            "equal to an earlier line": 6_092,
            "check-out dated before arrival + nights": 21,
            "no-show dated on another day than the arrival": 1,
        }
        assert self.payload["rooms"] == peak(naive_rows(REAL))

    def test_availability_equals_the_independent_table_of_booked_nights(self) -> None:
        out = StringIO()
        as_of = "2016-07-01T03:30:00Z"
        call_command("recalc_availability", hotel=["resort-hotel"], as_of=as_of, stdout=out)

        rows = table("resort_on_books_90d_asof_2016-06-30.csv")
        expected = {
            (r["reserved_room_type"], date.fromisoformat(r["date"])): int(r["on_books"])
            for r in rows
        }
        written = RoomAvailability.objects.values_list("room_type__code", "date", "occupied_rooms")
        assert {(code, day): count for code, day, count in written} == expected


@pytest.mark.slow
@pytest.mark.django_db
def test_the_days_of_a_summer_equal_the_independent_tables() -> None:
    payload = called("replay_bookings", first=FIRST.isoformat(), last=LAST.isoformat())
    days = {day["date"]: day for day in payload["days"]}

    assert len(days) == (LAST - FIRST).days + 1
    assert payload["problems"] == []
    assert {day: row["noShows"] for day, row in days.items() if row["noShows"]} == {
        row["arrival_date"]: int(row["no_shows"])
        for row in table("resort_no_shows_by_arrival.csv")
        if row["arrival_date"] in days
    }
    assert payload["totals"]["noShows"] == NO_SHOWS
    for row in table("resort_departures_invoices.csv"):
        if (day := days.get(row["departure_date"])) is None:
            continue
        without = int(row["zero_amount"]) + int(row["negative_amount"])
        assert (day["amount"], day["invoices"], sum(day["skipped"].values())) == (
            row["amount_eur"],
            int(row["departures"]) - without,
            without,
        )
    for row in table("resort_housekeeping_90d_2016-07-01.csv"):
        if (day := days.get(row["date"])) is None:
            continue
        found = (day["departureTasks"], day["stayoverTasks"], day["arrivals"], day["inHouse"])
        columns = ("departures", "stayovers", "arrivals", "occupied_tonight")
        assert found == tuple(int(row[name]) for name in columns)
    _closed_nights_equal_the_guests_who_slept()
    _none_cancelled_on_arrival_day_is_a_no_show(FIRST, LAST)


def _closed_nights_equal_the_guests_who_slept() -> None:
    """From the second night on: the first run comes after the first night."""
    expected = {
        (row["reserved_room_type"], day): int(row["occupied"])
        for row in table("resort_occupancy_90d_2016-07-01.csv")
        if FIRST < (day := date.fromisoformat(row["date"])) <= LAST
    }
    rows = RoomAvailability.objects.filter(date__gt=FIRST, date__lte=LAST)
    found = rows.values_list("room_type__code", "date", "occupied_rooms")
    assert {(code, day): count for code, day, count in found} == expected


def _none_cancelled_on_arrival_day_is_a_no_show(first: date, last: date) -> None:
    rows = [
        f"L{row.line:06d}"
        for row in naive_rows(REAL)
        if row.status == "Canceled" and row.recorded == row.arrival and first <= row.arrival <= last
    ]
    stays = BookingRoom.objects.filter(booking__reference__in=rows)
    assert set(stays.values_list("status", flat=True)) == {"CANCELLED"}
    assert stays.count() == len(rows) > 0
