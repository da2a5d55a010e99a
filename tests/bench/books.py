"""Bulk data of many hotels for the page benchmark; it ignores the business rules."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import connection

from hotels import models
from hotels.models import Hotel
from tests.factories import PolicyFactory

INVOICES_A_DAY = 10
BATCH = 5_000


def fill(hotels: list[Hotel], *, days: int, now: datetime) -> None:
    """Create rooms, tasks, availability, work orders, no-shows and invoices.

    The first hotel gets about ten times as many rows as the others.
    """
    today = now.date()
    types = _make(
        models.RoomType,
        (
            {"hotel": hotel, "code": f"T{n}", "name": f"Type {n}"}
            for hotel in hotels
            for n in range(10 if hotel == hotels[0] else 2)
        ),
    )
    rooms = _make(models.Room, _rooms(types))
    _make(models.RoomAvailability, _nights(types, today=today))
    staff = _make(
        models.StaffMember,
        (
            {"hotel": hotel, "name": f"Attendant {n}", "role": "HOUSEKEEPING"}
            for hotel in hotels
            for n in range(12 if hotel == hotels[0] else 2)
        ),
    )
    _make(models.HousekeepingTask, _tasks(rooms, staff, now=now))
    _make(models.WorkOrder, _orders(hotels, today=today, now=now))
    _no_shows(hotels, types, days=days, now=now)
    _invoices(days=days, today=today)


def _make(model: Any, rows: Iterable[dict[str, Any]]) -> list[Any]:
    made: list[Any] = model.objects.bulk_create((model(**row) for row in rows), batch_size=BATCH)
    return made


def _rooms(types: list[models.RoomType]) -> Iterable[dict[str, Any]]:
    numbers = count(100)
    for room_type in types:
        for n in range(10 if room_type.code in ("T0", "T1") else 20):
            yield {
                "hotel_id": room_type.hotel_id,
                "room_type": room_type,
                "number": str(next(numbers)),
                "floor": n % 5,
            }


def _nights(types: list[models.RoomType], *, today: date) -> Iterable[dict[str, Any]]:
    for room_type in types:
        for n in range(90):
            over = 1 if (room_type.pk + n) % 400 == 0 else 0
            yield {
                "hotel_id": room_type.hotel_id,
                "room_type": room_type,
                "date": today + timedelta(days=n),
                "total_rooms": 10,
                "occupied_rooms": 10 + over if over else n % 10,
                "available_rooms": 0 if over else 10 - n % 10,
                "overbooked_by": over,
                "occupancy_rate": 100 if over else n % 10 * 10,
                "updated_at": "2026-01-01T00:00:00Z",
            }


def _tasks(
    rooms: list[models.Room], staff: list[models.StaffMember], *, now: datetime
) -> Iterable[dict[str, Any]]:
    people: dict[int, list[models.StaffMember]] = {}
    for person in staff:
        people.setdefault(person.hotel_id, []).append(person)
    for n, room in enumerate(rooms):
        team = people[room.hotel_id]
        yield {
            "hotel_id": room.hotel_id,
            "room": room,
            "date": now.date(),
            "created_at": now,
            "kind": "STAYOVER",
            "credits": 20,
            "source": "AUTO",
            "status": "ASSIGNED" if n % 50 else "PENDING",
            "assignee": team[n % len(team)] if n % 50 else None,
        }


def _orders(hotels: list[Hotel], *, today: date, now: datetime) -> Iterable[dict[str, Any]]:
    equipment = _make(
        models.Equipment, ({"hotel": hotel, "code": "B", "name": "Boiler"} for hotel in hotels)
    )
    for item in equipment:
        for n in range(50 if item.hotel == hotels[0] else 5):
            yield {
                "hotel": item.hotel,
                "equipment": item,
                "number": f"WO-{n}",
                "title": "Inspect the boiler",
                "due_date": today + timedelta(days=n % 20 - 5),
                "created_at": now,
            }


def _no_shows(
    hotels: list[Hotel], types: list[models.RoomType], *, days: int, now: datetime
) -> None:
    """Create a no-show per hotel every other day; the latest of each needs attention."""
    guests = _make(models.Guest, ({"hotel": hotel, "name": "Rita Moura"} for hotel in hotels))
    bookings = _make(
        models.Booking,
        (
            {"hotel": guest.hotel, "guest": guest, "reference": "BENCH", "booked_at": now}
            for guest in guests
        ),
    )
    first = {room_type.hotel_id: room_type for room_type in reversed(types)}
    terms = PolicyFactory.build(hotel=hotels[0]).terms().to_json()
    rooms = _make(
        models.BookingRoom,
        (
            {
                "hotel_id": booking.hotel_id,
                "booking": booking,
                "number": n + 1,
                "room_type": first[booking.hotel_id],
                "status": "NO_SHOW" if n else "CONFIRMED",
                "arrival_date": now.date() - timedelta(days=2 * n),
                "departure_date": now.date() - timedelta(days=2 * n - 1),
                "no_show_terms": terms,
            }
            for booking in bookings
            for n in range(days // 2)
        ),
    )
    _make(
        models.NoShowRecord,
        (
            {
                "hotel_id": room.hotel_id,
                "booking_room": room,
                "outcome": "APPLIED" if room.number > 1 else "REVIEW",
                "rule": "no-show-guaranteed",
                "reason": "The guest did not arrive by the deadline.",
                "deadline": now,
                "business_date": room.arrival_date,
                "arrival_date": room.arrival_date,
                "currency": "EUR",
                "fee_amount": Decimal(100),
                "created_at": now - timedelta(days=2 * room.number),
            }
            for room in rooms
        ),
    )


def _invoices(*, days: int, today: date) -> None:
    """Create INVOICES_A_DAY invoices per day and hotel, one line each; one in thirty is unpaid."""
    postgres = connection.vendor == "postgresql"
    day = "%s::date - (number / %s)" if postgres else "date(%s, '-' || (number / %s) || ' days')"
    json = "CAST(%s AS jsonb)" if postgres else "%s"
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE series(n) AS
                (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < %s)
            INSERT INTO hotels_folio
                (hotel_id, booking_id, payer_id, number, status, currency, completed_at)
            SELECT hotel_id, id, guest_id, n, 'COMPLETED', currency, booked_at
            FROM hotels_booking, series
            """,
            [days * INVOICES_A_DAY],
        )
        cursor.execute(
            f"""
            INSERT INTO hotels_invoice
                (hotel_id, folio_id, kind, year, sequence, number, live, issue_date, issued_at,
                 currency, taxed_once_per_rate, prices_include_tax, seller, buyer,
                 net, tax, gross, balance, payment_status, reason, reason_phrase)
            SELECT hotel_id, id, 'INVOICE', 2026, number, 'INV-2026-' || number, true, {day},
                completed_at, 'EUR', true, true, {json}, {json}, 100, 0, 100,
                CASE WHEN number %% 30 = 0 THEN 100 ELSE 0 END,
                CASE WHEN number %% 30 = 0 THEN 'UNPAID' ELSE 'PAID' END, '', '{{}}'
            FROM hotels_folio
            """,
            [today.isoformat(), INVOICES_A_DAY, '{"name": "Bench"}', '{"name": "Rita Moura"}'],
        )
        cursor.execute(
            """
            INSERT INTO hotels_invoiceline
                (invoice_id, position, business_date, description, phrase, quantity, tax_rate,
                 net, tax, gross)
            SELECT id, 1, issue_date, 'Room', '{}', 1, 0, net, tax, gross FROM hotels_invoice
            """
        )
