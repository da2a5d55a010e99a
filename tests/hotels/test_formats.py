"""Amounts, days and instants as people of three languages read them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from hotels import formats

MORNING = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "€1,412.00"), ("de", "1.412,00\u00a0€"), ("pt", "1\u00a0412,00\u00a0€")],
)
def test_money_is_written_as_the_language_writes_it(language: str, expected: str) -> None:
    with translation.override(language):
        assert formats.amount(Decimal(1412), currency="EUR") == expected


def test_money_keeps_the_minor_unit_of_its_currency() -> None:
    assert formats.amount(Decimal("1412.4"), currency="JPY").endswith("1,412")
    assert formats.amount(Decimal("1.5"), currency="KWD").endswith("1.500")


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "97.5%"), ("de", "97,5\u00a0%"), ("pt", "97,5%")]
)
def test_percents_are_of_a_hundred(language: str, expected: str) -> None:
    with translation.override(language):
        assert formats.percent(97.5) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "15 Jul 2026, 15:00"),
        ("de", "15.07.2026, 15:00"),
        ("pt", "15/07/2026, 15:00"),
    ],
)
def test_an_instant_is_told_on_the_clock_of_its_place(language: str, expected: str) -> None:
    with translation.override(language):
        assert formats.instant(MORNING, zone=TOKYO) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ("July 2026", "Wed")),
        ("de", ("Juli 2026", "Mi")),
        ("pt", ("julho de 2026", "quarta")),
    ],
)
def test_months_and_weekdays_head_a_calendar(language: str, expected: tuple[str, str]) -> None:
    with translation.override(language):
        assert (formats.month(MORNING.date()), formats.weekday(MORNING.date())) == expected


def test_the_time_of_day_is_that_of_the_wall() -> None:
    assert formats.time_of_day(MORNING, zone=TOKYO) == "15:00"


def test_utc_is_told_to_the_second() -> None:
    assert formats.in_utc(MORNING) == "2026-07-15 06:00:00 UTC"


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (timedelta(milliseconds=340), "340 ms"),
        (timedelta(seconds=2.44), "2.4 s"),
        (timedelta(seconds=185), "3 min 5 s"),
    ],
)
def test_what_something_took_is_told_in_fitting_units(span: timedelta, expected: str) -> None:
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
def test_lateness_is_told_in_the_largest_unit_that_fits(span: timedelta, expected: str) -> None:
    assert formats.lateness(span) == expected


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "KWD\u00a01.500"), ("de", "1,500\u00a0KWD")]
)
def test_a_code_of_letters_stands_off_from_its_amount(language: str, expected: str) -> None:
    with translation.override(language):
        assert formats.amount(Decimal("1.5"), currency="KWD") == expected


def test_an_amount_can_do_without_its_currency() -> None:
    assert formats.plain_amount(Decimal("-1234.5"), currency="EUR") == "-1,234.50"
    assert formats.plain_amount(Decimal(1200), currency="JPY") == "1,200"


@pytest.mark.parametrize("code", ["PRT", "PT", "prt"])
def test_a_country_is_named_in_the_language(code: str) -> None:
    with translation.override("de"):
        assert formats.country(code) == "Portugal"


def test_a_code_of_no_country_stays_as_it_is() -> None:
    assert formats.country("XQQ") == "XQQ"


def test_a_currency_is_named_beside_its_code() -> None:
    assert formats.currency("JPY") == "JPY (Japanese Yen)"
