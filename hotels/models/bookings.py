"""Guests, bookings, their rooms and nights, and the policy they were made under."""

from datetime import time
from decimal import Decimal

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from hotels.models.property import Hotel, Room, RoomType
from hotels.models.scoping import HotelScoped
from hotels.terms import NoShowTerms


class NoShowPolicy(HotelScoped):
    """What happens when a guest does not come. Bookings keep a snapshot: edits change no deal."""

    class PenaltyType(models.TextChoices):
        NONE = "NONE", "no fee"
        NIGHTS = "NIGHTS", "a number of nights"
        PERCENT = "PERCENT", "percent of the stay"
        FULL_STAY = "FULL_STAY", "the whole stay"
        FIXED = "FIXED", "a fixed amount"

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="no_show_policies")
    name = models.CharField(max_length=80)
    guaranteed = models.BooleanField(default=True)
    release_time = models.TimeField(
        default=time(18, 0), help_text="Not guaranteed: released at this local time of arrival day."
    )
    penalty_type = models.CharField(
        max_length=9, choices=PenaltyType.choices, default=PenaltyType.NIGHTS
    )
    penalty_value = models.DecimalField(max_digits=16, decimal_places=4, default=Decimal(1))
    taxed = models.BooleanField(
        default=False,
        help_text="UK taxes the fee; after CJEU C-277/05 a retained deposit is not taxed.",
    )
    grace_minutes = models.PositiveSmallIntegerField(
        default=120, help_text="For a booking made after its deadline."
    )

    class Meta:
        ordering = ["hotel", "name"]
        verbose_name_plural = "no-show policies"
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
        """The policy as it stands now, to be frozen on a booking."""
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
    """A person who stays or pays."""

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="guests")
    name = models.CharField(max_length=160)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    address = models.TextField(blank=True)
    country = models.CharField(max_length=3, blank=True, help_text="ISO 3166-1 alpha-3.")
    language = models.CharField(max_length=10, blank=True)
    tax_id = models.CharField("tax id", max_length=40, blank=True)
    vip = models.BooleanField("VIP", default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Booking(HotelScoped):
    """One reservation: whose it is and how it came; its rooms are BookingRooms."""

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="bookings")
    guest = models.ForeignKey(Guest, on_delete=models.PROTECT, related_name="bookings")
    reference = models.CharField(max_length=40)
    source = models.CharField(max_length=40, blank=True, help_text="Channel or agent.")
    guarantee = models.CharField(
        max_length=40, blank=True, help_text="Card, deposit, company: what stands for the guest."
    )
    booked_at = models.DateTimeField(help_text="When it was made.")
    notes = models.TextField(blank=True)

    class Meta:
        ordering = ["-booked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["hotel", "reference"], name="booking_reference_once_per_hotel"
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class BookingRoom(HotelScoped):
    """One room of a booking: the unit that arrives, stays, is charged, or does not show up."""

    class Status(models.TextChoices):
        TENTATIVE = "TENTATIVE", "tentative"
        CONFIRMED = "CONFIRMED", "confirmed"
        CHECKED_IN = "CHECKED_IN", "checked in"
        CHECKED_OUT = "CHECKED_OUT", "checked out"
        CANCELLED = "CANCELLED", "cancelled"
        RELEASED = "RELEASED", "released"
        NO_SHOW = "NO_SHOW", "no-show"

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="booking_rooms")
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="rooms")
    number = models.PositiveSmallIntegerField(default=1, help_text="Within the booking.")
    room_type = models.ForeignKey(
        RoomType, on_delete=models.PROTECT, related_name="booking_rooms", help_text="As booked."
    )
    room = models.ForeignKey(
        Room,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="booking_rooms",
        help_text="The room now assigned; the room of each night stands on its night.",
    )
    folio = models.ForeignKey(
        "hotels.Folio",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="booking_rooms",
        help_text="Where this room is charged; rooms may share one.",
    )
    status = models.CharField(max_length=11, choices=Status.choices, default=Status.CONFIRMED)
    arrival_date = models.DateField()
    departure_date = models.DateField(help_text="Not a night: the stay is [arrival, departure).")
    adults = models.PositiveSmallIntegerField(default=1)
    children = models.PositiveSmallIntegerField(default=0)
    eta = models.DateTimeField("announced arrival", null=True, blank=True)
    checked_in_at = models.DateTimeField(null=True, blank=True)
    checked_out_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    key_issued_at = models.DateTimeField(null=True, blank=True)
    staff_hold = models.BooleanField(
        default=False, help_text="Front desk keeps the room: the no-show check leaves it alone."
    )
    no_show_terms = models.JSONField(
        encoder=DjangoJSONEncoder, help_text="The policy as it was when the booking was made."
    )

    class Meta:
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
        ]

    def __str__(self) -> str:
        return f"{self.booking}/{self.number}"


class BookingNight(HotelScoped):
    """One room-night. A room holds one live night a date: two stays in it are impossible."""

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="+")
    booking_room = models.ForeignKey(BookingRoom, on_delete=models.PROTECT, related_name="nights")
    date = models.DateField()
    room = models.ForeignKey(
        Room,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="nights",
        help_text="Assigned for this night; empty: any room of the type booked.",
    )
    price = models.DecimalField(max_digits=16, decimal_places=4)
    released = models.BooleanField(
        default=False, help_text="Given back: cancelled, no-show, or left early."
    )

    class Meta:
        ordering = ["booking_room", "date"]
        constraints = [
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
        return f"{self.booking_room} {self.date}"


class CleaningOptOut(HotelScoped):
    """A guest who wants no cleaning on a date."""

    hotel_path = "booking_room__hotel"

    booking_room = models.ForeignKey(
        BookingRoom, on_delete=models.CASCADE, related_name="cleaning_opt_outs"
    )
    date = models.DateField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-date"]
        constraints = [
            models.UniqueConstraint(fields=["booking_room", "date"], name="opt_out_once_per_date"),
        ]

    def __str__(self) -> str:
        return f"{self.booking_room} no cleaning on {self.date}"
