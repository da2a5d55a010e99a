"""Hotels, room types, rooms and room blocks."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hotels import calendar, countries, formats
from hotels.models.currencies import validate_currency
from hotels.models.groups import HotelGroup
from hotels.models.invoice_settings import InvoiceSettings
from hotels.models.scoping import HotelScoped
from hotels.time_zones import known_zones


def validate_zone(name: str) -> None:
    """Check an IANA time zone name.

    Raises ValidationError when the name is unknown.
    """
    if name not in known_zones():
        raise ValidationError(
            _("%(name)r is not an IANA time zone such as Europe/Lisbon."),
            params={"name": name},
        )


class Hotel(InvoiceSettings, HotelScoped):
    """A hotel with its place, time zone, currency and settings of the domain rules.

    Save it through `hotels.property_changes`, which lets other apps settle what is due before.
    """

    hotel_path = ""

    class OccupancyBasis(models.TextChoices):
        TOTAL = "TOTAL", _("all rooms (industry standard)")
        SELLABLE = "SELLABLE", _("all rooms except out of order")

    class TaxRounding(models.TextChoices):
        COUNTRY = "COUNTRY", _("as usual in the country")
        LINE = "LINE", _("per line")
        RATE = "RATE", _("once per tax rate and document")

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    legal_name = models.CharField(_("legal name"), max_length=160, blank=True)
    group = models.ForeignKey(
        HotelGroup,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="hotels",
        verbose_name=_("hotel group"),
    )
    address = models.TextField(_("address"), blank=True)
    email = models.EmailField(
        _("email"), blank=True, help_text=_("Address of the front desk, for messages to staff.")
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        choices=settings.LANGUAGES,
        default="en",
        help_text=_("Of e-mails to staff, and to guests whose language is not known."),
    )
    timezone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[validate_zone]
    )
    currency = models.CharField(
        _("currency"), max_length=3, default="EUR", validators=[validate_currency]
    )
    day_close_time = models.TimeField(
        _("day close time"),
        default=time(3, 0),
        help_text=_("The business date ends at this time (night audit)."),
    )
    check_in_time = models.TimeField(_("check-in time"), default=time(15, 0))
    check_out_time = models.TimeField(_("check-out time"), default=time(11, 0))
    active = models.BooleanField(_("active"), default=True)
    is_sandbox = models.BooleanField(
        _("sandbox"),
        default=False,
        help_text=_("Test hotel: its data can be deleted and loaded again."),
    )

    messages_kept_days = models.PositiveSmallIntegerField(
        _("days to keep messages"),
        default=400,
        validators=[MinValueValidator(31), MaxValueValidator(3650)],
        help_text=_("Messages to guests, staff and programs are deleted after this time."),
    )

    # Housekeeping
    dirty_occupied_rooms = models.BooleanField(
        _("mark occupied rooms dirty"),
        default=True,
        help_text=_("The daily housekeeping round marks occupied rooms dirty."),
    )
    stayover_interval = models.PositiveSmallIntegerField(
        _("stay-over interval"),
        default=1,
        validators=[MinValueValidator(1)],
        help_text=_("Nights between stay-over cleans."),
    )
    linen_interval = models.PositiveSmallIntegerField(
        _("linen interval"),
        default=3,
        validators=[MinValueValidator(1)],
        help_text=_("Nights between linen changes."),
    )
    departure_credits = models.PositiveSmallIntegerField(
        _("minutes per departure clean"),
        default=30,
        help_text=_("For a room type with cleaning time factor 1."),
    )
    stayover_credits = models.PositiveSmallIntegerField(
        _("minutes per stay-over clean"),
        default=20,
        help_text=_("For a room type with cleaning time factor 1."),
    )
    last_round_date = models.DateField(
        _("last housekeeping date"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("The last date for which the daily housekeeping round has run."),
    )

    # Availability
    occupancy_basis = models.CharField(
        _("occupancy basis"),
        max_length=8,
        choices=OccupancyBasis.choices,
        default=OccupancyBasis.TOTAL,
    )
    last_availability_date = models.DateField(
        _("last availability date"),
        null=True,
        blank=True,
        editable=False,
        help_text=_(
            "The business date of the last availability calculation; earlier nights are final."
        ),
    )

    # Billing
    prices_include_tax = models.BooleanField(_("prices include tax"), default=True)
    accommodation_tax_rate = models.DecimalField(
        _("accommodation tax rate"),
        max_digits=7,
        decimal_places=4,
        default=Decimal(0),
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("In percent."),
    )
    tax_rounding = models.CharField(
        _("tax rounding"),
        max_length=7,
        choices=TaxRounding.choices,
        default=TaxRounding.COUNTRY,
        help_text=_(
            "Usual in Japan, the EU and the EEA: once per tax rate and document; elsewhere: per "
            "line. The time zone determines the country."
        ),
    )
    invoice_prefix = models.SlugField(_("invoice prefix"), max_length=12, default="INV")
    credit_note_prefix = models.SlugField(_("credit note prefix"), max_length=12, default="CN")

    class Meta:
        verbose_name = _("hotel")
        verbose_name_plural = _("hotels")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(stayover_interval__gte=1) & Q(linen_interval__gte=1),
                name="hotel_cleaning_intervals_positive",
            ),
            models.CheckConstraint(
                condition=Q(accommodation_tax_rate__gte=0) & Q(accommodation_tax_rate__lte=100),
                name="hotel_tax_rate_is_percent",
            ),
            models.CheckConstraint(
                condition=Q(tax_rounding__in=["COUNTRY", "LINE", "RATE"]),
                name="hotel_tax_rounding_known",
            ),
            models.CheckConstraint(
                condition=~Q(invoice_prefix=F("credit_note_prefix")),
                name="hotel_series_prefixes_differ",
            ),
            *InvoiceSettings.invoice_constraints(),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raise ValidationError for a number prefix that is or was that of the other series."""
        super().clean()
        errors = {
            field: _("“%(prefix)s” is or was the prefix of the %(series)s: choose another one.")
            % {"prefix": getattr(self, field), "series": other}
            for field, other in (
                ("invoice_prefix", _("credit notes")),
                ("credit_note_prefix", _("invoices")),
            )
            if self._is_prefix_of_other_series(field)
        }
        if errors:
            raise ValidationError(errors)

    def _is_prefix_of_other_series(self, field: str) -> bool:
        own, kind, other = (
            (self.invoice_prefix, "CREDIT_NOTE", self.credit_note_prefix)
            if field == "invoice_prefix"
            else (self.credit_note_prefix, "INVOICE", self.invoice_prefix)
        )
        if own.casefold() == other.casefold():
            return True
        numbers = rf"^{re.escape(own)}-[0-9]{{4}}-[0-9]{{6,}}$"
        documents = self.invoices.filter(kind=kind) if self.pk else None
        return documents is not None and documents.filter(number__iregex=numbers).exists()

    @property
    def zone(self) -> ZoneInfo:
        """The hotel's time zone."""
        return ZoneInfo(self.timezone)

    @property
    def country(self) -> str:
        """The ISO 3166-1 alpha-2 code of the hotel's country; empty for a zone such as UTC."""
        return countries.country_of_zone(self.timezone)

    @property
    def taxes_once_per_rate(self) -> bool:
        """True if tax is rounded once per rate and document, False if per line (domain rule 5)."""
        if self.tax_rounding == self.TaxRounding.COUNTRY:
            return countries.taxes_once_per_rate(self.country)
        return self.tax_rounding == self.TaxRounding.RATE

    def local_date(self, now: datetime) -> date:
        """The hotel's local calendar date at `now`."""
        return calendar.local_date(now=now, zone=self.zone)

    def business_date(self, now: datetime) -> date:
        """The hotel's business date at `now` (domain rule 0)."""
        return calendar.business_date(now=now, zone=self.zone, day_close=self.day_close_time)

    def day_start(self, day: date) -> datetime:
        """The UTC instant at which the business date `day` begins and the previous one closes."""
        return calendar.day_start(day=day, zone=self.zone, day_close=self.day_close_time)

    def instant(self, day: date, at: time, *, later: bool = False) -> datetime:
        """The UTC instant of a local time; `later` takes the second one when it occurs twice."""
        return calendar.local_instant(day=day, at=at, zone=self.zone, later=later)


