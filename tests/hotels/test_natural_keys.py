"""Natural keys of the rows that jobs create, enforced by both databases (domain rule 0)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from hotels.models import (
    BookingNight,
    FolioLine,
    Hotel,
    HousekeepingTask,
    Invoice,
    InvoiceSeries,
    NoShowRecord,
    RoomAvailability,
    Shift,
    WorkOrder,
)
from tests.factories import stay
from tests.hotels.admin.books import rows

pytestmark = pytest.mark.django_db
AUTO = {"source": "AUTO"}


def first(model: type[models.Model], hotel: Hotel, **fields: Any) -> models.Model:
    """A stored row of the model with these fields."""
    row = rows(hotel)[model]
    model._default_manager.filter(pk=row.pk).update(**fields)
    return model._default_manager.get(pk=row.pk)


def insert_again(row: models.Model, **fields: Any) -> None:
    """Insert a copy of the row with these fields changed."""
    values = {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not field.primary_key
    }
    with transaction.atomic():
        type(row)._default_manager.bulk_create([type(row)(**values | fields)])


@pytest.mark.parametrize(
    ("model", "first_fields", "again"),
    [
        (HousekeepingTask, AUTO, {}),
        (HousekeepingTask, AUTO | {"status": "CANCELLED"}, {"status": "PENDING"}),
        (HousekeepingTask, {"status": "PENDING"}, {"kind": "STAYOVER", "status": "IN_PROGRESS"}),
        (HousekeepingTask, {"source": "MANUAL", "status": "ASSIGNED"}, {"status": "PENDING"}),
        (WorkOrder, {}, {"number": "another"}),
        (WorkOrder, {"status": "CANCELLED"}, {"number": "another", "status": "OPEN"}),
        (WorkOrder, {}, {"number": "another", "due_date": date(2026, 8, 15)}),
        (NoShowRecord, {}, {}),
        (NoShowRecord, {"outcome": "WAIVED"}, {"outcome": "APPLIED"}),
        (FolioLine, {"source_key": "no-show:1:1"}, {}),
        (RoomAvailability, {}, {}),
        (Invoice, {}, {"live": False, "number": "another"}),
        (Invoice, {}, {"live": False, "sequence": 900}),
        (InvoiceSeries, {}, {}),
        (BookingNight, {}, {"room_id": None}),
        (Shift, {}, {"kind": "LEAVE"}),
    ],
)
def test_a_second_row_with_the_same_key_is_refused(
    hotel, model: type[models.Model], first_fields: dict[str, Any], again: dict[str, Any]
) -> None:
    row = first(model, hotel, **first_fields)

    with pytest.raises(IntegrityError):
        insert_again(row, **again)


@pytest.mark.parametrize(
    ("model", "first_fields", "again"),
    [
        (HousekeepingTask, AUTO | {"status": "DONE"}, {"source": "MANUAL", "status": "PENDING"}),
        (HousekeepingTask, AUTO, {"kind": "STAYOVER", "status": "CANCELLED"}),
        (HousekeepingTask, AUTO, {"date": date(2026, 7, 16)}),
        (WorkOrder, {}, {"number": "another", "cycle_date": date(2026, 8, 15)}),
        (WorkOrder, {"plan": None}, {"number": "another"}),
        (NoShowRecord, {"outcome": "REVERSED"}, {"outcome": "APPLIED"}),
        (FolioLine, {"source_key": None}, {}),
        (Invoice, {}, {"sequence": 900, "number": "another"}),
        (Invoice, {}, {"year": 2027, "number": "another", "live": False}),
    ],
)
def test_a_row_with_another_key_is_accepted(
    hotel, model: type[models.Model], first_fields: dict[str, Any], again: dict[str, Any]
) -> None:
    row = first(model, hotel, **first_fields)

    insert_again(row, **again)

    assert model._default_manager.filter(pk__gt=row.pk).count() == 1


class TestARoomNight:
    @pytest.fixture
    def sold(self, hotel) -> BookingNight:
        night = rows(hotel)[BookingNight]
        assert isinstance(night, BookingNight)
        return night

    def sell_again(self, sold: BookingNight, **fields: Any) -> None:
        other = stay(sold.hotel, arrival=sold.date, nights_count=0, room_type=sold.room.room_type)
        values = {"room": sold.room, "price": Decimal(1)} | fields
        with transaction.atomic():
            BookingNight.objects.bulk_create(
                [BookingNight(hotel=sold.hotel, booking_room=other, date=sold.date, **values)]
            )

    def test_a_night_is_sold_once(self, sold) -> None:
        with pytest.raises(IntegrityError):
            self.sell_again(sold)

    def test_a_released_night_can_be_sold_again(self, sold) -> None:
        BookingNight.objects.filter(pk=sold.pk).update(released=True)

        self.sell_again(sold)

        assert BookingNight.objects.filter(date=sold.date, room=sold.room).count() == 2

    def test_a_night_sold_again_cannot_be_rebooked(self, sold) -> None:
        BookingNight.objects.filter(pk=sold.pk).update(released=True)
        self.sell_again(sold)

        with pytest.raises(IntegrityError), transaction.atomic():
            BookingNight.objects.filter(pk=sold.pk).update(released=False)

    def test_nights_without_a_room_do_not_collide(self, sold) -> None:
        BookingNight.objects.filter(pk=sold.pk).update(room=None)

        self.sell_again(sold, room=None)

        assert BookingNight.objects.filter(date=sold.date, room=None).count() == 2
