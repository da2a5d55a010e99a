"""Rooms of a type on a night, and occupancy in percent."""

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from hotels.models import Hotel

Night = tuple[int, date]
"""A room type's primary key and a date."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomCounts:
    """The rooms of one type on one night."""

    total: int
    out_of_order: int
    occupied: int

    @property
    def available(self) -> int:
        """Rooms still available; negative when the type is overbooked."""
        return self.total - self.out_of_order - self.occupied

    def base(self, basis: str) -> int:
        """The rooms that count as 100 % occupancy: all (USALI, STR) or only the sellable ones."""
        sellable = basis == Hotel.OccupancyBasis.SELLABLE
        return self.total - self.out_of_order if sellable else self.total


@lru_cache(maxsize=4096)
def occupancy_rate(*, occupied: int, base: int) -> Decimal:
    """`min(100, 100 × occupied ÷ base)` in percent, two decimals HALF_UP; 0 where base is 0."""
    if base <= 0:
        return Decimal("0.00")
    rate = Decimal(100 * occupied) / base
    return min(rate, Decimal(100)).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
