"""Availability recalculation: the coming 90 nights of every room type, daily (domain rule 4)."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from hotels import availability
from hotels.availability import OffSale, Overbooked
from jobs.base import JobContext, JobResult, Problem
from jobs.registry import job

NIGHTS_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class AvailabilityResult(JobResult):
    """Rows are room types times nights; rates in percent over the whole window.

    `overbooked` are the first of the `overbooked_nights`, nearest first; `off_sale` names room
    types that are not active and yet have nights sold.
    """

    rooms_processed: int
    availability_updated: int
    occupancy_rate: Decimal
    rows_unchanged: int
    overbooked_nights: int
    overbooked: tuple[Overbooked, ...] = ()
    off_sale: tuple[OffSale, ...] = ()

    def words(self) -> str:
        """`900 rows, 12 changed, occupancy 71.20 %`."""
        rows = self.availability_updated + self.rows_unchanged + len(self.problems)
        return (
            f"{rows} rows, {self.availability_updated} changed, occupancy {self.occupancy_rate} %"
        )

    def attention(self) -> tuple[str, ...]:
        """The problems, the first overbooked nights and how many more, nights sold off sale."""
        lines = [f"{n.room_type} {n.date}: overbooked by {n.by}" for n in self.overbooked]
        if more := self.overbooked_nights - len(self.overbooked):
            lines.append(f"and {more} more overbooked nights")
        lines += [f"{t.room_type}: not active, yet sold: {t.nights} nights" for t in self.off_sale]
        return (*super().attention(), *lines)


@job(name="recalc-availability", schedule="0 1 * * *", title=_("Availability recalculation"))
def recalculate_availability(context: JobContext) -> AvailabilityResult:
    """Project stock and occupancy of the coming 90 nights; write only the rows that changed."""
    found = availability.recalculate(
        hotel=context.hotel, now=context.now, checkpoint=context.checkpoint
    )
    context.changed("availability", found.changed)
    return AvailabilityResult(
        hotel_id=context.hotel.pk,
        problems=tuple(
            Problem(what=f"{failure.row.room_type.code} {failure.row.date}", reason=failure.reason)
            for failure in found.failures
        ),
        handled=found.rows - len(found.failures),
        rooms_processed=found.rooms,
        availability_updated=len(found.changed),
        occupancy_rate=found.occupancy_rate,
        rows_unchanged=found.rows - len(found.changed) - len(found.failures),
        overbooked_nights=len(found.overbooked),
        overbooked=found.overbooked[:NIGHTS_NAMED],
        off_sale=found.off_sale,
    )
