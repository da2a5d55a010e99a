"""The conditions of the other kinds of rules."""

from datetime import date, datetime, timedelta

import pytest
from django.contrib.auth.models import User

from hotels.models import Hotel, HousekeepingTask, Message, Room, RoomAvailability
from jobs.alerts.evaluation import evaluate
from jobs.models import Alert, Status
from tests.factories import RoomFactory, RoomTypeFactory
from tests.hotels.notifications.fakes import message_of
from tests.jobs.alerts.rules import rule_of, subjects
from tests.jobs.console.books import ended
from tests.jobs.engine import own_schedule, waiting

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
JOB = "greet-guests"


def news(now: datetime) -> list[str]:
    """The subjects of what is sent at `now`."""
    before = Message.objects.count()
    evaluate(now=now)
    return subjects(Message.objects.order_by("pk")[before:])


def test_problems_are_counted(owner: User, hotel: Hotel, now: datetime) -> None:
    rule_of(owner, kind="problems")
    ended(hotel, now - HOUR, job_name=JOB, problems=2)

    assert news(now) == [f"{hotel.name}: Greetings completed with problems: 2 problems"]


def test_a_missed_slot_is_late(owner: User, hotel: Hotel, now: datetime) -> None:
    rule_of(owner, kind="late")
    ended(hotel, now - HOUR, job_name=JOB, status=Status.SKIPPED, skip_reason="missed")

    assert news(now) == [f"{hotel.name}: Greetings is late: A run was missed."]


def test_an_execution_that_waits_too_long_is_late(owner: User, hotel: Hotel, now: datetime) -> None:
    rule_of(owner, kind="late", minutes=30)
    waiting(hotel, created_at=now - HOUR, updated_at=now - 29 * MINUTE)
    assert news(now) == []

    assert len(news(now + MINUTE)) == 1


def test_a_slot_that_was_never_opened_is_late(owner: User, hotel: Hotel, now: datetime) -> None:
    rule_of(owner, kind="late", minutes=30)
    ended(hotel, now - 26 * HOUR, job_name=JOB)  # due at four every day, and it is six

    assert news(now) == [
        f"{hotel.name}: Greetings is late: "
        "It was due at 15 Jul 2026, 04:00:00 UTC and was not started."
    ]


def test_a_job_that_never_ran_is_late_once_its_first_slot_was_not_started(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner, kind="late", minutes=30)
    assert news(now) == []  # it is not known since when the default schedule counts here

    schedule = own_schedule(hotel, clock="UTC", counts_from=now - HOUR)  # after four
    assert news(now) == []

    schedule.counts_from = now - 3 * HOUR
    schedule.save()
    assert news(now) == [
        f"{hotel.name}: Greetings is late: "
        "It was due at 15 Jul 2026, 04:00:00 UTC and was not started."
    ]


def test_a_job_that_is_switched_off_is_never_late(owner: User, hotel: Hotel, now: datetime) -> None:
    rule_of(owner, kind="late")
    own_schedule(hotel, enabled=False)
    ended(hotel, now - 26 * HOUR, job_name=JOB)

    assert news(now) == []


def test_a_run_that_took_much_longer_than_usual_is_slow(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner, kind="slow", factor=3)
    for days in range(1, 22):
        ended(hotel, now - days * 24 * HOUR, job_name=JOB, took=timedelta(seconds=10))
    ended(hotel, now - HOUR, job_name=JOB, took=timedelta(seconds=30))
    assert news(now) == []

    ended(hotel, now - 30 * MINUTE, job_name=JOB, took=timedelta(seconds=31))
    assert len(news(now)) == 1


def test_a_silence_of_the_tick_is_said_once_it_is_over(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner, kind="tick", minutes=5)
    evaluate(now=now, previous_tick=now - MINUTE)
    evaluate(now=now, previous_tick=now - HOUR)
    evaluate(now=now + MINUTE, previous_tick=now)

    assert subjects() == [
        "No tick for 60 min: due jobs did not start.",
        "Recovered: No tick for 60 min: due jobs did not start.",
    ]
    assert Alert.objects.get().parts.count() == 0


def test_messages_that_wait_or_failed_are_counted(owner: User, hotel: Hotel, now: datetime) -> None:
    rule_of(owner, kind="outbox")
    old = now - 2 * HOUR
    message_of(hotel, created_at=old, next_attempt_at=old)
    message_of(hotel, created_at=old, next_attempt_at=now + HOUR)
    message_of(hotel, created_at=old, status="FAILED", next_attempt_at=None, ended_at=old)

    assert sorted(news(now)) == [
        f"{hotel.name}: 1 message failed.",
        f"{hotel.name}: 1 message waits.",
    ]


def test_overbooked_nights_and_unassigned_tasks_are_those_of_home(
    owner: User, hotel: Hotel, now: datetime
) -> None:
    rule_of(owner, kind="overbooked")
    rule_of(owner, kind="unassigned")
    today = date(2026, 7, 15)
    room: Room = RoomFactory(hotel=hotel)
    RoomAvailability.objects.create(
        hotel=hotel,
        room_type=RoomTypeFactory(hotel=hotel),
        date=today,
        total_rooms=1,
        occupied_rooms=2,
        available_rooms=0,
        overbooked_by=1,
        updated_at=now,
    )
    HousekeepingTask.objects.create(
        hotel=hotel, room=room, date=today, kind="STAYOVER", credits=20, created_at=now
    )

    assert sorted(news(now)) == [
        f"{hotel.name}: 1 of today's tasks is unassigned",
        f"{hotel.name}: Overbooked on 1 night: Wed 15 Jul",
    ]
