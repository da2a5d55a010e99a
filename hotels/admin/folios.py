"""Admin of folios, charges and payments."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hotels import money
from hotels.admin.base import HotelScopedAdmin, ReadOnlyAdmin, ReadOnlyInline
from hotels.admin.columns import (
    hotel_column,
    instant_column,
    money_column,
    number_column,
    percent_column,
)
from hotels.admin.form_choices import OneHotelForm
from hotels.billing import payments
from hotels.models import Folio, FolioLine, Payment
from hotels.models.currencies import CurrencyMismatch, refuse_other_currency
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
                raise ValidationError(
                    _("This folio is invoiced (%(invoice)s). Issue a credit note first."),
                    params={"invoice": invoice},
                )
        return status


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
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Join the hotel, for its time zone."""
        return super().get_queryset(request).select_related("folio__hotel")


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
        return fields if obj is None else [*fields, "booking", "number", "currency"]

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


class PaymentForm(OneHotelForm):
    """Payment form that checks minor units and refunds."""

    def clean(self) -> dict[str, Any]:
        """Add errors for a currency other than the folio's, for fractions and wrong refunds."""
        cleaned = super().clean()
        self._refuse_other_currency(cleaned)
        self._refuse_fractions(cleaned)
        amount = cleaned.get("amount", self.instance.amount)
        refunded = cleaned.get("refunded_amount")
        if amount is None or refunded is None:
            return cleaned
        if refunded > amount:
            self.add_error("refunded_amount", _("The refund exceeds the amount received."))
        elif cleaned.get("status") == Payment.Status.REFUNDED and refunded != amount:
            self.add_error(
                "refunded_amount", _("Enter the whole amount: the payment is marked as refunded.")
            )
        return cleaned

    def _refuse_other_currency(self, cleaned: dict[str, Any]) -> None:
        folio: Folio | None = cleaned.get("folio")
        if folio is None or "currency" not in self.fields:
            return
        cleaned["currency"] = cleaned.get("currency") or folio.currency
        try:
            refuse_other_currency(cleaned["currency"], account=folio)
        except CurrencyMismatch:
            message = _("This folio is in %(currency)s. Enter the amount paid in %(currency)s.")
            self.add_error("currency", message % {"currency": folio.currency})

    def _refuse_fractions(self, cleaned: dict[str, Any]) -> None:
        folio = cleaned.get("folio") or (self.instance.folio if self.instance.pk else None)
        for name in ("amount", "refunded_amount"):
            value: Decimal | None = cleaned.get(name)
            if folio is None or value is None:
                continue
            currency = folio.currency
            if value != money.round_money(value, currency=currency):
                least = money.amount_in_english(money.minor_unit(currency), currency=currency)
                self.add_error(name, _("The smallest amount is %(least)s.") % {"least": least})


@admin.register(Payment)
class PaymentAdmin(HotelScopedAdmin):
    """Payments; a stored payment may fail or be refunded, but its amount never changes."""

    form = PaymentForm
    needs = Action.CHARGE
    deletes = False
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
    readonly_fields = ["received_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make folio, amount and deposit mark of a stored payment read-only."""
        fields = super().get_readonly_fields(request, obj)
        return fields if obj is None else [*fields, "folio", "currency", "amount", "is_deposit"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the payment, set when it was received, and update the folio's invoice."""
        if not change:
            obj.received_at = timezone.now()
        # The lock makes the second of two simultaneous payments count the first.
        Folio.objects.select_for_update().get(pk=obj.folio_id)
        super().save_model(request, obj, form, change)
        payments.refresh_balances(folios=[obj.folio])
