"""The channel: what is signed and sent, how answers are judged, when endpoints are disabled."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import LazySettings
from standardwebhooks import Webhook

from hotels.audit import Via
from hotels.models import DeliveryAttempt, Hotel, Membership, Message, WebhookEndpoint
from hotels.notifications.delivery import Answer, Unsendable, deliver_due
from hotels.notifications.webhooks.channel import WebhookChannel, webhook_id
from hotels.notifications.webhooks.deliveries import resend
from hotels.notifications.webhooks.endpoints import NewSecret
from tests.factories import MembershipFactory, UserFactory
from tests.hotels.notifications.webhooks.conftest import make_endpoint, ring
from tests.hotels.notifications.webhooks.receiver import Receiver, answer, receiving

pytestmark = [pytest.mark.django_db, pytest.mark.network]
Outcome = DeliveryAttempt.Outcome
channel = WebhookChannel()


@pytest.fixture
def receiver(settings: LazySettings) -> Iterator[Receiver]:
    """A receiver on this machine, which the settings allow."""
    settings.WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1"]
    with receiving() as server:
        yield server


@pytest.fixture
def made(receiver: Receiver, hotel: Hotel, now: datetime) -> NewSecret:
    """An endpoint of `hotel` at the receiver, with its secret."""
    return make_endpoint(hotel=hotel, url=receiver.url, now=now)


@pytest.fixture
def message(made: NewSecret, hotel: Hotel, now: datetime) -> Message:
    """A message to the endpoint."""
    (message,) = ring(hotel, now=now, count=3)
    return message


def attempt(message: Message, *, now: datetime) -> Answer:
    """One attempt, with what follows from it."""
    row = Message.objects.select_related("hotel", "event", "endpoint").get(pk=message.pk)
    result = channel.prepare(row, now=now)()
    channel.after(row, answer=result, now=now)
    return result


def test_the_body_has_type_version_time_hotel_and_data(
    receiver: Receiver, made: NewSecret, message: Message, hotel: Hotel
) -> None:
    now = datetime.now(tz=UTC)

    assert attempt(message, now=now).outcome == Outcome.SENT

    (request,) = receiver.received
    assert Webhook(made.secret).verify(request.body, request.headers) == {
        "type": "bell.rung",
        "version": 1,
        "timestamp": "2026-07-15T06:00:00Z",
        "hotelId": hotel.pk,
        "data": {"ringCount": 3},
    }


def test_id_and_body_stay_and_the_time_is_that_of_the_attempt(
    receiver: Receiver, message: Message, now: datetime
) -> None:
    attempt(message, now=now)
    message.event.data = {"ringCount": 4}  # as if the code that writes it changed meanwhile
    message.event.save()
    attempt(message, now=now + timedelta(minutes=5))

    first, second = receiver.received
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == webhook_id(message)
    sent_at = [int(each.headers["webhook-timestamp"]) for each in (first, second)]
    assert sent_at[1] - sent_at[0] == 300


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.SENT),
        (299, Outcome.SENT),
        (304, Outcome.RETRY),
        (302, Outcome.RETRY),
        (400, Outcome.RETRY),
        (429, Outcome.RETRY),
        (500, Outcome.RETRY),
        (410, Outcome.REFUSED),
    ],
)
def test_only_a_status_of_2xx_is_a_success(
    receiver: Receiver, message: Message, now: datetime, status: int, outcome: Outcome
) -> None:
    receiver.answering = answer(status)

    assert attempt(message, now=now).outcome == outcome


def test_the_attempt_shows_request_and_answer_without_the_signature(
    receiver: Receiver, message: Message, now: datetime
) -> None:
    receiver.answering = answer(503, b"try later", Retry_After="120")

    result = attempt(message, now=now)

    assert (result.status, result.response) == (503, "try later")
    assert result.retry_after == timedelta(minutes=2)
    assert result.destination_failed
    assert result.request["url"] == receiver.url
    assert set(result.request["headers"]) == {"webhook-id", "webhook-timestamp"}


def test_the_waits_begin_again_when_a_message_is_sent_again(
    message: Message, now: datetime
) -> None:
    Message.objects.update(attempts=10, status="FAILED", next_attempt_at=None, ended_at=now)
    failed = Answer(outcome=Outcome.RETRY)
    message.refresh_from_db()
    assert channel.backoff(message, answer=failed) is None

    again = resend(message=message, by=UserFactory(), via=Via.API, now=now)
    again.attempts += 1

    assert channel.backoff(again, answer=failed) <= timedelta(seconds=5)


def test_an_answer_of_410_disables_the_endpoint(
    receiver: Receiver, made: NewSecret, message: Message, hotel: Hotel, now: datetime
) -> None:
    waiting = ring(hotel, now=now, count=4)[0]
    receiver.answering = answer(410)

    attempt(message, now=now)

    row = WebhookEndpoint.objects.get()
    assert not row.active
    assert "410" in row.disabled_reason
    waiting.refresh_from_db()
    assert waiting.status == Message.Status.CANCELLED


def test_an_endpoint_is_disabled_after_five_days_of_failure_and_its_maker_hears_of_it(
    receiver: Receiver, message: Message, now: datetime
) -> None:
    maker = WebhookEndpoint.objects.get().created_by
    maker.email = "ana@hotel.example"
    maker.save()
    receiver.answering = answer(500)

    attempt(message, now=now)
    attempt(message, now=now + timedelta(days=4, hours=23))
    assert WebhookEndpoint.objects.get().active
    attempt(message, now=now + timedelta(days=5))

    assert not WebhookEndpoint.objects.get().active
    mail = Message.objects.get(channel=Message.Channel.EMAIL)
    assert (mail.recipient, mail.template) == ("ana@hotel.example", "webhook-disabled")
    assert receiver.url in mail.body


def test_a_success_ends_the_period_of_failure(
    receiver: Receiver, message: Message, now: datetime
) -> None:
    receiver.answering = answer(500)
    attempt(message, now=now)
    receiver.answering = answer(204)
    attempt(message, now=now + timedelta(days=3))
    receiver.answering = answer(500)

    attempt(message, now=now + timedelta(days=6))

    assert WebhookEndpoint.objects.get().active


def test_a_message_to_an_endpoint_that_is_off_is_not_sent(
    receiver: Receiver, message: Message, now: datetime
) -> None:
    WebhookEndpoint.objects.update(active=False)

    with pytest.raises(Unsendable, match="switched off"):
        attempt(message, now=now)
    assert receiver.received == []


def test_an_owner_who_left_the_hotel_gets_nothing_more(
    receiver: Receiver, hotel: Hotel, now: datetime
) -> None:
    membership = MembershipFactory(hotel=hotel)
    make_endpoint(owner=membership.user, url=receiver.url, now=now)
    (message,) = ring(hotel, now=now)
    Membership.objects.filter(pk=membership.pk).update(active=False)

    with pytest.raises(Unsendable, match="no longer manages"):
        attempt(message, now=now)
    assert receiver.received == []


def test_a_receiver_that_is_no_longer_allowed_gets_nothing(
    receiver: Receiver, message: Message, now: datetime, settings: LazySettings
) -> None:
    settings.WEBHOOK_ALLOWED_HOSTS = []

    result = attempt(message, now=now)

    assert (result.outcome, result.detail) == (Outcome.RETRY, "The address is not a public one.")
    assert receiver.received == []


def test_a_secret_that_cannot_be_read_fails_the_attempt_only(
    receiver: Receiver, message: Message, now: datetime
) -> None:
    WebhookEndpoint.objects.update(secret="unreadable")

    result = attempt(message, now=now)

    assert result.outcome == Outcome.RETRY
    assert "SECRET_KEY_FALLBACKS" in result.detail


@pytest.mark.django_db(transaction=True)
def test_the_sender_delivers_webhooks_and_keeps_the_attempts(
    receiver: Receiver, message: Message, now: datetime
) -> None:
    receiver.answering = answer(500, b"sorry")

    deliver_due(
        within=timedelta(seconds=1), clock=lambda: now, stop=lambda: bool(receiver.received)
    )
    receiver.answering = answer(204)
    later = now + timedelta(seconds=5)
    deliver_due(within=timedelta(minutes=1), clock=lambda: later)

    row = Message.objects.get(pk=message.pk)
    attempts = list(row.delivery_attempts.order_by("number"))
    assert row.status == Message.Status.SENT
    assert [each.status_code for each in attempts] == [500, 204]
    assert attempts[0].response == "sorry"
