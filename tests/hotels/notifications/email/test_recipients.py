"""Recipients who unsubscribe, addresses that bounce, and people who allow them again."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from anymail.signals import AnymailTrackingEvent, EventType
from django.core import mail
from django.test import Client

from hotels.http.mail_events import mail_event_routes, record_event
from hotels.models import Hotel, Message, SuppressedAddress
from hotels.notifications.email.suppression import allow_again
from hotels.notifications.email.unsubscribing import unsubscribe_url
from tests.factories import HotelFactory, UserFactory
from tests.hotels.notifications.email.mails import NOON, attempt, mail_of

pytestmark = pytest.mark.django_db
Reason = SuppressedAddress.Reason
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.SITE_URL = "https://office.example"


@pytest.fixture
def hotel() -> Hotel:
    return HotelFactory()


def digest(hotel: Hotel) -> Message:
    return mail_of(hotel, template="no-show-digest", audience="front desk")


def link_of(message: Message) -> str:
    return urlsplit(unsubscribe_url(message)).path


def test_a_digest_can_be_unsubscribed_with_one_click(hotel: Hotel) -> None:
    attempt(digest(hotel))

    headers = mail.outbox[0].message()
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["List-Unsubscribe"].startswith("<https://office.example/mail/unsubscribe/")


def test_a_transaction_cannot_be_unsubscribed(hotel: Hotel) -> None:
    attempt(mail_of(hotel))

    assert mail.outbox[0].message()["List-Unsubscribe"] is None


def test_one_click_stops_this_kind_of_message_alone(hotel: Hotel) -> None:
    response = Client(enforce_csrf_checks=True).post(link_of(digest(hotel)), ONE_CLICK)

    row = SuppressedAddress.objects.get()
    assert response.status_code == 200
    assert (row.hotel, row.address, row.kind) == (hotel, "ana@guest.example", "no-show-digest")
    assert row.reason == Reason.UNSUBSCRIBED


def test_opening_the_link_changes_nothing(hotel: Hotel, client: Client) -> None:
    response = client.get(link_of(digest(hotel)))

    assert response.status_code == 200
    assert hotel.name in response.content.decode()
    assert not SuppressedAddress.objects.exists()


def test_a_second_click_changes_nothing(hotel: Hotel, client: Client) -> None:
    link = link_of(digest(hotel))

    assert [client.post(link).status_code for _ in range(2)] == [200, 200]
    assert SuppressedAddress.objects.count() == 1


def test_a_forged_link_is_not_found(hotel: Hotel, client: Client) -> None:
    response = client.post(link_of(digest(hotel))[:-5] + "AAAA/")

    assert response.status_code == 404
    assert not SuppressedAddress.objects.exists()


def reported(message: Message, kind: str, **more: Any) -> AnymailTrackingEvent:
    facts = {"metadata": {"message": str(message.public_id)}, "recipient": message.recipient}
    return AnymailTrackingEvent(event_type=kind, description="550 no such user", **facts | more)


def test_a_bounce_suppresses_the_address_and_shows_the_message_as_failed(hotel: Hotel) -> None:
    message = mail_of(hotel, status=Message.Status.SENT, sent_at=NOON)

    record_event(reported(message, EventType.BOUNCED))

    message.refresh_from_db()
    row = SuppressedAddress.objects.get()
    assert (row.address, row.kind, row.reason) == ("ana@guest.example", "", Reason.BOUNCED)
    assert message.status == Message.Status.FAILED
    assert "550 no such user" in message.reason


def test_a_complaint_suppresses_the_address(hotel: Hotel) -> None:
    record_event(reported(mail_of(hotel), EventType.COMPLAINED))

    assert SuppressedAddress.objects.get().reason == Reason.COMPLAINED


@pytest.mark.parametrize("kind", [EventType.DEFERRED, EventType.OPENED, EventType.DELIVERED])
def test_other_reports_change_nothing(hotel: Hotel, kind: str) -> None:
    record_event(reported(mail_of(hotel), kind))

    assert not SuppressedAddress.objects.exists()


@pytest.mark.parametrize(
    "more", [{"metadata": {}}, {"metadata": {"message": "x"}}, {"recipient": "other@x.example"}]
)
def test_a_report_about_something_else_is_ignored(hotel: Hotel, more: dict[str, Any]) -> None:
    record_event(reported(mail_of(hotel), EventType.BOUNCED, **more))

    assert not SuppressedAddress.objects.exists()


@pytest.mark.parametrize(
    ("anymail", "routes"), [({}, 0), ({"WEBHOOK_SECRET": "desk:long-enough-secret"}, 1)]
)
def test_reports_are_received_only_with_a_secret(
    settings: Any, anymail: dict[str, str], routes: int
) -> None:
    settings.EMAIL_SERVICE = "postmark"
    settings.ANYMAIL = anymail

    assert len(mail_event_routes()) == routes


def test_a_person_allows_an_address_again(hotel: Hotel) -> None:
    record_event(reported(mail_of(hotel), EventType.BOUNCED))

    allow_again(row=SuppressedAddress.objects.get(), by=UserFactory(), now=NOON)

    attempt(mail_of(hotel))
    assert len(mail.outbox) == 1
