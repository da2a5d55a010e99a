"""Country of a time zone, and how its hotels round tax by default (domain rule 5)."""

import pytest

from hotels.countries import EEA, country_of_zone, paper_of
from hotels.models import Hotel

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Europe/Lisbon", "PT"),
        ("Atlantic/Azores", "PT"),
        ("Asia/Tokyo", "JP"),
        ("Japan", "JP"),
        ("America/New_York", "US"),
        ("UTC", ""),
        ("Etc/GMT+5", ""),
        ("Nowhere/City", ""),
    ],
)
def test_a_time_zone_belongs_to_a_country(zone: str, country: str) -> None:
    assert country_of_zone(zone) == country


@pytest.mark.parametrize(
    ("zone", "once"),
    [
        ("Europe/Lisbon", True),
        ("Europe/Berlin", True),
        ("Europe/Oslo", True),
        ("Asia/Tokyo", True),
        ("Europe/London", False),
        ("Europe/Zurich", False),
        ("America/New_York", False),
        ("Asia/Kuwait", False),
        ("UTC", False),
    ],
)
def test_japan_and_the_eea_round_tax_once_per_rate_by_default(zone: str, once: bool) -> None:
    assert Hotel(timezone=zone).taxes_once_per_rate == once


@pytest.mark.parametrize(("choice", "once"), [("LINE", False), ("RATE", True)])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_the_choice_of_a_hotel_comes_before_its_country(zone, choice: str, once: bool) -> None:
    assert Hotel(timezone=zone, tax_rounding=choice).taxes_once_per_rate == once


def test_the_eea_has_thirty_countries() -> None:
    assert len(EEA) == 30


@pytest.mark.parametrize(
    ("country", "paper"),
    [("US", "us-letter"), ("MX", "us-letter"), ("PT", "a4"), ("JP", "a4"), ("", "a4")],
)
def test_the_paper_is_that_of_the_country(country: str, paper: str) -> None:
    assert paper_of(country) == paper
