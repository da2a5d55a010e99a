"""One row of every model, and the URLs of its admin pages."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.urls import reverse

from hotels import audit, models
from tests import factories
from tests.hotels.notifications.fakes import message_of

DAY = date(2026, 7, 15)
NOW = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
_numbers = count(1)

# Rows of users or several hotels, counters, and what has pages of its own.
WITHOUT_ADMIN = {
    models.ApiToken,
    models.AttemptCount,
    models.ChainHead,
    models.ChatChannel,
    models.DeliveryAttempt,
    models.EmailLook,
    models.EmailTemplate,
    models.HotelGroup,
    models.Destination,
    models.Event,
    models.Invitation,
    models.KeptAnswer,
    models.PushKey,
    models.Seal,
    models.SuppressedAddress,
    models.UserSession,
    models.WebhookEndpoint,
}
ALL = sorted(
    set(apps.get_app_config("hotels").get_models()) - WITHOUT_ADMIN,
    key=lambda model: model.__name__,
)
IMMUTABLE = {
    models.AuditEntry,
    models.BookingNight,
    models.FolioLine,
    models.Invoice,
    models.InvoiceLine,
    models.InvoiceSeries,
    models.InvoiceTax,
    models.Message,
    models.NoShowRecord,
    models.Payment,
    models.RoomAvailability,
}
ADDED_BY_CODE = IMMUTABLE | {models.Booking, models.BookingRoom}


def page(name: str, target: type[Model] | Model) -> str:
    """Return the path of an admin page: `page("changelist", Room)`, `page("change", room)`."""
    args = [] if isinstance(target, type) else [target.pk]
    return reverse(f"admin:{target._meta.app_label}_{target._meta.model_name}_{name}", args=args)


def form_of(row: Model, **changes: Any) -> dict[str, Any]:
    """Return what a browser posts from the change page of `row`, with empty inlines."""
    options = admin.site.get_model_admin(type(row))
    data = {
        field.name: _posted(field.value_from_object(row))
        for field in row._meta.concrete_fields
        if field.editable and not any(field.value_from_object(row) is x for x in (None, False))
    }
    for inline in options.inlines:
        prefix = inline.model._meta.get_field(_link(inline.model, type(row))).remote_field
        name = prefix.get_accessor_name()
        data |= {f"{name}-TOTAL_FORMS": 0, f"{name}-INITIAL_FORMS": 0}
    return data | changes


def _posted(value: Any) -> Any:
    return value if not isinstance(value, (list, dict)) else "[]"


def _link(child: type[Model], parent: type[Model]) -> str:
    return next(f.name for f in child._meta.concrete_fields if f.related_model is parent)


def rows(hotel: models.Hotel) -> dict[type[Model], Model]:
    """Create one row of every model in the hotel."""
    number = next(_numbers)
    booking_room = factories.stay(
        hotel, arrival=DAY, room=factories.RoomFactory(hotel=hotel, number=f"R{number}")
    )
    folio = booking_room.folio
    line = factories.FolioLineFactory(folio=folio)
    staff = factories.StaffFactory(hotel=hotel)
    plan = factories.PlanFactory(equipment__hotel=hotel)
    made = [
        booking_room,
        booking_room.room,
        booking_room.room_type,
        booking_room.booking,
        booking_room.booking.guest,
        booking_room.nights.first(),
        folio,
        line,
        staff,
        plan,
        plan.equipment,
        models.MaintenancePause.objects.create(
            equipment=plan.equipment, plan=plan, start_date=date(2026, 5, 1), end_date=DAY
        ),
        factories.MembershipFactory(hotel=hotel),
        factories.PolicyFactory(hotel=hotel),
        factories.PaymentFactory(folio=folio),
        models.Shift.objects.create(staff=staff, date=DAY),
        models.CleaningOptOut.objects.create(booking_room=booking_room, date=DAY),
        models.RoomBlock.objects.create(
            room=booking_room.room,
            kind="OUT_OF_ORDER",
            start_date=DAY,
            end_date=date(2026, 7, 16),
        ),
        models.HousekeepingTask.objects.create(
            hotel=hotel,
            room=booking_room.room,
            booking_room=booking_room,
            assignee=staff,
            date=DAY,
            kind="DEPARTURE",
            credits=30,
            created_at=NOW,
        ),
        models.WorkOrder.objects.create(
            hotel=hotel,
            number=f"WO-{number}",
            equipment=plan.equipment,
            plan=plan,
            title="Service",
            due_date=DAY,
            cycle_date=DAY,
            created_at=NOW,
        ),
        message_of(hotel),
        models.RoomAvailability.objects.create(
            hotel=hotel,
            room_type=booking_room.room_type,
            date=DAY,
            total_rooms=1,
            available_rooms=1,
            updated_at=NOW,
        ),
        record_of(booking_room),
        audit.record(by="ana", verb=audit.Verb.ADD, row=line, now=NOW),
        *_invoice(hotel, folio, line, number),
    ]
    return {type(row): row for row in made} | {models.Hotel: hotel}


def record_of(room: models.BookingRoom, **fields: Any) -> models.NoShowRecord:
    """Create a minimal no-show record of `room`."""
    return models.NoShowRecord.objects.create(
        hotel=room.hotel,
        booking_room=room,
        outcome=fields.pop("outcome", models.NoShowRecord.Outcome.RELEASED),
        rule="RELEASE",
        reason="The guest did not arrive.",
        deadline=NOW,
        business_date=DAY,
        arrival_date=room.arrival_date,
        currency=room.hotel.currency,
        created_at=NOW,
        **fields,
    )


def _invoice(
    hotel: models.Hotel, folio: models.Folio, line: models.FolioLine, number: int
) -> list[Model]:
    amounts = {"net": Decimal(100), "tax": Decimal(0), "gross": Decimal(100)}
    invoice = models.Invoice.objects.create(
        hotel=hotel,
        folio=folio,
        year=2026,
        sequence=number,
        number=f"INV-{number}",
        issue_date=DAY,
        issued_at=NOW,
        currency=hotel.currency,
        seller={},
        buyer={},
        balance=Decimal(100),
        payment_status="UNPAID",
        **amounts,
    )
    return [
        invoice,
        models.InvoiceSeries.objects.create(hotel=hotel, kind="INVOICE", year=1000 + number),
        models.InvoiceLine.objects.create(
            invoice=invoice,
            position=1,
            folio_line=line,
            business_date=DAY,
            description="Room",
            tax_rate=0,
            **amounts,
        ),
        models.InvoiceTax.objects.create(invoice=invoice, rate=0, **amounts),
    ]
