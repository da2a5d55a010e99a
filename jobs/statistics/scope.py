"""Whose executions are counted together, and on which clock their days are."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Self

from hotels.models import Hotel

DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A hotel, with days on its own clock; or several, with days in UTC."""

    key: str
    hotel_ids: tuple[int, ...]
    zone: tzinfo

    @classmethod
    def of_hotel(cls, hotel: Hotel) -> Self:
        """One hotel."""
        return cls(key=f"hotel:{hotel.pk}", hotel_ids=(hotel.pk,), zone=hotel.zone)

    @classmethod
    def of_all(cls, *, hotel_ids: Iterable[int]) -> Self:
        """Every hotel there is: the figures kept stay right when a hotel is added."""
        return cls(key="all", hotel_ids=tuple(sorted(hotel_ids)), zone=UTC)

    @classmethod
    def of_some(cls, *, hotel_ids: Iterable[int]) -> Self:
        """These hotels; people who see the same hotels share what is kept."""
        ids = tuple(sorted(hotel_ids))
        digest = hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()[:40]
        return cls(key=f"some:{digest}", hotel_ids=ids, zone=UTC)

    def day(self, at: datetime) -> date:
        """The day an instant is in."""
        return at.astimezone(self.zone).date()

    def begins(self, day: date) -> datetime:
        """The instant a day begins, in UTC; where midnight is skipped, the first one after."""
        return datetime.combine(day, time.min, tzinfo=self.zone).astimezone(UTC)
