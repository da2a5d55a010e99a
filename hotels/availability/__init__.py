"""Availability of each room type by night (domain rule 4)."""

from hotels.availability.counts import Night, RoomCounts, occupancy_rate
from hotels.availability.recalculation import (
    WINDOW_NIGHTS,
    OffSale,
    Overbooked,
    Recalculation,
    live_counts,
    recalculate,
    recompute,
)
from hotels.availability.writing import COUNTED

__all__ = [
    "COUNTED",
    "WINDOW_NIGHTS",
    "Night",
    "OffSale",
    "Overbooked",
    "Recalculation",
    "RoomCounts",
    "live_counts",
    "occupancy_rate",
    "recalculate",
    "recompute",
]
