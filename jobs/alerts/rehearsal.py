"""The messages a rule would have sent in the last two weeks, from the stored executions."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from hotels.models import Hotel
from jobs.alerts.causes import cause_of, group_of_failure
from jobs.alerts.job_conditions import RUNS_AT_LEAST, SLOW_AT_LEAST, percentile_95
from jobs.alerts.machine import Finding, OpenAlert, Terms, after, step
from jobs.models import AlertKind, JobExecution, SkipReason, Status

PERIOD = timedelta(days=14)
# Executions read at most; of a large group the rehearsal shows the last days only.
MOST = 200_000
# The conditions of other kinds are not kept: they cannot be looked up afterwards.
REHEARSED = (AlertKind.FAILED, AlertKind.PROBLEMS, AlertKind.LATE, AlertKind.SLOW)
NOT_KEPT = _("This cannot be rehearsed: the past of this condition is not stored.")
_COLUMNS = (
    "pk",
    "hotel_id",
    "job_name",
    "status",
    "problems",
    "skip_reason",
    "error",
    "first_attempt_id",
    "started_at",
    "completed_at",
)
Key = tuple[int, str]


@dataclass(frozen=True, kw_only=True)
class RuleTerms:
    """The settings of a rule that decide when it sends."""

    kind: str
    jobs: Sequence[str] = ()
    times: int = 1
    factor: float = 3.0
    thresholds: Terms = field(default_factory=Terms)
    recovery: bool = True


@dataclass(frozen=True, kw_only=True)
class RehearsedMessage:
    """A message that would have been sent; `recovered` says that an alert was over."""

    at: datetime
    recovered: bool
    job_name: str
    cause: str
    hotels: int


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """The messages, the latest first, and since when executions were read."""

    since: datetime
    messages: Sequence[RehearsedMessage] = ()


@dataclass(frozen=True)
class _Run:
    pk: int
    hotel_id: int
    job_name: str
    status: str
    problems: int
    skip_reason: str
    error: str
    first_attempt_id: int | None
    started_at: datetime | None
    completed_at: datetime

    @property
    def key(self) -> Key:
        return self.hotel_id, self.job_name

    @property
    def took(self) -> timedelta:
        return self.completed_at - self.started_at if self.started_at else timedelta(0)


def rehearse(*, terms: RuleTerms, hotels: Sequence[Hotel], now: datetime) -> Rehearsal:
    """Return what a rule would have sent for these hotels in the last two weeks, in one query.

    Quiet hours, snoozes and escalations are left out. Of `LATE` only missed slots are stored.
    Raises ValueError for a kind that is not in `REHEARSED`.
    """
    if terms.kind not in REHEARSED:
        raise ValueError(f"Rules of the kind {terms.kind!r} cannot be rehearsed.")
    runs = _runs(terms, hotels=hotels, now=now)
    since = runs[0].completed_at if len(runs) == MOST else now - PERIOD
    judge = _judge_of(terms, runs)
    found = _messages(terms, runs=runs, judge=judge, now=now)
    return Rehearsal(since=since, messages=sorted(found, key=lambda each: each.at, reverse=True))


def _runs(terms: RuleTerms, *, hotels: Sequence[Hotel], now: datetime) -> list[_Run]:
    ended = [Status.COMPLETED, Status.FAILED, Status.SKIPPED]
    rows = JobExecution.objects.filter(
        hotel__in=[hotel.pk for hotel in hotels if hotel.active],
        completed_at__gt=now - PERIOD,
        completed_at__lte=now,
        status__in=ended,
    ).exclude(skip_reason=SkipReason.OVERLAPPED)
    if terms.jobs:
        rows = rows.filter(job_name__in=terms.jobs)
    newest = rows.order_by("-completed_at", "-pk").values_list(*_COLUMNS)[:MOST]
    return [_Run(*row) for row in reversed(newest)]


Judge = Callable[[_Run], Finding | None]


def _judge_of(terms: RuleTerms, runs: Sequence[_Run]) -> Judge:
    """Return what judges whether the condition holds after a run."""
    if terms.kind == AlertKind.FAILED:
        return _FailureJudge(times=terms.times).judge
    if terms.kind == AlertKind.PROBLEMS:
        return lambda run: _finding(run) if run.problems and _completed(run) else None
    if terms.kind == AlertKind.LATE:
        return lambda run: _finding(run) if run.skip_reason == SkipReason.MISSED else None
    limits = _limits(runs, factor=terms.factor)

    def is_slow(run: _Run) -> Finding | None:
        limit = limits.get(run.key)
        slow = limit is not None and run.took > limit and run.took >= SLOW_AT_LEAST
        return _finding(run) if slow and _completed(run) else None

    return is_slow


class _FailureJudge:
    """Counts the slots that failed in a row."""

    def __init__(self, *, times: int) -> None:
        self._times = times
        self._failed: dict[Key, set[int]] = defaultdict(set)

    def judge(self, run: _Run) -> Finding | None:
        """Return the finding after a run, if enough slots in a row have failed."""
        if run.status != Status.FAILED:
            self._failed.pop(run.key, None)
            return None
        self._failed[run.key].add(run.first_attempt_id or run.pk)
        if len(self._failed[run.key]) < self._times:
            return None
        group = group_of_failure(run.job_name, run.error)
        return _finding(run, group=group, cause=cause_of(run.error))


def _completed(run: _Run) -> bool:
    return run.status == Status.COMPLETED


def _finding(run: _Run, *, group: str = "", cause: str = "") -> Finding:
    return Finding(
        group=group or run.job_name, hotel_id=run.hotel_id, job_name=run.job_name, cause=cause
    )


def _limits(runs: Iterable[_Run], *, factor: float) -> Mapping[Key, timedelta]:
    took: dict[Key, list[timedelta]] = defaultdict(list)
    for run in runs:
        if _completed(run):
            took[run.key].append(run.took)
    return {
        key: percentile_95(found) * factor
        for key, found in took.items()
        if len(found) > RUNS_AT_LEAST
    }


def _messages(
    terms: RuleTerms, *, runs: Sequence[_Run], judge: Judge, now: datetime
) -> Iterator[RehearsedMessage]:
    """Take the steps of the rule, minute by minute, where something changes."""
    state: dict[str, OpenAlert] = {}
    about: dict[str, tuple[Finding, set[int | None]]] = {}
    holding: dict[Key, Finding] = {}
    for at, batch in _by_minute(_last_attempts(runs, terms), terms=terms, now=now):
        for run in batch:
            finding = judge(run)
            if finding is None:
                holding.pop(run.key, None)
            else:
                holding[run.key] = finding
        change = step(open_alerts=state, findings=holding.values(), terms=terms.thresholds, now=at)
        for group, findings in change.opened.items():
            ids = {each.hotel_id for each in findings}
            about[group] = (findings[0], ids)
            yield _message(findings[0], at=at, hotels=len(ids), recovered=False)
        for group, findings in change.joined.items():
            about[group][1].update(each.hotel_id for each in findings)
        for group in change.closed:
            first, ids = about.pop(group)
            still = {each.hotel_id for each in holding.values() if each.job_name == first.job_name}
            if terms.recovery and ids - still:
                yield _message(first, at=at, hotels=len(ids), recovered=True)
        state = after(state, change, now=at)


def _last_attempts(runs: Sequence[_Run], terms: RuleTerms) -> Iterator[_Run]:
    """Leave out failed attempts that were retried: the rule waits for the last one."""
    last: dict[int, int] = {}
    for run in runs:
        last[run.first_attempt_id or run.pk] = run.pk
    for run in runs:
        retried = run.status == Status.FAILED and last[run.first_attempt_id or run.pk] != run.pk
        if not retried:
            yield run


def _by_minute(
    runs: Iterable[_Run], *, terms: RuleTerms, now: datetime
) -> Iterator[tuple[datetime, list[_Run]]]:
    """The runs of each tick, and the ticks at which a closing threshold may be over."""
    wait = terms.thresholds.close_after
    batch: list[_Run] = []
    tick: datetime | None = None
    for run in runs:
        of_run = run.completed_at.replace(second=0, microsecond=0) + timedelta(minutes=1)
        if tick is not None and of_run != tick:
            yield tick, batch
            batch = []
            if wait and tick + wait < of_run:
                yield tick + wait, []
        tick = of_run
        batch.append(run)
    if tick is not None:
        yield tick, batch
        if wait and tick + wait <= now:
            yield tick + wait, []


def _message(finding: Finding, *, at: datetime, hotels: int, recovered: bool) -> RehearsedMessage:
    return RehearsedMessage(
        at=at, recovered=recovered, job_name=finding.job_name, cause=finding.cause, hotels=hotels
    )
