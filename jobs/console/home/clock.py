"""Times on the home page: all in one time zone, written in one way."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from django.utils.html import format_html
from django.utils.safestring import SafeString

from hotels import formats
from hotels.models import Hotel

UTC = ZoneInfo("UTC")
# A time of day alone of another day reads as today's, except this close to now.
NEAR = timedelta(hours=6)


@dataclass(frozen=True, kw_only=True)
class HomeClock:
    """The current time and the zone in which every time on the page is written."""

    now: datetime
    zone: ZoneInfo

    @classmethod
    def of(cls, *, hotels: Iterable[Hotel], now: datetime) -> Self:
        """The clock of these hotels: in their time zone, or in UTC if they have different ones."""
        zones = {hotel.timezone for hotel in hotels}
        return cls(now=now, zone=ZoneInfo(zones.pop()) if len(zones) == 1 else UTC)

    @property
    def zone_name(self) -> str:
        """Name of the zone: `Lisbon time`, `UTC`."""
        return formats.zone_name(self.zone)

    def text(self, at: datetime) -> str:
        """Return `00:03`, `00:03 UTC`, or with the date if it is neither today's nor near now."""
        today = at.astimezone(self.zone).date() == self.now.astimezone(self.zone).date()
        near = today or abs(self.now - at) < NEAR
        write = formats.time_of_day if near else formats.format_instant
        text = write(at, zone=self.zone)
        return f"{text} UTC" if self.zone.key == "UTC" else text

    def element(self, at: datetime) -> SafeString:
        """Return `text` as a `<time>` element, with UTC as tooltip."""
        return format_html(
            '<time datetime="{}" title="{}">{}</time>',
            at.isoformat(),
            formats.in_utc(at),
            self.text(at),
        )
