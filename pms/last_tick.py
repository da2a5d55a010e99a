"""The last tick, shown at the foot of every console page."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.utils.translation import gettext as _

from hotels import formats
from jobs.models import Tick


@dataclass(frozen=True, kw_only=True)
class LastTick:
    """The time of the last tick, and the time since; negative if a clock was ahead."""

    at: datetime
    age: timedelta

    @classmethod
    def read(cls, *, now: datetime) -> Self | None:
        """Return the last tick, in one query; None if no tick ever ran."""
        tick = Tick.latest()
        return cls(at=tick.ticked_at, age=now - tick.ticked_at) if tick else None

    @property
    def is_ahead(self) -> bool:
        """True if the clock of the machine that ran the tick was ahead of ours."""
        return self.age < -Tick.MAX_AGE

    @property
    def is_silent(self) -> bool:
        """True if the tick has stopped, or if its clock is wrong."""
        return self.is_ahead or self.age > Tick.MAX_AGE

    @property
    def text(self) -> str:
        """The sentence at the foot of the page."""
        if self.is_ahead:
            return _(
                "The last tick is dated %(when)s, in the future. Check the clocks of the servers."
            ) % {"when": formats.in_utc(self.at)}
        age = {"age": formats.lateness(self.age)}
        if self.is_silent:
            return (
                _("No tick for %(age)s: due jobs do not start. Inform the server's administrator.")
                % age
            )
        return _("Last tick %(age)s ago") % age
