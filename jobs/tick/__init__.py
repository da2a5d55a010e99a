"""The minute tick: opens what is due, closes what is dead, works what waits."""

from jobs.tick.beat import Beat, beat
from jobs.tick.planning import Opened, open_due, settle_part

__all__ = ["Beat", "Opened", "beat", "open_due", "settle_part"]
