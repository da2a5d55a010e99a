"""The misfire policy: which late slots of a job in a hotel are run, and which are missed."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hotels.i18n import counted
from jobs.models import SkipReason
from jobs.scheduling.effective import CatchUp, EffectiveSchedule

# A slot at most this late is on time: crontab lines and ticks need a moment.
GRACE = timedelta(minutes=5)
# After long downtime an every-minute schedule has more missed slots than anyone will read.
MISSED_KEPT = 12
NOT_ACTIVE = "Hotel not active."


@dataclass(frozen=True, kw_only=True)
class MissedSlot:
    """A slot that is not run, and why; `also` counts earlier ones it covers, from `since`."""

    slot: datetime
    reason: SkipReason
    words: str
    also: int = 0
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class MisfireDecision:
    """The slots to run, the oldest first, and the missed ones. Together they are all slots."""

    run: tuple[datetime, ...]
    missed: tuple[MissedSlot, ...]


def apply_policy(
    *,
    slots: Sequence[datetime],
    done: Collection[datetime],
    schedule: EffectiveSchedule,
    now: datetime,
) -> MisfireDecision:
    """Decide which of the rising slots up to `now` to run; slots in `done` have an execution."""
    open_slots = [slot for slot in slots if slot not in done]
    if not (schedule.hotel_active and schedule.enabled):
        switched_off = SkipReason.DISABLED if schedule.hotel_active else SkipReason.INACTIVE
        words = "Switched off for this hotel." if schedule.hotel_active else NOT_ACTIVE
        missed = [MissedSlot(slot=s, reason=switched_off, words=words) for s in open_slots]
        return MisfireDecision(run=(), missed=_kept(missed))
    run, late = [], []
    for slot in open_slots:
        why = _too_late(slot, newest=slots[-1], schedule=schedule, now=now)
        if why is None:
            run.append(slot)
        else:
            late.append(MissedSlot(slot=slot, reason=SkipReason.MISSED, words=f"Missed; {why}."))
    return MisfireDecision(run=tuple(run), missed=_kept(late))


class MisfireDecisions:
    """Decisions about the slots of a plan: most hotels have the same slots under one policy."""

    def __init__(self, *, now: datetime) -> None:
        self._now = now
        self._known: dict[tuple[object, ...], MisfireDecision] = {}

    def __call__(
        self,
        schedule: EffectiveSchedule,
        *,
        slots: tuple[datetime, ...],
        done: Collection[datetime],
    ) -> MisfireDecision:
        policy = (
            schedule.hotel_active,
            schedule.enabled,
            schedule.catch_up,
            schedule.longest_lateness,
        )
        key = (slots, *policy)
        if done or key not in self._known:
            made = apply_policy(slots=slots, done=done, schedule=schedule, now=self._now)
            if done:
                return made
            self._known[key] = made
        return self._known[key]


def _too_late(
    slot: datetime, *, newest: datetime, schedule: EffectiveSchedule, now: datetime
) -> str | None:
    """The reason not to run a slot; None if it is run."""
    lateness = now - slot
    longest = schedule.longest_lateness
    if longest is not None and lateness > longest:
        return f"{_span(lateness)} late, and this hotel allows {_span(longest)}"
    if schedule.catch_up == CatchUp.NONE and lateness > GRACE:
        return f"{_span(lateness)} late, and this hotel skips late runs"
    if schedule.catch_up == CatchUp.ONCE and slot != newest:
        return f"covered by the {_instant(newest, near=slot)} run"
    return None


def _kept(missed: Sequence[MissedSlot]) -> tuple[MissedSlot, ...]:
    """The newest slots one by one; the first of them also covers all earlier ones."""
    if len(missed) <= MISSED_KEPT:
        return tuple(missed)
    earlier, kept = missed[:-MISSED_KEPT], missed[-MISSED_KEPT:]
    first = kept[0]
    since = _instant(earlier[0].slot)
    covering = MissedSlot(
        slot=first.slot,
        reason=first.reason,
        words=f"{first.words} Also {counted(len(earlier), 'earlier slot')} since {since}.",
        also=len(earlier),
        since=earlier[0].slot,
    )
    return (covering, *kept[1:])


def _instant(at: datetime, *, near: datetime | None = None) -> str:
    """`15 Jul 2026, 12:00 UTC`, or `12:00 UTC` if it is on the same day as `near`."""
    at = at.astimezone(UTC)
    if near is not None and near.astimezone(UTC).date() == at.date():
        return f"{at:%H:%M} UTC"
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def _span(span: timedelta) -> str:
    """`4 min`, `2 h 5 min`, `3 d 2 h`: the two largest parts."""
    minutes = span // timedelta(minutes=1)
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    shown: Iterable[str] = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(list(shown)[:2]) or "under a minute"
