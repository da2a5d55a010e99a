"""Issued invoices and credit notes: immutable snapshots, numbered without gaps."""

from decimal import Decimal
from typing import Any, NoReturn

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hotels import phrases
from hotels.models.billing import Folio, FolioLine
from hotels.models.property import Hotel
from hotels.models.scoping import HotelScoped


class ImmutableRowError(Exception):
    """An issued document cannot be changed or deleted: issue a credit note."""


class Issued(models.Model):
    """Base of issued documents: except `mutable_fields`, rows are never changed or deleted.

    Database triggers enforce this too; this base fails earlier, with a clear message.
    """

    mutable_fields: frozenset[str] = frozenset()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert, or update the mutable fields only.

        Raises ImmutableRowError when other fields of an issued document would be updated.
        """
        fields = kwargs.get("update_fields")
        if not self._state.adding and (fields is None or set(fields) - self.mutable_fields):
            raise ImmutableRowError(f"{self} is issued and cannot be changed: issue a credit note.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise ImmutableRowError: issued documents are never deleted."""
        raise ImmutableRowError(f"{self} is issued and cannot be deleted.")


class InvoiceSeries(HotelScoped):
    """The counter of a hotel's documents of one kind and year; locked while a number is taken."""

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="invoice_series", verbose_name=_("hotel")
    )
    kind = models.CharField(_("kind"), max_length=11)
    year = models.PositiveSmallIntegerField(_("year"))
    last_number = models.PositiveIntegerField(_("last number"), default=0)
    last_issue_date = models.DateField(_("last issue date"), null=True, blank=True)

    class Meta:
        verbose_name = _("invoice series")
        verbose_name_plural = pgettext_lazy("plural", "invoice series")
        ordering = ["hotel", "kind", "-year"]
        constraints = [
            models.UniqueConstraint(fields=["hotel", "kind", "year"], name="series_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["INVOICE", "CREDIT_NOTE"]), name="series_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hotel} {self.kind} {self.year}: {self.last_number}"


class Invoice(HotelScoped, Issued):
    """An issued invoice or credit note: a snapshot that later changes do not affect."""

    mutable_fields = frozenset({"balance", "payment_status", "live"})

    class Kind(models.TextChoices):
        INVOICE = "INVOICE", _("invoice")
        CREDIT_NOTE = "CREDIT_NOTE", _("credit note")

    class PaymentStatus(models.TextChoices):
        NOTHING_DUE = "NOTHING_DUE", _("nothing due")
        UNPAID = "UNPAID", _("unpaid")
        PARTIALLY_PAID = "PARTIALLY_PAID", _("partially paid")
        PAID = "PAID", _("paid")
        OVERPAID = "OVERPAID", _("overpaid")

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("hotel")
    )
    folio = models.ForeignKey(
        Folio, on_delete=models.PROTECT, related_name="invoices", verbose_name=_("folio")
    )
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices, default=Kind.INVOICE)
    year = models.PositiveSmallIntegerField(_("year"))
    sequence = models.PositiveIntegerField(_("sequence"))
    number = models.CharField(_("number"), max_length=40)
    corrects = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="credit_notes",
        # Translators: the invoice that this credit note corrects
        verbose_name=_("corrects"),
    )
    first_invoice = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="further_invoices",
        help_text=_("The first invoice of the folio, if this one is for later charges."),
        verbose_name=_("first invoice"),
    )
    live = models.BooleanField(
        _("live"),
        default=True,
        help_text=_("In effect for its folio; off once it is fully credited."),
    )
    issue_date = models.DateField(_("date of issue"))
    issued_at = models.DateTimeField(_("issued at"))
    service_start_date = models.DateField(
        _("service from"), null=True, blank=True, help_text=_("Arrival, or the first charge.")
    )
    service_end_date = models.DateField(
        _("service until"), null=True, blank=True, help_text=_("Departure, or the last charge.")
    )
    due_date = models.DateField(
        pgettext_lazy("payment", "due date"),
        null=True,
        blank=True,
        help_text=_("Of an invoice. Date of issue: on receipt."),
    )
    currency = models.CharField(_("currency"), max_length=3)
    seller = models.JSONField(_("seller"), encoder=DjangoJSONEncoder)
    buyer = models.JSONField(_("buyer"), encoder=DjangoJSONEncoder)
    taxed_once_per_rate = models.BooleanField(
        _("tax rounded once per rate"),
        default=False,
        help_text=_("Otherwise the tax was rounded per line."),
    )
    prices_include_tax = models.BooleanField(_("prices include tax"), default=True)
    net = models.DecimalField(_("net"), max_digits=16, decimal_places=4)
    tax = models.DecimalField(_("tax"), max_digits=16, decimal_places=4)
    gross = models.DecimalField(_("gross"), max_digits=16, decimal_places=4)
    balance = models.DecimalField(
        _("balance"),
        max_digits=16,
        decimal_places=4,
        help_text=_("Total less credit notes and payments, plus refunds."),
    )
    payment_status = models.CharField(
        _("payment status"), max_length=14, choices=PaymentStatus.choices
    )
    reason = models.CharField(
        _("reason"), max_length=200, blank=True, help_text=_("Why the credit note was issued.")
    )
    reason_phrase = models.JSONField(
        _("phrase of the reason"),
        default=dict,
        blank=True,
        help_text=_("The reason as a text that can be translated, if the system wrote it."),
    )

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-issue_date", "-sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["hotel", "kind", "year", "sequence"], name="invoice_sequence_once"
            ),
            models.UniqueConstraint(fields=["hotel", "number"], name="invoice_number_once"),
            models.CheckConstraint(
                condition=Q(kind="INVOICE", corrects__isnull=True)
                | Q(kind="CREDIT_NOTE", corrects__isnull=False),
                name="invoice_credit_note_corrects",
            ),
            models.CheckConstraint(
                condition=Q(kind="INVOICE") | Q(first_invoice__isnull=True),
                name="invoice_further_is_invoice",
            ),
            models.CheckConstraint(
                condition=Q(service_end_date__gte=F("service_start_date")),
                name="invoice_service_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(due_date__gte=F("issue_date")), name="invoice_due_after_issue"
            ),
            models.CheckConstraint(
                condition=Q(
                    payment_status__in=[
                        "NOTHING_DUE",
                        "UNPAID",
                        "PARTIALLY_PAID",
                        "PAID",
                        "OVERPAID",
                    ]
                ),
                name="invoice_payment_status_known",
            ),
        ]
        indexes = [
            models.Index(fields=["hotel", "issue_date"], name="invoice_by_date"),
            models.Index(fields=["-issue_date", "-id"], name="invoice_newest"),
            models.Index(
                fields=["hotel", "currency", "balance"],
                condition=~Q(balance=0),
                name="invoice_not_balanced",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def shown_reason(self) -> str:
        """The reason in the active language; as it was typed if a person gave it."""
        return phrases.shown_text(self.reason, phrase=self.reason_phrase)


class InvoiceLine(HotelScoped, Issued):
    """One line of an issued document."""

    hotel_path = "invoice__hotel"

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="lines", verbose_name=_("invoice")
    )
    position = models.PositiveSmallIntegerField(_("position"))
    folio_line = models.ForeignKey(
        FolioLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="invoice_lines",
        verbose_name=_("folio line"),
    )
    business_date = models.DateField(_("business date"))
    description = models.CharField(_("description"), max_length=200)
    phrase = models.JSONField(
        _("phrase"),
        default=dict,
        blank=True,
        help_text=_("The description as a text that can be translated, if the system wrote it."),
    )
    quantity = models.DecimalField(
        _("quantity"), max_digits=12, decimal_places=4, default=Decimal(1)
    )
    tax_rate = models.DecimalField(_("tax rate"), max_digits=7, decimal_places=4)
    net = models.DecimalField(_("net"), max_digits=16, decimal_places=4)
    tax = models.DecimalField(_("tax"), max_digits=16, decimal_places=4)
    gross = models.DecimalField(_("gross"), max_digits=16, decimal_places=4)

    class Meta:
        verbose_name = _("invoice line")
        verbose_name_plural = _("invoice lines")
        ordering = ["invoice", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "position"], name="invoice_line_position_once"
            ),
            models.CheckConstraint(condition=~Q(quantity=0), name="invoice_line_quantity_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice}.{self.position}"

    @property
    def shown_description(self) -> str:
        """The description in the active language; as it was typed if a person wrote it."""
        return phrases.shown_text(self.description, phrase=self.phrase)


class InvoiceTax(HotelScoped, Issued):
    """The tax of an issued document at one rate."""

    hotel_path = "invoice__hotel"

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, related_name="taxes", verbose_name=_("invoice")
    )
    rate = models.DecimalField(
        _("rate"), max_digits=7, decimal_places=4, help_text=_("In percent.")
    )
    zero_tax_reasons = models.JSONField(
        _("reasons for 0 % tax"),
        default=list,
        blank=True,
        help_text=_("Each with the hotel's own text."),
    )
    net = models.DecimalField(_("net"), max_digits=16, decimal_places=4)
    tax = models.DecimalField(_("tax"), max_digits=16, decimal_places=4)
    gross = models.DecimalField(_("gross"), max_digits=16, decimal_places=4)

    class Meta:
        verbose_name = _("invoice tax")
        verbose_name_plural = _("invoice taxes")
        ordering = ["invoice", "rate"]
        constraints = [
            models.UniqueConstraint(fields=["invoice", "rate"], name="invoice_tax_rate_once"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.rate} %"
