"""Constants in the SQL text."""

import pytest
from django.db.models import Q

from hotels.models import Hotel
from hotels.models.literal import KeyList
from tests.factories import HotelFactory

pytestmark = pytest.mark.django_db


def test_a_list_of_keys_finds_the_rows_without_parameters() -> None:
    first, second, other = HotelFactory.create_batch(3)
    rows = Hotel.objects.filter(pk__in=KeyList([first.pk, second.pk]))

    assert set(rows) == {first, second}
    assert rows.query.sql_with_params()[1] == ()
    assert set(Hotel.objects.exclude(pk__in=KeyList([first.pk, second.pk]))) == {other}


def test_an_empty_list_of_keys_finds_nothing() -> None:
    hotel = HotelFactory()

    assert not Hotel.objects.filter(pk__in=KeyList([])).exists()
    assert Hotel.objects.filter(Q(pk__in=KeyList([])) | Q(pk=hotel.pk)).get() == hotel


def test_only_numbers_are_written_as_keys() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        list(Hotel.objects.filter(pk__in=KeyList(["1) OR (1=1"])))  # type: ignore[list-item]
