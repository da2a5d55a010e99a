"""The messages a rule would have sent in the last two weeks, from what is stored."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models.fields.json import KeyTransform

from hotels.models import Hotel
from jobs.alerts import past_conditions
from jobs.alerts.causes import cause_of, group_of_failure
from jobs.alerts.conditions import ENDED_BY
from jobs.alerts.facts import JobFacts
from jobs.alerts.job_conditions import RUNS_AT_LEAST, SLOW_AT_LEAST, percentile_95
from jobs.alerts.machine import Finding, OpenAlert, Terms, after, step
from jobs.alerts.past_conditions import MOST, Change, ChangeKey, Past
from jobs.models import AlertKind, JobExecution, SkipReason, Status

PERIOD = timedelta(days=14)
# Conditions that a count in the results of a job shows: its name, and the count.
OF_RESULTS = {
    AlertKind.OVERBOOKED: ("recalc-availability", "overbookedNights"),
    AlertKind.UNASSIGNED: ("daily-housekeeping", "unassigned"),
}
# The digest is sent once a day, whatever happened.
REHEARSED = tuple(kind for kind in AlertKind if kind != AlertKind.DIGEST)
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
    minutes: int = 30
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
    """The messages, the latest first, and since when the past was read."""

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
    count: object = None

    @property
    def key(self) -> Key:
        return self.hotel_id, self.job_name

    @property
    def took(self) -> timedelta:
        return self.completed_at - self.started_at if self.started_at else timedelta(0)


def rehearse(*, terms: RuleTerms, hotels: Sequence[Hotel], now: datetime) -> Rehearsal:
    """Return what a rule would have sent for these hotels in the last two weeks.

    Takes a few queries. Quiet hours, snoozes and escalations are left out;
    `past_conditions.LIMITS` says what else is not known. Raises ValueError for a kind that is not
    in `REHEARSED`.
    """
    if terms.kind not in REHEARSED:
        raise ValueError(f"Rules of the kind {terms.kind!r} cannot be rehearsed.")
    since = now - PERIOD
    active = [hotel for hotel in hotels if hotel.active]
    past = Past(since=since, now=now, wait=timedelta(minutes=terms.minutes))
    if ended_by := ENDED_BY.get(terms.kind):
        jobs = JobFacts(hotels={hotel.pk: hotel for hotel in active}, now=now)
        active = [hotel for hotel in active if jobs.is_on((hotel.pk, ended_by))]
    if terms.kind == AlertKind.INVOICES:
        changes = past_conditions.stuck_invoices(hotels=active, past=past)
    elif terms.kind == AlertKind.OUTBOX:
        changes = past_conditions.silent_outbox(hotels=active, past=past)
    elif terms.kind == AlertKind.WORKER:
        changes = past_conditions.waiting_for_workers(hotels=active, past=past)
    elif terms.kind == AlertKind.TICK:
        changes = past_conditions.silent_tick(past=past)
    else:
        runs = _runs(terms, hotels=active, now=now)
        since = runs[0].completed_at if len(runs) == MOST else since
        changes = list(_changes_of(runs, terms))
    # What was open before is followed, but its message was sent earlier.
    sent = [each for each in _messages(terms, changes=changes, now=now) if each.at > now - PERIOD]
    return Rehearsal(since=since, messages=sorted(sent, key=lambda each: each.at, reverse=True))


def _runs(terms: RuleTerms, *, hotels: Sequence[Hotel], now: datetime) -> list[_Run]:
    ended = [Status.COMPLETED, Status.FAILED, Status.SKIPPED]
    rows = JobExecution.objects.filter(
        hotel__in=[hotel.pk for hotel in hotels],
        completed_at__gt=now - PERIOD,
        completed_at__lte=now,
        status__in=ended,
    ).exclude(skip_reason=SkipReason.OVERLAPPED)
    columns: list[str | KeyTransform] = list(_COLUMNS)
    if terms.kind in OF_RESULTS:
        name, count = OF_RESULTS[AlertKind(terms.kind)]
        rows = rows.filter(job_name=name, status=Status.COMPLETED)
        columns.append(KeyTransform(count, "result"))
    elif terms.jobs:
        rows = rows.filter(job_name__in=terms.jobs)
    newest = rows.order_by("-completed_at", "-pk").values_list(*columns)[:MOST]
    return [_Run(*row) for row in reversed(newest)]


def _changes_of(runs: Sequence[_Run], terms: RuleTerms) -> Iterator[Change]:
    judge = _judge_of(terms, runs)
    for run in _last_attempts(runs):
        yield Change(at=run.completed_at, key=run.key, finding=judge(run))


Judge = Callable[[_Run], Finding | None]


def _judge_of(terms: RuleTerms, runs: Sequence[_Run]) -> Judge:
    """Return what judges whether the condition holds after a run."""
    if terms.kind == AlertKind.FAILED:
        return _FailureJudge(times=terms.times).judge
    if terms.kind == AlertKind.PROBLEMS:
        return lambda run: _finding(run) if run.problems and _completed(run) else None
    if terms.kind == AlertKind.LATE:
        return lambda run: _finding(run) if run.skip_reason == SkipReason.MISSED else None
    if terms.kind in OF_RESULTS:
        found = Finding(group=terms.kind, hotel_id=None)
        return lambda run: replace(found, hotel_id=run.hotel_id) if run.count else None
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
    terms: RuleTerms, *, changes: Sequence[Change], now: datetime
) -> Iterator[RehearsedMessage]:
    """Take the steps of the rule, minute by minute, where something changes."""
    state: dict[str, OpenAlert] = {}
    about: dict[str, tuple[Finding, set[int | None]]] = {}
    holding: dict[ChangeKey, Finding] = {}
    # What ends is ended before what begins at the same time.
    past = (each for each in changes if each.at <= now)
    ordered = sorted(past, key=lambda each: (each.at, each.finding is not None))
    for at, batch in _by_minute(ordered, terms=terms, now=now):
        for change_of_key in batch:
            if change_of_key.finding is None:
                holding.pop(change_of_key.key, None)
            else:
                holding[change_of_key.key] = change_of_key.finding
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


def _last_attempts(runs: Sequence[_Run]) -> Iterator[_Run]:
    """Leave out failed attempts that were retried: the rule waits for the last one."""
    last: dict[int, int] = {}
    for run in runs:
        last[run.first_attempt_id or run.pk] = run.pk
    for run in runs:
        retried = run.status == Status.FAILED and last[run.first_attempt_id or run.pk] != run.pk
        if not retried:
            yield run


def _by_minute(
    changes: Iterable[Change], *, terms: RuleTerms, now: datetime
) -> Iterator[tuple[datetime, list[Change]]]:
    """The changes of each tick, and the ticks at which a closing threshold may be over."""
    wait = terms.thresholds.close_after
    batch: list[Change] = []
    tick: datetime | None = None
    for run in changes:
        of_run = run.at.replace(second=0, microsecond=0) + timedelta(minutes=1)
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
