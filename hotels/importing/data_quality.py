"""Data issues in a file of bookings, and whether the booking is accepted or rejected."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any


class IssueKind(Enum):
    """Kind of data issue: title, whether the booking is accepted, and what is done."""

    NEGATIVE_PRICE = ("negative ADR", True, "kept; staff must settle the negative total")
    ZERO_PRICE = ("zero ADR", True, "kept as complimentary, with a total of zero")
    NO_NIGHTS = ("zero nights", True, "kept as day use, without a night")
    NO_GUESTS = ("zero guests", True, "kept; the room is sold without a number of guests")
    NO_CHILDREN = ("number of children missing", True, "kept, without children")
    NO_COUNTRY = ("country missing", True, "kept, without the guest's country")
    SHORT_COUNTRY = ("country in two letters", True, "kept, with the three-letter code")
    UNKNOWN_COUNTRY = ("unknown country code", True, "kept, without the guest's country")
    UNDEFINED_MEAL = ("meal undefined", True, "kept, without a meal")
    UNDEFINED_SEGMENT = ("market segment undefined", True, "kept, without a market segment")
    UNDEFINED_CHANNEL = (
        "distribution channel undefined",
        True,
        "kept, without a distribution channel",
    )
    NO_AGENT = ("agent NULL", True, "kept; no agent made the booking")
    NO_COMPANY = ("company NULL", True, "kept; no company pays")
    UNKNOWN_DEPOSIT = ("unknown deposit type", True, "kept, without a deposit")
    DUPLICATE = ("equal to an earlier line", True, "kept; each line is a booking of a group")
    FLAG_CONTRADICTS = ("is_canceled contradicts the status", True, "kept; the status is used")
    ENDED_BEFORE_MADE = ("outcome dated before the booking was made", True, "kept as dated")
    CANCELLED_LATE = (
        "cancelled after the arrival date",
        True,
        "kept; a replay cancels it on the arrival date, before the no-show check",
    )
    LEFT_BEFORE_ARRIVAL = ("check-out dated before the arrival", True, "kept as dated")
    LEFT_EARLY = (
        "check-out dated before arrival + nights",
        True,
        "kept; a replay checks the guest out on arrival + nights",
    )
    LEFT_LATE = (
        "check-out dated after arrival + nights",
        True,
        "kept; a replay checks the guest out on arrival + nights",
    )
    NO_SHOW_ELSEWHEN = (
        "no-show dated on another day than the arrival",
        True,
        "kept; a replay has the no-show on the arrival date",
    )
    NO_ROOM_TYPE = ("no reserved room type", False, "no room can be assigned")

    def __init__(self, title: str, accepted: bool, reason: str) -> None:
        self.title = title
        self.accepted = accepted
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class DataIssue:
    """One issue on one line of the file; `detail` is the value found."""

    kind: IssueKind
    line: int
    detail: str


@dataclass(frozen=True, kw_only=True)
class IssueTally:
    """All issues of a kind, in the order of the file."""

    kind: IssueKind
    issues: tuple[DataIssue, ...]

    def payload(self) -> dict[str, Any]:
        """Return JSON-ready data with every line and the value found there."""
        return {
            "kind": self.kind.title,
            "decision": "accepted" if self.kind.accepted else "rejected",
            "reason": self.kind.reason,
            "count": len(self.issues),
            "lines": [{"line": each.line, "detail": each.detail} for each in self.issues],
        }

    def lines(self, *, shown: int = 5) -> str:
        """Return the line numbers, as in `32, 145, 165 and 461 more`.

        Rejected lines are all listed, of accepted ones the first `shown`.
        """
        if not self.kind.accepted:
            shown = len(self.issues)
        first = ", ".join(str(issue.line) for issue in self.issues[:shown])
        more = len(self.issues) - shown
        return f"{first} and {more:,} more" if more > 0 else first


def tallies(issues: Iterable[DataIssue]) -> Sequence[IssueTally]:
    """Group issues by kind, in the order of IssueKind, without the kinds that did not occur."""
    by_kind: dict[IssueKind, list[DataIssue]] = {kind: [] for kind in IssueKind}
    for issue in issues:
        by_kind[issue.kind].append(issue)
    return [IssueTally(kind=kind, issues=tuple(found)) for kind, found in by_kind.items() if found]
