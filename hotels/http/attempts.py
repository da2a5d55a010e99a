"""Limits on failed attempts: atomic counters that all processes share (docs/adr/0012).

An attempt is counted before it is made, and given back if it succeeds. Counted afterwards, many
attempts at once would all pass before the first of them counts.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q

from hotels.models import AttemptCount

# A window that ends later than this was written by a machine whose clock was ahead.
_CLOCK_TOLERANCE = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Limit:
    """At most `allowed` attempts in a window that begins with the first of them."""

    name: str
    allowed: int
    window: timedelta

    def take(self, ident: str, *, now: datetime) -> int:
        """Count an attempt of `ident`; return 0, or the seconds to wait if too many were counted.

        Above the limit this only reads, so that an attack causes no writes.
        """
        latest = now + self.window + _CLOCK_TOLERANCE
        current = AttemptCount.objects.filter(
            key=self._key(ident), ends_at__gt=now, ends_at__lte=latest
        )
        while not current.filter(count__lt=self.allowed).update(count=F("count") + 1):
            row = current.first()
            if row is not None and row.count >= self.allowed:
                return math.ceil((row.ends_at - now).total_seconds())
            # The tick deletes the expired rows of others.
            AttemptCount.objects.filter(
                Q(ends_at__lte=now) | Q(ends_at__gt=latest), key=self._key(ident)
            ).delete()
            # Of several at once one makes the row, and all count in it.
            AttemptCount.objects.bulk_create(
                [AttemptCount(key=self._key(ident), count=0, ends_at=now + self.window)],
                ignore_conflicts=True,
            )
        return 0

    def give_back(self, ident: str) -> None:
        """Do not count an attempt that succeeded."""
        AttemptCount.objects.filter(key=self._key(ident), count__gt=0).update(count=F("count") - 1)

    def _key(self, ident: str) -> str:
        return f"{self.name}:{ident}"
