"""Loading of the demo group; existing hotels are not changed."""

from datetime import datetime, timedelta

from django.db import transaction

from hotels import models, money
from hotels.deadlocks import repeated_on_deadlock
from hotels.demo.bookings import DemoBookings
from hotels.demo.group import (
    GROUP,
    GROUP_NAME,
    HOUSEKEEPERS,
    RECEPTIONISTS,
    ROOM_TYPES,
    TECHNICIANS,
    DemoHotel,
)
from hotels.models import MaintenancePlan, StaffMember, WorkOrder
from hotels.property_changes import save_hotel

SHIFT_DAYS = 28  # those of the demo: a fortnight of history, and a fortnight to come


def load_group(*, now: datetime) -> list[models.Hotel]:
    """Load the missing hotels of the group, each in its own transaction; returns them."""
    known = set(models.Hotel.objects.values_list("code", flat=True))
    return [load_hotel(plan, now=now) for plan in GROUP if plan.code not in known]


def demo_hotels() -> list[models.Hotel]:
    """Return the loaded hotels of the group, in the order of GROUP."""
    by_code = models.Hotel.objects.in_bulk([plan.code for plan in GROUP], field_name="code")
    return [by_code[plan.code] for plan in GROUP if plan.code in by_code]


@repeated_on_deadlock
@transaction.atomic
def load_hotel(plan: DemoHotel, *, now: datetime) -> models.Hotel:
    """Load one hotel with its bookings around `now`; returns it."""
    hotel = models.Hotel(
        code=plan.code,
        name=plan.name,
        legal_name=plan.legal_name,
        group=models.HotelGroup.objects.get_or_create(name=GROUP_NAME)[0],
        vat_id=plan.vat_id,
        tax_number=plan.tax_number,
        bank_account=plan.bank_account,
        bank_bic=plan.bank_bic,
        bank_name=plan.bank_name,
        payment_days=plan.payment_days,
        zero_tax_reason=plan.zero_tax_reason,
        address=plan.address,
        email=f"frontdesk@{plan.code}.example",
        timezone=plan.timezone,
        currency=plan.currency,
        accommodation_tax_rate=plan.tax_rate,
        prices_include_tax=plan.prices_include_tax,
    )
    save_hotel(hotel=hotel, now=now)
    rooms = _rooms(hotel, plan)
    _staff(hotel, now=now)
    _equipment(hotel, rooms["STD"][0], now=now)
    _blocks(hotel, rooms, now=now)
    guaranteed = models.NoShowPolicy.objects.create(hotel=hotel, name="Guaranteed, first night")
    flexible = models.NoShowPolicy.objects.create(
        hotel=hotel,
        name="Hold until 18:00",
        guaranteed=False,
        penalty_type=models.NoShowPolicy.PenaltyType.NONE,
        penalty_value=0,
    )
    DemoBookings(
        hotel=hotel, now=now, rooms=rooms, guaranteed=guaranteed, flexible=flexible
    ).write()
    return hotel


def _rooms(hotel: models.Hotel, plan: DemoHotel) -> dict[str, list[models.Room]]:
    rooms: dict[str, list[models.Room]] = {}
    for floor, (code, name, factor, credits, capacity, count) in enumerate(ROOM_TYPES, start=1):
        room_type = models.RoomType.objects.create(
            hotel=hotel,
            code=code,
            name=name,
            base_rate=money.round_money(plan.rate * factor, currency=plan.currency),
            credits=credits,
            capacity=capacity,
        )
        rooms[code] = models.Room.objects.bulk_create(
            models.Room(hotel=hotel, room_type=room_type, number=f"{floor}{n:02d}", floor=floor)
            for n in range(1, count + 1)
        )
    dirty = rooms["SUP"][-1]
    dirty.cleanliness = models.Room.Cleanliness.DIRTY
    dirty.save(update_fields=["cleanliness"])
    return rooms


def _staff(hotel: models.Hotel, *, now: datetime) -> None:
    today = hotel.local_date(now)
    for role, names in (
        (StaffMember.Role.HOUSEKEEPING, HOUSEKEEPERS),
        (StaffMember.Role.MAINTENANCE, TECHNICIANS),
        (StaffMember.Role.FRONT_DESK, RECEPTIONISTS),
    ):
        for n, name in enumerate(names):
            staff = StaffMember.objects.create(
                hotel=hotel, name=name, role=role, home_floor=1 + n % len(ROOM_TYPES)
            )
            models.Shift.objects.bulk_create(
                models.Shift(
                    staff=staff,
                    date=today + timedelta(days=day),
                    # One day off in seven, on different days.
                    kind="LEAVE" if (day + n) % 7 == 6 else "WORK",
                )
                for day in range(-1, SHIFT_DAYS)
            )


def _equipment(hotel: models.Hotel, room: models.Room, *, now: datetime) -> None:
    """Create plans: one overdue, one due within its lead days, one floating, one due later."""
    today = hotel.business_date(now)
    for code, name, title, unit, value, mode, anchor, lead in (
        ("BOIL-1", "Boiler", "Burner inspection", "MONTHS", 1, "FIXED", -45, 7),
        ("LIFT-1", "Passenger lift", "Safety check", "MONTHS", 3, "FIXED", 5, 14),
        ("POOL-1", "Pool pump", "Filter change", "WEEKS", 2, "FLOATING", -60, 0),
        ("AC-101", "Air conditioner", "Filter cleaning", "DAYS", 90, "FIXED", 60, 10),
    ):
        equipment = models.Equipment.objects.create(
            hotel=hotel, code=code, name=name, room=room if code == "AC-101" else None
        )
        plan = MaintenancePlan.objects.create(
            equipment=equipment,
            name=title,
            interval_value=value,
            interval_unit=unit,
            mode=mode,
            anchor_date=today + timedelta(days=anchor),
            lead_days=lead,
            checklist=["Switch off and lock out", title, "Test run", "Sign the log"],
        )
        if mode == MaintenancePlan.Mode.FLOATING:
            WorkOrder.objects.create(
                hotel=hotel,
                number=f"WO-{code}",
                kind=WorkOrder.Kind.PREVENTIVE,
                equipment=equipment,
                plan=plan,
                title=f"{title} of {name}",
                status=WorkOrder.Status.COMPLETED,
                due_date=plan.anchor_date,
                cycle_date=plan.anchor_date,
                created_at=now - timedelta(days=61),
                completed_at=now - timedelta(days=20),
            )


def _blocks(hotel: models.Hotel, rooms: dict[str, list[models.Room]], *, now: datetime) -> None:
    today = hotel.business_date(now)
    for room, kind, until, reason in (
        (rooms["SUI"][2], "OUT_OF_ORDER", 6, "Water damage, plastering"),
        (rooms["SUP"][5], "OUT_OF_SERVICE", 3, "Television does not work"),
    ):
        models.RoomBlock.objects.create(
            room=room,
            kind=kind,
            start_date=today - timedelta(days=1),
            end_date=today + timedelta(days=until),
            reason=reason,
        )
