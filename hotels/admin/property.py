"""Admin of hotels, room types, rooms and out-of-order rooms."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import PROTECT
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from hotels.admin.base import HotelScopedAdmin, HotelScopedInline, ReadOnlyInline
from hotels.admin.columns import LINK, hotel_column, money_column
from hotels.admin.form_choices import HotelAutocomplete, OneHotelForm
from hotels.admin.hotel_notes import notes_on
from hotels.billing.currency_change import has_bookings
from hotels.http.access import request_access
from hotels.models import Hotel, Room, RoomBlock, RoomType
from hotels.property_changes import save_hotel
from hotels.roles import Action


class RoomTypeInline(ReadOnlyInline):
    """The room types of a hotel."""

    model = RoomType
    fields = ["code", "name", money_column("base_rate"), "capacity", "credits", "active"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Join the hotel, for the currency of the rates."""
        return super().get_queryset(request).select_related("hotel")


class HotelForm(OneHotelForm):
    """Hotel form that keeps the currency of agreed prices; tax rates have no zeros at the end."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rate: Decimal | None = self.initial.get("accommodation_tax_rate")
        if rate is not None:
            self.initial["accommodation_tax_rate"] = Decimal(f"{rate.normalize():f}")

    def clean_currency(self) -> str:
        """Raise ValidationError when a hotel with bookings gets another currency."""
        currency: str = self.cleaned_data["currency"]
        if "currency" in self.changed_data and self.instance.pk and has_bookings(self.instance):
            raise ValidationError(
                _("This hotel has bookings in %(currency)s. Use “Change currency” instead."),
                params={"currency": self.initial["currency"]},
            )
        return currency


@admin.register(Hotel)
class HotelAdmin(HotelScopedAdmin):
    """Hotels; superusers add and delete them, managers change their settings."""

    form = HotelForm
    list_display = ["code", "name", "timezone", "currency", "active", "is_sandbox"]
    list_filter = ["active", "is_sandbox", "currency"]
    linked_lookups = ["group"]
    search_fields = ["code", "name", "legal_name"]
    ordering = ["code"]
    inlines = [RoomTypeInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "code",
                    "name",
                    "legal_name",
                    "group",
                    "address",
                    "email",
                    "language",
                ]
            },
        ),
        (_("State"), {"fields": ["active", "is_sandbox"]}),
        (
            _("Clock and currency"),
            {
                "fields": [
                    "timezone",
                    "currency",
                    "currency_change",
                    "day_close_time",
                    "check_in_time",
                    "check_out_time",
                ]
            },
        ),
        (
            _("Housekeeping"),
            {
                "fields": [
                    "dirty_occupied_rooms",
                    "stayover_interval",
                    "linen_interval",
                    "departure_credits",
                    "stayover_credits",
                ]
            },
        ),
        (_("Availability"), {"fields": ["occupancy_basis"]}),
        (_("Messages"), {"fields": ["messages_kept_days"]}),
        (
            _("Billing"),
            {
                "fields": [
                    "prices_include_tax",
                    "accommodation_tax_rate",
                    "tax_rounding",
                    "invoice_prefix",
                    "credit_note_prefix",
                ]
            },
        ),
        (
            _("Printed on invoices"),
            {
                "fields": [
                    "vat_id",
                    "tax_number",
                    "payment_days",
                    "bank_account_holder",
                    "bank_account",
                    "bank_bic",
                    "bank_name",
                    "zero_tax_reason",
                    "zero_tax_note",
                ],
                "description": _(
                    "Changes apply to new documents: what is issued stays as it was issued."
                ),
            },
        ),
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out the change of currency where the user may not follow it; add other apps' notes.

        The notes follow the clock, which most of them are about.
        """
        fieldsets: list[Any] = list(super().get_fieldsets(request, obj))
        if not request_access(request).everywhere:
            # The name of the group without a link to its page, which is for superusers.
            fieldsets = [_renamed(section, "group", to="group_name") for section in fieldsets]
        if obj is None or not self.allows(request, Action.CHANGE_CURRENCY, obj):
            fieldsets = [_without(section, field="currency_change") for section in fieldsets]
        if obj is None or not self.notes(obj):
            return fieldsets
        place = 1 + next(
            n for n, (_name, options) in enumerate(fieldsets) if "timezone" in options["fields"]
        )
        return [*fieldsets[:place], (_("To check"), {"fields": ["notes"]}), *fieldsets[place:]]

    @admin.display(description=_("other currency"))
    def currency_change(self, row: Hotel) -> str:
        """Return a link to the page that changes the currency."""
        url = reverse("hotels:change-currency", args=[row.pk])
        return format_html('<a href="{}" class="{}">{}</a>', url, LINK, _("Change currency"))

    @admin.display(description=_("hotel group"))
    def group_name(self, row: Hotel) -> str:
        """Return the name of the group."""
        return str(row.group or "")

    def get_urls(self) -> list[URLPattern]:
        """Add the autocomplete view used by all hotel admins."""
        view = HotelAutocomplete.as_view(admin_site=self.admin_site)
        search = path("autocomplete/", self.admin_site.admin_view(view), name="hotels_autocomplete")
        return [search, *super().get_urls()]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return request_access(request).everywhere

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only, and only a hotel without rows that must be kept."""
        return request_access(request).everywhere and (obj is None or not _has_kept_rows(obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make code, group, test mark and currency read-only for everyone but superusers."""
        fields = [*super().get_readonly_fields(request, obj), "currency_change", "group_name"]
        fields += ["notes"] if obj is not None else []
        return (
            fields
            if request_access(request).everywhere
            else [*fields, "code", "group", "is_sandbox", "currency"]
        )

    def save_model(self, request: HttpRequest, obj: Hotel, form: Any, change: bool) -> None:
        """Save the hotel; what is due in it is settled before it is (de)activated or moved."""
        save_hotel(hotel=obj, now=timezone.now())

    @admin.display(description=_("schedules"))
    def notes(self, hotel: Hotel) -> str:
        """Notes of other apps on the stored hotel: a refused form has given it other values."""
        stored = Hotel.objects.get(pk=hotel.pk)
        return notes_on(hotel=stored, now=timezone.now())


