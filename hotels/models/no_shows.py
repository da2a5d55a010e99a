"""What became of guests who did not come, and why."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from hotels.models.billing import FolioLine
from hotels.models.bookings import BookingRoom
from hotels.models.property import Hotel
from hotels.models.scoping import HotelScoped


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
        verbose_name = "no-show record"
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
