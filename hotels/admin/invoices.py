"""Read-only admin of invoices, credit notes and their number series."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels.admin.base import ReadOnlyAdmin, ReadOnlyInline
from hotels.admin.columns import (
    hotel_column,
    instant_column,
    money_column,
    number_column,
    percent_column,
    related_column,
)
from hotels.models import Invoice, InvoiceLine, InvoiceSeries, InvoiceTax
from hotels.roles import Action


def _own_currency(row: Invoice) -> str:
    return row.currency


def _invoice_currency(row: InvoiceLine | InvoiceTax) -> str:
    return row.invoice.currency


TOTALS = [money_column(name, currency=_own_currency) for name in ("net", "tax", "gross", "balance")]
PARTS = [money_column(name, currency=_invoice_currency) for name in ("net", "tax", "gross")]


@admin.register(InvoiceSeries)
class InvoiceSeriesAdmin(ReadOnlyAdmin):
    """Read-only: a manual change would leave a gap in the invoice numbers."""

    list_display = ["hotel", "kind", "year", "last_number", "last_issue_date"]
    list_filter = ["kind", "year"]
    list_select_related = ["hotel"]
    search_fields = ["hotel__code", "hotel__name", "kind"]
    autocomplete_fields = ["hotel"]


class InvoiceLineInline(ReadOnlyInline):
    """The lines of a document."""

    model = InvoiceLine
    fields = [
        "position",
        "business_date",
        "description",
        number_column("quantity"),
        percent_column("tax_rate"),
        *PARTS,
    ]
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> Any:
        """Join the document, for the currency."""
        return super().get_queryset(request).select_related("invoice")


class InvoiceTaxInline(ReadOnlyInline):
    """The taxes of a document, one row per rate."""

    model = InvoiceTax
    fields = [percent_column("rate"), *PARTS]
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> Any:
        """Join the document, for the currency."""
        return super().get_queryset(request).select_related("invoice")


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    """Invoices and credit notes; an invoice is corrected by a credit note."""

    list_display = [
        "number",
        "hotel",
        "kind",
        "issue_date",
        "folio",
        *TOTALS,
        "payment_status",
        "live",
    ]
    ordering = ["-issue_date", "-pk"]  # matches the index `invoice_newest`
    list_filter = ["kind", "payment_status", "live"]
    list_select_related = ["hotel", "folio__booking"]
    list_dates = "issue_date"
    search_fields = ["number", "folio__booking__reference", "folio__payer__name"]
    autocomplete_fields = ["hotel", "folio", "corrects", "first_invoice"]
    fields = [
        "hotel",
        "number",
        "kind",
        "issue_date",
        instant_column("issued_at"),
        "due_date",
        "service_start_date",
        "service_end_date",
        "folio",
        "first_invoice",
        "corrects",
        "reason",
        "prices_include_tax",
        "taxed_once_per_rate",
        *TOTALS,
        "payment_status",
        "live",
        "seller",
        "buyer",
    ]
    readonly_fields = ["correction"]
    inlines = [InvoiceLineInline, InvoiceTaxInline]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add the link to the credit note, for users who may issue it while something is left."""
        fields = super().get_fields(request, obj)
        left = obj is not None and obj.kind == Invoice.Kind.INVOICE and obj.live
        may = left and self.allows(request, Action.CHARGE, obj)
        return [*fields, "correction"] if may else fields

    @admin.display(description=_("correction"))
    def correction(self, row: Invoice) -> SafeString:
        """The link to the page that credits the invoice."""
        url = reverse("hotels:credit-invoice", args=[row.pk])
        link = '<a class="text-primary-600 dark:text-primary-500" href="{}">{}</a>'
        return format_html(link, url, gettext("Issue credit note"))


@admin.register(InvoiceLine)
class InvoiceLineAdmin(ReadOnlyAdmin):
    """Lines of issued documents."""

    list_display = [
        "invoice",
        "position",
        hotel_column("invoice__hotel"),
        "business_date",
        "description",
        percent_column("tax_rate"),
        *PARTS,
    ]
    list_filter = ["tax_rate"]
    list_select_related = ["invoice__hotel"]
    list_dates = "business_date"
    ordering = ["-invoice", "position"]
    search_fields = ["invoice__number", "description"]
    autocomplete_fields = ["invoice", "folio_line"]


@admin.register(InvoiceTax)
class InvoiceTaxAdmin(ReadOnlyAdmin):
    """Taxes of issued documents."""

    list_display = [
        "invoice",
        hotel_column("invoice__hotel"),
        related_column("invoice__issue_date", label=_("issue date")),
        percent_column("rate"),
        *PARTS,
    ]
    list_filter = ["rate"]
    list_select_related = ["invoice__hotel"]
    list_dates = "invoice__issue_date"
    ordering = ["-invoice", "rate"]
    search_fields = ["invoice__number"]
    autocomplete_fields = ["invoice"]
