"""Test events, and messages that are sent again."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from hotels.audit import Via
from hotels.errors import ActionRefused
from hotels.models import AuditEntry, Hotel, Message, WebhookEndpoint
from hotels.notifications.webhooks.deliveries import replay, resend, send_test
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.hotels.notifications.webhooks.conftest import make_endpoint, ring

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
Status = Message.Status


@pytest.fixture
def who(now: datetime) -> dict[str, Any]:
    """A user of the API at `now`."""
    return {"by": UserFactory(), "via": Via.API, "now": now}


def ended(message: Message, status: str) -> Message:
    message.status, message.next_attempt_at, message.attempts = status, None, 10
    message.save()
    return message


def test_a_test_event_is_due_at_once_and_says_that_nothing_happened(
    endpoint: WebhookEndpoint, hotel: Hotel, now: datetime, who: dict[str, Any]
) -> None:
    message = send_test(endpoint=endpoint, **who)

    body = json.loads(message.body)
    assert (body["type"], body["hotelId"]) == ("endpoint.test", hotel.pk)
    assert list(Message.objects.due(now=now)) == [message]
    assert AuditEntry.objects.filter(verb="test", hotel=hotel).exists()


def test_a_test_event_of_an_own_endpoint_is_about_no_hotel(
    now: datetime, who: dict[str, Any]
) -> None:
    user = MembershipFactory().user
    message = send_test(endpoint=make_endpoint(owner=user, now=now).endpoint, **who)

    assert (message.hotel, message.owner) == (None, user)


def test_the_path_of_the_url_is_not_shown_to_all_members(
    hotel: Hotel, now: datetime, who: dict[str, Any]
) -> None:
    url = "https://hooks.hotel.example/secret-path"
    endpoint = make_endpoint(hotel=hotel, now=now, url=url).endpoint

    messages = [send_test(endpoint=endpoint, **who), *ring(hotel, now=now)]

    assert [each.recipient for each in messages] == ["hooks.hotel.example"] * 2
    assert "secret-path" not in f"{endpoint} {messages}"


@pytest.mark.parametrize("status", [Status.FAILED, Status.SENT, Status.CANCELLED, Status.WAITING])
def test_a_message_is_sent_again_with_the_same_id_and_body(
    endpoint: WebhookEndpoint, hotel: Hotel, now: datetime, who: dict[str, Any], status: Status
) -> None:
    (message,) = ring(hotel, now=now)
    message.status, message.next_attempt_at = status, now + HOUR
    message.save()

    again = resend(message=message, **who)

    assert (again.public_id, again.body) == (message.public_id, message.body)
    assert list(Message.objects.due(now=now)) == [message]


def test_a_message_that_is_being_sent_is_left_alone(
    endpoint: WebhookEndpoint, hotel: Hotel, now: datetime, who: dict[str, Any]
) -> None:
    (message,) = ring(hotel, now=now)
    Message.objects.update(
        status=Status.SENDING, token=message.public_id, lease_until=now, next_attempt_at=None
    )

    with pytest.raises(ActionRefused, match="being sent"):
        resend(message=message, **who)


def test_nothing_is_sent_again_to_an_endpoint_that_is_off(
    endpoint: WebhookEndpoint, hotel: Hotel, now: datetime, who: dict[str, Any]
) -> None:
    (message,) = ring(hotel, now=now)
    endpoint.active = False
    endpoint.save()
    message.refresh_from_db()

    with pytest.raises(ActionRefused, match="switched off"):
        resend(message=message, **who)
    with pytest.raises(ActionRefused, match="switched off"):
        replay(endpoint=endpoint, since=now, until=now + HOUR, **who)


def test_a_replay_sends_what_was_not_accepted_or_never_sent(
    endpoint: WebhookEndpoint, hotel: Hotel, now: datetime, who: dict[str, Any]
) -> None:
    failed = ended(ring(hotel, now=now, count=1)[0], Status.FAILED)
    cancelled = ended(ring(hotel, now=now, count=2)[0], Status.CANCELLED)
    accepted = ended(ring(hotel, now=now, count=3)[0], Status.SENT)
    ended(ring(hotel, now=now - HOUR, count=4)[0], Status.FAILED)
    ended(ring(hotel, now=now + HOUR, count=5)[0], Status.FAILED)
    WebhookEndpoint.objects.update(active=False)
    assert ring(hotel, now=now, count=6) == []
    WebhookEndpoint.objects.update(active=True)

    count = replay(endpoint=endpoint, since=now, until=now + HOUR, **who)

    due = list(Message.objects.due(now=now).order_by("event__key"))
    assert count == len(due) == 3
    assert due[:2] == [failed, cancelled]
    assert due[2].event.data == {"ringCount": 6}
    accepted.refresh_from_db()
    assert accepted.status == Status.SENT


def test_a_replay_may_include_what_was_accepted(
    endpoint: WebhookEndpoint, hotel: Hotel, now: datetime, who: dict[str, Any]
) -> None:
    accepted = ended(ring(hotel, now=now)[0], Status.SENT)

    assert replay(endpoint=endpoint, since=now, until=now + HOUR, accepted_too=True, **who) == 1
    assert list(Message.objects.due(now=now)) == [accepted]


def test_a_replay_has_no_events_of_other_hotels_or_endpoints(
    endpoint: WebhookEndpoint, hotel: Hotel, now: datetime, who: dict[str, Any]
) -> None:
    other = make_endpoint(hotel=HotelFactory(), now=now).endpoint
    ended(ring(other.hotel, now=now)[0], Status.FAILED)

    assert replay(endpoint=endpoint, since=now, until=now + HOUR, **who) == 0


def test_a_replay_takes_as_many_queries_for_many_messages_as_for_few(
    endpoint: WebhookEndpoint, hotel: Hotel, now: datetime, who: dict[str, Any], queries_of: Any
) -> None:
    def replayed() -> None:
        replay(endpoint=endpoint, since=now, until=now + HOUR, **who)

    ended(ring(hotel, now=now, count=0)[0], Status.FAILED)
    few = queries_of(replayed)
    for count in range(1, 6):
        ended(ring(hotel, now=now, count=count)[0], Status.FAILED)
    ended(Message.objects.earliest("pk"), Status.FAILED)

    assert queries_of(replayed) == few
