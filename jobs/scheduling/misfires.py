"""What becomes of the slots of one job in one hotel that have come, and may be late."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from jobs.models import SkipReason
from jobs.scheduling.effective import CatchUp, EffectiveSchedule

# A slot that is at most so late is on time: crontab lines and ticks need a moment.
GRACE = timedelta(minutes=5)
# After long downtime a schedule of every minute has missed more slots than anybody will read.
MISSED_KEPT = 12


@dataclass(frozen=True, kw_only=True)
class MissedSlot:
    """A slot that is not run, and why; `also` counts earlier ones it stands for, from `since`."""

    slot: datetime
    reason: SkipReason
    words: str
    also: int = 0
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class MisfireDecision:
    """Which slots are run, the oldest first, and which are not. Together they are all."""

    run: tuple[datetime, ...]
    missed: tuple[MissedSlot, ...]


def apply_policy(
    *,
    slots: Sequence[datetime],
    done: Collection[datetime],
    terms: EffectiveSchedule,
    now: datetime,
) -> MisfireDecision:
    """Decide on rising slots up to `now`; those `done` have an execution already and are left."""
    open_slots = [slot for slot in slots if slot not in done]
    if not terms.enabled:
        words = "disabled: the hotel has switched this schedule off"
        missed = [MissedSlot(slot=s, reason=SkipReason.DISABLED, words=words) for s in open_slots]
        return MisfireDecision(run=(), missed=_kept(missed))
    run, late = [], []
    for slot in open_slots:
        why = _too_late(slot, newest=slots[-1], terms=terms, now=now)
        if why is None:
            run.append(slot)
        else:
            late.append(MissedSlot(slot=slot, reason=SkipReason.MISSED, words=f"missed: {why}"))
    return MisfireDecision(run=tuple(run), missed=_kept(late))


def _too_late(
    slot: datetime, *, newest: datetime, terms: EffectiveSchedule, now: datetime
) -> str | None:
    """Why a slot is not run any more, None where it is."""
    lateness = now - slot
    longest = terms.longest_lateness
    if longest is not None and lateness > longest:
        return f"{_span(lateness)} late, and the hotel allows {_span(longest)}"
    if terms.catch_up == CatchUp.NONE and lateness > GRACE:
        return f"{_span(lateness)} late, and the hotel does not catch up"
    if terms.catch_up == CatchUp.ONCE and slot != newest:
        return f"the later slot of {newest.astimezone(UTC):%Y-%m-%d %H:%M} UTC stands for it"
    return None


def _kept(missed: Sequence[MissedSlot]) -> tuple[MissedSlot, ...]:
    """The newest ones each by itself; the first of them stands for all that were earlier."""
    if len(missed) <= MISSED_KEPT:
        return tuple(missed)
    earlier, kept = missed[:-MISSED_KEPT], missed[-MISSED_KEPT:]
    first = kept[0]
    since = f"{earlier[0].slot.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    stands = MissedSlot(
        slot=first.slot,
        reason=first.reason,
        words=f"{first.words} (and so for {len(earlier)} earlier slots since {since})",
        also=len(earlier),
        since=earlier[0].slot,
    )
    return (stands, *kept[1:])


def _span(span: timedelta) -> str:
    """`4 min`, `2 h 5 min`, `3 d 2 h`: the two largest parts."""
    minutes = span // timedelta(minutes=1)
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    shown: Iterable[str] = [f"{number} {unit}" for number, unit in parts if number]
    return " ".join(list(shown)[:2]) or "under a minute"
