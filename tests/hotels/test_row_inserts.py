"""Inserts of many rows in one statement."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from hotels.models import (
    FolioLine,
    Guest,
    HousekeepingTask,
    MaintenancePlan,
    Message,
    Payment,
    Room,
    WorkOrder,
)
from hotels.models.currencies import CurrencyMismatch
from hotels.row_writes import insert_rows
from tests.factories import (
    FolioFactory,
    FolioLineFactory,
    HotelFactory,
    PlanFactory,
    RoomFactory,
    RoomTypeFactory,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 7, 15, 0, 30, 1, 234567, tzinfo=UTC)
DAY = date(2026, 7, 15)
TEXT = 'Ünïcode 🧹 “Ω”, "quotes", it\'s 100 %s, back\\slash, {braces}, NULL'


def task(room: Room, **fields: Any) -> HousekeepingTask:
    values = {"date": DAY, "kind": "STAYOVER", "credits": 20, "created_at": AT}
    return HousekeepingTask(hotel_id=room.hotel_id, room=room, **values | fields)


def order(plan: MaintenancePlan) -> WorkOrder:
    return WorkOrder(
        hotel=plan.equipment.hotel,
        number="PM-1",
        equipment=plan.equipment,
        plan=plan,
        due_date=DAY,
        cycle_date=DAY,
        checklist=[TEXT, {"step": 1}],
        created_at=AT,
    )


def line(**fields: Any) -> FolioLine:
    phrase = {"code": "NIGHT", "values": {"night": TEXT}}
    amounts = {"gross": Decimal("12.3456"), "settled_at": AT}
    return FolioLineFactory.build(folio=FolioFactory(), phrase=phrase, **amounts, **fields)


def own(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def stored(row: Any) -> dict[str, Any]:
    return type(row).objects.filter(pk=row.pk).values().get()


def test_rows_are_stored_in_order_in_one_query_and_get_their_keys(queries_of) -> None:
    kind = RoomTypeFactory()
    rooms = RoomFactory.create_batch(2, hotel=kind.hotel, room_type=kind)
    rows = [task(rooms[0], reason=TEXT, linen_change=True), task(rooms[1], started_at=AT)]

    queries = queries_of(lambda: insert_rows(rows))

    assert [stored(row) for row in rows] == [own(row) for row in rows]
    assert [row.room for row in rows] == rooms
    assert list(HousekeepingTask.objects.order_by("pk")) == rows
    assert not any(row._state.adding for row in rows)
    assert queries == 1


@pytest.mark.parametrize("build", [lambda: line(description=TEXT), lambda: order(PlanFactory())])
def test_amounts_dates_texts_and_json_are_stored_as_they_are(build: Any) -> None:
    row = build()

    insert_rows([row])

    assert stored(row) == own(row)


def test_a_charge_gets_the_currency_of_its_folio() -> None:
    charge = line()

    insert_rows([charge])

    assert stored(charge)["currency"] == charge.folio.currency


def test_no_rows_take_no_query(queries_of) -> None:
    assert queries_of(lambda: insert_rows([])) == 0


def test_what_exists_already_can_be_left_out() -> None:
    hotel = HotelFactory()
    for body in ("first", "second"):
        message = Message(hotel=hotel, key="once", body=body, next_attempt_at=AT, created_at=AT)
        insert_rows([message], ignore_conflicts=True)

    assert Message.objects.get().body == "first"


def test_a_row_that_is_there_already_is_refused() -> None:
    room = RoomFactory()
    insert_rows([task(room, source="AUTO")])

    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([task(room, source="AUTO", status="DONE")])


def test_a_payment_in_another_currency_than_its_folio_is_refused() -> None:
    payment = Payment(folio=FolioFactory(), currency="JPY", amount=1, received_at=AT)

    with pytest.raises(CurrencyMismatch):
        insert_rows([payment])


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite stores texts of any length")
def test_a_text_too_long_is_refused_and_not_cut_off() -> None:
    guest = Guest(hotel=HotelFactory(), name="Ana", language="x" * 11)

    with pytest.raises(DataError), transaction.atomic():
        insert_rows([guest])


@pytest.mark.skipif(connection.vendor == "sqlite", reason="there Django inserts the rows")
def test_a_value_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(TypeError, match="object cannot be written"):
        insert_rows([task(RoomFactory(), reason=object())])
