"""Records of no-show decisions."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hotels.models.billing import FolioLine
from hotels.models.bookings import BookingRoom
from hotels.models.property import Hotel
from hotels.models.scoping import HotelScoped


class NoShowRecord(HotelScoped):
    """The decision to release or charge a room, or to ask the front desk, with its reason.

    A room has at most one record that is not REVERSED.
    """

    class Outcome(models.TextChoices):
        APPLIED = "APPLIED", _("no-show, fee charged")
        RELEASED = "RELEASED", _("released without a fee")
        REVIEW = "REVIEW", _("needs a decision")
        WAIVED = "WAIVED", _("fee waived")
        REVERSED = "REVERSED", pgettext_lazy("no-show record", "reversed")

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="no_show_records", verbose_name=_("hotel")
    )
    booking_room = models.ForeignKey(
        BookingRoom,
        on_delete=models.PROTECT,
        related_name="no_show_records",
        verbose_name=_("reserved room"),
    )
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices)
    rule = models.CharField(_("rule"), max_length=40, help_text=_("Name of the rule that applied."))
    reason = models.CharField(
        _("reason"), max_length=400, help_text=_("Why the decision was made.")
    )
    deadline = models.DateTimeField(_("deadline"))
    business_date = models.DateField(
        _("business date"), help_text=_("The hotel's business date at the time of the decision.")
    )
    arrival_date = models.DateField(
        _("arrival date"),
        help_text=_("At the time of the decision. The room is checked again only if it changes."),
    )
    eta = models.DateTimeField(_("expected arrival"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    fee_amount = models.DecimalField(
        _("fee amount"), max_digits=16, decimal_places=4, default=Decimal(0)
    )
    fee_line = models.ForeignKey(
        FolioLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="no_show_records",
        verbose_name=_("fee line"),
    )
    nights_freed = models.PositiveSmallIntegerField(_("nights released"), default=0)
    deposit_surplus = models.DecimalField(
        _("deposit surplus"),
        max_digits=16,
        decimal_places=4,
        default=Decimal(0),
        help_text=_(
            "Part of the deposit that exceeds the fee. It is never refunded automatically."
        ),
    )
    created_at = models.DateTimeField(_("created at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The user who decided, waived the fee or reversed the decision."),
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decision_note = models.CharField(_("decision note"), max_length=400, blank=True)

    class Meta:
        verbose_name = _("no-show record")
        verbose_name_plural = _("no-show records")
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
        indexes = [
            models.Index(fields=["hotel", "created_at"], name="no_show_by_time"),
            models.Index(fields=["hotel"], condition=Q(outcome="REVIEW"), name="no_show_to_decide"),
            models.Index(
                fields=["hotel"], condition=Q(deposit_surplus__gt=0), name="no_show_surplus"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.booking_room}: {self.get_outcome_display()}"
