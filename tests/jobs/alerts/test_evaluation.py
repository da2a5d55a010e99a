"""The tick opens an alert, says so once, and closes it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from hotels.models import Event, Hotel, Membership, Message
from hotels.notifications.email.channel import EmailChannel
from jobs.alerts.evaluation import evaluate
from jobs.alerts.pruning import delete_old_alerts
from jobs.models import Alert, AlertPart, JobExecution, JobRun, Status
from tests.factories import HotelFactory, MembershipFactory
from tests.hotels.notifications.fakes import endpoint_of
from tests.jobs.alerts.rules import OPS, manager_of, rule_of, subjects
from tests.jobs.console.books import ended
from tests.jobs.engine import own_schedule

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
JOB = "greet-guests"


def ran(hotel: Hotel, at: datetime, **columns: Any) -> JobExecution:
    return ended(hotel, at, job_name=JOB, **columns)


def failed(hotel: Hotel, at: datetime, **columns: Any) -> JobExecution:
    return ran(hotel, at, status=Status.FAILED, **columns)


def test_a_failure_opens_one_alert_and_a_success_closes_it(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner)
    run = failed(hotel, now - HOUR)

    evaluate(now=now)
    evaluate(now=now + MINUTE)
    assert subjects() == [f"{hotel.name}: Greetings failed: The lobby is closed"]
    message = Message.objects.get()
    assert (message.recipient, message.owner, message.hotel) == (OPS, owner, None)
    assert f"https://pms.example/admin/jobs/jobexecution/{run.pk}/change/" in message.body

    ran(hotel, now + MINUTE)
    evaluate(now=now + 2 * MINUTE)
    evaluate(now=now + 3 * MINUTE)
    assert subjects()[1:] == [f"Recovered: {hotel.name}: Greetings failed: The lobby is closed"]
    assert Alert.objects.get().closed_at == now + 2 * MINUTE


def test_the_e_mail_of_an_alert_can_be_written(owner: User, hotel: Hotel, now: datetime) -> None:
    rule_of(owner)
    failed(hotel, now - HOUR)
    evaluate(now=now)
    message = Message.objects.get()

    EmailChannel().prepare(message, now=now)

    assert "/admin/alerts/" in message.html


def test_each_hotel_of_an_alert_has_an_event_for_its_endpoints(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    endpoint_of(hotel, events=["alert.opened", "alert.closed"])
    rule_of(owner)
    failed(hotel, now - HOUR)
    evaluate(now=now)
    ran(hotel, now)
    evaluate(now=now + MINUTE)

    opened, closed = Event.objects.order_by("pk")
    assert (opened.type, closed.type) == ("alert.opened", "alert.closed")
    assert opened.data["alertId"] == closed.data["alertId"] == str(Alert.objects.get().public_id)


def test_the_same_error_in_many_hotels_is_one_alert(now: datetime) -> None:
    hotels = [HotelFactory() for _ in range(3)]
    rule_of(manager_of(*hotels))
    for number, hotel in enumerate(hotels[:2]):
        failed(hotel, now - HOUR, error=f"Room {number} of '{hotel.code}' is broken.")
    failed(hotels[2], now - HOUR, error="Something else.")

    evaluate(now=now)

    assert [alert.parts.count() for alert in Alert.objects.order_by("pk")] in ([2, 1], [1, 2])


def test_a_storm_of_500_failing_hotels_makes_one_alert_and_one_recovery(
    now: datetime, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    hotels = Hotel.objects.bulk_create(
        Hotel(code=f"h{n}", name=f"Hotel {n}", timezone="Europe/Lisbon", currency="EUR")
        for n in range(500)
    )
    first = MembershipFactory(hotel=hotels[0])
    Membership.objects.bulk_create(
        Membership(user=first.user, hotel=hotel, role="MANAGER") for hotel in hotels[1:]
    )
    rule_of(first.user)
    run = JobRun.objects.create(job_name=JOB, trigger="CRON", created_at=now)

    def all_run(at: datetime, **columns: Any) -> None:
        stored = {"as_of": at, "created_at": at, "updated_at": at, "completed_at": at}
        JobExecution.objects.bulk_create(
            JobExecution(
                run=run,
                hotel=hotel,
                job_name=JOB,
                trigger="CRON",
                started_at=at,
                **stored | columns,
            )
            for hotel in hotels
        )

    all_run(now - HOUR, status="FAILED", failure_kind="failed", error="No connection.")
    assert queries_of(lambda: evaluate(now=now)) < 30
    assert subjects() == ["500 hotels: Greetings failed: No connection."]
    assert AlertPart.objects.count() == 500

    all_run(now, status="COMPLETED")
    assert queries_of(lambda: evaluate(now=now + MINUTE)) < 30
    assert subjects()[1:] == ["Recovered: 500 hotels: Greetings failed: No connection."]


def test_a_retried_failure_is_no_failure_yet(owner: User, hotel: Hotel, now: datetime) -> None:
    rule_of(owner)
    first = failed(hotel, now - HOUR)
    retry = ran(
        hotel, now - HOUR, attempt=2, first_attempt=first, status="PENDING", completed_at=None
    )

    evaluate(now=now)
    assert subjects() == []

    JobExecution.objects.filter(pk=retry.pk).update(
        status="FAILED", failure_kind="failed", error="Again.", completed_at=now
    )
    evaluate(now=now + MINUTE)
    assert subjects() == [f"{hotel.name}: Greetings failed: Again."]


def test_several_failures_in_a_row_are_counted_by_slot(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner, times=2)
    ran(hotel, now - 9 * HOUR)
    first = failed(hotel, now - 8 * HOUR)
    failed(hotel, now - 8 * HOUR, attempt=2, first_attempt=first)
    evaluate(now=now)
    assert not Alert.objects.exists()

    failed(hotel, now - HOUR)
    evaluate(now=now + MINUTE)
    assert Alert.objects.count() == 1


def test_an_alert_opens_at_its_threshold_and_closes_after_its_time(now: datetime) -> None:
    hotels = [HotelFactory() for _ in range(2)]
    rule_of(manager_of(*hotels), open_at=2, close_after=10)
    failed(hotels[0], now - HOUR)
    evaluate(now=now)
    assert not Alert.objects.exists()

    failed(hotels[1], now - HOUR)
    evaluate(now=now)
    for hotel in hotels:
        ran(hotel, now)
    evaluate(now=now + MINUTE)
    evaluate(now=now + 10 * MINUTE)
    assert Alert.objects.get().is_open

    evaluate(now=now + 11 * MINUTE)
    assert not Alert.objects.get().is_open


@pytest.mark.parametrize("off", ["hotel", "schedule", "membership", "owner", "rule"])
def test_what_a_person_switched_off_neither_alerts_nor_recovers(
    owner: User, hotel: Hotel, now: datetime, off: str
) -> None:
    rule = rule_of(owner)
    failed(hotel, now - HOUR)
    if off != "rule":
        evaluate(now=now)
    sent = Message.objects.count()

    def switch_off() -> None:
        if off == "hotel":
            Hotel.objects.update(active=False)
        elif off == "schedule":
            own_schedule(hotel, enabled=False)
        elif off == "membership":
            Membership.objects.update(active=False)
        elif off == "owner":
            User.objects.update(is_active=False)
        else:
            rule.enabled = False
            rule.save()

    switch_off()
    evaluate(now=now + MINUTE)

    assert Message.objects.count() == sent
    assert not Alert.objects.filter(closed_at=None).exists()


def test_another_error_in_the_same_hotel_is_no_recovery(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner)
    failed(hotel, now - HOUR)
    evaluate(now=now)
    failed(hotel, now, error="The roof is open.")

    evaluate(now=now + MINUTE)

    assert [subject.partition(": ")[2] for subject in subjects()] == [
        "Greetings failed: The lobby is closed",
        "Greetings failed: The roof is open.",
    ]


def test_hotels_that_the_owner_does_not_manage_are_not_covered(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    other = HotelFactory()
    MembershipFactory(user=owner, hotel=other, role=Membership.Role.VIEWER)
    rule_of(owner, hotel, other)
    failed(other, now - HOUR)

    evaluate(now=now)

    assert not Alert.objects.exists()


def test_rules_about_chosen_jobs_ignore_the_others(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner, jobs=["generate-invoices"])
    failed(hotel, now - HOUR)

    evaluate(now=now)

    assert not Alert.objects.exists()


def test_quiet_hours_hold_a_message_and_a_recovery_drops_both(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    # It is seven in Lisbon.
    rule_of(owner, quiet_from="22:00", quiet_until="08:00")
    failed(hotel, now - HOUR)

    evaluate(now=now)
    assert Message.objects.get().next_attempt_at == now + HOUR

    ran(hotel, now)
    evaluate(now=now + MINUTE)
    assert [row.status for row in Message.objects.all()] == ["CANCELLED"]


def test_critical_alerts_pass_the_quiet_hours(owner: User, hotel: Hotel, now: datetime) -> None:
    rule_of(owner, quiet_from="22:00", quiet_until="08:00", critical=True)
    failed(hotel, now - HOUR)

    evaluate(now=now)

    assert Message.objects.get().next_attempt_at == now


def test_an_alert_that_nobody_acknowledges_is_escalated_once(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner, escalate_after=15, escalation_emails=["boss@hotels.example"])
    failed(hotel, now - HOUR)
    for minutes in (0, 14, 15, 16):
        evaluate(now=now + minutes * MINUTE)

    assert [row.recipient for row in Message.objects.order_by("pk")] == [OPS, "boss@hotels.example"]
    assert subjects()[1].startswith("Not acknowledged: ")


def test_an_acknowledged_alert_is_not_escalated(owner: User, hotel: Hotel, now: datetime) -> None:
    rule_of(owner, escalate_after=15, escalation_emails=["boss@hotels.example"])
    failed(hotel, now - HOUR)
    evaluate(now=now)
    Alert.objects.update(acknowledged_at=now)

    evaluate(now=now + HOUR)

    assert len(subjects()) == 1


def test_a_snoozed_alert_is_silent_and_comes_back_if_it_lasts(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner)
    failed(hotel, now - HOUR)
    evaluate(now=now)
    Alert.objects.update(snoozed_until=now + HOUR)
    evaluate(now=now + MINUTE)
    assert len(subjects()) == 1

    evaluate(now=now + HOUR)
    evaluate(now=now + HOUR + MINUTE)
    assert [subject.partition(":")[0] for subject in subjects()[1:]] == ["Still open"]


def test_an_alert_that_recovers_while_snoozed_says_nothing(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner)
    failed(hotel, now - HOUR)
    evaluate(now=now)
    Alert.objects.update(snoozed_until=now + HOUR)
    ran(hotel, now)

    evaluate(now=now + MINUTE)

    assert len(subjects()) == 1


def test_alerts_that_closed_long_ago_are_deleted(owner: User, now: datetime) -> None:
    rule = rule_of(owner)
    for days, closed in ((401, True), (399, True), (401, False)):
        at = now - timedelta(days=days)
        group = f"{days} {closed}"
        Alert.objects.create(rule=rule, group=group, opened_at=at, closed_at=at if closed else None)

    assert delete_old_alerts(now=now, stop=lambda: False) == 1
    assert set(Alert.objects.values_list("group", flat=True)) == {"399 True", "401 False"}
