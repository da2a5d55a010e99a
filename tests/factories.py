"""Factories of test objects: each makes a consistent row of one hotel."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import factory
from django.contrib.auth import get_user_model
from django.utils import timezone

from hotels import models
from hotels.calendar import nights
from hotels.encryption import encrypt
from hotels.notifications.webhooks.signing import new_secret

# The third of a kind is the hundredth: sorted as text it comes before the first, as it would in
# any hotel group, and a test that expects one order where the project has another fails.
FIRST_NUMBER = 98


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = get_user_model()
        skip_postgeneration_save = True

    username = factory.Sequence("person{}".format)
    is_staff = True
    password = factory.django.Password("secret")


class HotelFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Hotel

    code = factory.Sequence("hotel-{}".format)
    name = factory.Sequence("Hotel {}".format)
    legal_name = factory.LazyAttribute(lambda hotel: f"{hotel.name} Lda.")
    email = factory.LazyAttribute(lambda hotel: f"desk@{hotel.code}.example")
    timezone = "Europe/Lisbon"
    currency = "EUR"


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Membership

    user = factory.SubFactory(UserFactory)
    hotel = factory.SubFactory(HotelFactory)
    role = models.Membership.Role.MANAGER


class InvitationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Invitation

    hotel = factory.SubFactory(HotelFactory)
    role = models.Membership.Role.VIEWER
    digest = factory.Sequence("{:064x}".format)
    invited_by = factory.SubFactory(UserFactory)
    created_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyAttribute(lambda row: row.created_at + timedelta(days=7))


class StaffFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.StaffMember

    hotel = factory.SubFactory(HotelFactory)
    name = factory.Sequence("Attendant {}".format)
    role = models.StaffMember.Role.HOUSEKEEPING


class RoomTypeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.RoomType

    hotel = factory.SubFactory(HotelFactory)
    code = factory.Sequence("T{}".format)
    name = "Double"
    base_rate = Decimal(100)


class RoomFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Room

    hotel = factory.SubFactory(HotelFactory)
    room_type = factory.SubFactory(RoomTypeFactory, hotel=factory.SelfAttribute("..hotel"))
    # Beyond the numbers that tests give to rooms of their own.
    number = factory.Sequence(lambda n: f"{100_000 + n}")


class PolicyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.NoShowPolicy

    hotel = factory.SubFactory(HotelFactory)
    name = factory.Sequence("Policy {}".format)


class GuestFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Guest

    hotel = factory.SubFactory(HotelFactory)
    name = factory.Sequence("Guest {}".format)
    email = factory.LazyAttribute(lambda guest: guest.name.lower().replace(" ", ".") + "@x.example")


class BookingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Booking

    hotel = factory.SubFactory(HotelFactory)
    guest = factory.SubFactory(GuestFactory, hotel=factory.SelfAttribute("..hotel"))
    reference = factory.Sequence("B{}".format)
    booked_at = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class FolioFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Folio

    booking = factory.SubFactory(BookingFactory)
    hotel = factory.SelfAttribute("booking.hotel")
    payer = factory.SelfAttribute("booking.guest")
    number = factory.Sequence(lambda n: n % 30_000)


class FolioLineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.FolioLine

    folio = factory.SubFactory(FolioFactory)
    business_date = date(2026, 7, 14)
    category = models.FolioLine.Category.ROOM
    description = "Room"
    gross = Decimal(100)
    net = factory.SelfAttribute("gross")
    tax = Decimal(0)


class PaymentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Payment

    folio = factory.SubFactory(FolioFactory)
    status = models.Payment.Status.SUCCEEDED
    amount = Decimal(100)
    received_at = datetime(2026, 7, 14, 12, 0, tzinfo=UTC)


class EquipmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Equipment

    hotel = factory.SubFactory(HotelFactory)
    code = factory.Sequence("E{}".format)
    name = "Boiler"


class PlanFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.MaintenancePlan

    equipment = factory.SubFactory(EquipmentFactory)
    name = factory.Sequence("Plan {}".format)
    interval_value = 1
    interval_unit = models.MaintenancePlan.Unit.MONTHS
    anchor_date = date(2026, 7, 15)
    off_since_date = factory.LazyAttribute(
        lambda plan: None if getattr(plan, "active", True) else plan.anchor_date
    )


def stay(
    hotel: models.Hotel,
    *,
    arrival: date,
    nights_count: int = 2,
    status: str = models.BookingRoom.Status.CONFIRMED,
    room: models.Room | None = None,
    room_type: models.RoomType | None = None,
    price: Decimal = Decimal(100),
    policy: models.NoShowPolicy | None = None,
    booking: models.Booking | None = None,
    **fields: Any,
) -> models.BookingRoom:
    """Create a booking room with its nights and an open folio; `room` is assigned to all nights."""
    booking = booking or BookingFactory(hotel=hotel)
    room_type = room_type or (room.room_type if room else RoomTypeFactory(hotel=hotel))
    terms = (policy or PolicyFactory.build(hotel=hotel)).terms()
    moment = datetime.combine(arrival, datetime.min.time(), tzinfo=UTC) + timedelta(hours=14)
    if status in ("CHECKED_IN", "CHECKED_OUT"):
        fields.setdefault("checked_in_at", moment)
    if status == "CHECKED_OUT":
        fields.setdefault("checked_out_at", moment + timedelta(days=nights_count))
    if "folio" not in fields:
        fields["folio"] = FolioFactory(booking=booking)
    booking_room = models.BookingRoom.objects.create(
        hotel=hotel,
        booking=booking,
        number=booking.rooms.count() + 1,
        room_type=room_type,
        room=room,
        status=status,
        arrival_date=arrival,
        departure_date=arrival + timedelta(days=nights_count),
        no_show_terms=fields.pop("no_show_terms", terms.to_json()),
        **fields,
    )
    models.BookingNight.objects.bulk_create(
        models.BookingNight(
            hotel=hotel, booking_room=booking_room, date=night, room=room, price=price
        )
        for night in nights(arrival=arrival, departure=booking_room.departure_date)
    )
    return booking_room


class WebhookEndpointFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.WebhookEndpoint

    hotel = factory.SubFactory(HotelFactory)
    url = "https://hooks.hotel.example/in"
    events = factory.LazyFunction(list)
    secret = factory.LazyFunction(lambda: encrypt(new_secret()))
    created_at = factory.LazyFunction(timezone.now)


class WebhookMessageFactory(factory.django.DjangoModelFactory):
    """A message to an endpoint, which waits."""

    class Meta:
        model = models.Message

    endpoint = factory.SubFactory(WebhookEndpointFactory)
    hotel = factory.SelfAttribute("endpoint.hotel")
    key = factory.Sequence("webhook-message-{}".format)
    channel = models.Message.Channel.WEBHOOK
    template = "invoice.issued"
    audience = "program"
    body = '{"type":"invoice.issued"}'
    destination = factory.LazyAttribute(lambda row: f"webhook:{row.endpoint.pk}")
    next_attempt_at = factory.LazyFunction(timezone.now)
    created_at = factory.LazyFunction(timezone.now)


def restart_numbers() -> None:
    """Number what comes next from FIRST_NUMBER, whatever was created before."""
    for each in _FACTORIES:
        each.reset_sequence(FIRST_NUMBER, force=True)


_FACTORIES = [
    each
    for each in vars().values()
    if isinstance(each, type) and issubclass(each, factory.django.DjangoModelFactory)
]
