"""Availability recalculation: the next 90 nights of every room type, daily (domain rule 4)."""

import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext_lazy as _

from hotels import availability, formats
from hotels.i18n import counted
from jobs import result_fields as fields
from jobs.base import JobContext, JobResult, Problem
from jobs.local_hours import LocalHours
from jobs.registry import job
from jobs.result_fields import result_dataclass

NIGHTS_NAMED = 5


@result_dataclass
class OverbookedEntry:
    """A night on which `by` rooms of a type are sold beyond the stock."""

    room_type: str = fields.text(_("Room type"))
    date: datetime.date = fields.day(_("Night"))
    by: int = fields.count(_("Overbooked by"))


@result_dataclass
class InactiveType:
    """A room type that is not active although nights of it are sold."""

    room_type: str = fields.text(_("Room type"))
    nights: int = fields.count(_("Nights sold"))


@result_dataclass
class AvailabilityResult(JobResult):
    """Nights updated, counted for each room type, and occupancy in percent over all 90 nights.

    Rooms, occupancy, unchanged and overbooked nights are those of the 90 nights from the business
    date on. `availability_updated` also counts changed rows of the night just closed, which each
    business date's first run calculates for the last time, and of types taken off sale.
    `overbooked` lists the first `NIGHTS_NAMED` of the `overbooked_nights`, nearest first.
    """

    rooms_processed: int = fields.count(_("Rooms included"))
    availability_updated: int = fields.count(_("Room-type nights updated"))
    occupancy_rate: Decimal = fields.percent(
        _("Occupancy, next 90 nights"), weighted_by="rooms_processed"
    )
    rows_unchanged: int = fields.count(_("Room-type nights unchanged"))
    overbooked_nights: int = fields.count(_("Overbooked nights"))
    overbooked: tuple[OverbookedEntry, ...] = fields.table(
        _("Next overbooked nights"), row=OverbookedEntry, default=()
    )
    off_sale: tuple[InactiveType, ...] = fields.table(
        _("Inactive room types with nights sold"), row=InactiveType, default=()
    )

    change_labels = {"availability": _("nights updated")}

    def summary(self) -> str:
        """`270 nights updated, occupancy 6.9 %`."""
        updated = counted(self.availability_updated, "night")
        rate = self.occupancy_rate.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
        changes = f"{updated} updated" if self.availability_updated else "No changes"
        return f"{changes}, occupancy {rate} %"

    def attention(self) -> tuple[str, ...]:
        """The problems, the first overbooked nights and the number of others, inactive types."""
        lines = [
            f"{night.room_type} {formats.date_of(night.date)}: overbooked by {night.by}"
            for night in self.overbooked
        ]
        if more := self.overbooked_nights - len(self.overbooked):
            lines.append(counted(more, "more overbooked night"))
        lines += [
            f"{item.room_type}: inactive room type with {counted(item.nights, 'night')} sold"
            for item in self.off_sale
        ]
        return (*super().attention(), *lines)


@job(
    name="recalc-availability",
    schedule="0 1 * * *",
    title=_("Availability recalculation"),
    dated_effects=True,
    recalculates=True,
    local_hours=LocalHours(length=datetime.timedelta(hours=6), best=datetime.timedelta(hours=1)),
)
def recalculate_availability(context: JobContext) -> AvailabilityResult:
    """Recalculate the next 90 nights, and the night just closed once more; write only changes."""
    found = availability.recalculate(
        hotel=context.hotel, now=context.now, checkpoint=context.checkpoint
    )
    context.changed("availability", found.changed)
    return AvailabilityResult(
        hotel_id=context.hotel.pk,
        problems=tuple(
            Problem(
                what=f"{failure.row.room_type.code} {formats.date_of(failure.row.date)}",
                reason=failure.reason,
            )
            for failure in found.failures
        ),
        done=len(found.changed),
        rooms_processed=found.rooms,
        availability_updated=len(found.changed),
        occupancy_rate=found.occupancy_rate,
        rows_unchanged=found.unchanged,
        overbooked_nights=len(found.overbooked),
        overbooked=tuple(
            OverbookedEntry(room_type=night.room_type, date=night.date, by=night.by)
            for night in found.overbooked[:NIGHTS_NAMED]
        ),
        off_sale=tuple(
            InactiveType(room_type=item.room_type, nights=item.nights) for item in found.off_sale
        ),
    )
