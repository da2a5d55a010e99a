"""`replay_bookings` with the sample file; test_resort.py uses real bookings."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import TestCase

from hotels.importing.day_events import EventResult
from hotels.models import (
    BookingNight,
    BookingRoom,
    Hotel,
    Invoice,
    NoShowRecord,
    Payment,
    Room,
    RoomAvailability,
)
from jobs.models import JobExecution
from tests.naive_bookings import (
    SAMPLE,
    Naive,
    day_by_day,
    naive_rows,
    on_books,
    slept,
)

FIRST, LAST = date(2024, 3, 26), date(2024, 4, 9)
pytestmark = pytest.mark.django_db


def replay(path: Path = SAMPLE, *, first: date = FIRST, last: date = LAST) -> dict[str, Any]:
    """Replay and return the JSON output."""
    out = StringIO()
    days = {"first": first.isoformat(), "last": last.isoformat()}
    call_command("replay_bookings", path, **days, json=True, stdout=out)
    return json.loads(out.getvalue())


def refusal(path: Path = SAMPLE, **days: str) -> str:
    """Return the error message of a replay that ends with exit code 2."""
    given = {"first": FIRST.isoformat(), "last": LAST.isoformat()} | days
    with pytest.raises(CommandError) as refused:
        call_command("replay_bookings", path, **given, stdout=StringIO())
    assert refused.value.returncode == 2
    return str(refused.value)


def shown(payload: dict[str, Any], rows: list[Naive]) -> Iterator[tuple[Any, Any]]:
    """Yield for each day the replayed figures and an independent count."""
    for day in payload["days"]:
        expected = day_by_day(rows, date.fromisoformat(day["date"]))
        found = {name: day.get(name) for name in expected}
        found["notInvoiced"] = sum(day["skipped"].values())
        yield (day["date"], found), (day["date"], expected)


class TestTheSample(TestCase):
    """The sample is replayed once; every test checks a part of the result."""

    payload: dict[str, Any]

    @classmethod
    def setUpTestData(cls) -> None:
        cls.payload = replay()

    def test_every_day_equals_an_independent_count(self) -> None:
        assert self.payload["problems"] == []
        assert len(self.payload["days"]) == (LAST - FIRST).days + 1
        for found, expected in shown(self.payload, naive_rows(SAMPLE)):
            assert found == expected

    def test_the_totals_are_the_sums_of_the_days(self) -> None:
        totals, days = self.payload["totals"], self.payload["days"]

        for name in ("departures", "arrivals", "cancellations", "noShows", "invoices", "inHouse"):
            assert totals[name] == sum(day[name] for day in days)
        assert totals["amount"] == f"{sum(float(day['amount']) for day in days):.2f}"

    def test_a_cancelled_booking_is_never_a_no_show_even_if_cancelled_on_the_arrival_day(
        self,
    ) -> None:
        cancelled = [f"L{row.line:06d}" for row in naive_rows(SAMPLE) if row.status == "Canceled"]
        on_the_day = [
            r for r in naive_rows(SAMPLE) if r.status == "Canceled" and r.recorded == r.arrival
        ]
        assert any(FIRST <= row.arrival <= LAST for row in on_the_day)
        records = NoShowRecord.objects.filter(booking_room__booking__reference__in=cancelled)
        assert not records.exists()

    def test_a_no_show_without_nights_is_recorded_without_a_fee(self) -> None:
        record = NoShowRecord.objects.get(booking_room__booking__reference="L000075")
        assert (record.outcome, record.fee_amount) == (NoShowRecord.Outcome.APPLIED, 0)

    def test_stays_of_zero_or_negative_total_are_skipped_with_their_reason(self) -> None:
        by_day = {day["date"]: day["skipped"] for day in self.payload["days"]}
        assert any("negative" in reason for reason in by_day["2024-04-05"])
        assert any("zero" in reason for reason in by_day["2024-03-28"])

    def test_day_use_has_no_nights_and_its_room_is_cleaned(self) -> None:
        stay = BookingRoom.objects.get(booking__reference="L000074")
        assert stay.status == "CHECKED_OUT"
        assert stay.room is not None
        assert not BookingNight.objects.filter(booking_room=stay).exists()
        assert not Room.objects.filter(cleanliness="DIRTY").exists()

    def test_a_guest_keeps_one_room_of_the_type_booked(self) -> None:
        came = BookingRoom.objects.filter(status__in=["CHECKED_IN", "CHECKED_OUT"])
        for stay in came.select_related("room").prefetch_related("nights"):
            assert stay.room is not None
            assert stay.room.room_type_id == stay.room_type_id
            assert {night.room_id for night in stay.nights.all()} <= {stay.room_id}

    def test_an_authorised_deposit_is_captured_at_check_out(self) -> None:
        payments = Payment.objects.filter(folio__booking_rooms__status="CHECKED_OUT")
        assert payments.filter(is_deposit=True).exists()
        assert not payments.exclude(status="SUCCEEDED").exists()

    def test_every_invoice_of_a_stay_is_paid(self) -> None:
        stays = Invoice.objects.filter(folio__booking_rooms__status="CHECKED_OUT")
        assert set(stays.values_list("payment_status", flat=True)) == {"PAID"}

    def test_availability_of_each_closed_night_equals_the_guests_who_slept(self) -> None:
        """The first run comes after the first night; each later night is open, then closed."""
        first = FIRST + timedelta(days=1)

        closed = occupied(date__range=(first, LAST))

        assert closed == slept(naive_rows(SAMPLE), first=first, last=LAST)

    def test_a_second_replay_gives_the_same_figures(self) -> None:
        assert replay() == self.payload


def test_the_jobs_run_at_hotel_local_hours() -> None:
    replay(first=FIRST, last=FIRST)

    local = [
        (run.job_name, run.as_of.astimezone(Hotel.objects.get().zone).hour)
        for run in JobExecution.objects.order_by("pk")
    ]
    checks = [("check-no-shows", hour) for hour in (6, 8, 10, 12, 14, 16, 18, 20, 22, 0, 2, 4)]
    assert local == [
        ("daily-housekeeping", 6),
        *checks,
        ("recalc-availability", 4),
        ("generate-invoices", 4),
    ]


def test_bookings_that_ended_before_the_first_day_are_not_loaded() -> None:
    replay(first=LAST, last=LAST)

    over = {
        f"L{row.line:06d}"
        for row in naive_rows(SAMPLE)
        if row.departure < LAST and row.status == "Check-Out"
    }
    assert not BookingRoom.objects.filter(booking__reference__in=over).exists()


def test_the_table_has_a_row_for_each_day_and_a_total() -> None:
    out = StringIO()
    last = FIRST + timedelta(days=2)
    days = {"first": FIRST.isoformat(), "last": last.isoformat()}
    call_command("replay_bookings", SAMPLE, **days, stdout=out)

    lines = out.getvalue().splitlines()
    dates = [(FIRST + timedelta(days=n)).isoformat() for n in range(3)]
    assert [line.split()[0].strip("│") for line in lines if "2024-" in line] == dates
    assert any("Total" in line for line in lines)


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ({"first": "tomorrow"}, "--from: 'tomorrow' is not a date such as 2016-06-30."),
        ({"last": "2024-04-31"}, "--to: '2024-04-31' is not a date such as 2016-06-30."),
        ({"last": "2024-03-01"}, "--to 2024-03-01 is before --from 2024-03-26."),
        ({"first": "2023-01-01"}, "The file covers 2024-03-20 to "),
        ({"last": "2030-01-01"}, "not 2024-03-26 to 2030-01-01."),
    ],
)
def test_wrong_days_are_refused_with_exit_code_2(days: dict[str, str], message: str) -> None:
    assert message in refusal(**days)
    assert not Hotel.objects.exists()


def test_a_problem_during_the_replay_gives_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "hotels.importing.day_events.depart", lambda **_: EventResult(count=0, missed=("L000001",))
    )
    out, err = StringIO(), StringIO()

    with pytest.raises(CommandError) as failed:
        call_command(
            "replay_bookings",
            SAMPLE,
            first=FIRST.isoformat(),
            last=FIRST.isoformat(),
            json=True,
            stdout=out,
            stderr=err,
        )

    assert failed.value.returncode == 1
    assert "2024-03-26 L000001: should check out but is not in house" in err.getvalue()
    assert json.loads(out.getvalue())["problems"]


def test_a_failed_job_gives_exit_code_1(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: Any) -> None:
        raise RuntimeError("no stock today")

    monkeypatch.setattr("hotels.availability.recalculate", broken)

    with pytest.raises(CommandError) as failed:
        replay(last=FIRST)

    assert failed.value.returncode == 1
    failures = JobExecution.objects.filter(job_name="recalc-availability", status="FAILED")
    assert failures.exists()


def test_availability_after_day_close_equals_the_imported_bookings() -> None:
    evening = date(2024, 3, 31)
    call_command("import_bookings", SAMPLE, as_of="2024-03-31", stdout=StringIO())

    recalc("sample-inn", "2024-04-01T03:30:00Z")

    until = evening + timedelta(days=90)
    assert occupied() == on_books(naive_rows(SAMPLE), as_of=evening, until=until)


def test_a_loaded_file_starts_without_a_calculated_night() -> None:
    replay(last=FIRST)
    assert Hotel.objects.get().last_availability_date == FIRST + timedelta(days=1)

    call_command("import_bookings", SAMPLE, as_of="2024-03-22", stdout=StringIO())

    assert Hotel.objects.get().last_availability_date is None


def recalc(hotel: str, as_of: str) -> None:
    call_command("recalc_availability", hotel=[hotel], as_of=as_of, stdout=StringIO())


def occupied(**lookups: Any) -> dict[tuple[str, date], int]:
    found = RoomAvailability.objects.filter(**lookups)
    rows = found.values_list("room_type__code", "date", "occupied_rooms")
    return {(code, day): count for code, day, count in rows if count}
