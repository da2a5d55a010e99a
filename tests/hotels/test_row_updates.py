"""Updates of many rows in one statement."""

from decimal import Decimal

import pytest
from django.db import DataError, connection

from hotels.models import Guest, MaintenancePlan, Room
from hotels.row_writes import update_rows
from tests.factories import GuestFactory, PlanFactory, RoomFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db


def test_each_row_gets_its_own_values(queries_of) -> None:
    first, second, other = (PlanFactory(lead_days=1) for _ in range(3))
    first.lead_days, first.next_due_date = 2, first.anchor_date
    second.lead_days, second.next_due_date = 3, None

    queries = queries_of(lambda: update_rows([first, second], ["lead_days", "next_due_date"]))

    stored = MaintenancePlan.objects.order_by("pk").values_list("lead_days", "next_due_date")
    assert list(stored) == [(2, first.anchor_date), (3, None), (1, other.next_due_date)]
    assert connection.vendor == "sqlite" or queries == 1


def test_references_and_amounts_are_written() -> None:
    room, kind = RoomFactory(), RoomTypeFactory(credits=1)
    room.room_type, kind.credits = kind, Decimal("1.25")

    update_rows([room], ["room_type"])
    update_rows([kind], ["credits"])

    assert Room.objects.get(pk=room.pk).room_type.credits == Decimal("1.25")


def test_no_rows_take_no_query(queries_of) -> None:
    assert queries_of(lambda: update_rows([], ["name"])) == 0


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite stores texts of any length")
def test_a_text_too_long_is_refused_and_not_cut_off() -> None:
    guest: Guest = GuestFactory()
    guest.language = "x" * 11

    with pytest.raises(DataError):
        update_rows([guest], ["language"])
