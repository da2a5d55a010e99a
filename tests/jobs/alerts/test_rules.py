"""Storing rules, their rehearsal, and the morning digest."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from hotels.audit import Via
from hotels.models import AuditEntry, Hotel, Message
from jobs.alerts.digest import send_digests
from jobs.alerts.evaluation import evaluate
from jobs.alerts.machine import Terms
from jobs.alerts.rehearsal import RuleTerms, rehearse
from jobs.alerts.rules import RuleInvalid, RuleValues, delete_rule, save_rule, switch_off_rule
from jobs.models import Alert, AlertRule, Status, Tick
from tests.factories import HotelFactory
from tests.jobs.alerts.rules import OPS, manager_of, rule_of, subjects
from tests.jobs.console.books import ended

pytestmark = pytest.mark.django_db
JOB = "greet-guests"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def saved(owner: User, now: datetime, rule: AlertRule | None = None, **values: Any) -> AlertRule:
    chosen: dict[str, Any] = {"name": "Night", "kind": "failed", "emails": [OPS]}
    return save_rule(
        values=RuleValues(**chosen | values),
        rule=rule,
        by=owner,
        via=Via.ADMIN,
        now=now,
        site="https://pms.example",
    )


def test_a_rule_is_stored_changed_and_deleted_with_entries_in_the_audit_trail(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule = saved(owner, now, hotels=[hotel], jobs=[JOB])
    saved(owner, now, rule, hotels=[hotel], name="Late night")
    assert AlertRule.objects.get().name == "Late night"

    delete_rule(rule=rule, by=owner, via=Via.ADMIN, now=now)
    verbs = AuditEntry.objects.order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["add", "change", "delete"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "hotels"),
        ({"all_hotels": True, "emails": []}, "emails"),
        ({"all_hotels": True, "emails": ["ops"]}, "emails"),
        ({"all_hotels": True, "jobs": ["dance"]}, "jobs"),
        ({"all_hotels": True, "quiet_from": time(22)}, "quiet_until"),
        ({"all_hotels": True, "escalate_after": 5}, "escalation_emails"),
        ({"all_hotels": True, "kind": "digest"}, "digest_at"),
        ({"all_hotels": True, "kind": "weather"}, "kind"),
        ({"all_hotels": True, "times": 0}, "times"),
    ],
)
def test_values_that_make_no_sense_are_refused(
    owner: User, now: datetime, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(RuleInvalid) as refused:
        saved(owner, now, **values)
    assert refused.value.field == field


def test_switching_a_rule_off_closes_its_alerts_without_a_word(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule = saved(owner, now, all_hotels=True)
    ended(hotel, now - HOUR, job_name=JOB, status=Status.FAILED)
    evaluate(now=now)

    saved(owner, now, rule, all_hotels=True, enabled=False)
    evaluate(now=now + MINUTE)

    assert Alert.objects.get().closed_at == now
    assert len(subjects()) == 1


@pytest.mark.parametrize("end", [switch_off_rule, delete_rule])
def test_what_the_quiet_hours_held_back_is_not_sent_once_its_rule_is_off_or_gone(
    owner: User, hotel: Hotel, now: datetime, end: Callable[..., None]
) -> None:
    rule = rule_of(owner, quiet_from="22:00", quiet_until="08:00")  # it is seven in Lisbon
    ended(hotel, now - HOUR, job_name=JOB, status=Status.FAILED)
    evaluate(now=now)
    assert Message.objects.get().status == "WAITING"

    end(rule=rule, by=owner, via=Via.ADMIN, now=now)

    assert Message.objects.get().status == "CANCELLED"


def test_the_rehearsal_tells_what_a_rule_would_have_sent(now: datetime) -> None:
    hotels = [HotelFactory() for _ in range(2)]
    start = now - timedelta(days=2)
    for number, hotel in enumerate(hotels):
        first = ended(hotel, start, job_name=JOB, status=Status.FAILED)
        ended(
            hotel, start, job_name=JOB, attempt=2, first_attempt=first, took=2 * MINUTE
        )  # retried with success
        ended(hotel, start + HOUR, job_name=JOB, status=Status.FAILED, took=number * MINUTE)
        ended(hotel, start + 2 * HOUR, job_name=JOB)

    found = rehearse(terms=RuleTerms(kind="failed"), hotels=hotels, now=now)

    assert [(each.recovered, each.hotels) for each in found.messages] == [(True, 2), (False, 1)]
    one = Terms(open_at=3)
    assert not rehearse(
        terms=RuleTerms(kind="failed", thresholds=one), hotels=hotels, now=now
    ).messages
    assert not rehearse(terms=RuleTerms(kind="failed", times=2), hotels=hotels, now=now).messages


def test_the_rehearsal_sends_what_the_ticks_sent(owner: User, hotel: Hotel, now: datetime) -> None:
    rule_of(owner, close_after=5)
    ends = [Status.FAILED, Status.COMPLETED, Status.FAILED, Status.FAILED, Status.COMPLETED]
    for number, status in enumerate(ends):
        ended(hotel, now + number * 3 * MINUTE, job_name=JOB, status=status)
        evaluate(now=now + number * 3 * MINUTE + MINUTE)
    end = now + HOUR
    evaluate(now=now + 13 * MINUTE)
    evaluate(now=end)

    terms = RuleTerms(kind="failed", thresholds=Terms(close_after=5 * MINUTE))
    found = rehearse(terms=terms, hotels=[hotel], now=end)

    sent = [subject.startswith("Recovered") for subject in subjects()]
    assert sent == [each.recovered for each in reversed(found.messages)] == [False, True]


def test_the_digest_is_sent_once_in_the_morning_of_the_hotels(now: datetime) -> None:
    hotels = [HotelFactory() for _ in range(3)]
    Tick.objects.create(pk=Tick.KEY, looked_until=now, ticked_at=now)
    rule_of(manager_of(*hotels), kind="digest", digest_at=time(7, 30))
    ended(hotels[0], now - HOUR, job_name=JOB, status=Status.FAILED)
    ended(hotels[1], now - HOUR, job_name=JOB)

    # It is seven in Lisbon.
    for minutes in (0, 29, 30, 31, 24 * 60 + 29):
        send_digests(now=now + minutes * MINUTE)

    message = Message.objects.get()
    assert message.subject == "Last night at your 3 hotels: 1 failed, 2 good"
    assert f"{hotels[0].name}: 1 failed" in message.body
