"""The availability calendar of a hotel, as a page and as a CSV file."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext_lazy

from hotels.availability import COUNTED
from hotels.console.availability.calendar import availability_rows, read_calendar
from hotels.console.availability.overbookings import NIGHTS_SHOWN, read_clashes
from hotels.console.base import HotelPage
from hotels.console.query_params import day_param
from hotels.csv_export import csv_response
from hotels.models import Hotel

STEP = timedelta(days=30)


class _NightsPage(HotelPage):
    """Base of the views of ninety nights: from `?from=`, else from the hotel's business date."""

    def first(self, hotel: Hotel) -> date:
        """Return the first night."""
        return day_param(self.request, "from", default=hotel.business_date(self.now))


class AvailabilityCalendar(_NightsPage):
    """`/admin/availability/`: availability by room type and night, and the overbooked stays."""

    title = gettext_lazy("Availability")
    template_name = "hotels/console/availability/calendar.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the calendar and its overbooked nights."""
        if self.hotel is None:
            return super().get_context_data(**kwargs)
        first, today = self.first(self.hotel), self.hotel.business_date(self.now)
        calendar = read_calendar(hotel=self.hotel, first=first, now=self.now)
        return super().get_context_data(
            calendar=calendar,
            overbookings=read_clashes(hotel=self.hotel, nights=calendar.overbooked, today=today),
            more_overbookings=max(len(calendar.overbooked) - NIGHTS_SHOWN, 0),
            today=today,
            earlier=first - STEP,
            later=first + STEP,
            **kwargs,
        )


class AvailabilityFile(_NightsPage):
    """`/admin/availability/export.csv`: the stored figures of the same nights."""

    is_file = True

    def get(  # type: ignore[override]  # Django's stubs know no page that is streamed
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> StreamingHttpResponse:
        """Stream the file. Raises Http404 when the user has no active hotel."""
        if self.hotel is None:
            raise Http404
        first = self.first(self.hotel)
        name = f"availability-{self.hotel.code}-{first}.csv"
        return csv_response(rows=self._rows(self.hotel, first=first), name=name)

    def _rows(self, hotel: Hotel, *, first: date) -> Iterator[list[object]]:
        yield ["hotel", "room_type", "name", "date", *COUNTED]
        for row in availability_rows(hotel, first=first):
            counted = [getattr(row, column) for column in COUNTED]
            yield [hotel.code, row.room_type.code, row.room_type.name, row.date, *counted]
