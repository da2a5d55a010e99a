"""What is odd in a file of bookings, and what is done about it: accepted or rejected, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Kind(Enum):
    """A kind of oddity: its name, whether the booking is taken all the same, and why."""

    NEGATIVE_PRICE = ("negative ADR", True, "kept; its total is below zero, for a person to settle")
    ZERO_PRICE = ("zero ADR", True, "kept as complimentary; its total is zero")
    NO_NIGHTS = ("zero nights", True, "kept as day use, which holds no night")
    NO_GUESTS = ("zero guests", True, "kept; nobody is named, the room is sold all the same")
    NO_CHILDREN = ("number of children missing", True, "kept, taken as none")
    NO_COUNTRY = ("country missing", True, "kept, the guest's country stays empty")
    SHORT_COUNTRY = ("country in two letters", True, "kept, taken as the three-letter code")
    UNKNOWN_COUNTRY = ("unknown country code", True, "kept, the guest's country stays empty")
    UNDEFINED_MEAL = ("meal undefined", True, "kept, no meal is noted")
    UNDEFINED_SEGMENT = ("market segment undefined", True, "kept without it")
    UNDEFINED_CHANNEL = ("distribution channel undefined", True, "kept without it")
    NO_AGENT = ("agent NULL", True, "kept; not applicable: no agent made the booking")
    NO_COMPANY = ("company NULL", True, "kept; not applicable: no company pays")
    UNKNOWN_DEPOSIT = ("unknown deposit type", True, "kept, no deposit is taken")
    DUPLICATE = ("equal to an earlier line", True, "kept: a booking of a group, each line is one")
    FLAG_CONTRADICTS = ("is_canceled contradicts the status", True, "kept, the status counts")
    ENDED_BEFORE_MADE = ("outcome dated before the booking was made", True, "kept as dated")
    CANCELLED_LATE = (
        "cancelled after the arrival date",
        True,
        "kept; where it happens day by day, on the arrival date: the guest is no no-show",
    )
    LEFT_BEFORE_ARRIVAL = ("check-out dated before the arrival", True, "kept as dated")
    LEFT_EARLY = (
        "check-out dated before arrival + nights",
        True,
        "kept; where it happens day by day, departure is arrival + nights",
    )
    LEFT_LATE = (
        "check-out dated after arrival + nights",
        True,
        "kept; where it happens day by day, departure is arrival + nights",
    )
    NO_SHOW_ELSEWHEN = (
        "no-show dated on another day than the arrival",
        True,
        "kept; where it happens day by day, on the arrival date",
    )
    NO_ROOM_TYPE = ("no reserved room type", False, "no room can be kept for it")

    def __init__(self, title: str, accepted: bool, reason: str) -> None:
        self.title = title
        self.accepted = accepted
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class DataIssue:
    """One odd thing on one line; `detail` is what stands there."""

    kind: Kind
    line: int
    detail: str


@dataclass(frozen=True, kw_only=True)
class IssueTally:
    """All oddities of a kind, in the order of the file."""

    kind: Kind
    oddities: tuple[DataIssue, ...]

    def payload(self) -> dict[str, Any]:
        """As JSON holds it, every line with what stands there."""
        return {
            "kind": self.kind.title,
            "decision": "accepted" if self.kind.accepted else "rejected",
            "reason": self.kind.reason,
            "count": len(self.oddities),
            "lines": [{"line": o.line, "detail": o.detail} for o in self.oddities],
        }

    def lines(self, *, shown: int = 5) -> str:
        """The lines for people: all that were rejected, the first of others.

        `32, 145, 165 and 461 more`.
        """
        if not self.kind.accepted:
            shown = len(self.oddities)
        first = ", ".join(str(oddity.line) for oddity in self.oddities[:shown])
        more = len(self.oddities) - shown
        return f"{first} and {more:,} more" if more > 0 else first


def tallies(oddities: Iterable[DataIssue]) -> Sequence[IssueTally]:
    """The oddities by kind, in the order of `Kind`; kinds that did not occur are left out."""
    by_kind: dict[Kind, list[DataIssue]] = {kind: [] for kind in Kind}
    for oddity in oddities:
        by_kind[oddity.kind].append(oddity)
    return [
        IssueTally(kind=kind, oddities=tuple(found)) for kind, found in by_kind.items() if found
    ]
