"""Folios and payments, the invoices made of them, and the fees of guests who did not come."""

from decimal import Decimal
from typing import Any, NoReturn

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from hotels.models.bookings import Booking, BookingRoom, Guest
from hotels.models.property import Hotel
from hotels.models.scoping import HotelScoped


class Folio(HotelScoped):
    """An account of charges and payments for one payer."""

    class Status(models.TextChoices):
        OPEN = "OPEN", "open"
        COMPLETED = "COMPLETED", "completed"
        VOID = "VOID", "void"

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="folios")
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="folios")
    payer = models.ForeignKey(Guest, on_delete=models.PROTECT, related_name="folios")
    number = models.PositiveSmallIntegerField(default=1, help_text="Within the booking.")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.OPEN)
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "number"], name="folio_number_once_per_booking"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["OPEN", "COMPLETED", "VOID"]), name="folio_status_known"
            ),
            models.CheckConstraint(
                condition=~Q(status="COMPLETED") | Q(completed_at__isnull=False),
                name="folio_completed_when",
            ),
        ]
        indexes = [models.Index(fields=["hotel", "status"], name="folio_by_status")]

    def __str__(self) -> str:
        return f"{self.booking}#{self.number}"


class FolioLine(HotelScoped):
    """One charge. Never edited or deleted: a contra line reverses it."""

    hotel_path = "folio__hotel"

    class Category(models.TextChoices):
        ROOM = "ROOM", "room"
        EXTRA = "EXTRA", "extra"
        NO_SHOW_FEE = "NO_SHOW_FEE", "no-show fee"
        ADJUSTMENT = "ADJUSTMENT", "adjustment"

    folio = models.ForeignKey(Folio, on_delete=models.PROTECT, related_name="lines")
    booking_room = models.ForeignKey(
        BookingRoom,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="folio_lines",
        help_text="The room that made the charge.",
    )
    business_date = models.DateField()
    category = models.CharField(max_length=11, choices=Category.choices)
    description = models.CharField(max_length=200)
    tax_rate = models.DecimalField(
        max_digits=5, decimal_places=2, default=Decimal(0), help_text="Percent."
    )
    net = models.DecimalField(max_digits=16, decimal_places=4)
    tax = models.DecimalField(max_digits=16, decimal_places=4)
    gross = models.DecimalField(max_digits=16, decimal_places=4)
    source_key = models.CharField(
        max_length=80,
        null=True,  # several lines without a key must not collide
        blank=True,
        unique=True,
        help_text="What posted it, so that it is posted once.",
    )
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )

    class Meta:
        ordering = ["folio", "business_date", "pk"]
        constraints = [
            # A float comparison on SQLite, hence a tolerance below the smallest minor unit.
            models.CheckConstraint(
                condition=Q(gross__lt=F("net") + F("tax") + Decimal("0.00005"))
                & Q(gross__gt=F("net") + F("tax") - Decimal("0.00005")),
                name="folio_line_net_and_tax_are_gross",
            ),
            models.CheckConstraint(
                condition=Q(category__in=["ROOM", "EXTRA", "NO_SHOW_FEE", "ADJUSTMENT"]),
                name="folio_line_category_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.description} {self.gross}"


class Payment(HotelScoped):
    """Money received, or only promised. An authorisation is not a payment (domain rule 5)."""

    hotel_path = "folio__hotel"

    class Status(models.TextChoices):
        PENDING = "PENDING", "pending"
        AUTHORIZED = "AUTHORIZED", "authorised"
        SUCCEEDED = "SUCCEEDED", "succeeded"
        FAILED = "FAILED", "failed"
        REFUNDED = "REFUNDED", "refunded"

    folio = models.ForeignKey(Folio, on_delete=models.PROTECT, related_name="payments")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    amount = models.DecimalField(max_digits=16, decimal_places=4)
    refunded_amount = models.DecimalField(
        max_digits=16, decimal_places=4, default=Decimal(0), help_text="Given back of it."
    )
    method = models.CharField(max_length=40, blank=True)
    is_deposit = models.BooleanField("deposit", default=False)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["-received_at"]
        constraints = [
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
        return f"{self.amount} {self.get_status_display()}"

    @property
    def received(self) -> Decimal:
        """What is in the till of it: a succeeded payment less what was given back."""
        if self.status in (self.Status.SUCCEEDED, self.Status.REFUNDED):
            return self.amount - self.refunded_amount
        return Decimal(0)


class ImmutableRowError(Exception):
    """An issued document may not be changed or deleted; make a credit note."""


class Issued(models.Model):
    """Base of issued documents: their columns never change and their rows are never deleted.

    The database holds it too, with triggers; this base only says it sooner and in words.
    """

    mutable_fields: frozenset[str] = frozenset()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert, or update nothing but the fields that follow payments."""
        fields = kwargs.get("update_fields")
        if not self._state.adding and (fields is None or set(fields) - self.mutable_fields):
            raise ImmutableRowError(f"{self} is issued: correct it with a credit note.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused, always."""
        raise ImmutableRowError(f"{self} is issued and cannot be deleted.")


class InvoiceSeries(HotelScoped):
    """The counter of a hotel's documents of one kind and year; locked while a number is taken."""

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="invoice_series")
    kind = models.CharField(max_length=11)
    year = models.PositiveSmallIntegerField()
    last_number = models.PositiveIntegerField(default=0)
    last_issue_date = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["hotel", "kind", "-year"]
        verbose_name_plural = "invoice series"
        constraints = [
            models.UniqueConstraint(fields=["hotel", "kind", "year"], name="series_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["INVOICE", "CREDIT_NOTE"]), name="series_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hotel} {self.kind} {self.year}: {self.last_number}"


class Invoice(HotelScoped, Issued):
    """An issued invoice or credit note: a snapshot that later edits do not change."""

    mutable_fields = frozenset({"balance", "payment_status", "live"})

    class Kind(models.TextChoices):
        INVOICE = "INVOICE", "invoice"
        CREDIT_NOTE = "CREDIT_NOTE", "credit note"

    class PaymentStatus(models.TextChoices):
        NOTHING_DUE = "NOTHING_DUE", "nothing due"
        UNPAID = "UNPAID", "unpaid"
        PARTIALLY_PAID = "PARTIALLY_PAID", "partially paid"
        PAID = "PAID", "paid"
        OVERPAID = "OVERPAID", "overpaid"

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="invoices")
    folio = models.ForeignKey(Folio, on_delete=models.PROTECT, related_name="invoices")
    kind = models.CharField(max_length=11, choices=Kind.choices, default=Kind.INVOICE)
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    number = models.CharField(max_length=40)
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="credit_notes"
    )
    live = models.BooleanField(
        default=True, help_text="Stands for its folio; false once wholly credited."
    )
    issue_date = models.DateField()
    issued_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    seller = models.JSONField(encoder=DjangoJSONEncoder)
    buyer = models.JSONField(encoder=DjangoJSONEncoder)
    net = models.DecimalField(max_digits=16, decimal_places=4)
    tax = models.DecimalField(max_digits=16, decimal_places=4)
    gross = models.DecimalField(max_digits=16, decimal_places=4)
    balance = models.DecimalField(
        max_digits=16, decimal_places=4, help_text="Total less succeeded payments plus refunds."
    )
    payment_status = models.CharField(max_length=14, choices=PaymentStatus.choices)
    reason = models.CharField(max_length=200, blank=True, help_text="Of a credit note.")

    class Meta:
        ordering = ["-issue_date", "-sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["hotel", "kind", "year", "sequence"], name="invoice_sequence_once"
            ),
            models.UniqueConstraint(fields=["hotel", "number"], name="invoice_number_once"),
            models.UniqueConstraint(
                fields=["folio"],
                condition=Q(kind="INVOICE", live=True),
                name="invoice_live_once_per_folio",
            ),
            models.CheckConstraint(
                condition=Q(kind="INVOICE", corrects__isnull=True)
                | Q(kind="CREDIT_NOTE", corrects__isnull=False),
                name="invoice_credit_note_corrects",
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
        indexes = [models.Index(fields=["hotel", "issue_date"], name="invoice_by_date")]

    def __str__(self) -> str:
        return self.number


class InvoiceLine(HotelScoped, Issued):
    """One line of an issued document."""

    hotel_path = "invoice__hotel"

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    folio_line = models.ForeignKey(
        FolioLine, on_delete=models.PROTECT, null=True, blank=True, related_name="invoice_lines"
    )
    business_date = models.DateField()
    description = models.CharField(max_length=200)
    tax_rate = models.DecimalField(max_digits=5, decimal_places=2)
    net = models.DecimalField(max_digits=16, decimal_places=4)
    tax = models.DecimalField(max_digits=16, decimal_places=4)
    gross = models.DecimalField(max_digits=16, decimal_places=4)

    class Meta:
        ordering = ["invoice", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["invoice", "position"], name="invoice_line_position_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice}.{self.position}"


class InvoiceTax(HotelScoped, Issued):
    """The tax of an issued document at one rate."""

    hotel_path = "invoice__hotel"

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="taxes")
    rate = models.DecimalField(max_digits=5, decimal_places=2, help_text="Percent.")
    net = models.DecimalField(max_digits=16, decimal_places=4)
    tax = models.DecimalField(max_digits=16, decimal_places=4)
    gross = models.DecimalField(max_digits=16, decimal_places=4)

    class Meta:
        ordering = ["invoice", "rate"]
        verbose_name_plural = "invoice taxes"
        constraints = [
            models.UniqueConstraint(fields=["invoice", "rate"], name="invoice_tax_rate_once"),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.rate} %"


class NoShowRecord(HotelScoped):
    """Why one room was released or charged, or left for a person. One live record a room."""

    class Outcome(models.TextChoices):
        APPLIED = "APPLIED", "no-show, fee applied"
        RELEASED = "RELEASED", "released, no fee"
        REVIEW = "REVIEW", "for the front desk to decide"
        WAIVED = "WAIVED", "fee waived"
        REVERSED = "REVERSED", "reversed"

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="no_show_records")
    booking_room = models.ForeignKey(
        BookingRoom, on_delete=models.PROTECT, related_name="no_show_records"
    )
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    rule = models.CharField(max_length=40, help_text="The rule that decided, by name.")
    reason = models.CharField(max_length=400, help_text="The decision in plain words.")
    deadline = models.DateTimeField()
    business_date = models.DateField(help_text="The hotel's day of the decision.")
    arrival_date = models.DateField(help_text="As it was: decided again only when it changes.")
    eta = models.DateTimeField("announced arrival", null=True, blank=True)
    currency = models.CharField(max_length=3)
    fee_amount = models.DecimalField(max_digits=16, decimal_places=4, default=Decimal(0))
    fee_line = models.ForeignKey(
        FolioLine, on_delete=models.PROTECT, null=True, blank=True, related_name="no_show_records"
    )
    nights_freed = models.PositiveSmallIntegerField(default=0)
    deposit_surplus = models.DecimalField(
        max_digits=16,
        decimal_places=4,
        default=Decimal(0),
        help_text="Deposit left over after the fee: for a person, never refunded by itself.",
    )
    created_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who waived or reversed it.",
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["booking_room"],
                condition=~Q(outcome="REVERSED"),
                name="no_show_record_live_once",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["APPLIED", "RELEASED", "REVIEW", "WAIVED", "REVERSED"]),
                name="no_show_outcome_known",
            ),
            models.CheckConstraint(condition=Q(fee_amount__gte=0), name="no_show_fee_not_negative"),
        ]
        indexes = [models.Index(fields=["hotel", "created_at"], name="no_show_by_time")]

    def __str__(self) -> str:
        return f"{self.booking_room}: {self.get_outcome_display()}"
