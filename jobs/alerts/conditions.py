"""The conditions of all kinds of rules."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from jobs import queue
from jobs.alerts import book_conditions, job_conditions
from jobs.alerts.book_conditions import BookFacts
from jobs.alerts.facts import JobFacts
from jobs.alerts.machine import Finding
from jobs.alerts.worker_conditions import WorkerFacts, silent_workers
from jobs.models import JOB_KINDS, AlertKind, AlertRule

_OF_JOBS: Mapping[str, Callable[[AlertRule, JobFacts], Iterator[Finding]]] = {
    AlertKind.FAILED: job_conditions.failures,
    AlertKind.PROBLEMS: job_conditions.problems,
    AlertKind.LATE: job_conditions.late,
    AlertKind.SLOW: job_conditions.slow,
}
_OF_BOOKS: Mapping[str, Callable[[AlertRule, BookFacts], Iterator[Finding]]] = {
    AlertKind.TICK: book_conditions.silent_tick,
    AlertKind.OUTBOX: book_conditions.silent_outbox,
    AlertKind.OVERBOOKED: book_conditions.on_home,
    AlertKind.UNASSIGNED: book_conditions.on_home,
    AlertKind.INVOICES: book_conditions.stuck_invoices,
}
# The job that would end a condition about the books: where it is switched off, nothing is stuck.
ENDED_BY: Mapping[str, str] = {AlertKind.INVOICES: "generate-invoices"}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that rules are evaluated with."""

    jobs: JobFacts
    books: BookFacts
    workers: WorkerFacts
    now: datetime


def findings_of(rule: AlertRule, *, facts: Facts, covered: frozenset[int]) -> list[Finding]:
    """Return where the condition of a rule holds, in the hotels and jobs that it covers."""
    if rule.kind in JOB_KINDS:
        found = _OF_JOBS[rule.kind](rule, facts.jobs)
        return [
            each
            for each in found
            if each.hotel_id in covered and (not rule.jobs or each.job_name in rule.jobs)
        ]
    if rule.kind == AlertKind.WORKER:
        found = silent_workers(rule, facts.workers)
    else:
        found = _OF_BOOKS[rule.kind](rule, facts.books)
    ended_by = ENDED_BY.get(rule.kind)
    return [
        each
        for each in found
        if each.hotel_id is None
        or (
            each.hotel_id in covered
            and (ended_by is None or facts.jobs.is_on((each.hotel_id, ended_by)))
        )
    ]


def has_recovered(rule: AlertRule, *, job_name: str, hotel_id: int | None, facts: Facts) -> bool:
    """True if a hotel left an alert because all is well: not because it was switched off."""
    if rule.kind == AlertKind.WORKER and not queue.is_used():
        return False
    if hotel_id is None:
        return True
    needed = job_name if rule.kind in JOB_KINDS else ENDED_BY.get(rule.kind)
    return hotel_id in facts.jobs.hotels and (
        needed is None or facts.jobs.is_on((hotel_id, needed))
    )
