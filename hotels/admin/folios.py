"""Admin of folios, charges and payments."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels.admin.base import (
    HotelScopedAdmin,
    HotelScopedOptions,
    ReadOnlyAdmin,
    ReadOnlyInline,
)
from hotels.admin.columns import (
    LINK,
    Column,
    hotel_column,
    instant_column,
    money_column,
    number_column,
    percent_column,
)
from hotels.admin.form_choices import OneHotelForm
from hotels.console.payments.links import ActionLink, payment_links, record_link
from hotels.models import Folio, FolioLine, Payment
from hotels.roles import Action

AMOUNTS = [money_column("net"), money_column("tax"), money_column("gross")]


class FolioForm(OneHotelForm):
    """Folio form that protects folios with a live invoice."""

    def clean(self) -> dict[str, Any]:
        """Take the currency of the booking where none is given."""
        cleaned = super().clean()
        if "currency" in self.fields and not cleaned.get("currency") and cleaned.get("booking"):
            cleaned["currency"] = cleaned["booking"].currency
        return cleaned

    def clean_status(self) -> str:
        """Raise ValidationError when an invoiced folio is reopened or voided."""
        status: str = self.cleaned_data["status"]
        if "status" in self.changed_data and self.instance.pk:
            invoice = self.instance.invoices.filter(live=True, kind="INVOICE").first()
            if invoice is not None:
                refusal = gettext(
                    "This folio is invoiced (%(invoice)s). Issue a credit note first."
                )
                raise ValidationError(
                    format_html(
                        '{} <a href="{}">{}</a>',
                        refusal % {"invoice": invoice},
                        reverse("hotels:credit-invoice", args=[invoice.pk]),
                        gettext("Issue credit note"),
                    )
                )
        return status


@admin.display(description=_("actions"))
def actions(payment: Payment) -> SafeString:
    """Return links to the actions that fit the payment."""
    return _linked(payment_links(payment))


PAYMENT_ACTIONS: Column = actions


def _linked(links: Iterable[ActionLink]) -> SafeString:
    found = ((link.url, LINK, link.label) for link in links)
    return format_html_join(" · ", '<a href="{}" class="{}">{}</a>', found) or SafeString("-")


def _allowed(options: HotelScopedOptions, request: HttpRequest, folio_or_payment: Any) -> list[Any]:
    """Return the fields of `options`, without the actions if the user may not take them."""
    fields = list(options.fields or ())
    may = options.allows(request, Action.CHARGE, folio_or_payment)
    return fields if may else [name for name in fields if name is not PAYMENT_ACTIONS]


class FolioLineInline(ReadOnlyInline):
    """The charges of a folio."""

    model = FolioLine
    fields = [
        "business_date",
        "category",
        "description",
        number_column("quantity"),
        percent_column("tax_rate"),
        *AMOUNTS,
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Join the hotel, for its time zone."""
        return super().get_queryset(request).select_related("folio__hotel")


class PaymentInline(ReadOnlyInline):
    """The payments of a folio, received or authorised."""

    model = Payment
    fields = [
        instant_column("received_at"),
        "status",
        "method",
        "is_deposit",
        money_column("amount"),
        money_column("refunded_amount"),
        PAYMENT_ACTIONS,
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Join the hotel, for its time zone."""
        return super().get_queryset(request).select_related("folio__hotel")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the actions out where the user may not take them."""
        return _allowed(self, request, obj)


@admin.register(Folio)
class FolioAdmin(HotelScopedAdmin):
    """Folios; they are voided, never deleted."""

    form = FolioForm
    needs = Action.CHARGE
    deletes = False
    list_display = ["__str__", "hotel", "payer", "status", instant_column("completed_at")]
    list_filter = ["status"]
    list_select_related = ["hotel", "booking", "payer"]
    search_fields = ["booking__reference", "payer__name"]
    autocomplete_fields = ["hotel", "booking", "payer"]
    readonly_fields = ["completed_at", "settled_at"]
    inlines = [FolioLineInline, PaymentInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make booking and number of a stored folio read-only."""
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "booking", "number", "currency", "new_payment"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the link to record a payment out where the user may not follow it."""
        fields = super().get_fields(request, obj)
        may = obj is not None and self.allows(request, Action.CHARGE, obj)
        return fields if may else [name for name in fields if name != "new_payment"]

    @admin.display(description=_("new payment"))
    def new_payment(self, folio: Folio) -> SafeString:
        """Return a link to the page that records a payment."""
        link = record_link(folio)
        return _linked([link] if link else [])

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Set or clear the time of completion and save."""
        completed = obj.status == Folio.Status.COMPLETED
        obj.completed_at = (obj.completed_at or timezone.now()) if completed else None
        super().save_model(request, obj, form, change)


@admin.register(FolioLine)
class FolioLineAdmin(ReadOnlyAdmin):
    """Read-only: charges are posted by code and corrected by a reversal line."""

    list_display = [
        "business_date",
        "folio",
        hotel_column("folio__hotel"),
        "category",
        "description",
        *AMOUNTS,
    ]
    list_filter = ["category"]
    list_select_related = ["folio__hotel", "folio__booking"]
    list_dates = "business_date"
    ordering = ["-business_date", "-pk"]
    search_fields = ["folio__booking__reference", "description", "source_key"]
    autocomplete_fields = ["folio", "booking_room", "reverses"]
    fields = [
        "folio",
        "booking_room",
        "business_date",
        "category",
        "description",
        number_column("quantity"),
        percent_column("tax_rate"),
        "zero_tax_reason",
        *AMOUNTS,
        "source_key",
        "reverses",
        "document",
        "settled_at",
    ]


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    """Read-only: payments are recorded, refunded and moved on pages with a preview."""

    list_display = [
        instant_column("received_at"),
        "folio",
        hotel_column("folio__hotel"),
        "status",
        money_column("amount"),
        money_column("refunded_amount"),
        "method",
        "is_deposit",
    ]
    list_filter = ["status", "is_deposit"]
    list_select_related = ["folio__hotel", "folio__booking"]
    list_dates = "received_at"
    search_fields = ["folio__booking__reference", "folio__payer__name", "method"]
    autocomplete_fields = ["folio"]
    fields = [
        "folio",
        "status",
        money_column("amount"),
        money_column("refunded_amount"),
        "method",
        "is_deposit",
        instant_column("received_at"),
        PAYMENT_ACTIONS,
    ]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave the actions out where the user may not take them."""
        return _allowed(self, request, obj)
