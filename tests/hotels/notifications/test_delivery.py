"""Delivery: every message is sent, retried with pauses, and recorded."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError, connection, transaction
from django.utils import timezone

from hotels.models import DeliveryAttempt, Destination, Hotel, Message
from hotels.notifications.delivery import (
    Answer,
    Delivered,
    Unsendable,
    channels,
    deliver_due,
    recording,
    register_channel,
    sender,
)
from hotels.notifications.delivery.claiming import (
    DUE_DESTINATIONS,
    INTERRUPTIONS_AT_MOST,
    LEASE,
    claim,
    due_destinations,
    release_interrupted,
)
from hotels.notifications.delivery.recording import FAILURES_BEFORE_PAUSE, record
from tests.hotels.notifications.fakes import BUSY, DOWN, GONE, NOW, SENT, FakeChannel, message_of
from tests.waiting import TIMEOUT

pytestmark = pytest.mark.django_db

Status = Message.Status


@pytest.fixture
def channel() -> Iterator[FakeChannel]:
    before = dict(channels())
    fake = FakeChannel()
    register_channel(fake)
    yield fake
    registered: dict[str, Any] = channels()  # type: ignore[assignment]
    registered.clear()
    registered.update(before)


def deliver(at: datetime = NOW) -> Delivered:
    return deliver_due(within=timedelta(seconds=20), clock=lambda: at)


def test_a_message_that_is_due_is_sent_and_recorded(hotel: Hotel, channel: FakeChannel) -> None:
    message = message_of(hotel)

    assert deliver() == Delivered(sent=1)

    message.refresh_from_db()
    assert (message.status, message.sent_at, message.attempts) == (Status.SENT, NOW, 1)
    attempt = DeliveryAttempt.objects.get(message=message)
    assert (attempt.number, attempt.outcome, attempt.status_code) == (1, "SENT", 200)
    assert channel.followed == [SENT]


def test_a_message_is_not_sent_before_its_time(hotel: Hotel, channel: FakeChannel) -> None:
    message_of(hotel, next_attempt_at=NOW + timedelta(minutes=1))

    assert deliver() == Delivered(waiting=1)
    assert channel.sent == []


def test_a_message_that_failed_is_tried_again_later_with_the_same_id(
    hotel: Hotel, channel: FakeChannel
) -> None:
    message = message_of(hotel)
    channel.answer = lambda message: BUSY
    deliver()
    message.refresh_from_db()
    assert (message.status, message.reason) == (Status.WAITING, "Too many.")
    assert message.next_attempt_at == NOW + timedelta(minutes=1)

    channel.answer = lambda message: SENT
    deliver(NOW + timedelta(minutes=1))

    message.refresh_from_db()
    assert (message.status, message.reason, message.attempts) == (Status.SENT, "", 2)
    assert channel.sent == [message.public_id] * 2


def test_a_message_fails_after_its_last_attempt(hotel: Hotel, channel: FakeChannel) -> None:
    message = message_of(hotel)
    channel.answer = lambda message: BUSY

    results = [deliver(NOW + timedelta(hours=n)) for n in range(3)]

    message.refresh_from_db()
    assert (message.status, message.reason) == (Status.FAILED, "Too many.")
    assert [result.failed for result in results] == [0, 0, 1]
    outcomes = message.delivery_attempts.values_list("number", "outcome")
    assert [*outcomes] == [(1, "RETRY"), (2, "RETRY"), (3, "REFUSED")]


def test_a_refused_message_is_not_tried_again(hotel: Hotel, channel: FakeChannel) -> None:
    message = message_of(hotel)
    channel.answer = lambda message: GONE

    assert deliver() == Delivered(failed=1)

    message.refresh_from_db()
    assert (message.status, message.ended_at, message.reason) == (Status.FAILED, NOW, "Gone.")


def test_a_message_that_can_never_be_sent_says_why(
    hotel: Hotel, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(message: Message, *, now: datetime) -> None:
        raise Unsendable("The address is suppressed.")

    monkeypatch.setattr(channel, "prepare", refuse)
    message = message_of(hotel)

    deliver()

    message.refresh_from_db()
    assert (message.status, message.reason) == (Status.UNDELIVERABLE, "The address is suppressed.")


def test_an_error_of_the_code_stops_no_other_message(
    hotel: Hotel, channel: FakeChannel, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = message_of(hotel), message_of(hotel)

    def answer(message: Message) -> Answer:
        if message.pk == broken.pk:
            raise KeyError("x")
        return SENT

    channel.answer = answer

    deliver()

    broken.refresh_from_db()
    sound.refresh_from_db()
    assert (broken.status, broken.reason) == (Status.WAITING, "Unexpected error (KeyError).")
    assert sound.status == Status.SENT
    assert str(broken.public_id) in caplog.text


def test_a_message_whose_sender_died_is_sent_again_with_the_same_id(
    hotel: Hotel, channel: FakeChannel
) -> None:
    message = message_of(hotel)
    claim(destination="webhook:1", at_most=1, per_destination=1, now=NOW)

    assert deliver(NOW + LEASE / 2).sent == 0
    assert deliver(NOW + LEASE).sent == 1
    assert channel.sent == [message.public_id]


def test_a_message_that_kills_its_senders_fails_in_the_end(hotel: Hotel) -> None:
    message = message_of(hotel)
    at = NOW
    for _ in range(INTERRUPTIONS_AT_MOST + 1):
        assert len(claim(destination="webhook:1", at_most=1, per_destination=1, now=at)) == 1
        at += LEASE
        release_interrupted(now=at)

    message.refresh_from_db()
    assert (message.status, message.ended_at) == (Status.FAILED, at)
    assert message.reason == "The process that was sending it stopped."


def test_a_sender_that_lost_its_lease_changes_nothing_but_records_its_attempt(
    hotel: Hotel, channel: FakeChannel
) -> None:
    message_of(hotel)
    [lost] = claim(destination="webhook:1", at_most=1, per_destination=1, now=NOW)
    deliver(NOW + LEASE)

    record(lost, channel=channel, answer=BUSY, started=NOW, now=NOW + LEASE)

    stored = Message.objects.get()
    assert (stored.status, stored.attempts) == (Status.SENT, 2)  # its own and the lost one
    assert stored.delivery_attempts.count() == 2


def test_a_message_is_claimed_once(hotel: Hotel) -> None:
    messages = {message_of(hotel).pk for _ in range(3)}

    claims = [
        claim(destination="webhook:1", at_most=2, per_destination=3, now=NOW) for _ in range(3)
    ]

    assert [len(each) for each in claims] == [2, 1, 0]
    assert {message.pk for each in claims for message in each} == messages


def test_no_more_messages_than_allowed_are_under_way_to_a_destination(hotel: Hotel) -> None:
    for _ in range(3):
        message_of(hotel)
    message_of(hotel, destination="webhook:2")

    assert len(claim(destination="webhook:1", at_most=9, per_destination=2, now=NOW)) == 2
    assert claim(destination="webhook:1", at_most=9, per_destination=2, now=NOW) == []
    assert len(claim(destination="webhook:2", at_most=9, per_destination=2, now=NOW)) == 1


def test_destinations_are_found_without_reading_their_backlogs(hotel: Hotel) -> None:
    for destination, minutes in (("webhook:2", 5), ("webhook:1", 9), ("webhook:2", 7)):
        due = NOW - timedelta(minutes=minutes)
        message_of(hotel, destination=destination, next_attempt_at=due)
    message_of(hotel, destination="webhook:3", next_attempt_at=NOW + timedelta(minutes=1))
    message_of(hotel, destination="pigeon:1", channel="pigeon")

    def due(**left_out: Any) -> list[str]:
        return due_destinations(now=NOW, channels=["webhook"], **{"without": ()} | left_out)

    assert due() == ["webhook:1", "webhook:2"]
    assert due(without=["webhook:1"]) == ["webhook:2"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="reads a plan of PostgreSQL")
def test_the_query_for_destinations_steps_through_the_index(hotel: Hotel) -> None:
    message_of(hotel)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {DUE_DESTINATIONS}", [NOW])
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert plan.count("Limit") == plan.count("Index Only Scan using outbox_waiting") == 3


def test_a_slow_receiver_does_not_keep_messages_to_others_waiting(
    hotel: Hotel, channel: FakeChannel
) -> None:
    for _ in range(5):
        message_of(hotel, destination="webhook:1")
    others = {message_of(hotel, destination=f"webhook:{n}").public_id for n in range(2, 30)}
    all_others_sent = threading.Event()

    def answer(message: Message) -> Answer:
        if message.destination == "webhook:1":
            assert all_others_sent.wait(timeout=TIMEOUT)
        elif others <= {*channel.sent}:
            all_others_sent.set()
        return SENT

    channel.answer = answer

    assert deliver().sent == 33


def test_an_attempt_that_does_not_end_is_given_up(
    hotel: Hotel, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "LONGEST_ATTEMPT", 0.05)
    message, released = message_of(hotel), threading.Event()

    def hang(message: Message) -> Answer:
        released.wait(TIMEOUT)
        return SENT

    channel.answer = hang
    deliver()
    released.set()

    message.refresh_from_db()
    assert (message.status, message.attempts) == (Status.WAITING, 1)
    assert "did not end" in message.reason
    assert Destination.objects.get().failures == 1


def test_a_destination_that_fails_again_and_again_is_paused(
    hotel: Hotel, channel: FakeChannel
) -> None:
    channel.answer = lambda message: DOWN
    for _ in range(FAILURES_BEFORE_PAUSE + 5):
        message_of(hotel)

    deliver()

    place = Destination.objects.get(key="webhook:1")
    assert place.paused_until is not None
    assert timedelta(seconds=15) <= place.paused_until - NOW
    assert len(channel.sent) <= FAILURES_BEFORE_PAUSE + 1  # one was under way
    assert place.last_failure == "No connection."


def test_after_the_pause_one_message_is_tried_first(hotel: Hotel) -> None:
    Destination.objects.create(key="webhook:1", failures=5, paused_until=NOW)
    for _ in range(3):
        message_of(hotel)

    assert (
        claim(destination="webhook:1", at_most=9, per_destination=9, now=NOW - timedelta(seconds=1))
        == []
    )
    assert len(claim(destination="webhook:1", at_most=9, per_destination=9, now=NOW)) == 1


def test_an_answer_ends_the_pause(hotel: Hotel, channel: FakeChannel) -> None:
    Destination.objects.create(key="webhook:1", failures=9, paused_until=NOW)
    for _ in range(3):
        message_of(hotel)

    assert deliver().sent == 3
    place = Destination.objects.get(key="webhook:1")
    assert (place.failures, place.paused_until) == (0, None)


def test_an_answer_that_no_database_stores_is_recorded(hotel: Hotel, channel: FakeChannel) -> None:
    channel.answer = lambda message: Answer(
        outcome=DeliveryAttempt.Outcome.SENT, detail="a\x00b", response="\ud800" + "x" * 9000
    )
    message_of(hotel)

    deliver()

    attempt = DeliveryAttempt.objects.get()
    assert (attempt.detail, len(attempt.response)) == ("a\ufffdb", 2000)


def test_messages_of_a_channel_that_is_not_set_up_wait(hotel: Hotel, channel: FakeChannel) -> None:
    message_of(hotel, channel="pigeon", destination="pigeon:1")

    deliver()

    assert Message.objects.get().status == Status.WAITING


def test_the_command_sends_and_counts(
    hotel: Hotel, channel: FakeChannel, capsys: pytest.CaptureFixture[str]
) -> None:
    message_of(hotel)
    message_of(hotel, next_attempt_at=NOW + timedelta(days=36500))

    call_command("send_messages", "--json")

    assert capsys.readouterr().out.strip() == '{"sent": 1, "failed": 0, "waiting": 1}'


def test_the_command_fails_where_a_message_failed(
    hotel: Hotel, channel: FakeChannel, capsys: pytest.CaptureFixture[str]
) -> None:
    channel.answer = lambda message: GONE
    message_of(hotel)

    with pytest.raises(CommandError, match="1 message could not be sent") as error:
        call_command("send_messages")

    assert error.value.returncode == 1
    assert capsys.readouterr().out.strip() == "0 messages sent, 1 failed, 0 waiting."


@pytest.mark.parametrize("seconds", ["0", "-1", "3601", "soon", "1.5", ""])
def test_the_command_refuses_an_impossible_time(seconds: str) -> None:
    with pytest.raises(CommandError, match="give a number of seconds from 1 to 3600") as error:
        call_command("send_messages", f"--within={seconds}")

    assert error.value.returncode == 2


def test_the_tick_sends_messages(hotel: Hotel, channel: FakeChannel) -> None:
    message_of(hotel)

    call_command("run_due_jobs", "--scheduled")

    assert Message.objects.get().status == Status.SENT


def test_a_tick_of_another_time_sends_nothing(hotel: Hotel, channel: FakeChannel) -> None:
    message_of(hotel)

    call_command("run_due_jobs", "--as-of", timezone.now().isoformat())

    assert Message.objects.get().status == Status.WAITING


def test_an_attempt_counts_once_though_its_recording_is_repeated(
    hotel: Hotel, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = message_of(hotel)
    (claimed,) = claim(destination="webhook:1", at_most=1, per_destination=1, now=NOW)

    def twice(function: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            with transaction.atomic():
                function(*args, **kwargs)
                transaction.set_rollback(True)
            return function(*args, **kwargs)

        return call

    monkeypatch.setattr(recording, "_record", twice(recording._record))
    record(claimed, channel=channel, answer=BUSY, started=NOW, now=NOW)

    message.refresh_from_db()
    assert (message.attempts, message.next_attempt_at) == (1, NOW + timedelta(minutes=1))


def test_a_message_deleted_while_it_is_sent_stops_no_other(
    hotel: Hotel, channel: FakeChannel
) -> None:
    gone = message_of(hotel)
    (claimed,) = claim(destination="webhook:1", at_most=1, per_destination=1, now=NOW)
    gone.delete()

    record(claimed, channel=channel, answer=SENT, started=NOW, now=NOW)

    assert not DeliveryAttempt.objects.exists()


def test_an_attempt_that_cannot_be_recorded_stops_no_other(
    hotel: Hotel, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, sound = message_of(hotel), message_of(hotel)

    def refuse(message: Message, **of: Any) -> Any:
        if message.pk == broken.pk:
            raise DataError("x")
        return record(message, **of)

    monkeypatch.setattr(sender, "record", refuse)

    assert deliver().sent == 1
    sound.refresh_from_db()
    assert sound.status == Status.SENT


def test_a_request_that_no_database_stores_is_recorded(hotel: Hotel, channel: FakeChannel) -> None:
    channel.answer = lambda message: Answer(
        outcome=DeliveryAttempt.Outcome.SENT, request={"headers": {"Subject": "a\x00\ud800"}}
    )
    message_of(hotel)

    deliver()

    assert DeliveryAttempt.objects.get().request == {"headers": {"Subject": "a\ufffd?"}}


def test_an_attempt_that_does_not_reach_the_destination_leaves_its_failures(
    hotel: Hotel, channel: FakeChannel
) -> None:
    Destination.objects.create(key="webhook:1", failures=4)
    channel.answer = lambda message: Answer(
        outcome=DeliveryAttempt.Outcome.RETRY, detail="Guests sleep."
    )
    message_of(hotel)

    deliver()

    assert Destination.objects.get().failures == 4


def test_a_lease_that_ends_impossibly_late_is_over(hotel: Hotel, channel: FakeChannel) -> None:
    message_of(hotel, status=Status.SENDING, token=uuid4(), lease_until=NOW + timedelta(days=900))

    assert deliver().sent == 1


def test_a_pause_that_ends_impossibly_late_is_over(hotel: Hotel, channel: FakeChannel) -> None:
    Destination.objects.create(key="webhook:1", failures=5, paused_until=NOW + timedelta(days=900))
    message_of(hotel)

    assert deliver().sent == 1


def test_long_backlogs_of_a_few_destinations_do_not_keep_all_threads(
    hotel: Hotel, channel: FakeChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "THREADS", 2)
    for _ in range(6):
        message_of(hotel, destination="webhook:1", next_attempt_at=NOW - timedelta(days=1))
    newest = message_of(hotel, destination="webhook:2")

    deliver()

    assert newest.public_id in channel.sent[:2]
