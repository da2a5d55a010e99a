"""Inserts and updates of many rows in one statement."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DataError, connection

from hotels.models import FolioLine, Guest, MaintenancePlan, Message, Payment, Room
from hotels.models.currencies import CurrencyMismatch
from hotels.row_updates import insert_rows, update_rows
from tests.factories import (
    FolioFactory,
    FolioLineFactory,
    GuestFactory,
    HotelFactory,
    PlanFactory,
    RoomFactory,
    RoomTypeFactory,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 7, 15, 10, 0, 0, 123456, tzinfo=UTC)


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


class TestNewRows:
    def test_they_are_stored_in_order_with_all_their_values_and_get_keys(self, queries_of) -> None:
        folio = FolioFactory()
        texts = ["Café “Ω” \\ 'x'", "100 %s"]
        lines = [
            FolioLineFactory.build(
                folio=folio,
                description=text,
                phrase={"code": "NIGHT", "values": {"night": text}},
                gross=Decimal("12.3456"),
                settled_at=NOW,
            )
            for text in texts
        ]

        queries = queries_of(lambda: insert_rows(lines))

        stored = list(FolioLine.objects.order_by("pk"))
        assert queries == 1
        assert [line.pk for line in lines] == [line.pk for line in stored]
        assert [line.description for line in stored] == texts
        assert [line.phrase["values"]["night"] for line in stored] == texts
        assert {(line.gross, line.settled_at) for line in stored} == {(Decimal("12.3456"), NOW)}
        assert {line.currency for line in stored} == {folio.currency}

    def test_what_exists_already_can_be_left_out(self) -> None:
        hotel = HotelFactory()
        for body in ("first", "second"):
            message = Message(
                hotel=hotel, key="once", body=body, next_attempt_at=NOW, created_at=NOW
            )
            insert_rows([message], ignore_conflicts=True)

        assert Message.objects.get().body == "first"

    def test_a_payment_in_another_currency_than_its_folio_is_refused(self) -> None:
        payment = Payment(folio=FolioFactory(), currency="JPY", amount=1, received_at=NOW)

        with pytest.raises(CurrencyMismatch):
            insert_rows([payment])

    def test_no_rows_take_no_query(self, queries_of) -> None:
        assert queries_of(lambda: insert_rows([])) == 0
