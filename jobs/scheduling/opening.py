"""Opening due slots, under the one lock that all ticks share."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from hotels.deadlocks import repeated_on_deadlock
from jobs import dispatch, registry, runner
from jobs.dispatch import RunRequest
from jobs.models import JobExecution, JobRun, Tick, Trigger
from jobs.scheduling import DueSlot, EffectiveSchedule, HotelJob, MissedSlot, SlotPlan, plan_slots

LONGEST_LOOK = timedelta(days=92)


@dataclass(frozen=True, kw_only=True)
class OpenedSlots:
    """Numbers of slots opened, skipped as missed, and reopened after a clock was set right."""

    due: int = 0
    missed: int = 0
    reopened: int = 0
    problems: tuple[str, ...] = ()


@repeated_on_deadlock
@transaction.atomic
def open_due(*, now: datetime, worker: int | None = None) -> OpenedSlots:
    """Open every slot that became due since the last tick; simultaneous ticks open it once.

    After a clock was set back the next ticks go over the same time again; slots that have an
    execution are left unchanged, so nothing runs twice.
    """
    runner.limit_session()  # a process that hangs loses the lock that all ticks share
    tick = Tick.lock(now=now)
    since = _since(tick, now=now)
    reopened = 0
    if now < tick.looked_until:
        reopened, covered_since = runner.delete_missed(after=now)
        since = min(since, covered_since or since)
    found = plan_slots(since=max(since, now - LONGEST_LOOK), now=now)
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
    """Open the slots of a hotel's job that are due up to `now`, before its schedule changes.

    Does nothing before the first tick. Raises ClockDiffers if the clock of this machine is wrong.
    """
    runner.check_clock()
    runner.limit_session()
    tick = Tick.objects.locked().filter(pk=Tick.KEY).first()
    if tick is None:
        return
    part = HotelJob(hotel_id=hotel_id, job_name=job_name)
    _store(plan_slots(since=_since(tick, now=now), now=now, part=part), now=now, worker=None)
    if now < tick.looked_until:
        # Our clock is behind that of the last tick: look again for what the new schedule makes due.
        tick.looked_until = now
        tick.save(update_fields=["looked_until"])


def _since(tick: Tick, *, now: datetime) -> datetime:
    """The start of the time to look at: not in the future, and at most `LONGEST_LOOK` ago.

    Clocks can be years off.
    """
    return min(max(tick.looked_until, now - LONGEST_LOOK), now)


def _store(found: SlotPlan, *, now: datetime, worker: int | None) -> None:
    groups: dict[tuple[str, datetime, Trigger], list[DueSlot]] = defaultdict(list)
    for due in found.due:
        groups[due.job_name, due.slot, due.trigger].append(due)
    dispatch.open_runs(
        parts=[
            (
                RunRequest(
                    job=registry.get(name), now=now, trigger=trigger, slot=slot, worker=worker
                ),
                [due.hotel_id for due in part],
            )
            for (name, slot, trigger), part in sorted(groups.items(), key=lambda item: item[0][1])
        ]
    )
    _skip_missed(found.missed, now=now)


def _skip_missed(missed: Iterable[tuple[EffectiveSchedule, MissedSlot]], *, now: datetime) -> None:
    """Store missed slots as SKIPPED executions, in one run for each job and slot."""
    by_slot: dict[tuple[str, datetime], list[tuple[EffectiveSchedule, MissedSlot]]] = defaultdict(
        list
    )
    for schedule, each in missed:
        by_slot[schedule.job_name, each.slot].append((schedule, each))
    at = timezone.now()
    runs = JobRun.objects.bulk_create(
        runner.new_run(job_name=name, trigger=Trigger.CRON, slot=slot, at=at)
        for name, slot in by_slot
    )
    runner.record_skipped(
        executions=[
            _skipped(each, run=run, hotel_id=schedule.hotel_id, now=now)
            for run, part in zip(runs, by_slot.values(), strict=True)
            for schedule, each in part
        ]
    )


def _skipped(each: MissedSlot, *, run: JobRun, hotel_id: int, now: datetime) -> JobExecution:
    execution = runner.new_execution(
        run=run, hotel_id=hotel_id, as_of=now, metadata=_also_missed(each), at=now
    )
    execution.skip_reason, execution.words = each.reason, each.words
    return execution


def _also_missed(each: MissedSlot) -> dict[str, object]:
    if not each.also or each.since is None:
        return {}
    return {"alsoMissed": {"slots": each.also, "since": each.since.isoformat()}}
