"""Admin of guests, bookings, reserved rooms and nights.

Availability and prices are checked when a booking is made. Users may change its details here, but
not its dates, rooms and statuses, which must change together.
"""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels.admin.base import HotelScopedAdmin, ReadOnlyAdmin, ReadOnlyInline
from hotels.admin.columns import (
    hotel_column,
    instant_column,
    money_column,
    related_column,
)
from hotels.admin.form_choices import OneHotelForm
from hotels.booking_events import publish_stays
from hotels.models import (
    Booking,
    BookingNight,
    BookingRoom,
    CleaningOptOut,
    Guest,
    NoShowPolicy,
)
from hotels.notifications.email.suppression import suppressions_of
from hotels.notifications.outbox import payloads
from hotels.roles import Action


@admin.register(NoShowPolicy)
class NoShowPolicyAdmin(HotelScopedAdmin):
    """No-show policies; existing bookings keep the terms they were made under."""

    list_display = ["name", "hotel", "guaranteed", "penalty_type", "penalty_value", "taxed"]
    list_filter = ["guaranteed", "penalty_type"]
    list_select_related = ["hotel"]
    search_fields = ["name"]
    autocomplete_fields = ["hotel"]


@admin.register(Guest)
class GuestAdmin(HotelScopedAdmin):
    """Guests and payers."""

    needs = Action.BOOK
    list_display = ["name", "hotel", "email", "phone", "country", "vip"]
    list_filter = ["vip"]
    list_select_related = ["hotel"]
    search_fields = ["name", "email", "phone"]
    autocomplete_fields = ["hotel"]
    readonly_fields = ["suppression"]

    @admin.display(description=_("e-mails"))
    def suppression(self, guest: Guest) -> str:
        """The reason why the hotel sends the guest no e-mails; managers can allow the address."""
        if guest.pk is None or not guest.email:
            return gettext("No e-mail address is known.")
        found = list(suppressions_of(hotel_id=guest.hotel_id, address=guest.email))
        if not found:
            return gettext("Are sent to this address.")
        first = found[0]
        words = gettext("Not sent: %(reason)s. Managers can allow the address under E-mails.")
        if first.kind:
            words = gettext(
                "Some are not sent (%(kinds)s): %(reason)s. "
                "Managers can allow the address under E-mails."
            )
        kinds = ", ".join(row.kind_label for row in found)
        return words % {"kinds": kinds, "reason": first.get_reason_display()}


class BookingRoomInline(ReadOnlyInline):
    """The rooms of a booking."""

    model = BookingRoom
    fields = [
        "number",
        "room_type",
        "room",
        "status",
        "arrival_date",
        "departure_date",
        "adults",
        "children",
        "folio",
    ]
    ordering = ["number"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Join everything a row shows."""
        rows = super().get_queryset(request)
        return rows.select_related("booking", "room_type", "room", "folio__booking")


@admin.register(Booking)
class BookingAdmin(HotelScopedAdmin):
    """Bookings; they are cancelled, never deleted."""

    needs = Action.BOOK
    adds = deletes = False
    list_display = ["reference", "hotel", "guest", "source", instant_column("booked_at")]
    list_select_related = ["hotel", "guest"]
    search_fields = ["reference", "guest__name", "guest__email"]
    autocomplete_fields = ["hotel", "guest"]
    readonly_fields = ["reference", "currency", "booked_at"]
    inlines = [BookingRoomInline]


class BookingNightInline(ReadOnlyInline):
    """The nights of a reserved room and their prices."""

    model = BookingNight
    fields = ["date", "room", money_column("price"), "released"]
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> Any:
        """Join the room, and the hotel for the currency of the price."""
        rows = super().get_queryset(request)
        return rows.select_related("hotel", "room", "booking_room__booking")


class BookingRoomForm(OneHotelForm):
    """Booked room form that refuses a key issued in the future."""

    def clean_key_issued_at(self) -> datetime | None:
        """Raise ValidationError for a future time: a room with a key is never a no-show."""
        issued: datetime | None = self.cleaned_data["key_issued_at"]
        if issued is not None and issued > timezone.now():
            raise ValidationError(_("A key cannot be issued in the future."))
        return issued


@admin.register(BookingRoom)
class BookingRoomAdmin(HotelScopedAdmin):
    """Reserved rooms: the front desk may change arrival time, hold, party and day-use price."""

    form = BookingRoomForm
    needs = Action.BOOK
    adds = deletes = False
    list_display = [
        "__str__",
        "hotel",
        related_column("booking__guest", label=_("guest")),
        "room_type",
        "room",
        "status",
        "arrival_date",
        "departure_date",
        instant_column("eta", label=_("expected arrival")),
    ]
    list_filter = ["status", "staff_hold"]
    list_select_related = ["hotel", "booking__guest", "room_type", "room"]
    list_dates = "arrival_date"
    search_fields = ["booking__reference", "booking__guest__name", "room__number"]
    autocomplete_fields = ["hotel", "booking", "room_type", "room", "folio"]
    fields = [
        "hotel",
        "booking",
        "number",
        "status",
        "room_type",
        "room",
        "folio",
        "arrival_date",
        "departure_date",
        "day_use_price",
        "adults",
        "children",
        "eta",
        "staff_hold",
        "key_issued_at",
        "checked_in_at",
        "checked_out_at",
        "cancelled_at",
        "no_show_terms",
    ]
    # These change together with the nights, under a lock, and not one at a time.
    readonly_fields = [
        "booking",
        "number",
        "status",
        "room_type",
        "room",
        "folio",
        "arrival_date",
        "departure_date",
        "checked_in_at",
        "checked_out_at",
        "cancelled_at",
        "no_show_terms",
    ]
    inlines = [BookingNightInline]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the details and publish that they changed."""
        super().save_model(request, obj, form, change)
        publish_stays([obj], payload=payloads.BookingChanged, now=timezone.now())


@admin.register(BookingNight)
class BookingNightAdmin(ReadOnlyAdmin):
    """Room nights, from which availability is calculated."""

    list_display = ["date", "hotel", "booking_room", "room", money_column("price"), "released"]
    list_filter = ["released"]
    list_select_related = ["hotel", "booking_room__booking", "room"]
    list_dates = "date"
    ordering = ["-date", "-pk"]
    search_fields = ["booking_room__booking__reference", "room__number"]
    autocomplete_fields = ["hotel", "booking_room", "room"]


@admin.register(CleaningOptOut)
class CleaningOptOutAdmin(HotelScopedAdmin):
    """Dates on which a guest does not want the room cleaned."""

    needs = needs_to_delete = Action.BOOK
    list_display = ["date", "booking_room", hotel_column("booking_room__hotel"), "reason"]
    list_select_related = ["booking_room__hotel", "booking_room__booking"]
    list_dates = "date"
    search_fields = ["booking_room__booking__reference", "booking_room__booking__guest__name"]
    autocomplete_fields = ["booking_room"]
