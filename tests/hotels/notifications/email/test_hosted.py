"""Hosted senders: their refusals, and their reports with and without the secret."""

import json
from base64 import b64encode
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from anymail.exceptions import AnymailRecipientsRefused, AnymailRequestsAPIError
from anymail.webhooks.postmark import PostmarkTrackingWebhookView
from django.core.exceptions import SuspiciousOperation
from django.core.mail import EmailMultiAlternatives
from django.test import RequestFactory

from hotels.http import mail_events as mail_events  # connects what receives the reports
from hotels.models import DeliveryAttempt, Hotel, SuppressedAddress
from hotels.notifications.email import channel
from hotels.notifications.email.answers import answer_to
from tests.hotels.notifications.email.mails import attempt, mail_of

pytestmark = pytest.mark.django_db
Outcome = DeliveryAttempt.Outcome
SECRET = "desk:a-long-random-secret"


def refusal(status: int) -> AnymailRequestsAPIError:
    response = SimpleNamespace(
        status_code=status,
        text="no",
        reason="no",
        headers={},
        url="https://api.example",
        content=b"",
    )
    error = AnymailRequestsAPIError(f"answered {status}", response=None)
    error.response, error.status_code = response, status
    return error


@pytest.mark.parametrize(
    ("status", "outcome", "failed"),
    [
        (422, Outcome.REFUSED, False),
        (401, Outcome.RETRY, True),
        (429, Outcome.RETRY, True),
        (503, Outcome.RETRY, True),
    ],
)
def test_only_a_refusal_of_the_message_is_final(status: int, outcome: str, failed: bool) -> None:
    answer = answer_to(refusal(status))

    assert (answer.outcome, answer.destination_failed) == (outcome, failed)


def test_a_refused_recipient_is_final() -> None:
    assert answer_to(AnymailRecipientsRefused()).outcome == Outcome.REFUSED


def test_the_id_of_a_message_is_sent_along(hotel: Hotel, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[EmailMultiAlternatives] = []

    class Backend:
        def send_messages(self, messages: list[EmailMultiAlternatives]) -> int:
            sent.extend(messages)
            return len(messages)

    monkeypatch.setattr(channel, "get_connection", Backend)
    message = mail_of(hotel)

    attempt(message)

    assert sent[0].metadata == {"message": str(message.public_id)}  # type: ignore[attr-defined]


@pytest.fixture
def report(hotel: Hotel, settings: Any, rf: RequestFactory) -> Callable[[str], Any]:
    """Report a bounce with this secret."""
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    message = mail_of(hotel)
    content = {
        "RecordType": "Bounce",
        "ID": 1,
        "Type": "HardBounce",
        "Email": message.recipient,
        "Description": "no such user",
        "MessageID": "x",
        "BouncedAt": "2026-07-15T06:00:00Z",
        "Metadata": {"message": str(message.public_id)},
    }

    def send(secret: str) -> Any:
        request = rf.post(
            "/mail/events/postmark/tracking/",
            json.dumps(content),
            content_type="application/json",
            headers={"Authorization": f"Basic {b64encode(secret.encode()).decode()}"},
        )
        return PostmarkTrackingWebhookView.as_view()(request)

    return send


def test_a_report_with_the_secret_suppresses_the_address(report: Callable[[str], Any]) -> None:
    assert report(SECRET).status_code == 200
    assert SuppressedAddress.objects.count() == 1


def test_a_report_with_another_secret_is_refused(report: Callable[[str], Any]) -> None:
    with pytest.raises(SuspiciousOperation):  # answered with 400
        report("desk:wrong")

    assert not SuppressedAddress.objects.exists()