def _has_kept_rows(hotel: Hotel) -> bool:
    """Return whether rows protect the hotel; the first ones found end the search."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: hotel}).exists()
        for relation in Hotel._meta.related_objects
        if relation.on_delete is PROTECT
    )


def _without(section: tuple[Any, dict[str, Any]], *, field: str) -> tuple[Any, dict[str, Any]]:
    title, options = section
    return title, {**options, "fields": [name for name in options["fields"] if name != field]}


def _renamed(section: tuple[Any, dict[str, Any]], field: str, *, to: str) -> Any:
    title, options = section
    fields = [to if name == field else name for name in options["fields"]]
    return title, {**options, "fields": fields}


@admin.register(RoomType)
class RoomTypeAdmin(HotelScopedAdmin):
    """Room types that are sold."""

    list_display = ["code", "name", "hotel", money_column("base_rate"), "capacity", "active"]
    list_filter = ["active"]
    list_select_related = ["hotel"]
    search_fields = ["code", "name"]
    autocomplete_fields = ["hotel"]


class RoomBlockInline(HotelScopedInline):
    """Periods in which the room is out of order or out of service."""

    model = RoomBlock
    verbose_name = _("period")
    verbose_name_plural = _("out-of-order and out-of-service periods")
    ordering = ["-start_date"]


@admin.register(Room)
class RoomAdmin(HotelScopedAdmin):
    """Physical rooms."""

    list_display = ["number", "hotel", "room_type", "floor", "cleanliness", "active"]
    list_filter = ["cleanliness", "active", "floor"]
    list_select_related = ["hotel", "room_type"]
    search_fields = ["number", "room_type__code", "room_type__name"]
    autocomplete_fields = ["hotel", "room_type"]
    inlines = [RoomBlockInline]


@admin.register(RoomBlock)
class RoomBlockAdmin(HotelScopedAdmin):
    """Rooms out of order or out of service."""

    list_display = ["room", hotel_column("room__hotel"), "kind", "start_date", "end_date", "reason"]
    list_filter = ["kind"]
    list_select_related = ["room__hotel"]
    list_dates = "start_date"
    search_fields = ["room__number", "reason"]
    autocomplete_fields = ["room"]
