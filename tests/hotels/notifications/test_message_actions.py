"""Messages that people send again or cancel, on their page and over the API."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from hotels.models import AuditEntry, DeliveryAttempt, Hotel, Membership, Message
from tests.factories import HotelFactory, MembershipFactory
from tests.hotels.notifications.fakes import NOW, message_of

pytestmark = pytest.mark.django_db

Status = Message.Status
Role = Membership.Role
ENDED = {"next_attempt_at": None, "ended_at": NOW}
SENDING = {
    "status": "SENDING",
    "next_attempt_at": None,
    "lease_until": NOW,
    "token": UUID(int=1),
}
MAIL = {"channel": "email", "destination": "email", "recipient": "ana@x.example"}


@pytest.fixture
def desk(hotel: Hotel, client: Client) -> Client:
    client.force_login(MembershipFactory(hotel=hotel, role=Role.FRONT_DESK).user)
    return client


def url(name: str, message: Message) -> str:
    return reverse(f"hotels:{name}", args=[message.pk])


def stored(message: Message) -> Message:
    return Message.objects.get(pk=message.pk)


def test_a_failed_message_is_sent_again_with_the_same_id(desk: Client, hotel: Hotel) -> None:
    failed = message_of(hotel, status="FAILED", attempts=10, reason="Gone.", **ENDED, **MAIL)

    desk.post(url("resend-message", failed), {"recipient": "ana@x.example"})

    again = stored(failed)
    assert (again.status, again.attempts, again.reason) == (Status.WAITING, 0, "")
    assert again.public_id == failed.public_id
    assert AuditEntry.objects.get(verb="resend").hotel == hotel


def test_a_message_is_sent_again_to_a_corrected_address(desk: Client, hotel: Hotel) -> None:
    lost = message_of(hotel, status="UNDELIVERABLE", **ENDED, **MAIL | {"recipient": ""})

    desk.post(url("resend-message", lost), {"recipient": "rui@x.example"})

    assert (stored(lost).status, stored(lost).recipient) == (Status.WAITING, "rui@x.example")


@pytest.mark.parametrize(
    ("columns", "recipient"),
    [
        (MAIL | ENDED | {"status": "SENT"}, "no address"),
        (MAIL | ENDED | {"status": "UNDELIVERABLE", "recipient": ""}, ""),
        (MAIL | SENDING, "ana@x.example"),
    ],
    ids=["no address", "none known", "being sent"],
)
def test_a_message_is_not_sent_again_where_that_makes_no_sense(
    desk: Client, hotel: Hotel, columns: dict[str, Any], recipient: str
) -> None:
    message = message_of(hotel, **columns)

    page = desk.post(url("resend-message", message), {"recipient": recipient}, follow=True)

    assert stored(message).status == message.status
    assert [*page.context["messages"]] != []
    assert not AuditEntry.objects.exists()


def test_a_message_that_waits_is_cancelled(desk: Client, hotel: Hotel) -> None:
    message = message_of(hotel, **MAIL)

    desk.post(url("cancel-message", message))

    assert stored(message).status == Status.CANCELLED
    assert stored(message).reason.startswith("Cancelled by")


def test_a_message_that_was_sent_is_not_cancelled(desk: Client, hotel: Hotel) -> None:
    message = message_of(hotel, status="SENT", **ENDED, **MAIL)

    desk.post(url("cancel-message", message))

    assert stored(message).status == Status.SENT


def test_the_page_shows_the_text_and_the_attempts(desk: Client, hotel: Hotel) -> None:
    message = message_of(hotel, status="FAILED", subject="Your booking", body="Hi", **ENDED, **MAIL)
    DeliveryAttempt.objects.create(
        message=message,
        **{"number": 1, "started_at": NOW, "duration": NOW - NOW, "outcome": "REFUSED"},
        **{"status_code": 550, "detail": "No such user."},
    )

    page = desk.get(url("message", message)).content.decode()

    shown = ["Your booking", "Hi", "550", "No such user.", "Send again", str(message.public_id)]
    assert [text for text in shown if text not in page] == []


@pytest.mark.parametrize("name", ["resend-message", "cancel-message"])
def test_a_viewer_may_read_but_not_act(hotel: Hotel, client: Client, name: str) -> None:
    client.force_login(MembershipFactory(hotel=hotel, role=Role.VIEWER).user)
    message = message_of(hotel)

    page = client.get(url("message", message))

    assert page.status_code == 200
    assert "Cancel message" not in page.content.decode()
    assert client.post(url(name, message)).status_code == 403


@pytest.mark.parametrize("name", ["message", "resend-message", "cancel-message"])
def test_another_hotels_message_does_not_exist(desk: Client, name: str) -> None:
    foreign = message_of(HotelFactory())

    send = desk.get if name == "message" else desk.post
    assert send(url(name, foreign)).status_code == 404


def test_home_says_that_messages_failed_and_are_overdue(hotel: Hotel, client: Client) -> None:
    from django.utils import timezone

    client.force_login(MembershipFactory(hotel=hotel).user)
    message_of(hotel, status="FAILED", next_attempt_at=None, ended_at=timezone.now())
    message_of(hotel)

    home = client.get(reverse("admin:index")).content.decode()

    assert "1 message failed" in home
    assert "1 message is overdue to be sent" in home
    link = f"{reverse('admin:hotels_message_changelist')}?hotel__id__exact={hotel.pk}"
    assert f"{link}&amp;status__exact=FAILED" in home
    listing = client.get(f"{link}&status__exact=FAILED")
    assert listing.context["cl"].result_count == 1


@pytest.mark.parametrize("name", ["resend-message", "cancel-message"])
def test_messages_to_programs_are_for_those_who_manage_webhooks(
    desk: Client, hotel: Hotel, name: str
) -> None:
    assert desk.post(url(name, message_of(hotel))).status_code == 403


def test_a_webhook_is_not_sent_to_another_address(hotel: Hotel, client: Client) -> None:
    client.force_login(MembershipFactory(hotel=hotel, role=Role.MANAGER).user)
    message = message_of(hotel, status="FAILED", **ENDED)

    client.post(url("resend-message", message), {"recipient": "ana@x.example"})

    assert stored(message).status == Status.FAILED
