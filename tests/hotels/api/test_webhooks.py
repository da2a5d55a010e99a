"""Webhook endpoints and deliveries over the API."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from hotels.models import AuditEntry, DeliveryAttempt, Hotel, Membership, Message, WebhookEndpoint
from hotels.notifications.webhooks.endpoints import secrets_of
from tests.factories import (
    HotelFactory,
    MembershipFactory,
    WebhookEndpointFactory,
    WebhookMessageFactory,
)
from tests.hotels.http.clients import Role, client_of
from tests.hotels.notifications.webhooks.conftest import KIND, ring
from tests.hotels.notifications.webhooks.conftest import _own_event_type as _own_event_type

pytestmark = pytest.mark.django_db
ENDPOINTS, DELIVERIES = "/api/webhook-endpoints", "/api/webhook-deliveries"
URL = "https://hooks.hotel.example/in"


def created(client: APIClient, **body: Any) -> Any:
    return client.post(ENDPOINTS, {"url": URL, "events": [KIND]} | body, format="json")


def test_the_secret_is_in_the_answer_to_the_creation_and_nowhere_else(
    manager: APIClient, hotel: Hotel
) -> None:
    answer = created(manager, hotelId=hotel.pk, description="Accounting")

    made = answer.json()
    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    row = WebhookEndpoint.objects.get()
    assert secrets_of(row, now=datetime.now(tz=UTC)) == [secret]
    (listed,) = manager.get(ENDPOINTS).json()["endpoints"]
    assert listed == made == manager.get(f"{ENDPOINTS}/{made['id']}").json()
    assert made["hotelId"] == hotel.pk
    assert made["events"] == [KIND]
    assert AuditEntry.objects.get(hotel=hotel).via == "API"


def test_without_a_hotel_the_endpoint_is_of_all_hotels_of_the_caller(
    manager: APIClient, hotel: Hotel, now: datetime
) -> None:
    made = created(manager).json()

    assert made["hotelId"] is None
    assert made["owner"]
    assert len(ring(hotel, now=now)) == 1
    assert manager.get(DELIVERIES).json()["total"] == 1


def test_a_token_limited_to_hotels_does_not_reach_the_endpoints_of_all_hotels(
    hotel: Hotel,
) -> None:
    user = MembershipFactory(hotel=hotel).user
    limited = client_of(user, hotels=[hotel])
    own = created(client_of(user)).json()

    assert created(limited).status_code == 400
    assert created(limited, hotelId=hotel.pk).status_code == 201
    assert hotels_of(limited) == [hotel.pk]
    assert limited.post(f"{ENDPOINTS}/{own['id']}/rotate").status_code == 404


def hotels_of(client: APIClient) -> list[int]:
    return [each["hotelId"] for each in client.get(ENDPOINTS).json()["endpoints"]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "https://169.254.169.254/latest/meta-data"}, "url"),
        ({"url": "http://hooks.hotel.example/"}, "url"),
        ({"url": 5}, "url"),
        ({"events": []}, "events"),
        ({"events": ["bell.stolen"]}, "events"),
        ({"events": KIND}, "events"),
        ({"hotelId": "1"}, "hotelId"),
        ({"secret": "whsec_x"}, "secret"),
    ],
)
def test_a_wrong_value_is_named(manager: APIClient, body: dict[str, Any], field: str) -> None:
    answer = created(manager, **body)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].split(".")[0] == field


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.VIEWER])
def test_only_managers_set_up_endpoints(
    member: Callable[[str], APIClient], hotel: Hotel, role: str
) -> None:
    client = member(role)

    assert created(client, hotelId=hotel.pk).status_code == 403
    assert created(client).status_code == 403


def test_an_endpoint_is_not_set_up_for_another_hotel(manager: APIClient) -> None:
    assert created(manager, hotelId=HotelFactory().pk).status_code == 404


def test_an_endpoint_is_changed_rotated_and_deleted(manager: APIClient, hotel: Hotel) -> None:
    made = created(manager, hotelId=hotel.pk).json()
    path = f"{ENDPOINTS}/{made['id']}"

    off = manager.patch(path, {"active": False}, format="json").json()
    assert (off["active"], off["disabledReason"]) == (False, "Switched off by a user.")
    assert manager.patch(path, {"active": True}, format="json").json()["active"] is True
    assert manager.patch(path, {"url": "https://10.0.0.1/"}, format="json").status_code == 400
    assert manager.patch(path, {"hotelId": None}, format="json").status_code == 400

    rotated = manager.post(f"{path}/rotate").json()
    assert rotated["secret"] != made["secret"]
    assert rotated["previousSecretUntil"] is not None

    assert manager.delete(path).status_code == 204
    assert manager.get(path).status_code == 404


def test_a_delivery_shows_its_attempts(manager: APIClient, hotel: Hotel, now: datetime) -> None:
    message = WebhookMessageFactory(endpoint__hotel=hotel, attempts=1)
    DeliveryAttempt.objects.create(
        message=message,
        number=1,
        started_at=now,
        duration=timedelta(milliseconds=250),
        outcome="RETRY",
        status_code=500,
        detail="The receiver answered with 500.",
        request={"url": URL, "headers": {"webhook-id": "msg_1"}},
        response="sorry",
    )

    shown = manager.get(f"{DELIVERIES}/{message.public_id}").json()

    assert shown["webhookId"] == f"msg_{message.public_id.hex}"
    assert shown["endpointId"] == str(message.endpoint.public_id)
    assert shown["body"] == '{"type":"invoice.issued"}'
    (attempt,) = shown["deliveryAttempts"]
    assert (attempt["durationMs"], attempt["statusCode"], attempt["response"]) == (
        250,
        500,
        "sorry",
    )
    assert attempt["request"] == {"url": URL, "headers": {"webhook-id": "msg_1"}}


def test_deliveries_are_filtered(manager: APIClient, hotel: Hotel) -> None:
    one = WebhookMessageFactory(endpoint__hotel=hotel, created_at=datetime(2026, 7, 1, tzinfo=UTC))
    two = WebhookMessageFactory(
        endpoint__hotel=hotel, status="FAILED", next_attempt_at=None, template="booking.created"
    )
    Message.objects.create(hotel=hotel, key="mail", created_at=one.created_at, status="SENT")

    def found(query: str) -> list[str]:
        return [each["id"] for each in manager.get(f"{DELIVERIES}?{query}").json()["deliveries"]]

    assert found("") == [str(two.public_id), str(one.public_id)]
    assert found("status=FAILED") == found("type=booking.created") == [str(two.public_id)]
    assert found(f"endpointId={one.endpoint.public_id}") == [str(one.public_id)]
    assert found("endDate=2026-07-01") == [str(one.public_id)]
    assert found(f"hotelId={hotel.pk}&startDate=2026-07-02") == [str(two.public_id)]
    assert manager.get(f"{DELIVERIES}?status=LOST").status_code == 400
    assert manager.get(f"{DELIVERIES}?hotelId={HotelFactory().pk}").status_code == 404


def test_a_delivery_is_sent_again_unless_its_endpoint_is_off(
    manager: APIClient, hotel: Hotel
) -> None:
    message = WebhookMessageFactory(endpoint__hotel=hotel, status="SENT", next_attempt_at=None)

    again = manager.post(f"{DELIVERIES}/{message.public_id}/resend")
    assert (again.status_code, again.json()["status"]) == (202, "WAITING")

    test = manager.post(f"{ENDPOINTS}/{message.endpoint.public_id}/test")
    assert (test.status_code, test.json()["type"]) == (202, "endpoint.test")


def test_a_period_is_replayed(manager: APIClient, hotel: Hotel, now: datetime) -> None:
    endpoint = WebhookEndpointFactory(hotel=hotel, events=[KIND])
    ring(hotel, now=now)
    Message.objects.update(status="FAILED", next_attempt_at=None)
    period = {"since": "2026-07-15T00:00:00Z", "until": "2026-07-16T00:00:00Z"}
    body = {"endpointId": str(endpoint.public_id)} | period

    def replayed(**more: Any) -> Any:
        return manager.post(f"{DELIVERIES}/replay", body | more, format="json")

    answer = replayed()
    assert (answer.status_code, answer.json()) == (202, {"messages": 1})
    assert replayed(until=period["since"]).status_code == 400
    WebhookEndpoint.objects.update(active=False)
    assert replayed().status_code == 409


def test_deliveries_of_a_hotel_the_caller_left_are_hidden(hotel: Hotel, now: datetime) -> None:
    membership = MembershipFactory(hotel=hotel)
    MembershipFactory(user=membership.user)
    client = client_of(membership.user)
    created(client)
    (message,) = ring(hotel, now=now)
    Membership.objects.filter(pk=membership.pk).update(active=False)

    assert client.get(DELIVERIES).json()["total"] == 0
    assert client.get(f"{DELIVERIES}/{message.public_id}").status_code == 404


def test_the_schema_has_what_the_site_sends(manager: APIClient) -> None:
    document = manager.get("/api/schema", headers={"Accept": "application/json"}).json()

    assert "endpoint.test" in document["webhooks"]
    assert "EndpointTestEvent" in document["components"]["schemas"]
