"""Room availability: one row per room type and date."""

from decimal import Decimal

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from hotels import formats
from hotels.models.property import Hotel, RoomType
from hotels.models.scoping import HotelScoped


class RoomAvailability(HotelScoped):
    """The calculated availability of a room type on a night.

    Code that sells a room counts bookings and blocks instead of trusting this row.
    """

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="availability", verbose_name=_("hotel")
    )
    room_type = models.ForeignKey(
        RoomType, on_delete=models.PROTECT, related_name="availability", verbose_name=_("room type")
    )
    date = models.DateField(_("date"))
    total_rooms = models.PositiveIntegerField(_("total rooms"))
    out_of_order = models.PositiveIntegerField(_("out of order"), default=0)
    occupied_rooms = models.PositiveIntegerField(_("occupied rooms"), default=0)
    available_rooms = models.PositiveIntegerField(_("available rooms"))
    overbooked_by = models.PositiveIntegerField(_("overbooked by"), default=0)
    occupancy_rate = models.DecimalField(
        _("occupancy rate"), max_digits=5, decimal_places=2, default=Decimal(0)
    )
    updated_at = models.DateTimeField(
        _("updated at"), help_text=_("When these figures last changed.")
    )

    class Meta:
        verbose_name = _("room availability")
        verbose_name_plural = pgettext_lazy("plural", "room availability")
        ordering = ["hotel", "room_type", "date"]
        constraints = [
            models.UniqueConstraint(fields=["room_type", "date"], name="availability_once"),
            models.CheckConstraint(
                condition=Q(occupancy_rate__gte=0) & Q(occupancy_rate__lte=100),
                name="availability_rate_is_percent",
            ),
            models.CheckConstraint(
                condition=Q(available_rooms=0) | Q(overbooked_by=0),
                name="availability_left_or_overbooked",
            ),
        ]
        indexes = [
            models.Index(fields=["hotel", "date"], name="availability_by_hotel"),
            models.Index(
                fields=["hotel", "date"],
                condition=Q(overbooked_by__gt=0),
                name="availability_overbooked",
            ),
        ]

    def __str__(self) -> str:
        names = {"room_type": self.room_type, "date": formats.date_of(self.date)}
        if self.overbooked_by:
            words = gettext("%(room_type)s, %(date)s: overbooked by %(rooms)s")
            return words % {**names, "rooms": self.overbooked_by}
        words = gettext("%(room_type)s, %(date)s: %(rooms)s available")
        return words % {**names, "rooms": self.available_rooms}
