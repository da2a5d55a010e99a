"""The projection of room stock: one row per room type and date."""

from decimal import Decimal

from django.db import models
from django.db.models import Q

from hotels.models.property import Hotel, RoomType
from hotels.models.scoping import HotelScoped


class RoomAvailability(HotelScoped):
    """What is left of a room type on a night. Taking a booking checks live data, not this row."""

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="availability")
    room_type = models.ForeignKey(RoomType, on_delete=models.PROTECT, related_name="availability")
    date = models.DateField()
    total_rooms = models.PositiveIntegerField()
    out_of_order = models.PositiveIntegerField(default=0)
    occupied_rooms = models.PositiveIntegerField(default=0)
    available_rooms = models.PositiveIntegerField()
    overbooked_by = models.PositiveIntegerField(default=0)
    occupancy_rate = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    updated_at = models.DateTimeField(help_text="When the row last changed.")

    class Meta:
        ordering = ["hotel", "room_type", "date"]
        verbose_name_plural = "room availability"
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
        indexes = [models.Index(fields=["hotel", "date"], name="availability_by_hotel")]

    def __str__(self) -> str:
        return f"{self.room_type} {self.date}: {self.available_rooms} left"
