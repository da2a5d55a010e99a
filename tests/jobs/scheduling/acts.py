"""What happens in the tests of slots: a tick at a time, and a change of a hotel."""

from datetime import datetime
from typing import Any

import time_machine

from hotels.models import Hotel
from hotels.property_changes import save_hotel
from jobs import tick


def tick_at(now: datetime) -> tick.TickResult:
    """Run a tick while the machine's clock shows `now`."""
    with time_machine.travel(now, tick=False):
        return tick.run_tick(now=now)


def change(hotel: Hotel, *, now: datetime, **columns: Any) -> None:
    """Save new values of a hotel as the forms do."""
    for name, value in columns.items():
        setattr(hotel, name, value)
    save_hotel(hotel=hotel, now=now)
