"""Rooms and stays of many hotels by INSERT … SELECT; ROOMS of each of TYPES, four nights in six.

Guests of earlier days are in house, or left on their departure date. PostgreSQL.
"""

from datetime import UTC, date, datetime, timedelta

from django.db import connection

TYPES, ROOMS = 10, 5
STAY, APART, NIGHTS = 4, 6, 90
NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
TODAY = date(2026, 7, 15)
MADE_IN_ORDER = (
    """
    INSERT INTO hotels_roomtype (hotel_id, code, name, base_rate, capacity, credits, active)
    SELECT h.id, 'T' || n, 'Type ' || n, 100, 2, 30, true
    FROM hotels_hotel h, generate_series(1, %(types)s) n
    """,
    """
    INSERT INTO hotels_room (hotel_id, room_type_id, number, floor, cleanliness, active)
    SELECT t.hotel_id, t.id, t.code || '-' || n, 1, 'CLEAN', true
    FROM hotels_roomtype t, generate_series(1, %(rooms)s) n
    """,
    """
    INSERT INTO hotels_guest (hotel_id, name, email, phone, address, country, language, tax_id, vip)
    SELECT id, 'Guest', '', '', '', '', '', '', false FROM hotels_hotel
    """,
    """
    INSERT INTO hotels_booking (hotel_id, guest_id, reference, source, guarantee, booked_at, notes,
        currency)
    SELECT r.hotel_id, g.id, r.id || '/' || start, 'DIRECT', 'NONE', %(now)s, '', 'EUR'
    FROM hotels_room r
    JOIN hotels_guest g ON g.hotel_id = r.hotel_id,
        generate_series((r.id %% %(apart)s)::int - %(stay)s, %(nights)s - %(stay)s - 1, %(apart)s)
            start
    """,
    """
    INSERT INTO hotels_bookingroom (hotel_id, booking_id, room_type_id, room_id, number, status,
        arrival_date, departure_date, adults, children, staff_hold, no_show_terms, checked_in_at,
        checked_out_at)
    SELECT b.hotel_id, b.id, r.room_type_id, r.id, 1,
        CASE WHEN arrival >= %(today)s THEN 'CONFIRMED'
            WHEN arrival + %(stay)s > %(today)s THEN 'CHECKED_IN' ELSE 'CHECKED_OUT' END,
        arrival, arrival + %(stay)s, 1, 0, false, '{}',
        CASE WHEN arrival < %(today)s THEN (arrival + time '15:00') AT TIME ZONE 'UTC' END,
        CASE WHEN arrival + %(stay)s <= %(today)s
            THEN (arrival + %(stay)s + time '04:00') AT TIME ZONE 'UTC' END
    FROM hotels_booking b
    JOIN hotels_room r ON r.id = split_part(b.reference, '/', 1)::bigint,
        LATERAL (SELECT %(today)s::date + split_part(b.reference, '/', 2)::int AS arrival) AS of
    """,
    """
    INSERT INTO hotels_bookingnight (hotel_id, booking_room_id, room_id, date, price, currency,
        released)
    SELECT s.hotel_id, s.id, s.room_id, s.arrival_date + n, 100, 'EUR', false
    FROM hotels_bookingroom s, generate_series(0, %(stay)s - 1) n
    ORDER BY s.arrival_date, s.id
    """,
)


def fill() -> int:
    """Give every hotel its rooms and stays; return the number of booked nights."""
    values = {
        "types": TYPES,
        "rooms": ROOMS,
        "stay": STAY,
        "apart": APART,
        "nights": NIGHTS,
        "now": NOW - timedelta(days=30),
        "today": TODAY,
    }
    with connection.cursor() as cursor:
        # Keys are right by construction: to look each of them up takes most of the time.
        cursor.execute("SET session_replication_role = replica")
        for statement in MADE_IN_ORDER:
            cursor.execute(statement, values)
        count: int = cursor.rowcount
        cursor.execute("RESET session_replication_role")
        cursor.execute("VACUUM ANALYZE")
    return count
