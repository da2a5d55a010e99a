"""Inserts of many rows in one statement."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from hotels.models import Guest, HousekeepingTask, Room, WorkOrder
from hotels.row_updates import insert_rows
from tests.factories import HotelFactory, PlanFactory, RoomFactory, RoomTypeFactory

pytestmark = pytest.mark.django_db

AT = datetime(2026, 7, 15, 0, 30, 1, 234567, tzinfo=UTC)
TEXT = 'Ünïcode 🧹, "quotes", it\'s %s, back\\slash, {braces}, NULL'


def task(room: Room, **fields: Any) -> HousekeepingTask:
    values = {"date": date(2026, 7, 15), "kind": "STAYOVER", "credits": 20, "created_at": AT}
    return HousekeepingTask(hotel_id=room.hotel_id, room=room, **values | fields)


def stored(row: Any) -> dict[str, Any]:
    return type(row).objects.filter(pk=row.pk).values().get()


def test_rows_are_stored_as_django_stores_them_and_get_their_keys(queries_of) -> None:
    kind = RoomTypeFactory()
    rooms = RoomFactory.create_batch(2, hotel=kind.hotel, room_type=kind)
    rows = [task(rooms[0], reason=TEXT, linen_change=True), task(rooms[1], started_at=AT)]

    queries = queries_of(lambda: insert_rows(rows))

    for row in rows:
        own = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        assert stored(row) == own
        assert not row._state.adding
    assert [row.room for row in rows] == rooms
    assert queries == 1


def test_json_and_dates_are_stored() -> None:
    plan = PlanFactory()
    order = WorkOrder(
        hotel=plan.equipment.hotel,
        number="PM-1",
        equipment=plan.equipment,
        plan=plan,
        due_date=date(2026, 7, 15),
        cycle_date=date(2026, 7, 15),
        checklist=[TEXT, {"step": 1}],
        created_at=AT,
    )

    insert_rows([order])

    assert stored(order)["checklist"] == [TEXT, {"step": 1}]
    assert (stored(order)["cycle_date"], stored(order)["assignee_id"]) == (date(2026, 7, 15), None)


def test_no_rows_take_no_query(queries_of) -> None:
    assert queries_of(lambda: insert_rows([])) == 0


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite stores texts of any length")
def test_a_text_too_long_is_refused_and_not_cut_off() -> None:
    guest = Guest(hotel=HotelFactory(), name="Ana", language="x" * 11)

    with pytest.raises(DataError), transaction.atomic():
        insert_rows([guest])


def test_a_row_that_is_there_already_is_refused() -> None:
    room = RoomFactory()
    insert_rows([task(room, source="AUTO")])

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([task(room, source="AUTO", status="DONE")])


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there Django inserts the rows")
def test_a_value_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(TypeError, match="written from object"):
        insert_rows([task(RoomFactory(), reason=object())])
