"""Hotels at work, by INSERT … SELECT: ROOMS rooms of each of TYPES, with all that a night needs.

Guests in house, due out and to come, folios with charges and payments, past invoices, finished
cleans, attendants with an e-mail address, and maintenance plans. PostgreSQL.
"""

from datetime import UTC, date, datetime

from django.db import connection

TYPES, ROOMS = 10, 10
NOW = datetime(2026, 7, 15, 10, 0, tzinfo=UTC)
"""Past the day close of 15 July, and still on that date, in all the hotels' zones."""
TODAY = date(2026, 7, 15)
# Each room: guests of four nights, one night empty, back to three weeks ago and on to next week.
STAY, APART, PAST, AHEAD = 4, 5, 25, 9
ATTENDANTS, PLANS, CYCLES = 5, 50, 5

_PEOPLE = (
    """
    UPDATE hotels_hotel SET email = code || '@example.com', accommodation_tax_rate = 6,
        last_round_date = %(today)s::date - 1, last_availability_date = %(today)s
    """,
    """
    INSERT INTO auth_user (password, is_superuser, username, first_name, last_name, email, is_staff,
        is_active, date_joined)
    SELECT '', false, login, '', '', login || '@example.com', false, true, %(now)s
    FROM hotels_hotel h, generate_series(0, %(attendants)s) n,
        LATERAL (SELECT h.code || '-' || n AS login) AS named
    """,
    """
    INSERT INTO hotels_staffmember (hotel_id, user_id, name, role, credits_per_day, active)
    SELECT h.id, u.id, u.username, CASE n WHEN 0 THEN 'MAINTENANCE' ELSE 'HOUSEKEEPING' END, 420,
        true
    FROM hotels_hotel h, generate_series(0, %(attendants)s) n, auth_user u
    WHERE u.username = h.code || '-' || n
    """,
    """
    INSERT INTO hotels_roomtype (hotel_id, code, name, base_rate, capacity, credits, active)
    SELECT h.id, 'T' || n, 'Type ' || n, 100, 2, 1, true
    FROM hotels_hotel h, generate_series(1, %(types)s) n
    """,
    """
    INSERT INTO hotels_room (hotel_id, room_type_id, number, floor, cleanliness, active)
    SELECT t.hotel_id, t.id, t.code || '-' || n, n, 'CLEAN', true
    FROM hotels_roomtype t, generate_series(1, %(rooms)s) n ORDER BY t.hotel_id, t.id, n
    """,
)
# In each hotel one arrival of yesterday in five did not come: half of them are guaranteed, one by
# a deposit. Half of the guests due out today have left.
_STAYS = (
    """
    CREATE UNLOGGED TABLE bench_stays AS
    SELECT row_number() OVER (ORDER BY arrival, r.id) AS id, r.hotel_id, r.id AS room_id,
        r.room_type_id, arrival, arrival + %(stay)s AS departure,
        arrival = %(today)s::date - 1 AND r.id / %(apart)s %% 5 = 0 AS missing,
        r.id / %(apart)s %% 10 < 5 AS guaranteed, r.id %% 2 = 0 AS early
    FROM hotels_room r,
        generate_series((r.id %% %(apart)s)::int - %(past)s, %(ahead)s, %(apart)s) n,
        LATERAL (SELECT %(today)s::date + n AS arrival) AS of
    """,
    """
    ALTER TABLE bench_stays ADD COLUMN status text;
    UPDATE bench_stays SET status = CASE
        WHEN arrival >= %(today)s OR missing THEN 'CONFIRMED'
        WHEN departure < %(today)s OR departure = %(today)s AND early THEN 'CHECKED_OUT'
        ELSE 'CHECKED_IN' END;
    ANALYZE bench_stays
    """,
    """
    INSERT INTO hotels_guest (id, hotel_id, name, email, phone, address, country, language, tax_id,
        vip)
    SELECT id, hotel_id, 'Guest ' || id, 'guest' || id || '@example.com', '', '', '', '', '', false
    FROM bench_stays
    """,
    """
    INSERT INTO hotels_booking (id, hotel_id, guest_id, reference, source, guarantee, booked_at,
        notes, currency)
    SELECT id, hotel_id, id, 'B' || id, 'DIRECT', '', %(now)s::timestamptz - interval '60 days', '',
        'EUR'
    FROM bench_stays
    """,
    """
    INSERT INTO hotels_folio (id, hotel_id, booking_id, payer_id, number, status, completed_at,
        currency)
    SELECT id, hotel_id, id, id, 1, CASE status WHEN 'CHECKED_OUT' THEN 'COMPLETED' ELSE 'OPEN' END,
        CASE status WHEN 'CHECKED_OUT' THEN (departure + time '04:00') AT TIME ZONE 'UTC' END, 'EUR'
    FROM bench_stays WHERE status <> 'CONFIRMED' OR missing AND guaranteed AND room_id %% 4 = 0
    """,
    """
    INSERT INTO hotels_bookingroom (id, hotel_id, booking_id, room_type_id, room_id, number, status,
        folio_id, arrival_date, departure_date, adults, children, staff_hold, no_show_terms,
        checked_in_at, checked_out_at)
    SELECT s.id, s.hotel_id, s.id, s.room_type_id, s.room_id, 1, s.status, f.id, arrival, departure,
        1, 0, false, jsonb_build_object('policy', 'One night', 'guaranteed',
            guaranteed OR NOT missing, 'releaseTime', '18:00', 'penaltyType', 'NIGHTS',
            'penaltyValue', '1', 'taxed', true, 'graceMinutes', 120),
        CASE WHEN s.status <> 'CONFIRMED' THEN (arrival + time '15:00') AT TIME ZONE 'UTC' END,
        f.completed_at
    FROM bench_stays s LEFT JOIN hotels_folio f ON f.id = s.id
    """,
    """
    INSERT INTO hotels_bookingnight (hotel_id, booking_room_id, room_id, date, price, currency,
        released)
    SELECT hotel_id, id, room_id, arrival + n, 100, 'EUR', false
    FROM bench_stays, generate_series(0, %(stay)s - 1) n ORDER BY arrival, id
    """,
)
_CHARGES = (
    """
    INSERT INTO hotels_folioline (folio_id, booking_room_id, business_date, category, description,
        tax_rate, net, tax, gross, source_key, currency, phrase, quantity, zero_tax_reason)
    SELECT s.id, s.id, arrival + n, CASE WHEN n < %(stay)s THEN 'ROOM' ELSE 'EXTRA' END,
        CASE WHEN n < %(stay)s THEN 'Night' ELSE 'Restaurant' END, rate, gross - tax, tax, gross,
        CASE WHEN n < %(stay)s THEN 'room:' || s.id || ':' || n END, 'EUR', '{}', 1, ''
    FROM bench_stays s, generate_series(0, %(stay)s + 1) n,
        LATERAL (SELECT CASE WHEN n < %(stay)s THEN 6 ELSE 23 END AS rate,
            CASE WHEN n < %(stay)s THEN 100 ELSE 41.30 END AS gross) AS priced,
        LATERAL (SELECT gross - round(gross * 100 / (100 + rate), 2) AS tax) AS taxed
    WHERE s.status = 'CHECKED_OUT' OR s.status = 'CHECKED_IN' AND arrival + n < %(today)s
    """,
    """
    INSERT INTO hotels_payment (folio_id, status, amount, refunded_amount, method, is_deposit,
        received_at, currency)
    SELECT folio_id, 'SUCCEEDED', sum(gross), 0, 'card', false, %(now)s, 'EUR'
    FROM hotels_folioline l JOIN hotels_folio f ON f.id = l.folio_id
    WHERE f.status = 'COMPLETED' GROUP BY folio_id
    UNION ALL
    SELECT id, 'SUCCEEDED', 100, 0, 'card', true, %(now)s, 'EUR'
    FROM hotels_folio f WHERE NOT EXISTS (SELECT FROM hotels_folioline l WHERE l.folio_id = f.id)
    """,
    """
    INSERT INTO hotels_invoice (hotel_id, folio_id, kind, year, sequence, number, live, issue_date,
        issued_at, currency, seller, buyer, net, tax, gross, balance, payment_status, reason,
        prices_include_tax, taxed_once_per_rate, reason_phrase)
    SELECT f.hotel_id, f.id, 'INVOICE', 2026, n, 'INV-2026-' || lpad(n::text, 6, '0'), true,
        f.completed_at::date, f.completed_at, 'EUR', '{}', '{}', t.net, t.tax, t.gross, 0, 'PAID',
        '', true, false, '{}'
    FROM (SELECT *, row_number() OVER (PARTITION BY hotel_id ORDER BY id) AS n FROM hotels_folio
        WHERE completed_at < %(today)s::date - 1) f
    JOIN (SELECT folio_id, sum(net) AS net, sum(tax) AS tax, sum(gross) AS gross
        FROM hotels_folioline GROUP BY 1) t ON t.folio_id = f.id
    """,
    """
    INSERT INTO hotels_invoiceseries (hotel_id, kind, year, last_number, last_issue_date)
    SELECT hotel_id, kind, year, max(sequence), max(issue_date) FROM hotels_invoice GROUP BY 1, 2, 3
    """,
    """
    UPDATE hotels_folioline l SET document_id = i.id FROM hotels_invoice i
    WHERE i.folio_id = l.folio_id
    """,
    """
    INSERT INTO hotels_invoiceline (invoice_id, position, folio_line_id, business_date, description,
        tax_rate, net, tax, gross, phrase, quantity)
    SELECT document_id, row_number() OVER (PARTITION BY document_id ORDER BY id), id, business_date,
        description, tax_rate, net, tax, gross, '{}', 1
    FROM hotels_folioline WHERE document_id IS NOT NULL
    """,
    """
    INSERT INTO hotels_invoicetax (invoice_id, rate, net, tax, gross, zero_tax_reasons)
    SELECT document_id, tax_rate, sum(net), sum(tax), sum(gross), '[]'
    FROM hotels_folioline WHERE document_id IS NOT NULL GROUP BY 1, 2
    """,
)
# Yesterday one room in fifty was not cleaned. One plan in five is due.
_WORK = (
    """
    INSERT INTO hotels_housekeepingtask (hotel_id, room_id, date, kind, priority, credits,
        linen_change, source, status, assigned_by_person, closed_by_round, reason, completed_at,
        created_at)
    SELECT hotel_id, id, %(today)s::date - n, 'STAYOVER', 'LOW', 20, false, 'AUTO', status, false,
        '', '', CASE status WHEN 'DONE' THEN %(now)s - n * interval '1 day' END,
        %(now)s - n * interval '1 day'
    FROM hotels_room, generate_series(1, 6) n,
        LATERAL (SELECT CASE WHEN n = 1 AND id %% 50 = 2 THEN 'PENDING' ELSE 'DONE' END AS status)
            AS done
    """,
    """
    UPDATE hotels_room r SET cleanliness = 'DIRTY' FROM bench_stays s
    WHERE s.room_id = r.id AND s.departure = %(today)s AND s.status = 'CHECKED_OUT'
    """,
    """
    INSERT INTO hotels_equipment (hotel_id, code, name)
    SELECT id, 'E' || n, 'Boiler ' || n FROM hotels_hotel, generate_series(1, %(plans)s) n
    ORDER BY id, n
    """,
    """
    INSERT INTO hotels_maintenanceplan (equipment_id, name, interval_value, interval_unit, mode,
        anchor_date, lead_days, checklist, active, next_due_date)
    SELECT id, 'Service', 30, 'DAYS', 'FIXED', due - 30 * %(cycles)s, 0, '["Look", "Clean"]', true,
        due
    FROM hotels_equipment, LATERAL (SELECT %(today)s::date - 4 + (id %% 25)::int AS due) AS next
    """,
    """
    INSERT INTO hotels_workorder (hotel_id, number, kind, title, priority, status, due_date,
        checklist, missed_cycles, created_at, completed_at, equipment_id, plan_id, cycle_date)
    SELECT e.hotel_id, 'PM-' || p.id || '-' || to_char(due, 'YYYYMMDD'), 'PREVENTIVE', p.name,
        'NORMAL', 'COMPLETED', due, p.checklist, 0, due, due, e.id, p.id, due
    FROM hotels_maintenanceplan p JOIN hotels_equipment e ON e.id = p.equipment_id,
        generate_series(0, %(cycles)s - 1) n, LATERAL (SELECT anchor_date + 30 * n AS due) AS cycle
    """,
    "DROP TABLE bench_stays",
)
_KEYS_GIVEN = ("guest", "booking", "folio", "bookingroom")


def fill() -> None:
    """Give every hotel its rooms, people, stays, charges, invoices, cleans and plans."""
    values = {
        "now": NOW, "today": TODAY, "types": TYPES, "rooms": ROOMS, "stay": STAY, "apart": APART,
        "past": PAST, "ahead": AHEAD, "attendants": ATTENDANTS, "plans": PLANS, "cycles": CYCLES,
    }  # fmt: skip
    with connection.cursor() as cursor:
        # Keys are right by construction: to look each of them up takes most of the time.
        cursor.execute("SET session_replication_role = replica")
        for statement in (*_PEOPLE, *_STAYS, *_CHARGES, *_WORK):
            cursor.execute(statement, values)
        for table in _KEYS_GIVEN:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('hotels_{table}', 'id'), max(id))"
                f" FROM hotels_{table}"
            )
        cursor.execute("RESET session_replication_role")
        cursor.execute("ANALYZE" if connection.in_atomic_block else "VACUUM ANALYZE")
