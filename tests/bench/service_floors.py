"""The work of the services as bare SQL for all hotels at once: the floors of `services`.

Each floor writes as many rows as the service does, in one transaction: for all hotels, or for the
one that is given. Simpler than the service: it
shares out cleans in turns instead of by workload, explains nothing, and knows only what
`working_hotels` needs.
"""

import re
from collections.abc import Iterator, Sequence

_TEMPORARY = re.compile(r"\s*CREATE TEMPORARY TABLE (\w+) ON COMMIT DROP AS(.*)", re.DOTALL)
_LOCAL = """
    local AS MATERIALIZED (
        SELECT h.*, at::date AS day, (at - day_close_time::interval)::date AS business_date
        FROM hotels_hotel h, LATERAL (SELECT %(now)s AT TIME ZONE timezone AS at) AS clock
        WHERE %(hotel)s::bigint IS NULL OR h.id = %(hotel)s
    )
"""
_MESSAGE = """
    INSERT INTO jobs_outboxmessage (public_id, hotel_id, key, channel, template, audience,
        recipient, recipient_name, language, subject, body, html, payload, attachments, about_model,
        about_id, cause_model, destination, status, reason, attempts, next_attempt_at, created_at)
    SELECT gen_random_uuid(), hotel_id, key, 'email', template, audience, recipient, name, 'en', '',
        '', '', payload, attachments, about_model, about_id, '', 'email', 'WAITING', '', 0,
        %(now)s, %(now)s
"""
HOUSEKEEPING = (
    f"""
    WITH {_LOCAL}
    UPDATE hotels_room r SET cleanliness = 'DIRTY'
    FROM local h JOIN hotels_bookingroom s ON s.hotel_id = h.id AND s.status = 'CHECKED_IN'
    WHERE s.room_id = r.id AND r.cleanliness <> 'DIRTY' AND h.dirty_occupied_rooms
        AND h.last_round_date < h.day
        AND (s.checked_in_at AT TIME ZONE h.timezone - h.day_close_time::interval)::date < h.day
    """,
    f"""
    WITH {_LOCAL},
    left_open AS (
        UPDATE hotels_housekeepingtask t SET status = 'ROLLED_OVER',
            reason = 'not done on ' || t.date
        FROM local h WHERE h.id = t.hotel_id AND t.date < h.day
            AND t.status IN ('PENDING', 'ASSIGNED', 'IN_PROGRESS')
        RETURNING t.id, t.room_id
    ),
    cleaned AS (
        SELECT room_id, max(date) AS date, max(date) FILTER (WHERE linen_change) AS linen
        FROM hotels_housekeepingtask t JOIN local h ON h.id = t.hotel_id
        WHERE date >= day - linen_interval - 1 AND status IN ('DONE', 'INSPECTED') GROUP BY 1
    ),
    wanted AS (
        SELECT h.id AS hotel_id, h.day, r.id AS room_id, r.number, r.floor, s.id AS stay,
            kind, CASE WHEN kind = 'STAYOVER' THEN 'LOW' WHEN g.vip THEN 'URGENT'
                WHEN a.id IS NOT NULL THEN 'HIGH' ELSE 'NORMAL' END AS priority,
            round(t.credits * CASE kind WHEN 'STAYOVER' THEN stayover_credits
                ELSE departure_credits END) AS credits,
            kind = 'STAYOVER' AND day - coalesce(c.linen, s.arrival_date) >= linen_interval
                AS linen, o.id AS earlier
        FROM local h
        JOIN hotels_room r ON r.hotel_id = h.id AND r.active
        JOIN hotels_roomtype t ON t.id = r.room_type_id
        LEFT JOIN hotels_bookingroom s ON s.hotel_id = h.id AND s.status = 'CHECKED_IN'
            AND s.room_id = r.id
        LEFT JOIN hotels_bookingroom a ON a.hotel_id = h.id AND a.status = 'CONFIRMED'
            AND a.arrival_date = h.day AND a.room_id = r.id
        LEFT JOIN hotels_booking b ON b.id = a.booking_id
        LEFT JOIN hotels_guest g ON g.id = b.guest_id
        LEFT JOIN cleaned c ON c.room_id = r.id
        LEFT JOIN left_open o ON o.room_id = r.id,
        LATERAL (SELECT CASE WHEN s.id IS NULL OR s.departure_date <= h.day
            THEN 'DEPARTURE' ELSE 'STAYOVER' END AS kind) AS wanted
        WHERE CASE WHEN s.id IS NULL THEN r.cleanliness = 'DIRTY' WHEN kind = 'DEPARTURE' THEN true
                ELSE s.arrival_date < day AND coalesce(c.date, s.arrival_date) < day END
            AND NOT EXISTS (SELECT FROM hotels_roomblock x WHERE x.room_id = r.id
                AND x.kind = 'OUT_OF_ORDER' AND day >= x.start_date AND day < x.end_date)
    ),
    attendants AS (
        SELECT s.hotel_id, array_agg(s.id) AS staff FROM hotels_staffmember s
        JOIN local h ON h.id = s.hotel_id WHERE s.role = 'HOUSEKEEPING' AND s.active GROUP BY 1
    ),
    made AS (
        INSERT INTO hotels_housekeepingtask (hotel_id, room_id, booking_room_id, date, kind,
            priority, credits, linen_change, source, status, assignee_id, assigned_by_person,
            closed_by_round, reason, rolled_over_from_id, created_at)
        SELECT hotel_id, room_id, stay, day, kind, priority, credits, linen, 'AUTO',
            CASE WHEN staff IS NULL THEN 'PENDING' ELSE 'ASSIGNED' END,
            staff[1 + (row_number() OVER (PARTITION BY hotel_id
                ORDER BY priority, credits DESC, number)) %% cardinality(staff)],
            false, '', kind, earlier, %(now)s
        FROM wanted LEFT JOIN attendants USING (hotel_id)
        ON CONFLICT (room_id, date, kind) WHERE source = 'AUTO' DO NOTHING
        RETURNING *
    )
    {_MESSAGE}
    FROM (
        SELECT t.hotel_id, 'housekeeping-list:' || p.id || ':' || t.date AS key, p.name, u.email
            AS recipient, 'housekeeping-list' AS template, 'attendant' AS audience,
            jsonb_build_object('date', t.date, 'count', count(*), 'time', sum(t.credits), 'tasks',
                jsonb_agg(jsonb_build_object('room', r.number, 'floor', r.floor, 'clean', t.kind,
                    'priority', t.priority, 'time', t.credits, 'linen', t.linen_change)
                    ORDER BY t.priority, r.floor, r.number)) AS payload,
            '[]'::jsonb AS attachments, 'hotels.staffmember' AS about_model, p.id AS about_id
        FROM made t JOIN hotels_staffmember p ON p.id = t.assignee_id
        JOIN auth_user u ON u.id = p.user_id JOIN hotels_room r ON r.id = t.room_id
        GROUP BY t.hotel_id, t.date, p.id, u.email
    ) AS lists
    ON CONFLICT DO NOTHING
    """,
    f"""
    WITH {_LOCAL} UPDATE hotels_hotel h SET last_round_date = l.day FROM local l
    WHERE l.id = h.id AND h.last_round_date < l.day
    """,
)
MAINTENANCE = (
    f"""
    WITH {_LOCAL},
    due AS (
        SELECT p.*, e.hotel_id, h.day, (h.day - p.next_due_date) / p.interval_value AS missed
        FROM local h JOIN hotels_equipment e ON e.hotel_id = h.id
        JOIN hotels_maintenanceplan p ON p.equipment_id = e.id
        WHERE p.active AND (e.retired_date IS NULL OR e.retired_date > h.business_date)
            AND p.next_due_date <= h.business_date + p.lead_days
            AND NOT EXISTS (SELECT FROM hotels_workorder o WHERE o.plan_id = p.id
                AND o.status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS', 'ON_HOLD'))
    ),
    moved AS (
        UPDATE hotels_maintenanceplan p
        SET next_due_date = p.next_due_date + (missed + 1) * p.interval_value
        FROM due WHERE due.id = p.id
    )
    INSERT INTO hotels_workorder (hotel_id, number, kind, title, priority, status, due_date,
        checklist, missed_cycles, created_at, equipment_id, plan_id, cycle_date)
    SELECT hotel_id, 'PM-' || id || '-' || to_char(cycle, 'YYYYMMDD'), 'PREVENTIVE', name,
        'NORMAL', 'OPEN', cycle, checklist, missed, %(now)s, equipment_id, id, cycle
    FROM due, LATERAL (SELECT next_due_date + missed * interval_value AS cycle) AS last
    """,
    f"""
    WITH {_LOCAL}
    {_MESSAGE}
    FROM (
        SELECT h.id AS hotel_id, 'maintenance-list:' || p.id || ':' || h.business_date AS key,
            p.name, u.email AS recipient, 'maintenance-list' AS template,
            'maintenance' AS audience, jsonb_build_object('date', h.business_date, 'count',
                count(*), 'orders', jsonb_agg(jsonb_build_object('number', o.number, 'title',
                    o.title, 'equipment', e.name, 'due', o.due_date, 'priority', o.priority,
                    'assigned', o.assignee_id) ORDER BY o.due_date, o.id)) AS payload,
            '[]'::jsonb AS attachments, 'hotels.staffmember' AS about_model, p.id AS about_id
        FROM local h JOIN hotels_staffmember p ON p.hotel_id = h.id AND p.role = 'MAINTENANCE'
            AND p.active
        JOIN auth_user u ON u.id = p.user_id AND u.email <> ''
        JOIN hotels_workorder o ON o.hotel_id = h.id AND o.due_date <= h.business_date + 7
            AND o.status IN ('OPEN', 'ASSIGNED', 'IN_PROGRESS', 'ON_HOLD')
            AND (o.assignee_id IS NULL OR o.assignee_id = p.id)
        JOIN hotels_equipment e ON e.id = o.equipment_id
        GROUP BY h.id, h.business_date, p.id, u.email
    ) AS lists
    ON CONFLICT DO NOTHING
    """,
)
NO_SHOWS = (
    f"""
    CREATE TEMPORARY TABLE bench_due ON COMMIT DROP AS
    WITH {_LOCAL},
    late AS (
        SELECT s.*, h.business_date, h.email AS desk, h.accommodation_tax_rate AS rate, guaranteed,
            CASE WHEN guaranteed THEN (s.arrival_date + 1 + h.day_close_time) AT TIME ZONE timezone
                ELSE (s.arrival_date + (no_show_terms ->> 'releaseTime')::time)
                    AT TIME ZONE timezone END AS deadline
        FROM local h JOIN hotels_bookingroom s ON s.hotel_id = h.id AND s.status = 'CONFIRMED'
            AND s.arrival_date <= h.business_date,
        LATERAL (SELECT (no_show_terms ->> 'guaranteed')::boolean AS guaranteed) AS terms
        WHERE s.checked_in_at IS NULL AND s.key_issued_at IS NULL AND NOT s.staff_hold
            AND (s.eta IS NULL OR s.eta <= %(now)s - interval '2 hours')
    )
    SELECT s.*, b.currency, b.reference, g.id AS guest_id, g.name, g.email,
        CASE WHEN guaranteed THEN coalesce(p.fee, 0) ELSE 0 END AS fee
    FROM late s JOIN hotels_booking b ON b.id = s.booking_id
    JOIN hotels_guest g ON g.id = b.guest_id
    LEFT JOIN LATERAL (
        SELECT sum(price) AS fee FROM (SELECT price FROM hotels_bookingnight n
            WHERE n.booking_room_id = s.id AND NOT n.released ORDER BY n.date
            LIMIT (s.no_show_terms ->> 'penaltyValue')::int) AS nights
    ) AS p ON true
    WHERE s.deadline <= %(now)s
        AND NOT EXISTS (SELECT FROM hotels_bookingroom o
            WHERE o.booking_id = s.booking_id AND o.status = 'CHECKED_IN')
        AND NOT EXISTS (SELECT FROM hotels_folioline l WHERE l.booking_room_id = s.id)
        AND NOT EXISTS (SELECT FROM hotels_noshowrecord r
            WHERE r.booking_room_id = s.id AND r.outcome <> 'REVERSED')
    """,
    "ANALYZE bench_due",
    """
    WITH made AS (
        INSERT INTO hotels_folio (hotel_id, booking_id, payer_id, number, status, currency)
        SELECT hotel_id, booking_id, guest_id, 1, 'OPEN', currency FROM bench_due
        WHERE folio_id IS NULL AND fee > 0 RETURNING id, booking_id
    )
    UPDATE bench_due d SET folio_id = made.id FROM made WHERE made.booking_id = d.booking_id
    """,
    """
    INSERT INTO hotels_folioline (folio_id, booking_room_id, business_date, category, description,
        phrase, currency, tax_rate, net, tax, gross, quantity, zero_tax_reason, source_key)
    SELECT folio_id, id, business_date, 'NO_SHOW_FEE', 'No-show fee ' || reference, '{}', currency,
        rate, fee - tax, tax, fee, 1, '', 'no-show:' || id || ':1'
    FROM bench_due, LATERAL (SELECT fee - round(fee * 100 / (100 + rate), 2) AS tax) AS taxed
    WHERE fee > 0
    """,
    """
    UPDATE hotels_bookingroom s SET folio_id = d.folio_id,
        status = CASE WHEN d.guaranteed THEN 'NO_SHOW' ELSE 'RELEASED' END
    FROM bench_due d WHERE d.id = s.id
    """,
    """
    INSERT INTO hotels_noshowrecord (hotel_id, booking_room_id, outcome, rule, reason, deadline,
        business_date, arrival_date, eta, currency, fee_amount, fee_line_id, nights_freed,
        deposit_surplus, created_at, decision_note)
    SELECT d.hotel_id, d.id, CASE WHEN guaranteed THEN 'APPLIED' ELSE 'RELEASED' END, 'rule',
        'The guest had not checked in by ' || deadline, deadline, d.business_date, arrival_date,
        eta, d.currency, fee, l.id, (SELECT count(*) FROM hotels_bookingnight n
            WHERE n.booking_room_id = d.id AND n.date >= d.business_date AND NOT released), 0,
        %(now)s, ''
    FROM bench_due d LEFT JOIN hotels_folioline l ON l.source_key = 'no-show:' || d.id || ':1'
    """,
    """
    UPDATE hotels_bookingnight n SET released = true FROM bench_due d
    WHERE n.booking_room_id = d.id AND n.date >= d.business_date AND NOT n.released
    """,
    """
    UPDATE hotels_folio f SET status = 'COMPLETED', completed_at = %(now)s FROM bench_due d
    WHERE f.id = d.folio_id AND d.guaranteed AND f.status = 'OPEN'
        AND NOT EXISTS (SELECT FROM hotels_bookingroom s WHERE s.folio_id = f.id
            AND s.status IN ('TENTATIVE', 'CONFIRMED', 'CHECKED_IN'))
    """,
    """
    WITH freed AS (
        SELECT DISTINCT d.hotel_id, coalesce(r.room_type_id, d.room_type_id) AS kind, n.date
        FROM bench_due d JOIN hotels_bookingnight n ON n.booking_room_id = d.id
            AND n.date >= d.business_date
        LEFT JOIN hotels_room r ON r.id = n.room_id
    ),
    sold AS (
        SELECT coalesce(r.room_type_id, s.room_type_id) AS kind, n.date, count(*) AS rooms
        FROM (SELECT DISTINCT hotel_id, date FROM freed) f
        JOIN hotels_bookingnight n ON n.hotel_id = f.hotel_id AND n.date = f.date
            AND NOT n.released
        JOIN hotels_bookingroom s ON s.id = n.booking_room_id
            AND s.status IN ('CONFIRMED', 'CHECKED_IN')
        LEFT JOIN hotels_room r ON r.id = n.room_id GROUP BY 1, 2
    ),
    counted AS (
        SELECT f.kind, f.date, coalesce(s.rooms, 0) AS sold
        FROM freed f LEFT JOIN sold s ON s.kind = f.kind AND s.date = f.date
    )
    UPDATE hotels_roomavailability a SET occupied_rooms = sold, updated_at = %(now)s,
        available_rooms = greatest(total_rooms - out_of_order - sold, 0),
        overbooked_by = greatest(sold - total_rooms + out_of_order, 0),
        occupancy_rate = least(100, round(100.0 * sold / total_rooms, 2))
    FROM counted c
    WHERE a.room_type_id = c.kind AND a.date = c.date AND a.occupied_rooms <> c.sold
    """,
    f"""
    {_MESSAGE}
    FROM (
        SELECT hotel_id, 'no-show:' || id || ':guest' AS key, name, email AS recipient,
            'no-show' AS template, 'guest' AS audience, jsonb_build_object('booking', reference,
                'arrival', arrival_date, 'departure', departure_date, 'fee', fee) AS payload,
            '[]'::jsonb AS attachments, 'hotels.noshowrecord' AS about_model, id AS about_id
        FROM bench_due
        UNION ALL
        SELECT hotel_id, 'no-show-digest:' || min(id) || '-' || max(id), '', desk, 'no-show-digest',
            'front desk', jsonb_build_object('date', business_date, 'count', count(*), 'rooms',
                jsonb_agg(jsonb_build_object('room', reference, 'guest', name, 'arrival',
                    arrival_date, 'departure', departure_date, 'fee', fee) ORDER BY id)),
            '[]', '', NULL
        FROM bench_due GROUP BY hotel_id, desk, business_date
    ) AS mails
    ON CONFLICT DO NOTHING
    """,
)
INVOICES = (
    """
    UPDATE hotels_invoice i SET balance = i.gross - t.received
    FROM (
        SELECT n.folio_id, n.shown - n.gross + p.received AS off, p.received
        FROM (SELECT folio_id, sum(balance) AS shown, sum(gross) AS gross FROM hotels_invoice
            GROUP BY 1) n
        JOIN (SELECT folio_id, sum(amount - refunded_amount) AS received FROM hotels_payment
            WHERE status IN ('SUCCEEDED', 'REFUNDED') GROUP BY 1) p USING (folio_id)
    ) t
    WHERE t.folio_id = i.folio_id AND t.off <> 0
    """,
    f"""
    CREATE TEMPORARY TABLE bench_due ON COMMIT DROP AS
    WITH {_LOCAL}
    SELECT l.*, h.id AS hotel_id, h.day, f.payer_id, f.completed_at,
        -- Once per rate, in the European Union and Japan: what is left over goes to the next line.
        CASE WHEN timezone IN ('Europe/Lisbon', 'Asia/Tokyo') THEN
            round(sum(share) OVER (PARTITION BY f.id, tax_rate ORDER BY l.id), 2)
            - round(sum(share) OVER (PARTITION BY f.id, tax_rate ORDER BY l.id) - share, 2)
            ELSE l.tax END AS final
    FROM hotels_folioline l JOIN hotels_folio f ON f.id = l.folio_id AND f.status = 'COMPLETED'
    JOIN local h ON h.id = f.hotel_id,
    LATERAL (SELECT gross * tax_rate / (100 + tax_rate) AS share) AS exact
    WHERE l.document_id IS NULL AND l.settled_at IS NULL
        AND NOT EXISTS (SELECT FROM hotels_bookingroom s WHERE s.folio_id = f.id
            AND s.status IN ('TENTATIVE', 'CONFIRMED', 'CHECKED_IN'))
    """,
    """
    CREATE TEMPORARY TABLE bench_total ON COMMIT DROP AS
    SELECT d.*, row_number() OVER (PARTITION BY hotel_id ORDER BY completed_at, folio_id) AS place,
        coalesce((SELECT sum(amount - refunded_amount) FROM hotels_payment p
            WHERE p.folio_id = d.folio_id AND p.status IN ('SUCCEEDED', 'REFUNDED')), 0) AS received
    FROM (SELECT hotel_id, folio_id, payer_id, currency, day, completed_at, sum(final) AS tax,
            sum(gross) AS gross, min(business_date) AS first, max(business_date) AS last
        FROM bench_due GROUP BY 1, 2, 3, 4, 5, 6) d
    WHERE gross > 0
    """,
    """
    INSERT INTO hotels_invoiceseries (hotel_id, kind, year, last_number, last_issue_date)
    SELECT hotel_id, 'INVOICE', extract(year FROM day), count(*), day FROM bench_total
    GROUP BY hotel_id, day
    ON CONFLICT (hotel_id, kind, year) DO UPDATE SET last_issue_date = excluded.last_issue_date,
        last_number = hotels_invoiceseries.last_number + excluded.last_number
    """,
    """
    INSERT INTO hotels_invoice (hotel_id, folio_id, kind, year, sequence, number, live, issue_date,
        issued_at, due_date, service_start_date, service_end_date, currency, seller, buyer, net,
        tax, gross, balance, payment_status, reason, prices_include_tax, taxed_once_per_rate,
        reason_phrase)
    SELECT t.hotel_id, folio_id, 'INVOICE', s.year, n, h.invoice_prefix || '-' || s.year || '-'
            || lpad(n::text, 6, '0'), true, day, %(now)s, day + h.payment_days, first, last,
        t.currency, jsonb_build_object('name', h.name, 'legalName', h.legal_name, 'vatId', h.vat_id,
            'taxNumber', h.tax_number, 'address', h.address, 'email', h.email),
        jsonb_build_object('name', g.name, 'taxId', g.tax_id, 'address', g.address, 'country',
            g.country, 'email', g.email), t.gross - tax, tax, t.gross, t.gross - received,
        CASE WHEN received >= t.gross THEN 'PAID' ELSE 'UNPAID' END, '', h.prices_include_tax,
        false, '{}'
    FROM bench_total t JOIN hotels_hotel h ON h.id = t.hotel_id
    JOIN hotels_guest g ON g.id = t.payer_id
    JOIN hotels_invoiceseries s ON s.hotel_id = t.hotel_id AND s.kind = 'INVOICE'
        AND s.year = extract(year FROM day),
    LATERAL (SELECT s.last_number + place - (SELECT count(*) FROM bench_total o
        WHERE o.hotel_id = t.hotel_id) AS n) AS numbered
    """,
    """
    UPDATE hotels_folioline l SET document_id = i.id, settled_at = NULL
    FROM bench_due d JOIN hotels_invoice i ON i.folio_id = d.folio_id
    WHERE l.id = d.id AND i.issued_at = %(now)s
    """,
    """
    INSERT INTO hotels_invoiceline (invoice_id, position, folio_line_id, business_date, description,
        phrase, quantity, tax_rate, net, tax, gross)
    SELECT i.id, row_number() OVER (PARTITION BY i.id ORDER BY d.business_date, d.id), d.id,
        d.business_date, d.description, d.phrase, d.quantity, d.tax_rate, d.gross - d.final,
        d.final, d.gross
    FROM bench_due d JOIN hotels_invoice i ON i.folio_id = d.folio_id
    WHERE i.issued_at = %(now)s
    """,
    """
    INSERT INTO hotels_invoicetax (invoice_id, rate, net, tax, gross, zero_tax_reasons)
    SELECT i.id, d.tax_rate, sum(d.gross - d.final), sum(d.final), sum(d.gross), '[]'
    FROM bench_due d JOIN hotels_invoice i ON i.folio_id = d.folio_id
    WHERE i.issued_at = %(now)s GROUP BY 1, 2
    """,
    f"""
    {_MESSAGE}
    FROM (
        SELECT i.hotel_id, 'document:' || i.id AS key, buyer ->> 'name' AS name,
            buyer ->> 'email' AS recipient, 'invoice' AS template, 'guest' AS audience,
            jsonb_build_object('title', 'Invoice', 'number', i.number, 'issued', i.issue_date,
                'total', i.gross, 'balance', i.balance, 'due', i.due_date, 'booking', b.reference)
                AS payload,
            jsonb_build_array(jsonb_build_object('kind', 'invoice-pdf', 'id', i.id)) AS attachments,
            'hotels.invoice' AS about_model, i.id AS about_id
        FROM bench_total d JOIN hotels_invoice i USING (folio_id)
        JOIN hotels_folio f ON f.id = i.folio_id JOIN hotels_booking b ON b.id = f.booking_id
        WHERE i.issued_at = %(now)s
    ) AS mails
    ON CONFLICT DO NOTHING
    """,
)


def tables_kept(floor: Sequence[str]) -> Iterator[str]:
    """Statements that create the temporary tables of a floor for the session, empty."""
    for found in filter(None, map(_TEMPORARY.match, floor)):
        name, rows = found.groups()
        yield f"CREATE TEMPORARY TABLE IF NOT EXISTS {name} AS {rows} WITH NO DATA"


def with_tables_kept(floor: Sequence[str]) -> Iterator[str]:
    """The statements of a floor, which fill tables of `tables_kept` instead of creating them.

    To create one for each hotel would take longer than what is done with it.
    """
    for statement in floor:
        if found := _TEMPORARY.match(statement):
            name, rows = found.groups()
            yield f"DELETE FROM {name}"
            yield f"INSERT INTO {name} {rows}"
        elif not statement.startswith("ANALYZE"):
            yield statement
