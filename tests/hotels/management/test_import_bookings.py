"""`import_bookings` with the sample file; tests/jobs/replay/test_resort.py uses real bookings."""

import json
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from hotels import models
from hotels.importing.hotel import REPLACED_TABLES
from hotels.models import BookingNight, BookingRoom, Folio, FolioLine, Hotel, Payment, Room
from tests.factories import HotelFactory, stay
from tests.naive_bookings import SAMPLE, naive_rows, on_books, peak

EVENING = date(2024, 3, 31)
pytestmark = pytest.mark.django_db


def load(path: Path = SAMPLE, *, as_of: date | None = EVENING, **options: Any) -> dict[str, Any]:
    """Import and return the output of `--json`."""
    out = StringIO()
    given = {"as_of": as_of.isoformat()} if as_of else {}
    call_command("import_bookings", path, json=True, stdout=out, **given, **options)
    return json.loads(out.getvalue())


def refusal(path: Path = SAMPLE, **options: Any) -> str:
    """Return the error of an import that exits with code 2."""
    with pytest.raises(CommandError) as refused:
        call_command("import_bookings", path, stdout=StringIO(), **options)
    assert refused.value.returncode == 2
    return str(refused.value)


def of_line(line: int) -> BookingRoom:
    return BookingRoom.objects.select_related("folio", "booking__guest").get(
        booking__reference=f"L{line:06d}"
    )


def sold() -> dict[tuple[str, date], int]:
    """Number of future nights sold, by room type and date."""
    nights = BookingNight.objects.filter(
        booking_room__status__in=["CONFIRMED", "CHECKED_IN"], released=False, date__gt=EVENING
    )
    return dict(Counter(nights.values_list("booking_room__room_type__code", "date")))


def test_the_nights_sold_are_those_of_the_bookings_that_evening() -> None:
    load()

    assert sold() == on_books(naive_rows(SAMPLE), as_of=EVENING, until=date(2024, 12, 31))


def test_only_bookings_made_by_that_day_are_loaded() -> None:
    payload = load()

    made = [row.line for row in naive_rows(SAMPLE) if row.made <= EVENING]
    references = models.Booking.objects.order_by("reference").values_list("reference", flat=True)
    assert list(references) == [f"L{line:06d}" for line in made]
    assert (payload["rows"], payload["accepted"], payload["rejected"]) == (87, 86, 1)
    assert (payload["loaded"], payload["notYetMade"]) == (len(made), 86 - len(made))


def test_a_room_type_has_as_many_rooms_as_were_occupied_at_the_peak() -> None:
    payload = load()

    assert payload["rooms"] == peak(naive_rows(SAMPLE))
    assert Counter(Room.objects.values_list("room_type__code", flat=True)) == Counter(
        payload["rooms"]
    )


def test_without_a_day_every_booking_has_its_outcome() -> None:
    payload = load(as_of=None)

    rows = naive_rows(SAMPLE)
    last = max(max(row.departure, row.recorded) for row in rows)
    assert payload["asOf"] == (last + timedelta(days=1)).isoformat()
    assert set(payload["statuses"]) == {"cancelled", "checked out", "no-show"}


def test_before_the_first_booking_nothing_is_loaded() -> None:
    payload = load(as_of=date(2000, 1, 1))

    assert (payload["loaded"], payload["statuses"]) == (0, {})
    assert Room.objects.exists()


def test_every_stay_has_a_room_of_its_type_for_all_its_nights() -> None:
    load(as_of=None)

    stays = BookingRoom.objects.filter(status="CHECKED_OUT").select_related("room")
    assert all(stay.room is not None for stay in stays)
    assert all(stay.room and stay.room.room_type_id == stay.room_type_id for stay in stays)
    live = BookingNight.objects.filter(booking_room__in=stays, released=False)
    assert not live.filter(room=None).exists()


def test_a_future_guest_has_no_room_yet() -> None:
    load()

    assert not BookingRoom.objects.filter(status="CONFIRMED").exclude(room=None).exists()


