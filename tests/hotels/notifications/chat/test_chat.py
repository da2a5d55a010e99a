"""Chat channels: which addresses are accepted, and how a message is sent."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import requests

from hotels.audit import Via
from hotels.encryption import decrypt
from hotels.errors import ActionRefused
from hotels.models import AuditEntry, ChatChannel, DeliveryAttempt, Message
from hotels.notifications.chat.addresses import AddressRefused, plugin_of, service_of
from hotels.notifications.chat.channel import AppriseChannel
from hotels.notifications.chat.channels import create_channel, delete_channel, send_test
from hotels.notifications.delivery import Answer, Unsendable
from tests.factories import UserFactory

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/%23night"
TEAMS = "workflows://prod-1.westeurope.logic.azure.com:443/3e6c/s1gnature"


@pytest.mark.once
@pytest.mark.parametrize(
    ("address", "service"),
    [
        (SLACK, "Slack"),
        ("ntfy://hotel-night", "ntfy.sh"),
        ("opsgenie://a1b2c3-key?region=eu", "Opsgenie"),
        (TEAMS, "Microsoft Teams"),
    ],
)
def test_addresses_of_known_services_are_accepted(address: str, service: str) -> None:
    assert service_of(address) == service


@pytest.mark.once
@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "json://127.0.0.1/",
        "xml://169.254.169.254/",
        "form://intranet/",
        "gotify://10.0.0.1/token",
        "mailto://user:pass@x.example",
        "dbus://",
        "syslog://",
        "ntfy://10.0.0.1/topic",
        "ntfy://topic?mode=private",
        "workflows://169.254.169.254/3e6c/s1gnature",
        "workflows://evil.example/3e6c/s1gnature?x=.logic.azure.com",
        f"{SLACK}?template=/etc/passwd",
        f"{SLACK}?verify=no",
        "discord://webhook/token?:a=b",
        f"{SLACK}\n",
        "slack://",
        "Slack",
        "",
    ],
)
def test_addresses_that_reach_other_hosts_or_files_are_refused(address: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        service_of(address)
    assert "passwd" not in str(refused.value)


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """The requests that Apprise would make; the service accepts each."""
    calls: list[tuple[str, Any]] = []

    def post(url: str, **options: Any) -> requests.Response:
        calls.append((url, options.get("data")))
        answer = requests.Response()
        answer.status_code = 200
        answer._content = b"ok"
        return answer

    monkeypatch.setattr(requests, "post", post)
    return calls


def channel_of(now: datetime, *, address: str = SLACK) -> ChatChannel:
    return create_channel(
        name="Night", address=address, owner=UserFactory(), via=Via.ADMIN, now=now
    )


def sent(message: Message, *, now: datetime) -> Answer:
    send: Callable[[], Answer] = AppriseChannel().prepare(message, now=now)
    return send()


@pytest.mark.django_db
def test_an_address_is_stored_encrypted_and_not_in_the_audit_trail(now: datetime) -> None:
    channel = channel_of(now)

    assert "TIiajkdnlazkcOXrIdevi7FQ" not in channel.address
    assert decrypt(channel.address) == SLACK
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in str(AuditEntry.objects.values())


@pytest.mark.django_db
def test_a_channel_with_a_refused_address_is_not_stored(now: datetime) -> None:
    with pytest.raises(ActionRefused):
        channel_of(now, address="json://localhost/")
    assert not ChatChannel.objects.exists()


@pytest.mark.django_db
def test_a_test_message_is_sent_to_the_vendor(now: datetime, posted: list[tuple[str, Any]]) -> None:
    channel = channel_of(now, address="ntfy://s3cret-topic")
    message = send_test(channel=channel, by=UserFactory(username="ana"), now=now)

    answer = sent(message, now=now)

    assert answer.outcome == DeliveryAttempt.Outcome.SENT
    assert posted[0][0] == "https://ntfy.sh"
    assert "ana has set up" in posted[0][1]
    assert "s3cret" not in str(answer)


@pytest.mark.django_db
def test_a_service_that_is_down_is_tried_again(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(url: str, **options: Any) -> requests.Response:
        raise requests.ConnectionError("down")

    monkeypatch.setattr(requests, "post", refuse)
    message = send_test(channel=channel_of(now), by=UserFactory(), now=now)

    answer = sent(message, now=now)

    assert (answer.outcome, answer.destination_failed) == (DeliveryAttempt.Outcome.RETRY, True)
    message.attempts = 1
    assert AppriseChannel().backoff(message, answer=answer) is not None
    message.attempts = 5
    assert AppriseChannel().backoff(message, answer=answer) is None


@pytest.mark.django_db
def test_a_message_to_a_deleted_channel_cannot_be_sent(now: datetime) -> None:
    channel = channel_of(now)
    message = send_test(channel=channel, by=UserFactory(), now=now)
    delete_channel(channel=channel, by=UserFactory(), via=Via.ADMIN, now=now)

    with pytest.raises(Unsendable):
        AppriseChannel().prepare(message, now=now)


@pytest.mark.once
def test_the_url_of_teams_is_that_of_microsoft() -> None:
    assert plugin_of(TEAMS).host == "prod-1.westeurope.logic.azure.com"