class RoomType(HotelScoped):
    """A type of room that is sold, with its price, capacity and cleaning time."""

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="room_types", verbose_name=_("hotel")
    )
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=80)
    base_rate = models.DecimalField(
        _("base rate"), max_digits=16, decimal_places=4, default=Decimal(0)
    )
    capacity = models.PositiveSmallIntegerField(_("capacity"), default=2)
    credits = models.DecimalField(
        _("cleaning time factor"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(1),
        help_text=_("Multiplies the hotel's minutes per clean, for example 1.5 for a suite."),
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("room type")
        verbose_name_plural = _("room types")
        ordering = ["hotel", "code"]
        constraints = [
            models.UniqueConstraint(fields=["hotel", "code"], name="room_type_code_once_per_hotel"),
            models.CheckConstraint(
                condition=Q(credits__gte=0), name="room_type_credits_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Room(HotelScoped):
    """A physical room with its cleanliness; occupancy is derived from stays."""

    class Cleanliness(models.TextChoices):
        DIRTY = "DIRTY", pgettext_lazy("room", "dirty")
        CLEAN = "CLEAN", pgettext_lazy("room", "clean")
        INSPECTED = "INSPECTED", pgettext_lazy("room", "inspected")

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="rooms", verbose_name=_("hotel")
    )
    room_type = models.ForeignKey(
        RoomType, on_delete=models.PROTECT, related_name="rooms", verbose_name=_("room type")
    )
    number = models.CharField(_("number"), max_length=12)
    floor = models.SmallIntegerField(_("floor"), default=1)
    cleanliness = models.CharField(
        _("cleanliness"), max_length=9, choices=Cleanliness.choices, default=Cleanliness.CLEAN
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering = ["hotel", "number"]
        constraints = [
            models.UniqueConstraint(fields=["hotel", "number"], name="room_number_once_per_hotel"),
            models.CheckConstraint(
                condition=Q(cleanliness__in=["DIRTY", "CLEAN", "INSPECTED"]),
                name="room_cleanliness_known",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RoomBlock(HotelScoped):
    """A room out of order or out of service; on `end_date` it is back in use."""

    hotel_path = "room__hotel"

    class Kind(models.TextChoices):
        OUT_OF_ORDER = "OUT_OF_ORDER", _("out of order (not for sale)")
        OUT_OF_SERVICE = "OUT_OF_SERVICE", _("out of service (can be sold if needed)")

    room = models.ForeignKey(
        Room, on_delete=models.PROTECT, related_name="blocks", verbose_name=_("room")
    )
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    start_date = models.DateField(_("start date"))
    end_date = models.DateField(_("end date"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("out-of-order room")
        verbose_name_plural = _("out-of-order and out-of-service rooms")
        ordering = ["-start_date"]
        constraints = [
            models.CheckConstraint(
                condition=Q(end_date__gt=F("start_date")), name="room_block_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["OUT_OF_ORDER", "OUT_OF_SERVICE"]),
                name="room_block_kind_known",
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(room)s, %(kind)s, %(start)s to %(end)s") % {
            "room": self.room,
            "kind": self.get_kind_display(),
            "start": formats.date_of(self.start_date),
            "end": formats.date_of(self.end_date),
        }
