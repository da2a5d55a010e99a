"""The shortest interval of a hotel's maintenance plans."""

from unittest.mock import Mock

import pytest

from hotels.maintenance import intervals
from hotels.maintenance.intervals import ShortestInterval, shortest_intervals
from hotels.models import Hotel
from tests.factories import EquipmentFactory, HotelFactory, PlanFactory

pytestmark = pytest.mark.django_db

LARGEST = 2**31 - 1


def plans(hotel: Hotel, *each: tuple[int, str, str]) -> None:
    equipment = EquipmentFactory(hotel=hotel, name="Boiler")
    for value, unit, name in each:
        PlanFactory(equipment=equipment, name=name, interval_value=value, interval_unit=unit)


def test_the_plan_with_the_fewest_days_is_found_whatever_its_unit(hotel: Hotel) -> None:
    plans(hotel, (1, "YEARS", "Burner"), (3, "WEEKS", "Water"), (1, "MONTHS", "Filter"))

    assert shortest_intervals(hotels=[hotel]) == {
        hotel.pk: ShortestInterval(days=21, plan="Boiler: Water")
    }


def test_of_equal_intervals_the_first_plan_is_named(hotel: Hotel) -> None:
    plans(hotel, (7, "DAYS", "Water"), (1, "WEEKS", "Filter"))

    assert shortest_intervals(hotels=[hotel])[hotel.pk].plan == "Boiler: Water"


def test_the_longest_interval_can_be_read(hotel: Hotel) -> None:
    plans(hotel, (LARGEST, "YEARS", "Burner"))

    assert shortest_intervals(hotels=[hotel])[hotel.pk].days == LARGEST * 366


def test_one_row_is_read_for_each_hotel_however_many_plans_it_has(
    hotel: Hotel, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Mock(wraps=ShortestInterval)
    monkeypatch.setattr(intervals, "ShortestInterval", read)
    other = HotelFactory()
    for each in (hotel, other):
        plans(each, (30, "DAYS", "Burner"), (7, "DAYS", "Water"), (1, "DAYS", "Filter"))

    assert set(shortest_intervals(hotels=[hotel, other])) == {hotel.pk, other.pk}
    assert read.call_count == 2
