"""Times of day assumed for events of the file, which has dates only."""

from dataclasses import dataclass, field
from datetime import date, datetime, time

from hotels.models import Hotel

BOOKED = time(12)
CANCELLED = time(13)
DAY_USE_ENDS = time(18)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Instants of a hotel's local times; each is computed once."""

    hotel: Hotel
    _known: dict[tuple[date, time], datetime] = field(default_factory=dict)

    def booked_at(self, day: date) -> datetime:
        """Return when bookings are made: noon."""
        return self.at(day, BOOKED)

    def cancelled_at(self, day: date) -> datetime:
        """Return when bookings are cancelled: after new bookings, before arrivals."""
        return self.at(day, CANCELLED)

    def arrives_at(self, day: date) -> datetime:
        """Return when guests arrive: at the hotel's check-in time."""
        return self.at(day, self.hotel.check_in_time)

    def leaves_at(self, day: date, *, arrived: date) -> datetime:
        """Return when guests leave: at check-out time; day-use guests at 18:00."""
        return self.at(day, self.hotel.check_out_time if day > arrived else DAY_USE_ENDS)

    def at(self, day: date, moment: time) -> datetime:
        """Return the instant of a local time."""
        key = (day, moment)
        if key not in self._known:
            self._known[key] = self.hotel.instant(day, moment)
        return self._known[key]
