"""Models of the hotels app, one file per area."""

from hotels.models.api_token import ApiToken
from hotels.models.attempts import AttemptCount
from hotels.models.audit import AuditEntry
from hotels.models.availability import RoomAvailability
from hotels.models.billing import Folio, FolioLine, Payment
from hotels.models.bookings import (
    Booking,
    BookingNight,
    BookingRoom,
    CleaningOptOut,
    Guest,
    NoShowPolicy,
)
from hotels.models.chat_channel import ChatChannel
from hotels.models.emails import EmailLook, EmailTemplate, SuppressedAddress
from hotels.models.events import Event
from hotels.models.groups import HotelGroup
from hotels.models.housekeeping import HousekeepingTask, Priority
from hotels.models.invitations import Invitation
from hotels.models.invoices import (
    ImmutableRowError,
    Invoice,
    InvoiceLine,
    InvoiceSeries,
    InvoiceTax,
)
from hotels.models.kept_answer import KeptAnswer
from hotels.models.maintenance import Equipment, MaintenancePause, MaintenancePlan, WorkOrder
from hotels.models.messages import DeliveryAttempt, Destination, Message
from hotels.models.no_shows import NoShowRecord
from hotels.models.people import Membership, Shift, StaffMember
from hotels.models.property import Hotel, Room, RoomBlock, RoomType
from hotels.models.push_key import PushKey
from hotels.models.seals import Chain, ChainHead, Seal
from hotels.models.sessions import UserSession
from hotels.models.webhook_endpoint import WebhookEndpoint

__all__ = [
    "ApiToken",
    "AttemptCount",
    "AuditEntry",
    "Booking",
    "BookingNight",
    "BookingRoom",
    "Chain",
    "ChainHead",
    "ChatChannel",
    "CleaningOptOut",
    "DeliveryAttempt",
    "Destination",
    "EmailLook",
    "EmailTemplate",
    "Equipment",
    "Event",
    "Folio",
    "FolioLine",
    "Guest",
    "Hotel",
    "HotelGroup",
    "HousekeepingTask",
    "ImmutableRowError",
    "Invitation",
    "Invoice",
    "InvoiceLine",
    "InvoiceSeries",
    "InvoiceTax",
    "KeptAnswer",
    "MaintenancePause",
    "MaintenancePlan",
    "Membership",
    "Message",
    "NoShowPolicy",
    "NoShowRecord",
    "Payment",
    "Priority",
    "PushKey",
    "Room",
    "RoomAvailability",
    "RoomBlock",
    "RoomType",
    "Seal",
    "Shift",
    "StaffMember",
    "SuppressedAddress",
    "UserSession",
    "WebhookEndpoint",
    "WorkOrder",
]
