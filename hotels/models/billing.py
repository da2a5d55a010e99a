"""Folios with their charges and payments."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hotels import money
from hotels.models.bookings import Booking, BookingRoom, Guest
from hotels.models.currencies import CurrencyField
from hotels.models.invoice_settings import ZeroTaxReason
from hotels.models.property import Hotel
from hotels.models.scoping import HotelScoped


class Folio(HotelScoped):
    """An account of charges and payments for one payer."""

    class Status(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("folio", "open")
        COMPLETED = "COMPLETED", pgettext_lazy("folio", "completed")
        VOID = "VOID", _("void")

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="folios", verbose_name=_("hotel")
    )
    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, related_name="folios", verbose_name=_("booking")
    )
    payer = models.ForeignKey(
        Guest, on_delete=models.PROTECT, related_name="folios", verbose_name=_("payer")
    )
    number = models.PositiveSmallIntegerField(
        _("number"), default=1, help_text=_("Counted within the booking.")
    )
    status = models.CharField(
        _("status"), max_length=9, choices=Status.choices, default=Status.OPEN
    )
    currency = CurrencyField(
        of="booking", help_text=_("Of all charges and payments. Empty: as the booking.")
    )
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    settled_at = models.DateTimeField(
        _("settled at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When the completed folio was found to have no charges."),
    )

    class Meta:
        verbose_name = _("folio")
        verbose_name_plural = _("folios")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "number"], name="folio_number_once_per_booking"
            ),
            models.CheckConstraint(condition=~Q(currency=""), name="folio_has_currency"),
            models.CheckConstraint(
                condition=Q(status__in=["OPEN", "COMPLETED", "VOID"]), name="folio_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(status="COMPLETED") | Q(completed_at__isnull=False),
                name="folio_completed_when",
            ),
        ]
        indexes = [
            models.Index(fields=["hotel", "status"], name="folio_by_status"),
            models.Index(
                fields=["hotel"], condition=Q(settled_at__isnull=False), name="folio_settled"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booking}#{self.number}"


class FolioLine(HotelScoped):
    """One charge. It is never changed or deleted; a reversal line cancels it.

    Only `document` and `settled_at` follow what happens to it. A charge with neither is open: it is
    on no invoice or credit note yet.
    """

    hotel_path = "folio__hotel"

    class Category(models.TextChoices):
        ROOM = "ROOM", pgettext_lazy("charge", "room")
        EXTRA = "EXTRA", _("extra")
        NO_SHOW_FEE = "NO_SHOW_FEE", _("no-show fee")
        ADJUSTMENT = "ADJUSTMENT", _("adjustment")

    folio = models.ForeignKey(
        Folio, on_delete=models.PROTECT, related_name="lines", verbose_name=_("folio")
    )
    booking_room = models.ForeignKey(
        BookingRoom,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="folio_lines",
        help_text=_("The reserved room the charge is for."),
        verbose_name=_("reserved room"),
    )
    business_date = models.DateField(_("business date"))
    category = models.CharField(_("category"), max_length=11, choices=Category.choices)
    description = models.CharField(_("description"), max_length=200)
    phrase = models.JSONField(
        _("phrase"),
        default=dict,
        blank=True,
        editable=False,
        help_text=_("The description as a text that can be translated, if the system wrote it."),
    )
    quantity = models.DecimalField(
        _("quantity"),
        max_digits=12,
        decimal_places=4,
        default=Decimal(1),
        help_text=_("Negative for a reversal. The amounts are for the whole quantity."),
    )
    tax_rate = models.DecimalField(
        _("tax rate"),
        max_digits=7,
        decimal_places=4,
        default=Decimal(0),
        help_text=_("In percent."),
    )
    zero_tax_reason = models.CharField(
        _("reason for 0 % tax"),
        max_length=14,
        blank=True,
        choices=ZeroTaxReason.choices,
        help_text=_("Empty: the hotel's reason."),
    )
    currency = CurrencyField(of="folio", same=True)
    net = models.DecimalField(_("net"), max_digits=16, decimal_places=4)
    tax = models.DecimalField(_("tax"), max_digits=16, decimal_places=4)
    gross = models.DecimalField(_("gross"), max_digits=16, decimal_places=4)
    source_key = models.CharField(
        _("source key"),
        max_length=80,
        null=True,  # several lines may have no key
        blank=True,
        unique=True,
        help_text=_("Identifies the source of the charge, so that it is posted only once."),
    )
    reverses = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        # Translators: the charge that this reversal line cancels
        verbose_name=_("reverses"),
    )
    document = models.ForeignKey(
        "hotels.Invoice",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="charges",
        help_text=_("The invoice or credit note that carries the charge."),
        verbose_name=pgettext_lazy("invoice", "document"),
    )
    settled_at = models.DateTimeField(
        _("settled at"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("When it was settled without a document, among charges that total zero."),
    )

    class Meta:
        verbose_name = _("folio line")
        verbose_name_plural = _("folio lines")
        ordering = ["folio", "business_date", "pk"]
        constraints = [
            # SQLite compares floats: allow a difference below the smallest minor unit.
            models.CheckConstraint(
                condition=Q(gross__lt=F("net") + F("tax") + Decimal("0.00005"))
                & Q(gross__gt=F("net") + F("tax") - Decimal("0.00005")),
                name="folio_line_net_and_tax_are_gross",
            ),
            models.CheckConstraint(condition=~Q(currency=""), name="folio_line_has_currency"),
            models.CheckConstraint(
                condition=Q(category__in=["ROOM", "EXTRA", "NO_SHOW_FEE", "ADJUSTMENT"]),
                name="folio_line_category_known",
            ),
            models.CheckConstraint(condition=~Q(quantity=0), name="folio_line_quantity_not_zero"),
            models.CheckConstraint(
                condition=Q(zero_tax_reason__in=["", *ZeroTaxReason.values]),
                name="folio_line_zero_tax_reason_known",
            ),
            models.CheckConstraint(
                condition=Q(document__isnull=True) | Q(settled_at__isnull=True),
                name="folio_line_settled_or_on_document",
            ),
        ]
        indexes = [
            models.Index(
                fields=["folio"],
                condition=Q(document__isnull=True, settled_at__isnull=True),
                name="folio_line_open",
            ),
        ]

    def __str__(self) -> str:
        if not self.folio_id:
            return self.description
        amount = money.amount_in_english(self.gross, currency=self.folio.currency)
        return f"{self.description} {amount}"


class Payment(HotelScoped):
    """A payment, received or expected. An authorisation is not yet money (domain rule 5)."""

    hotel_path = "folio__hotel"

    class Status(models.TextChoices):
        PENDING = "PENDING", pgettext_lazy("payment", "pending")
        AUTHORIZED = "AUTHORIZED", _("authorised")
        SUCCEEDED = "SUCCEEDED", pgettext_lazy("payment", "paid")
        FAILED = "FAILED", pgettext_lazy("payment", "failed")
        REFUNDED = "REFUNDED", _("refunded")

    RECEIVED = (Status.SUCCEEDED, Status.REFUNDED)

    folio = models.ForeignKey(
        Folio, on_delete=models.PROTECT, related_name="payments", verbose_name=_("folio")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status.choices, default=Status.PENDING
    )
    currency = CurrencyField(of="folio", same=True, help_text=_("Empty: as the folio."))
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=4)
    refunded_amount = models.DecimalField(
        _("refunded amount"),
        max_digits=16,
        decimal_places=4,
        default=Decimal(0),
        help_text=_("Part of the amount that was paid back."),
    )
    method = models.CharField(_("method"), max_length=40, blank=True)
    is_deposit = models.BooleanField(_("deposit"), default=False)
    received_at = models.DateTimeField(_("received at"))
    source_key = models.CharField(
        _("source key"),
        max_length=80,
        null=True,  # several payments may have no key
        blank=True,
        unique=True,
        editable=False,
        help_text=_("Identifies the form the payment is from, so that it is recorded only once."),
    )

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        ordering = ["-received_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(currency=""), name="payment_has_currency"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0) & Q(refunded_amount__lte=F("amount")),
                name="payment_refund_within_amount",
            ),
            models.CheckConstraint(
                condition=~Q(status="REFUNDED") | Q(refunded_amount=F("amount")),
                name="payment_refunded_wholly",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["PENDING", "AUTHORIZED", "SUCCEEDED", "FAILED", "REFUNDED"]
                ),
                name="payment_status_known",
            ),
        ]

    def __str__(self) -> str:
        amount = money.amount_in_english(self.amount, currency=self.currency)
        return f"{amount} {self.get_status_display()}"

    @property
    def received(self) -> Decimal:
        """The amount received: of a succeeded payment, the amount less refunds; else zero."""
        if self.status in self.RECEIVED:
            return self.amount - self.refunded_amount
        return Decimal(0)
