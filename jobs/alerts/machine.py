"""Opening and closing of alerts: one step of a rule, from findings to changes.

Nothing here reads the database: the tick and the rehearsal of a rule take the same steps.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A hotel in which a rule's condition holds; `hotel_id` is None if it is about no hotel.

    Findings of the same `group` make one alert. `cause` is the text they share, `detail` that of
    the hotel.
    """

    group: str
    hotel_id: int | None
    job_name: str = ""
    cause: str = ""
    detail: str = ""
    execution_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class OpenAlert:
    """An open alert: the hotels that are concerned now, and since when none is."""

    group: str
    hotel_ids: frozenset[int | None]
    well_since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Thresholds of a rule: hotels to open an alert, time without any to close it.

    A finding about no hotel opens its alert alone.
    """

    open_at: int = 1
    close_after: timedelta = timedelta(0)


@dataclass(frozen=True, kw_only=True)
class Step:
    """The changes of one step: alerts to open and close, hotels that join or leave open ones.

    `well` are alerts without a hotel that wait for their closing threshold since now, `unwell`
    those whose wait is over as a hotel is concerned again.
    """

    opened: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    joined: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    left: Mapping[str, Collection[int | None]] = field(default_factory=dict)
    well: Sequence[str] = ()
    unwell: Sequence[str] = ()
    closed: Sequence[str] = ()


def step(
    *,
    open_alerts: Mapping[str, OpenAlert],
    findings: Iterable[Finding],
    terms: Terms,
    now: datetime,
) -> Step:
    """Return how the open alerts of one rule change, given all that the rule finds at `now`."""
    by_group: dict[str, dict[int | None, Finding]] = {}
    for finding in findings:
        by_group.setdefault(finding.group, {})[finding.hotel_id] = finding
    opened = {
        group: list(found.values())
        for group, found in by_group.items()
        if group not in open_alerts and (None in found or len(found) >= terms.open_at)
    }
    joined: dict[str, list[Finding]] = {}
    left: dict[str, frozenset[int | None]] = {}
    well, unwell, closed = [], [], []
    for group, alert in open_alerts.items():
        found = by_group.get(group, {})
        if new := [each for key, each in found.items() if key not in alert.hotel_ids]:
            joined[group] = new
        if gone := alert.hotel_ids - found.keys():
            left[group] = frozenset(gone)
        if found:
            if alert.well_since is not None:
                unwell.append(group)
        elif now - (alert.well_since or now) >= terms.close_after:
            closed.append(group)
        elif alert.well_since is None:
            well.append(group)
    return Step(opened=opened, joined=joined, left=left, well=well, unwell=unwell, closed=closed)


def after(
    open_alerts: Mapping[str, OpenAlert], change: Step, *, now: datetime
) -> dict[str, OpenAlert]:
    """Return the open alerts after a step, as the rehearsal keeps them."""
    found = {group: alert for group, alert in open_alerts.items() if group not in change.closed}
    for group, findings in change.opened.items():
        found[group] = OpenAlert(
            group=group, hotel_ids=frozenset(each.hotel_id for each in findings)
        )
    for group, alert in list(found.items()):
        ids = alert.hotel_ids - frozenset(change.left.get(group, ()))
        ids |= {each.hotel_id for each in change.joined.get(group, ())}
        since = alert.well_since
        if group in change.well:
            since = now
        elif group in change.unwell:
            since = None
        found[group] = OpenAlert(group=group, hotel_ids=ids, well_since=since)
    return found
