"""Putting due slots on record, under the one lock that all ticks share."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from jobs import dispatch, registry, runner
from jobs.dispatch import Opening
from jobs.models import JobExecution, JobRun, Tick, Trigger
from jobs.scheduling import DueSlot, EffectiveSchedule, HotelJob, MissedSlot, SlotPlan, plan_slots

LONGEST_LOOK = timedelta(days=92)


@dataclass(frozen=True, kw_only=True)
class OpenedSlots:
    """How many slots were opened, given up, and taken back because a clock was set right."""

    due: int = 0
    missed: int = 0
    reopened: int = 0
    problems: tuple[str, ...] = ()


@transaction.atomic
def open_due(*, now: datetime, worker: int | None = None) -> OpenedSlots:
    """Open all slots that came since the last look, once, whatever else looks at the same time.

    A clock that was set back makes the next looks go over time they have seen; slots that have an
    execution are left alone, so nothing is doubled.
    """
    tick = Tick.lock(now=now)
    reopened = runner.forget_missed(after=now) if now < tick.looked_until else 0
    found = plan_slots(since=_since(tick, now=now), now=now)
    _store(found, now=now, worker=worker)
    tick.looked_until = now
    tick.ticked_at = timezone.now()
    tick.save(update_fields=["looked_until", "ticked_at"])
    return OpenedSlots(
        due=len(found.due),
        missed=len(found.missed),
        reopened=reopened,
        problems=found.problems,
    )


@transaction.atomic
def open_due_before_change(*, hotel_id: int, job_name: str, now: datetime) -> None:
    """Open what one hotel's schedule of a job made due up to `now`, before it changes.

    Nothing is due before the first tick.
    """
    tick = Tick.objects.select_for_update().filter(pk=Tick.KEY).first()
    if tick is None:
        return
    part = HotelJob(hotel_id=hotel_id, job_name=job_name)
    _store(plan_slots(since=_since(tick, now=now), now=now, part=part), now=now, worker=None)
    if now < tick.looked_until:
        # A clock behind that of the last tick: what the change makes due until then is looked for.
        tick.looked_until = now
        tick.save(update_fields=["looked_until"])


def _since(tick: Tick, *, now: datetime) -> datetime:
    """From where on a look goes; a clock that was years behind does not make it look at years."""
    return max(tick.looked_until, now - LONGEST_LOOK)


def _store(found: SlotPlan, *, now: datetime, worker: int | None) -> None:
    groups: dict[tuple[str, datetime, Trigger], list[DueSlot]] = defaultdict(list)
    for due in found.due:
        groups[due.job_name, due.slot, due.trigger].append(due)
    dispatch.open_runs(
        parts=[
            (
                Opening(job=registry.get(name), now=now, trigger=trigger, slot=slot, worker=worker),
                [due.hotel_id for due in part],
            )
            for (name, slot, trigger), part in sorted(groups.items(), key=lambda item: item[0][1])
        ]
    )
    _give_up(found.missed, now=now)


def _give_up(missed: Iterable[tuple[EffectiveSchedule, MissedSlot]], *, now: datetime) -> None:
    """SKIPPED executions, in one run for each job and slot."""
    by_slot: dict[tuple[str, datetime], list[tuple[EffectiveSchedule, MissedSlot]]] = defaultdict(
        list
    )
    for terms, each in missed:
        by_slot[terms.job_name, each.slot].append((terms, each))
    at = timezone.now()
    runs = JobRun.objects.bulk_create(
        JobRun(job_name=name, trigger=Trigger.CRON, scheduled_for=slot, created_at=at)
        for name, slot in by_slot
    )
    runner.record_skipped(
        executions=[
            JobExecution(
                run=run,
                hotel_id=terms.hotel_id,
                job_name=terms.job_name,
                trigger=Trigger.CRON,
                scheduled_for=each.slot,
                as_of=now,
                skip_reason=each.reason,
                words=each.words,
                metadata=_standing_for(each),
            )
            for run, part in zip(runs, by_slot.values(), strict=True)
            for terms, each in part
        ]
    )


def _standing_for(each: MissedSlot) -> dict[str, object]:
    if not each.also or each.since is None:
        return {}
    return {"alsoMissed": {"slots": each.also, "since": each.since.isoformat()}}
