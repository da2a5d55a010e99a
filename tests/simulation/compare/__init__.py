"""Compare the database with the oracle's books; the first difference ends the simulation.

Rows that a job wrote are matched with those the oracle expects, and give these their keys.
"""

from collections.abc import Callable

from tests.simulation.compare import bookings, folios, rooms
from tests.simulation.compare.difference import Difference, check, refusing
from tests.simulation.compare.folios import numbers
from tests.simulation.world import World

__all__ = ["Difference", "after", "check", "everything", "numbers", "refusing"]


def everything(world: World) -> None:
    """Compare all that jobs and acts write."""
    for part in (
        rooms.hotel_dates,
        folios.money,
        bookings.records,
        bookings.stays,
        bookings.nights,
        rooms.tasks,
        rooms.cleanliness,
        rooms.availability,
        rooms.orders,
    ):
        part(world)


def after(world: World, job: str) -> None:
    """Compare what a job writes; the rest is compared at the end of the day."""
    for part in WRITTEN[job]:
        part(world)


WRITTEN: dict[str, tuple[Callable[[World], None], ...]] = {
    "daily-housekeeping": (rooms.hotel_dates, rooms.tasks, rooms.cleanliness),
    "maintenance-schedule": (rooms.orders,),
    "check-no-shows": (
        folios.money,
        bookings.records,
        bookings.stays,
        bookings.nights,
        rooms.availability,
    ),
    "recalc-availability": (rooms.hotel_dates, rooms.availability),
    "generate-invoices": (folios.money,),
}
