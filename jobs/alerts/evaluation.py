"""Evaluation of all rules, once in every tick: open, join, leave, close, remind, escalate."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import translation

from hotels.models import Hotel
from jobs.alerts import messages
from jobs.alerts.book_conditions import BookFacts
from jobs.alerts.conditions import Facts, findings_of, has_recovered
from jobs.alerts.coverage import Coverage, coverage_of
from jobs.alerts.events import publish_alerts
from jobs.alerts.facts import JobFacts
from jobs.alerts.machine import Finding, OpenAlert, Step, Terms, step
from jobs.alerts.messages import News
from jobs.alerts.worker_conditions import WorkerFacts
from jobs.models import Alert, AlertKind, AlertPart, AlertRule

BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """The numbers of alerts that were opened and closed."""

    opened: int = 0
    closed: int = 0


@transaction.atomic
def evaluate(*, now: datetime, previous_tick: datetime | None = None) -> Evaluated:
    """Evaluate all rules that are on, in a number of queries that does not grow with the hotels.

    `previous_tick` is the time of the tick before this one. Alerts and their messages are stored
    together. A rule that another process evaluates now is left to it.
    """
    rules = list(
        AlertRule.objects.filter(enabled=True)
        .exclude(kind=AlertKind.DIGEST)
        .locked(skip_locked=True)
    )
    if not rules:
        return Evaluated()
    prefetch_related_objects(rules, "channels", "escalation_channels")
    coverage = coverage_of(rules)
    watched = set().union(*coverage.by_rule.values())
    hotels = {pk: hotel for pk, hotel in coverage.hotels.items() if pk in watched}
    jobs = JobFacts(hotels=hotels, now=now)
    facts = Facts(
        jobs=jobs,
        workers=WorkerFacts(jobs=jobs),
        books=BookFacts(hotels=hotels, now=now, previous_tick=previous_tick),
        now=now,
    )
    open_alerts = _open_alerts(rules)
    changes = _Changes(coverage=coverage, now=now)
    for rule in rules:
        with translation.override(rule.language):
            _evaluate_rule(
                rule, open_alerts[rule.pk], coverage=coverage, facts=facts, changes=changes
            )
    return changes.store()


def terms_of(rule: AlertRule) -> Terms:
    """Return the thresholds of a rule."""
    return Terms(open_at=rule.open_at, close_after=timedelta(minutes=rule.close_after))


def _open_alerts(rules: Sequence[AlertRule]) -> Mapping[int, dict[str, Alert]]:
    """The open alerts by rule and group, with their rule and parts, in two queries."""
    found: dict[int, dict[str, Alert]] = defaultdict(dict)
    by_key = {rule.pk: rule for rule in rules}
    alerts = Alert.objects.filter(rule_id__in=by_key, closed_at=None).order_by("pk")
    for alert in alerts.prefetch_related("parts"):
        alert.rule = by_key[alert.rule_id]
        found[alert.rule_id][alert.group] = alert
    return found


def _evaluate_rule(
    rule: AlertRule,
    alerts: dict[str, Alert],
    *,
    coverage: Coverage,
    facts: Facts,
    changes: "_Changes",
) -> None:
    covered = coverage.by_rule.get(rule.pk, frozenset())
    # The owner is gone or manages no hotel: what was open closes, without a word.
    findings = findings_of(rule, facts=facts, covered=covered) if covered else []
    states = {group: _state(alert) for group, alert in alerts.items()}
    step_ = step(open_alerts=states, findings=findings, terms=terms_of(rule), now=facts.now)
    moved = {(each.job_name, each.hotel_id): each.group for each in findings}
    for group in step_.closed:
        alert = alerts[group]
        real = bool(covered) and any(
            hotel_id in covered or hotel_id is None
            for hotel_id in _hotel_ids(alert)
            if moved.get((alert.job_name, hotel_id), group) == group
            and has_recovered(rule, job_name=alert.job_name, hotel_id=hotel_id, facts=facts)
        )
        changes.close(alert, recovered=real)
    changes.open_new(rule, step_.opened)
    changes.update(alerts, step_)
    changes.refresh(alerts, findings)
    changes.remind(alert for group, alert in alerts.items() if group not in step_.closed)


def _hotel_ids(alert: Alert) -> Iterator[int | None]:
    """The hotels of an alert, also those that have left; None for one about no hotel."""
    parts: list[int | None] = [part.hotel_id for part in alert.parts.all()]
    yield from parts or [None]


def _state(alert: Alert) -> OpenAlert:
    parts = alert.parts.all()
    now_concerned: frozenset[int | None] = frozenset(
        part.hotel_id for part in parts if part.recovered_at is None
    )
    if not parts and alert.well_since is None:
        now_concerned = frozenset({None})
    return OpenAlert(group=alert.group, hotel_ids=now_concerned, well_since=alert.well_since)


class _Changes:
    """Collects the changes of all rules, and stores them in a few queries."""

    def __init__(self, *, coverage: Coverage, now: datetime) -> None:
        self._coverage = coverage
        self._now = now
        self._new: list[tuple[Alert, list[AlertPart]]] = []
        self._new_parts: list[AlertPart] = []
        self._changed_parts: list[AlertPart] = []
        self._changed: dict[int, Alert] = {}
        self._closed: list[tuple[Alert, bool]] = []
        self._snoozes_over: list[Alert] = []
        self._to_escalate: list[Alert] = []

    def open_new(self, rule: AlertRule, opened: Mapping[str, Sequence[Finding]]) -> None:
        """Open an alert for each group."""
        for group, findings in opened.items():
            first = findings[0]
            alert = Alert(
                rule=rule,
                group=group,
                job_name=first.job_name,
                cause=first.cause[:300],
                opened_at=self._now,
            )
            parts = [
                self._part(alert, each, hotel_id=each.hotel_id)
                for each in findings
                if each.hotel_id is not None
            ]
            self._new.append((alert, parts))

    def _part(self, alert: Alert, finding: Finding, *, hotel_id: int) -> AlertPart:
        return AlertPart(
            alert=alert,
            hotel_id=hotel_id,
            execution_id=finding.execution_id,
            detail=finding.detail[:300],
            since=self._now,
        )

    def update(self, alerts: Mapping[str, Alert], change: Step) -> None:
        """Let hotels join and leave open alerts, and closing thresholds begin and end."""
        for group, findings in change.joined.items():
            known = {part.hotel_id: part for part in alerts[group].parts.all()}
            for finding in findings:
                if finding.hotel_id is None:
                    continue
                part = known.get(finding.hotel_id)
                if part is None:
                    self._new_parts.append(
                        self._part(alerts[group], finding, hotel_id=finding.hotel_id)
                    )
                else:
                    part.recovered_at = None
                    part.execution_id, part.detail = finding.execution_id, finding.detail[:300]
                    self._changed_parts.append(part)
        for group, gone in change.left.items():
            for part in alerts[group].parts.all():
                if part.hotel_id in gone and part.recovered_at is None:
                    part.recovered_at = self._now
                    self._changed_parts.append(part)
        for groups, since in ((change.well, self._now), (change.unwell, None)):
            for group in groups:
                alerts[group].well_since = since
                self._changed[alerts[group].pk] = alerts[group]

    def refresh(self, alerts: Mapping[str, Alert], findings: Iterable[Finding]) -> None:
        """Name the latest execution in hotels that an open alert is still about."""
        latest = {(each.group, each.hotel_id): each for each in findings if each.execution_id}
        for group, alert in alerts.items():
            for part in alert.parts.all():
                found = latest.get((group, part.hotel_id))
                if found and part.recovered_at is None and part.execution_id != found.execution_id:
                    part.execution_id, part.detail = found.execution_id, found.detail[:300]
                    self._changed_parts.append(part)

    def close(self, alert: Alert, *, recovered: bool) -> None:
        """Close an alert; only what has `recovered` is announced."""
        alert.closed_at = self._now
        self._changed[alert.pk] = alert
        self._closed.append((alert, recovered))

    def remind(self, alerts: Iterable[Alert]) -> None:
        """Remind of alerts whose snooze is over, and escalate those not acknowledged."""
        for alert in alerts:
            if alert.snoozed_until is not None:
                if alert.snoozed_until > self._now:
                    continue
                alert.snoozed_until = None
                self._changed[alert.pk] = alert
                self._snoozes_over.append(alert)
            if self._is_to_escalate(alert):
                alert.escalated_at = self._now
                self._changed[alert.pk] = alert
                self._to_escalate.append(alert)

    def _is_to_escalate(self, alert: Alert) -> bool:
        wait = alert.rule.escalate_after
        return (
            wait is not None
            and alert.acknowledged_at is None
            and alert.escalated_at is None
            and alert.well_since is None
            and self._now - alert.opened_at >= timedelta(minutes=wait)
        )

    def store(self) -> Evaluated:
        """Store all changes and their messages, in the caller's transaction."""
        # Before the messages of this step are stored.
        unsent = self._held()
        Alert.objects.bulk_create([alert for alert, _ in self._new], batch_size=BATCH)
        parts = [part for _, of_alert in self._new for part in of_alert]
        for part in parts:
            part.alert_id = part.alert.pk
        AlertPart.objects.bulk_create([*parts, *self._new_parts], batch_size=BATCH)
        if self._changed_parts:
            columns = ["recovered_at", "execution_id", "detail"]
            AlertPart.objects.bulk_update(self._changed_parts, columns, batch_size=BATCH)
        if self._changed:
            columns = ["closed_at", "well_since", "snoozed_until", "escalated_at"]
            rows = [self._changed[pk] for pk in sorted(self._changed)]
            Alert.objects.bulk_update(rows, columns, batch_size=BATCH)
        if unsent:
            messages.cancel_news(unsent, now=self._now)
        announced = [
            alert for alert, recovered in self._closed if recovered and alert.pk not in unsent
        ]
        messages.queue_news(self._news(announced), now=self._now)
        publish_alerts(
            opened=self._new,
            closed=[(alert, list(alert.parts.all())) for alert, _ in self._closed],
            now=self._now,
        )
        return Evaluated(opened=len(self._new), closed=len(self._closed))

    def _held(self) -> set[int]:
        alerts = [alert for alert, _ in self._closed]
        return messages.held_news(alerts, now=self._now) if alerts else set()

    def _news(self, recovered: Iterable[Alert]) -> Iterator[News]:
        def about(alert: Alert) -> list[AlertPart]:
            return [part for part in alert.parts.all() if part.recovered_at is None]

        for alert, parts in self._new:
            with translation.override(alert.rule.language):
                yield messages.opened_news(
                    alert, parts=parts, hotels=self._hotels(alert, parts), now=self._now
                )
        for alert in recovered:
            # A snooze is a wish to hear nothing more of it.
            if alert.rule.recovery and not self._is_snoozed(alert):
                with translation.override(alert.rule.language):
                    parts = list(alert.parts.all())
                    yield messages.recovered_news(
                        alert, parts=parts, hotels=self._hotels(alert, parts), now=self._now
                    )
        for alert in self._snoozes_over:
            with translation.override(alert.rule.language):
                parts = about(alert)
                yield messages.reminder_news(
                    alert, parts=parts, hotels=self._hotels(alert, parts), now=self._now
                )
        for alert in self._to_escalate:
            with translation.override(alert.rule.language):
                parts = about(alert)
                yield messages.escalated_news(
                    alert,
                    parts=parts,
                    hotels=self._hotels(alert, parts),
                    targets=messages.escalation_of(alert.rule),
                    now=self._now,
                )

    def _hotels(self, alert: Alert, parts: Sequence[AlertPart]) -> Mapping[int, Hotel]:
        """The hotels of the parts; for an alert about no hotel, those that the rule covers."""
        hotels = self._coverage.hotels
        if parts:
            return hotels
        return {pk: hotels[pk] for pk in self._coverage.by_rule.get(alert.rule_id, ())}

    def _is_snoozed(self, alert: Alert) -> bool:
        return alert.snoozed_until is not None and alert.snoozed_until > self._now
