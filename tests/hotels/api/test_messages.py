"""Messages over the API."""

from typing import Any

import pytest

from hotels.models import DeliveryAttempt, Hotel, Message
from tests.factories import HotelFactory
from tests.hotels.http.clients import Role
from tests.hotels.notifications.fakes import NOW, message_of

pytestmark = pytest.mark.django_db

ENDED = {"next_attempt_at": None, "ended_at": NOW}
MAIL = {"channel": "email", "destination": "email", "recipient": "ana@x.example"}


def test_messages_are_listed_and_filtered(hotel: Hotel, member: Any) -> None:
    waiting, failed = message_of(hotel), message_of(hotel, status="FAILED", **ENDED, **MAIL)
    message_of(HotelFactory())
    client = member(Role.VIEWER)

    everything = client.get("/api/messages").json()
    some = client.get("/api/messages?status=FAILED&channel=email").json()

    assert [row["id"] for row in everything["messages"]] == [failed.pk, waiting.pk]
    assert [row["id"] for row in some["messages"]] == [failed.pk]
    assert some["messages"][0]["publicId"] == str(failed.public_id)


@pytest.mark.parametrize("query", ["status=LOST", "channel=pigeon", "hotelId=x", "kind=a"])
def test_a_wrong_filter_is_refused(hotel: Hotel, member: Any, query: str) -> None:
    assert member(Role.VIEWER).get(f"/api/messages?{query}").status_code == 400


def test_a_message_comes_with_its_text_and_attempts(hotel: Hotel, member: Any) -> None:
    message = message_of(hotel, status="FAILED", body="Hi", **ENDED, **MAIL)
    DeliveryAttempt.objects.create(
        message=message,
        **{"number": 1, "started_at": NOW, "duration": NOW - NOW, "outcome": "REFUSED"},
        **{"status_code": 550, "detail": "No such user."},
    )

    found = member(Role.VIEWER).get(f"/api/messages/{message.pk}").json()

    assert found["body"] == "Hi"
    assert found["deliveryAttempts"][0]["statusCode"] == 550


def test_a_message_is_sent_again_over_the_api(hotel: Hotel, member: Any) -> None:
    message = message_of(hotel, status="FAILED", **ENDED, **MAIL)
    client = member(Role.FRONT_DESK)
    body = {"recipient": "rui@x.example"}

    answer = client.post(f"/api/messages/{message.pk}/resend", body, format="json")
    refused = client.post(
        f"/api/messages/{message.pk}/resend", {"recipient": "nobody"}, format="json"
    )

    assert (answer.status_code, answer.json()["status"]) == (200, "WAITING")
    assert refused.status_code == 409
    assert Message.objects.get().recipient == "rui@x.example"


def test_a_message_is_cancelled_over_the_api(hotel: Hotel, member: Any) -> None:
    message = message_of(hotel)
    client = member(Role.MANAGER)

    answers = [client.post(f"/api/messages/{message.pk}/cancel") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 409]
    assert Message.objects.get().status == "CANCELLED"