def test_a_checked_out_stay_is_charged_night_by_night_and_paid() -> None:
    load(as_of=None)
    group = of_line(69)

    lines = list(FolioLine.objects.filter(folio=group.folio).order_by("business_date"))
    assert [(line.business_date.day, line.gross) for line in lines] == [
        (28, Decimal("66.66")),
        (29, Decimal("66.66")),
        (30, Decimal("66.66")),
    ]
    assert [line.phrase["values"] for line in lines] == [
        {"night": "2024-03-28"},
        {"night": "2024-03-29"},
        {"night": "2024-03-30"},
    ]
    assert group.folio is not None
    assert group.folio.status == Folio.Status.COMPLETED
    assert group.folio.completed_at == datetime(2024, 3, 31, 10, 0, tzinfo=UTC)  # 11:00 in Lisbon
    assert [(p.status, p.amount) for p in group.folio.payments.all()] == [
        ("SUCCEEDED", Decimal("199.98"))
    ]


def test_a_total_of_zero_or_less_has_no_payment() -> None:
    load(as_of=None)

    for line in (73, 80):
        folio = of_line(line).folio
        assert folio is not None
        assert folio.status == Folio.Status.COMPLETED
        assert not folio.payments.exists()


def test_an_early_check_out_releases_the_later_nights_but_all_are_charged() -> None:
    load(as_of=date(2024, 3, 28))
    left_early = of_line(77)

    nights = left_early.nights.order_by("date")
    assert left_early.status == "CHECKED_OUT"
    assert [night.date.day for night in nights if not night.released] == [25, 26, 27]
    assert sum(line.gross for line in left_early.folio_lines.all()) == 9 * Decimal("45.05")
    assert max(line.business_date for line in left_early.folio_lines.all()) == date(2024, 3, 28)


def test_a_non_refundable_deposit_is_paid_when_the_booking_is_made() -> None:
    load(as_of=date(2024, 3, 20))
    (deposit,) = Payment.objects.filter(folio=of_line(78).folio)

    assert (deposit.status, deposit.is_deposit, deposit.amount) == ("SUCCEEDED", True, 270)
    assert deposit.received_at == of_line(78).booking.booked_at


def test_a_refundable_deposit_is_only_authorised_before_the_stay() -> None:
    load(as_of=date(2024, 3, 29))
    (deposit,) = Payment.objects.filter(folio=of_line(79).folio)

    assert (deposit.status, deposit.amount) == ("AUTHORIZED", Decimal("177.6"))


def test_the_folio_of_an_ended_booking_is_void_unless_it_has_a_deposit() -> None:
    load(as_of=None)

    void, waiting = of_line(66).folio, of_line(78).folio
    assert void is not None
    assert waiting is not None
    assert (void.status, waiting.status) == (Folio.Status.VOID, Folio.Status.OPEN)


def test_the_nights_of_cancelled_bookings_and_no_shows_are_released() -> None:
    load(as_of=None)

    ended = BookingNight.objects.filter(booking_room__status__in=["CANCELLED", "NO_SHOW"])
    assert ended.exists()
    assert not ended.filter(released=False).exists()


def test_every_booking_has_the_same_guaranteed_policy_of_one_night() -> None:
    load()

    terms = {json.dumps(t) for t in BookingRoom.objects.values_list("no_show_terms", flat=True)}
    (only,) = [json.loads(each) for each in terms]
    assert (only["guaranteed"], only["penaltyType"], only["penaltyValue"]) == (True, "NIGHTS", "1")


def test_every_booking_has_a_guest_with_a_country() -> None:
    load()

    guest = of_line(82).booking.guest
    assert (guest.name, guest.country) == ("Guest 000082", "CHN")


def test_the_hotel_is_a_sandbox_with_the_time_zone_and_currency_given() -> None:
    load(timezone="Asia/Tokyo", currency="JPY")

    hotel = Hotel.objects.get()
    assert (hotel.code, hotel.name, hotel.is_sandbox) == ("sample-inn", "Sample Inn", True)
    assert (hotel.timezone, hotel.currency) == ("Asia/Tokyo", "JPY")
    assert set(BookingNight.objects.filter(price__gt=95, price__lt=97).values_list("price")) == {
        (Decimal(96),)  # 95.5 in yen, half up
    }


def test_importing_again_with_another_time_zone_moves_the_hotel() -> None:
    load(timezone="Europe/Madrid")

    load(timezone="Asia/Tokyo")

    assert Hotel.objects.get().timezone == "Asia/Tokyo"


def test_a_refused_currency_does_not_move_the_hotel() -> None:
    load(timezone="Europe/Madrid")

    with pytest.raises(CommandError):
        load(timezone="Asia/Tokyo", currency="XYZ")

    assert Hotel.objects.get().timezone == "Europe/Madrid"


