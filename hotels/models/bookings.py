"""Guests, bookings with their rooms and nights, and no-show policies."""

from datetime import time
from decimal import Decimal

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hotels import formats
from hotels.models.currencies import CurrencyField
from hotels.models.property import Hotel, Room, RoomType
from hotels.models.scoping import HotelScoped
from hotels.no_show_terms import NoShowTerms


class NoShowPolicy(HotelScoped):
    """No-show terms offered to guests.

    Each booking stores a copy, so that later changes of the policy do not affect it.
    """

    class PenaltyType(models.TextChoices):
        NONE = "NONE", _("no fee")
        NIGHTS = "NIGHTS", _("a number of nights")
        PERCENT = "PERCENT", _("a percentage of the stay")
        FULL_STAY = "FULL_STAY", _("the whole stay")
        FIXED = "FIXED", _("a fixed amount")

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="no_show_policies", verbose_name=_("hotel")
    )
    name = models.CharField(_("name"), max_length=80)
    guaranteed = models.BooleanField(_("guaranteed"), default=True)
    release_time = models.TimeField(
        _("release time"),
        default=time(18, 0),
        help_text=_(
            "Bookings without a guarantee are released at this hotel time on the arrival day."
        ),
    )
    penalty_type = models.CharField(
        _("fee type"), max_length=9, choices=PenaltyType.choices, default=PenaltyType.NIGHTS
    )
    penalty_value = models.DecimalField(
        _("fee amount"), max_digits=16, decimal_places=4, default=Decimal(1)
    )
    taxed = models.BooleanField(
        _("tax the fee"),
        default=False,
        help_text=_(
            "Charge tax on the fee. Check local rules: the UK taxes it; the EU does not tax a "
            "retained deposit."
        ),
    )
    grace_minutes = models.PositiveSmallIntegerField(
        _("extra minutes for late bookings"),
        default=120,
        help_text=_(
            "A booking made after the deadline, or shortly before it, is held at least this long."
        ),
    )

    class Meta:
        verbose_name = _("no-show policy")
        verbose_name_plural = _("no-show policies")
        ordering = ["hotel", "name"]
        constraints = [
            models.UniqueConstraint(fields=["hotel", "name"], name="no_show_policy_once_per_hotel"),
            models.CheckConstraint(
                condition=Q(penalty_type__in=["NONE", "NIGHTS", "PERCENT", "FULL_STAY", "FIXED"]),
                name="no_show_policy_penalty_known",
            ),
            models.CheckConstraint(
                condition=Q(penalty_value__gte=0), name="no_show_policy_penalty_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def terms(self) -> NoShowTerms:
        """The current terms, to be stored on a booking."""
        return NoShowTerms(
            policy=self.name,
            guaranteed=self.guaranteed,
            release_time=self.release_time,
            penalty_type=self.penalty_type,
            penalty_value=self.penalty_value,
            taxed=self.taxed,
            grace_minutes=self.grace_minutes,
        )


class Guest(HotelScoped):
    """A guest who stays, or a payer."""

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="guests", verbose_name=_("hotel")
    )
    name = models.CharField(_("name"), max_length=160)
    email = models.EmailField(_("email"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    address = models.TextField(_("address"), blank=True)
    country = models.CharField(
        _("country"),
        max_length=3,
        blank=True,
        help_text=_("Three-letter code (ISO 3166-1 alpha-3), such as PRT."),
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    tax_id = models.CharField(_("tax ID"), max_length=40, blank=True)
    vip = models.BooleanField(_("VIP"), default=False)

    class Meta:
        verbose_name = _("guest")
        verbose_name_plural = _("guests")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Booking(HotelScoped):
    """One reservation of a guest, with one BookingRoom for each of its rooms."""

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("hotel")
    )
    guest = models.ForeignKey(
        Guest, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("guest")
    )
    reference = models.CharField(_("reference"), max_length=40)
    source = models.CharField(
        _("source"), max_length=40, blank=True, help_text=_("Booking channel or agent.")
    )
    guarantee = models.CharField(
        _("guarantee"),
        max_length=40,
        blank=True,
        help_text=_("Guaranteed by: card, deposit or company."),
    )
    currency = CurrencyField(of="hotel", help_text=_("Of the agreed prices."))
    booked_at = models.DateTimeField(_("booked at"), help_text=_("When the booking was made."))
    notes = models.TextField(_("notes"), blank=True)

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        ordering = ["-booked_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(currency=""), name="booking_has_currency"),
            models.UniqueConstraint(
                fields=["hotel", "reference"], name="booking_reference_once_per_hotel"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class BookingRoom(HotelScoped):
    """One reserved room of a booking: the unit that arrives, is charged or becomes a no-show."""

    class Status(models.TextChoices):
        TENTATIVE = "TENTATIVE", _("tentative")
        CONFIRMED = "CONFIRMED", _("confirmed")
        CHECKED_IN = "CHECKED_IN", _("checked in")
        CHECKED_OUT = "CHECKED_OUT", _("checked out")
        CANCELLED = "CANCELLED", pgettext_lazy("booking room", "cancelled")
        RELEASED = "RELEASED", pgettext_lazy("booking room", "released")
        NO_SHOW = "NO_SHOW", _("no-show")

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="booking_rooms", verbose_name=_("hotel")
    )
    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, related_name="rooms", verbose_name=_("booking")
    )
    number = models.PositiveSmallIntegerField(
        _("number"), default=1, help_text=_("Counted within the booking.")
    )
    room_type = models.ForeignKey(
        RoomType,
        on_delete=models.PROTECT,
        related_name="booking_rooms",
        help_text=_("The booked type; an assigned room may be of another type."),
        verbose_name=_("room type"),
    )
    room = models.ForeignKey(
        Room,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="booking_rooms",
        help_text=_("The room assigned now; each night has its own assigned room."),
        verbose_name=_("room"),
    )
    folio = models.ForeignKey(
        "hotels.Folio",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="booking_rooms",
        help_text=_("The folio this room is charged to; rooms may share a folio."),
        verbose_name=_("folio"),
    )
    status = models.CharField(
        _("status"), max_length=11, choices=Status.choices, default=Status.CONFIRMED
    )
    arrival_date = models.DateField(_("arrival date"))
    departure_date = models.DateField(
        _("departure date"), help_text=_("The day of check-out; its night is not booked.")
    )
    day_use_price = models.DecimalField(
        _("day use price"),
        max_digits=16,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("The price agreed for a stay without a night."),
    )
    adults = models.PositiveSmallIntegerField(_("adults"), default=1)
    children = models.PositiveSmallIntegerField(_("children"), default=0)
    eta = models.DateTimeField(_("expected arrival"), null=True, blank=True)
    checked_in_at = models.DateTimeField(_("checked in at"), null=True, blank=True)
    checked_out_at = models.DateTimeField(_("checked out at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    key_issued_at = models.DateTimeField(_("key issued at"), null=True, blank=True)
    staff_hold = models.BooleanField(
        _("staff hold"),
        default=False,
        help_text=_("The front desk holds the room: the no-show check skips it."),
    )
    no_show_terms = models.JSONField(
        _("no-show terms"),
        encoder=DjangoJSONEncoder,
        help_text=_("The no-show policy at the time of booking."),
    )

    class Meta:
        verbose_name = _("reserved room")
        verbose_name_plural = _("reserved rooms")
        ordering = ["-arrival_date", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "number"], name="booking_room_number_once_per_booking"
            ),
            models.CheckConstraint(
                condition=Q(departure_date__gte=F("arrival_date")),
                name="booking_room_departs_after_arrival",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "TENTATIVE",
                        "CONFIRMED",
                        "CHECKED_IN",
                        "CHECKED_OUT",
                        "CANCELLED",
                        "RELEASED",
                        "NO_SHOW",
                    ]
                ),
                name="booking_room_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status="CHECKED_IN") | Q(checked_in_at__isnull=False),
                name="booking_room_in_house_checked_in",
            ),
        ]
        indexes = [
            models.Index(fields=["hotel", "status", "arrival_date"], name="booking_room_arrivals"),
            models.Index(fields=["hotel", "status", "departure_date"], name="booking_room_departs"),
            models.Index(fields=["hotel", "checked_out_at"], name="booking_room_departed"),
        ]

    def __str__(self) -> str:
        return f"{self.booking}/{self.number}"

    @property
    def day_use(self) -> bool:
        """True for a stay without a night: the guest arrives and leaves on the same day."""
        return self.arrival_date == self.departure_date


class BookingNight(HotelScoped):
    """One room-night. A constraint prevents two stays in the same room on the same night."""

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="+", verbose_name=_("hotel")
    )
    booking_room = models.ForeignKey(
        BookingRoom,
        on_delete=models.PROTECT,
        related_name="nights",
        verbose_name=_("reserved room"),
    )
    date = models.DateField(_("date"))
    room = models.ForeignKey(
        Room,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="nights",
        help_text=_("Assigned for this night; empty: any room of the booked type."),
        verbose_name=_("room"),
    )
    currency = CurrencyField(of="booking_room__booking", same=True)
    price = models.DecimalField(_("price"), max_digits=16, decimal_places=4)
    released = models.BooleanField(
        _("released"),
        default=False,
        help_text=_("Available again: cancelled, no-show or early departure."),
    )

    class Meta:
        verbose_name = _("booking night")
        verbose_name_plural = _("booking nights")
        ordering = ["booking_room", "date"]
        constraints = [
            models.CheckConstraint(condition=~Q(currency=""), name="booking_night_has_currency"),
            models.UniqueConstraint(
                fields=["booking_room", "date"], name="booking_night_once_per_date"
            ),
            models.UniqueConstraint(
                fields=["room", "date"],
                condition=Q(released=False, room__isnull=False),
                name="room_sold_once_a_night",
            ),
        ]
        indexes = [models.Index(fields=["hotel", "date"], name="booking_night_by_hotel")]

    def __str__(self) -> str:
        return f"{self.booking_room}, {formats.date_of(self.date)}"


class CleaningOptOut(HotelScoped):
    """A guest's request for no cleaning on a date."""

    hotel_path = "booking_room__hotel"

    booking_room = models.ForeignKey(
        BookingRoom,
        on_delete=models.CASCADE,
        related_name="cleaning_opt_outs",
        verbose_name=_("reserved room"),
    )
    date = models.DateField(_("date"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("cleaning opt-out")
        verbose_name_plural = _("cleaning opt-outs")
        ordering = ["-date"]
        constraints = [
            models.UniqueConstraint(fields=["booking_room", "date"], name="opt_out_once_per_date"),
        ]

    def __str__(self) -> str:
        return gettext("%(room)s: no cleaning on %(date)s") % {
            "room": self.booking_room,
            "date": formats.date_of(self.date),
        }
