"""The clocks of this machine and of the database, which must agree where jobs are run."""

from datetime import datetime

from django.db import OperationalError, connection
from django.utils import timezone

from jobs.models.execution import CLOCK_TOLERANCE


class ClockDiffers(OperationalError):
    """This machine must not run jobs, as its clock is wrong; the message is one sentence."""


def database_time() -> datetime:
    """The time of the database server; of this machine on SQLite, which has no server."""
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return at


def check_clock() -> None:
    """Compare the clocks; raises ClockDiffers if they differ by more than `CLOCK_TOLERANCE`.

    A clock that is ahead would run and complete the slots of coming days.
    """
    now, at = timezone.now(), database_time()
    difference = abs(now - at)
    if difference > CLOCK_TOLERANCE:
        minutes = difference.total_seconds() / 60
        raise ClockDiffers(
            f"The clock of this machine, {now:%Y-%m-%d %H:%M} UTC, is {minutes:,.0f} minutes "
            f"{'ahead of' if now > at else 'behind'} the clock of the database server. "
            "No job was run; set the clock, and keep it right with NTP."
        )