def test_importing_again_replaces_the_bookings_and_keeps_hotel_and_time_zone() -> None:
    load(timezone="Europe/Madrid")
    hotel = Hotel.objects.get()
    before = sold()

    load(as_of=date(2024, 3, 1))
    load()

    assert sold() == before
    assert Hotel.objects.get().pk == hotel.pk
    assert Hotel.objects.get().timezone == "Europe/Madrid"


def test_a_real_hotel_of_the_same_name_is_not_changed() -> None:
    hotel = HotelFactory(code="sample-inn", name="Sample Inn")
    kept = stay(hotel, arrival=date(2024, 4, 1))

    assert "is not a sandbox" in refusal()
    assert list(BookingRoom.objects.all()) == [kept]


def test_other_hotels_keep_their_bookings() -> None:
    kept = stay(HotelFactory(), arrival=date(2024, 4, 1))
    load()

    load()

    assert BookingRoom.objects.filter(pk=kept.pk).exists()


def test_every_table_of_a_hotel_is_either_replaced_or_kept() -> None:
    stays = {
        "ApiToken",
        "AttemptCount",
        "AuditEntry",
        "ChainHead",
        "ChatChannel",
        "DeliveryAttempt",
        "Destination",
        "EmailLook",
        "EmailTemplate",
        "Event",
        "Hotel",
        "HotelGroup",
        "Invitation",
        "KeptAnswer",
        "Membership",
        "Message",
        "PushKey",
        "Seal",
        "StaffMember",
        "SuppressedAddress",
        "UserSession",
        "Shift",
        "Equipment",
        "MaintenancePause",
        "MaintenancePlan",
        "WebhookEndpoint",
        "WorkOrder",
    }

    known = {model.__name__ for model in REPLACED_TABLES} | stays
    assert {model.__name__ for model in apps.get_app_config("hotels").get_models()} == known


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"as_of": ""}, "--as-of: '' is not a date such as 2016-06-30."),
        ({"as_of": "30.06.2016"}, "--as-of: '30.06.2016' is not a date such as 2016-06-30."),
        ({"timezone": "Lisbon"}, "'Lisbon' is not an IANA time zone"),
        ({"currency": "EURO"}, "'EURO' is not an ISO 4217 currency code"),
        ({"hotel": "Ritz"}, "The file does not contain the hotel 'Ritz'"),
    ],
)
def test_a_wrong_option_is_reported_with_exit_code_2(options: dict[str, str], message: str) -> None:
    assert message in refusal(**options)
    assert not Hotel.objects.exists()


def test_a_malformed_last_line_changes_nothing(tmp_path: Path) -> None:
    load()
    before = sold()
    path = tmp_path / "bookings.csv"
    path.write_text(SAMPLE.read_text() + "Sample Inn,0\n")

    assert refusal(path).startswith("Line 89: 2 fields")
    assert sold() == before


def test_the_number_of_data_issues_is_printed() -> None:
    out = StringIO()
    call_command("import_bookings", SAMPLE, as_of="2024-03-31", stdout=out)

    text = out.getvalue()
    assert "Sample Inn: 87 bookings in the file, 86 accepted, 1 rejected." in text
    assert re.search(r"negative ADR\s+│\s+1 │ accepted: kept.*│ 80 ", text)
    assert re.search(r"no reserved room type\s+│\s+1 │ REJECTED: .*│ 86 ", text)


def test_every_rejected_line_is_listed(tmp_path: Path) -> None:
    header, *rows = SAMPLE.read_text().splitlines()
    column = header.split(",").index("reserved_room_type")
    cells = [row.split(",") for row in rows[:8]]
    without = [",".join([*row[:column], "NULL", *row[column + 1 :]]) for row in cells]
    path = tmp_path / "bookings.csv"
    path.write_text("\n".join([header, *rows, *without]))
    out = StringIO()
    call_command("import_bookings", path, stdout=out)

    row = next(line for line in out.getvalue().splitlines() if "REJECTED" in line)
    assert row.split("│")[-2].strip() == "86, 89, 90, 91, 92, 93, 94, 95, 96"


def test_the_number_of_queries_does_not_grow_with_the_number_of_bookings(queries_of: Any) -> None:
    few = queries_of(lambda: load(as_of=date(2024, 2, 25)))
    many = queries_of(lambda: load(as_of=None))

    assert many <= few + 4  # payments and lines, where there were none
