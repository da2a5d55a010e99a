"""Scope of statistics: the hotels counted together and the time zone of their days."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Self

from hotels.models import Hotel

DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """One hotel, with days in its own time zone, or several, with days in UTC."""

    key: str
    hotel_ids: tuple[int, ...]
    zone: tzinfo

    @classmethod
    def of_hotel(cls, hotel: Hotel) -> Self:
        """The scope of one hotel."""
        return cls(key=f"hotel:{hotel.pk}", hotel_ids=(hotel.pk,), zone=hotel.zone)

    @classmethod
    def of_all(cls, *, hotel_ids: Iterable[int]) -> Self:
        """The scope of all hotels; its stored days stay valid when a hotel is added."""
        return cls(key="all", hotel_ids=tuple(sorted(hotel_ids)), zone=UTC)

    @classmethod
    def of_some(cls, *, hotel_ids: Iterable[int]) -> Self:
        """The scope of a set of hotels; users with the same hotels share its stored days."""
        ids = tuple(sorted(hotel_ids))
        digest = hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()[:40]
        return cls(key=f"some:{digest}", hotel_ids=ids, zone=UTC)

    def day(self, at: datetime) -> date:
        """The date of an instant."""
        return at.astimezone(self.zone).date()

    def begins(self, day: date) -> datetime:
        """The start of a day in UTC; where midnight is skipped, the first instant after it."""
        return datetime.combine(day, time.min, tzinfo=self.zone).astimezone(UTC)
