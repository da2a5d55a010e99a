"""Storing planned slots as runs and executions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from jobs import dispatch, registry, runner
from jobs.models import JobExecution, JobRun, LockedHotel, Trigger
from jobs.runner import ExecutionTerms, NewExecution
from jobs.scheduling.due import SlotPlan
from jobs.scheduling.misfires import MissedSlot

# The job, the slot and the trigger of a run.
RunKey = tuple[str, datetime, Trigger]


@dataclass(frozen=True, kw_only=True)
class OpenedSlots:
    """Numbers of slots opened, skipped as missed, and reopened after a clock was set right.

    `locked` are the hotels that wait for a lock to be released; `handed_out` is the number of
    executions sent to the workers of the queue.
    """

    due: int = 0
    missed: int = 0
    reopened: int = 0
    problems: tuple[str, ...] = ()
    locked: tuple[LockedHotel, ...] = ()
    handed_out: int = 0

    @classmethod
    def of(cls, found: SlotPlan, *, locked: frozenset[int]) -> "OpenedSlots":
        """Count the planned slots, without those of locked hotels."""
        return cls(
            due=sum(due.hotel_id not in locked for due in found.due),
            missed=sum(schedule.hotel_id not in locked for schedule, _ in found.missed),
            problems=found.problems,
        )

    def __add__(self, other: "OpenedSlots") -> "OpenedSlots":
        """Both together; the locked hotels are those of the later one."""
        return OpenedSlots(
            due=self.due + other.due,
            missed=self.missed + other.missed,
            reopened=self.reopened + other.reopened,
            # A schedule that cannot be read is met in several steps.
            problems=tuple(dict.fromkeys(self.problems + other.problems)),
            locked=other.locked,
            handed_out=self.handed_out + other.handed_out,
        )


class SlotStore:
    """Stores plans: a PENDING or SKIPPED execution for each slot, in one run per job and slot.

    Several plans may be stored, each in a transaction of its own: call `committed` after each.
    `worker` is the key of the worker lock the executions are handed out under; without one the
    workers of the queue get them, where there are any.
    """

    def __init__(self, *, worker: int | None = None) -> None:
        self._worker = worker
        self._runs: dict[RunKey, JobRun] = {}
        self._new: dict[RunKey, JobRun] = {}
        self.handed_out = 0

    def store(
        self,
        found: SlotPlan,
        *,
        now: datetime,
        leave_locked: bool = False,
        patience: timedelta | None = None,
    ) -> frozenset[int]:
        """Store the slots of a plan made as of `now`; slots with an execution are left unchanged.

        With `leave_locked` returns the keys of the hotels that other transactions have locked: no
        execution of theirs is stored; `patience` is how long to wait for one. Without, waits until
        they are free.
        """
        self._add_runs(sorted(_run_keys(found), key=lambda key: key[1]))
        at = timezone.now()
        executions = self._executions(found, as_of=now, at=at)
        if not leave_locked:
            runner.store(executions=executions)
            self._stored(executions, at=at)
            return frozenset()
        locked = runner.store_unlocked(executions=executions, patience=patience, all_new=True)
        if locked:
            self._delete_empty_runs()
        self._stored(executions, at=at)
        return locked

    def _stored(self, executions: list[NewExecution], *, at: datetime) -> None:
        runner.publish_missed(executions, created_at=at)
        if self._worker is None:
            # No other row was created at this instant, except by chance: no harm is done then.
            self.handed_out += dispatch.hand_out(rows=JobExecution.objects.filter(created_at=at))

    def committed(self) -> None:
        """Keep the runs of the last transaction for further executions of the same slots."""
        self._runs |= self._new
        self._new = {}

    def _add_runs(self, keys: Iterable[RunKey]) -> None:
        at = timezone.now()
        missing = [key for key in keys if key not in self._runs and key not in self._new]
        runs = JobRun.objects.bulk_create(
            runner.new_run(job_name=name, trigger=trigger, slot=slot, worker=self._worker, at=at)
            for name, slot, trigger in missing
        )
        self._new |= zip(missing, runs, strict=True)

    def _delete_empty_runs(self) -> None:
        keys = {run.pk: key for key, run in self._new.items()}
        empty = JobRun.objects.filter(pk__in=keys, executions__isnull=True)
        for run_id in list(empty.values_list("pk", flat=True)):
            del self._new[keys[run_id]]
        empty.delete()

    def _executions(self, found: SlotPlan, *, as_of: datetime, at: datetime) -> list[NewExecution]:
        """The executions to store. Most hotels have their terms in common: these are made once."""
        terms: dict[tuple[RunKey, int | MissedSlot], ExecutionTerms] = {}
        executions = []
        for due in found.due:
            key = (due.job_name, due.slot, due.trigger)
            if (key, due.attempts) not in terms:
                policy = runner.retry_policy(job=registry.get(due.job_name), attempts=due.attempts)
                terms[key, due.attempts] = runner.new_terms(
                    run=self._run(key), as_of=as_of, metadata=policy, at=at
                )
            executions.append(NewExecution(due.hotel_id, terms[key, due.attempts]))
        # Most hotels have the very same decision: its slots are compared with others' only once.
        known: dict[tuple[str, int], ExecutionTerms] = {}
        for schedule, missed in found.missed:
            same = (schedule.job_name, id(missed))
            if same not in known:
                key = (schedule.job_name, missed.slot, Trigger.CRON)
                if (key, missed) not in terms:
                    terms[key, missed] = self._skipped(key, missed, as_of=as_of, at=at)
                known[same] = terms[key, missed]
            executions.append(NewExecution(schedule.hotel_id, known[same]))
        return executions

    def _skipped(
        self, key: RunKey, missed: MissedSlot, *, as_of: datetime, at: datetime
    ) -> ExecutionTerms:
        return runner.skipped_terms(
            run=self._run(key),
            as_of=as_of,
            metadata=_also_missed(missed),
            reason=missed.reason,
            words=missed.words,
            at=at,
        )

    def _run(self, key: RunKey) -> JobRun:
        return self._runs.get(key) or self._new[key]


def _run_keys(found: SlotPlan) -> set[RunKey]:
    due = {(due.job_name, due.slot, due.trigger) for due in found.due}
    missed = {(schedule.job_name, each.slot, Trigger.CRON) for schedule, each in found.missed}
    return due | missed


def _also_missed(each: MissedSlot) -> dict[str, object]:
    if not each.also or each.since is None:
        return {}
    return {"alsoMissed": {"slots": each.also, "since": each.since.isoformat()}}
