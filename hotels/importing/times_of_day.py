"""The times of day at which a file's dates are taken to happen: it has dates only."""

from dataclasses import dataclass, field
from datetime import date, datetime, time

from hotels.models import Hotel

BOOKED = time(12)
CANCELLED = time(13)
DAY_USE_ENDS = time(18)


@dataclass(frozen=True, kw_only=True)
class Clock:
    """Instants of a hotel's local times, each computed once."""

    hotel: Hotel
    _known: dict[tuple[date, time], datetime] = field(default_factory=dict)

    def booked_at(self, day: date) -> datetime:
        """When bookings of a day are made: noon."""
        return self.at(day, BOOKED)

    def cancelled_at(self, day: date) -> datetime:
        """When bookings are cancelled: after those of the day are made, before anyone arrives."""
        return self.at(day, CANCELLED)

    def arrives_at(self, day: date) -> datetime:
        """When guests arrive: at the hotel's check-in time."""
        return self.at(day, self.hotel.check_in_time)

    def leaves_at(self, day: date, *, arrived: date) -> datetime:
        """When guests leave: at the check-out time, in the evening when they came the same day."""
        return self.at(day, self.hotel.check_out_time if day > arrived else DAY_USE_ENDS)

    def at(self, day: date, moment: time) -> datetime:
        """The instant of a local time of day."""
        key = (day, moment)
        if key not in self._known:
            self._known[key] = self.hotel.instant(day, moment)
        return self._known[key]
