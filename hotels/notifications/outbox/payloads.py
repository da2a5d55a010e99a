"""Payloads of the events of hotels: keys, states and amounts; the API has the details.

Keys are those of the API. Amounts are decimal text in `currency`, dates days of the hotel.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Self

from django.utils.translation import gettext_lazy as _

from hotels.models import (
    BookingRoom,
    HousekeepingTask,
    Invoice,
    NoShowRecord,
    Payment,
    RoomAvailability,
    WorkOrder,
)
from hotels.money import round_money
from hotels.notifications.outbox.event_types import event_type


@dataclass(frozen=True, kw_only=True)
class BookedRoom:
    """One room of a booking, as it is after the event; `number` counts the rooms of the booking."""

    booking_id: int
    booking_room_id: int
    reference: str
    number: int
    status: str
    room_type_id: int
    room_id: int | None
    arrival_date: date
    departure_date: date
    adults: int
    children: int

    @classmethod
    def of(cls, stay: BookingRoom) -> Self:
        """The payload of a booking room; its booking should be loaded."""
        return cls(
            booking_id=stay.booking_id,
            booking_room_id=stay.pk,
            reference=stay.booking.reference,
            number=stay.number,
            status=stay.status,
            room_type_id=stay.room_type_id,
            room_id=stay.room_id,
            arrival_date=stay.arrival_date,
            departure_date=stay.departure_date,
            adults=stay.adults,
            children=stay.children,
        )


@event_type("booking.created", label=_("Booking created"))
class BookingCreated(BookedRoom):
    """A room was booked."""


@event_type("booking.changed", label=_("Booking changed"))
class BookingChanged(BookedRoom):
    """A booked room was changed."""


@event_type("booking.cancelled", label=_("Booking cancelled"))
class BookingCancelled(BookedRoom):
    """A booked room was cancelled."""


@event_type("booking.checked_in", label=_("Guest checked in"))
class BookingCheckedIn(BookedRoom):
    """A guest checked in."""


@event_type("booking.checked_out", label=_("Guest checked out"))
class BookingCheckedOut(BookedRoom):
    """A guest checked out."""


@dataclass(frozen=True, kw_only=True)
class NoShow:
    """A decision about a room whose guest did not come; `outcome` says what was decided."""

    no_show_record_id: int
    booking_room_id: int
    outcome: str
    rule: str
    reason: str
    arrival_date: date
    fee_amount: Decimal
    currency: str

    @classmethod
    def of(cls, record: NoShowRecord) -> Self:
        """The payload of a stored record."""
        return cls(
            no_show_record_id=record.pk,
            booking_room_id=record.booking_room_id,
            outcome=record.outcome,
            rule=record.rule,
            reason=record.reason,
            arrival_date=record.arrival_date,
            fee_amount=round_money(record.fee_amount, currency=record.currency),
            currency=record.currency,
        )


@event_type("no_show.recorded", label=_("No-show recorded"))
class NoShowRecorded(NoShow):
    """A room was charged, released or put up for review."""


@event_type("no_show.reversed", label=_("No-show reversed"))
class NoShowReversed(NoShow):
    """A person reversed a decision, or waived the fee."""


@dataclass(frozen=True, kw_only=True)
class IssuedDocument:
    """An issued invoice or credit note; `corrects_id` is the invoice it corrects."""

    invoice_id: int
    number: str
    folio_id: int
    corrects_id: int | None
    issue_date: date
    due_date: date | None
    currency: str
    net: Decimal
    tax: Decimal
    gross: Decimal

    @classmethod
    def of(cls, document: Invoice) -> Self:
        """The payload of a stored document."""
        return cls(
            invoice_id=document.pk,
            number=document.number,
            folio_id=document.folio_id,
            corrects_id=document.corrects_id,
            issue_date=document.issue_date,
            due_date=document.due_date,
            currency=document.currency,
            net=round_money(document.net, currency=document.currency),
            tax=round_money(document.tax, currency=document.currency),
            gross=round_money(document.gross, currency=document.currency),
        )


@event_type("invoice.issued", label=_("Invoice issued"))
class InvoiceIssued(IssuedDocument):
    """An invoice was issued."""


@event_type("credit_note.issued", label=_("Credit note issued"))
class CreditNoteIssued(IssuedDocument):
    """A credit note was issued."""


@event_type("payment.recorded", label=_("Payment recorded"))
@dataclass(frozen=True, kw_only=True)
class PaymentRecorded:
    """Money was received on a folio."""

    payment_id: int
    folio_id: int
    amount: Decimal
    currency: str
    method: str
    is_deposit: bool
    received_at: datetime | None

    @classmethod
    def of(cls, payment: Payment) -> Self:
        """The payload of a stored payment."""
        return cls(
            payment_id=payment.pk,
            folio_id=payment.folio_id,
            amount=round_money(payment.amount, currency=payment.currency),
            currency=payment.currency,
            method=payment.method,
            is_deposit=payment.is_deposit,
            received_at=payment.received_at,
        )


@dataclass(frozen=True, kw_only=True)
class MaintenanceWork:
    """A work order as it is after the event."""

    work_order_id: int
    number: str
    title: str
    kind: str
    priority: str
    status: str
    equipment_id: int | None
    plan_id: int | None
    due_date: date
    completed_at: datetime | None

    @classmethod
    def of(cls, order: WorkOrder) -> Self:
        """The payload of a stored work order."""
        return cls(
            work_order_id=order.pk,
            number=order.number,
            title=order.title,
            kind=order.kind,
            priority=order.priority,
            status=order.status,
            equipment_id=order.equipment_id,
            plan_id=order.plan_id,
            due_date=order.due_date,
            completed_at=order.completed_at,
        )


@event_type("work_order.created", label=_("Work order created"))
class WorkOrderCreated(MaintenanceWork):
    """A work order was created, by a plan or a person."""


@event_type("work_order.completed", label=_("Work order completed"))
class WorkOrderCompleted(MaintenanceWork):
    """A work order was completed."""


@event_type("housekeeping.task.updated", label=_("Housekeeping task updated"))
@dataclass(frozen=True, kw_only=True)
class HousekeepingTaskUpdated:
    """A person started, finished, assigned or changed a clean."""

    task_id: int
    room_id: int
    date: date
    kind: str
    priority: str
    status: str
    assignee_id: int | None
    completed_at: datetime | None

    @classmethod
    def of(cls, task: HousekeepingTask) -> Self:
        """The payload of a stored task."""
        return cls(
            task_id=task.pk,
            room_id=task.room_id,
            date=task.date,
            kind=task.kind,
            priority=task.priority,
            status=task.status,
            assignee_id=task.assignee_id,
            completed_at=task.completed_at,
        )


@event_type("housekeeping.round.completed", label=_("Housekeeping round completed"))
@dataclass(frozen=True, kw_only=True)
class HousekeepingRoundCompleted:
    """The daily round planned the cleans of a date."""

    date: date
    tasks_created: int
    tasks_assigned: int
    unassigned: int


@dataclass(frozen=True, kw_only=True)
class AvailableNight:
    """The rooms of one type on one night."""

    date: date
    total_rooms: int
    out_of_order: int
    occupied_rooms: int
    available_rooms: int
    overbooked_by: int

    @classmethod
    def of(cls, row: RoomAvailability) -> Self:
        """The payload of a stored row."""
        return cls(
            date=row.date,
            total_rooms=row.total_rooms,
            out_of_order=row.out_of_order,
            occupied_rooms=row.occupied_rooms,
            available_rooms=row.available_rooms,
            overbooked_by=row.overbooked_by,
        )


@event_type("availability.changed", label=_("Availability changed"))
@dataclass(frozen=True, kw_only=True)
class AvailabilityChanged:
    """The nights of a room type whose figures changed, in order of their dates."""

    room_type_id: int
    room_type: str
    nights: Sequence[AvailableNight]


@event_type("availability.overbooked", label=_("Overbooked"))
@dataclass(frozen=True, kw_only=True)
class AvailabilityOverbooked:
    """More rooms of a type are booked than there are, on a night that was not so short before."""

    room_type_id: int
    room_type: str
    date: date
    overbooked_by: int


def available_nights(rows: Iterable[RoomAvailability]) -> list[AvailableNight]:
    """The payloads of rows of one type, in order of their dates."""
    return [AvailableNight.of(row) for row in sorted(rows, key=lambda row: row.date)]
