"""Formats of amounts, percentages, dates and times in the three languages of the pages."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from hotels import formats

pytestmark = pytest.mark.once

MORNING = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "1,412.00\u00a0EUR"),
        ("de", "1.412,00\u00a0EUR"),
        ("pt", "1\u00a0412,00\u00a0EUR"),
    ],
)
def test_an_amount_follows_the_language_and_ends_in_its_currency_code(
    language: str, expected: str
) -> None:
    with translation.override(language):
        assert formats.amount(Decimal(1412), currency="EUR") == expected


def test_an_amount_has_the_decimals_of_its_currency() -> None:
    assert formats.amount(Decimal("1412.4"), currency="JPY") == "1,412\u00a0JPY"
    assert formats.amount(Decimal("1.5"), currency="KWD") == "1.500\u00a0KWD"


def test_a_zero_amount_has_no_minus_sign() -> None:
    assert formats.amount(Decimal("-0.00"), currency="EUR") == "0.00\u00a0EUR"


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "97.5\u00a0%"), ("de", "97,5\u00a0%"), ("pt", "97,5\u00a0%")],
)
def test_a_percentage_has_a_space_before_its_sign(language: str, expected: str) -> None:
    with translation.override(language):
        assert formats.percent(97.5) == expected


@pytest.mark.parametrize(("digits", "expected"), [(0, "7"), (1, "6.9"), (2, "6.88")])
def test_a_percentage_is_rounded_to_the_digits_asked_for(digits: int, expected: str) -> None:
    assert formats.percent(Decimal("6.88"), digits=digits) == f"{expected}\u00a0%"


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "Tokyo time"), ("de", "Ortszeit Tokio"), ("pt", "hora de Tóquio")],
)
def test_a_time_zone_is_named_by_its_city(language: str, expected: str) -> None:
    with translation.override(language):
        assert formats.zone_name(TOKYO) == expected


def test_stored_texts_are_in_english_whatever_the_language() -> None:
    with translation.override("de"):
        assert formats.percent_in_english(6.88) == "6.9 %"
        assert formats.date_in_english(MORNING.date()) == "15 Jul 2026"
        assert formats.instant_in_english(MORNING, zone=TOKYO) == "15 Jul 2026, 15:00 (Tokyo time)"


@pytest.mark.parametrize(
    ("zone", "named"),
    [
        ("America/Argentina/Buenos_Aires", "Buenos Aires time"),
        ("America/New_York", "New York time"),
        ("UTC", "UTC"),
        ("Etc/GMT+5", "GMT+5"),
    ],
)
def test_a_stored_time_names_its_zone(zone: str, named: str) -> None:
    assert formats.instant_in_english(MORNING, zone=ZoneInfo(zone)).endswith(f" ({named})")


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "15 Jul 2026, 15:00"),
        ("de", "15.07.2026, 15:00"),
        ("pt", "15/07/2026, 15:00"),
    ],
)
def test_an_instant_is_shown_in_local_time(language: str, expected: str) -> None:
    with translation.override(language):
        assert formats.format_instant(MORNING, zone=TOKYO) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("July 2026", "Wed")),
        ("de", ("Juli 2026", "Mi")),
        ("pt", ("julho de 2026", "quarta")),
    ],
)
def test_months_and_weekdays_are_named_in_the_language(
    language: str, expected: tuple[str, str]
) -> None:
    with translation.override(language):
        assert (formats.month(MORNING.date()), formats.weekday(MORNING.date())) == expected


def test_the_time_of_day_is_local() -> None:
    assert formats.time_of_day(MORNING, zone=TOKYO) == "15:00"


def test_utc_is_shown_to_the_second() -> None:
    assert formats.in_utc(MORNING) == "15 Jul 2026, 06:00:00 UTC"


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (timedelta(milliseconds=340), "340 ms"),
        (timedelta(seconds=2.44), "2.4 s"),
        (timedelta(seconds=185), "3 min 5 s"),
    ],
)
def test_a_duration_is_shown_in_fitting_units(span: timedelta, expected: str) -> None:
    assert formats.format_duration(span) == expected


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (timedelta(minutes=12), "12 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=3), "3 hours"),
        (timedelta(hours=50), "2 days"),
    ],
)
def test_lateness_is_shown_in_the_largest_unit_that_fits(span: timedelta, expected: str) -> None:
    assert formats.lateness(span) == expected


def test_a_plain_amount_has_no_currency() -> None:
    assert formats.plain_amount(Decimal("-1234.5"), currency="EUR") == "-1,234.50"
    assert formats.plain_amount(Decimal(1200), currency="JPY") == "1,200"


@pytest.mark.parametrize("code", ["PRT", "PT", "prt"])
def test_a_country_is_named_in_the_language(code: str) -> None:
    with translation.override("de"):
        assert formats.country(code) == "Portugal"


def test_a_code_of_no_country_is_returned_unchanged() -> None:
    assert formats.country("XQQ") == "XQQ"


def test_a_currency_is_named_after_its_code() -> None:
    assert formats.currency("JPY") == "JPY (Japanese Yen)"


@pytest.mark.parametrize(
    ("language", "typed", "number"),
    [
        ("en", "1,204.50", "1204.50"),
        ("en", "1204.5", "1204.5"),
        ("en", "1.204,50", None),
        ("en", "1e3", None),
        ("en", "NaN", None),
        ("en", "\u0661\u0662", None),
        ("en", "", None),
        ("de", "1.204,50", "1204.50"),
        ("de", "1204,5", "1204.5"),
        ("de", "12.50", None),
        ("pt", "1\u00a0204,50", "1204.50"),
    ],
)
def test_a_number_is_read_as_typed_in_the_users_language(
    language: str, typed: str, number: str | None
) -> None:
    with translation.override(language):
        assert formats.parse_number(typed) == (Decimal(number) if number else None)
