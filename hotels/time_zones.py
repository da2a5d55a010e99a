"""IANA time zones a hotel can be in."""

from functools import cache
from zoneinfo import available_timezones

# Files beside the zones: the zone of this machine, and the mark of one that is not set.
_NO_PLACES = frozenset({"localtime", "Factory"})


@cache
def known_zones() -> frozenset[str]:
    """The names of all time zones of this machine's database, such as `Europe/Lisbon`."""
    return frozenset(available_timezones() - _NO_PLACES)
