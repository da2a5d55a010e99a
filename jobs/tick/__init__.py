"""The minute tick: opens what is due, closes what is dead, works what waits."""

from jobs.tick.beat import Beat, beat
from jobs.tick.past import PastSlot, catch_up, past_slots
from jobs.tick.planning import Opened, open_due, settle_part

__all__ = [
    "Beat",
    "Opened",
    "PastSlot",
    "beat",
    "catch_up",
    "open_due",
    "past_slots",
    "settle_part",
]
