"""Web Push: what a browser may give, what its push service gets, and devices that are gone."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.contrib.auth.models import User
from py_vapid import Vapid02

from hotels.audit import Via
from hotels.encryption import decrypt
from hotels.errors import ActionRefused
from hotels.models import AuditEntry, ChatChannel, Message, PushKey
from hotels.notifications.chat.channels import send_test
from hotels.notifications.delivery import deliver_due
from hotels.notifications.push.devices import MOST, add_device, devices_of
from hotels.notifications.push.keys import site_key
from tests.factories import UserFactory
from tests.hotels.notifications.fakes import NOW
from tests.hotels.notifications.webhooks.receiver import Receiver, answer, receiving

pytestmark = [pytest.mark.django_db, pytest.mark.network]
BROWSER_KEY = ec.generate_private_key(ec.SECP256R1())
SECRET = b"sixteen-bytes-of"


def encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def subscription(endpoint: str = "https://push.example/send/abc", **changed: str) -> dict[str, str]:
    point = BROWSER_KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return {"endpoint": endpoint, "p256dh": encoded(point), "auth": encoded(SECRET)} | changed


def add(owner: User, given: dict[str, str]) -> ChatChannel:
    return add_device(owner=owner, given=given, name="Chrome, Android", via=Via.ADMIN, now=NOW)


@pytest.fixture
def ana() -> User:
    return UserFactory(username="ana")


@pytest.fixture
def service(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_ALLOWED_HOSTS = ["127.0.0.1"]
    settings.SITE_URL = "https://office.example"
    with receiving(answer(201)) as receiver:
        yield receiver


@pytest.mark.parametrize(
    "given",
    [
        subscription("http://push.example/send"),
        subscription("https://127.0.0.1/send"),
        subscription("https://169.254.169.254/latest"),
        subscription("https://[::ffff:10.0.0.1]/send"),
        subscription("https://push.internal/send"),
        subscription(p256dh="AAAA"),
        subscription(auth=encoded(b"short")),
        subscription(auth="é"),
        {},
    ],
)
def test_a_subscription_that_cannot_or_must_not_be_used_is_refused(
    ana: User, given: dict[str, str]
) -> None:
    with pytest.raises(ActionRefused):
        add(ana, given)
    assert not ChatChannel.objects.exists()


def test_a_device_is_stored_encrypted_and_recorded(ana: User) -> None:
    device = add(ana, subscription())

    assert "push.example" not in device.address
    assert (device.service, list(devices_of(owner=ana))) == ("Web Push", [device])
    entry = AuditEntry.objects.get()
    assert "push.example" not in str(entry.after)


def test_a_browser_that_subscribes_again_is_the_same_device(ana: User) -> None:
    assert add(ana, subscription()) == add(ana, subscription())


def test_a_browser_belongs_to_the_person_who_subscribed_last(ana: User) -> None:
    """At a shared front desk the notices of one who logged out would go on appearing."""
    ben = UserFactory(username="ben")
    add(ana, subscription())

    device = add(ben, subscription())

    assert list(ChatChannel.objects.all()) == [device]
    removed = AuditEntry.objects.get(verb="delete")
    assert (removed.user, removed.before["name"]) == (ben, "Chrome, Android")


def test_a_person_has_a_bounded_number_of_devices(ana: User) -> None:
    for number in range(MOST):
        add(ana, subscription(f"https://push.example/{number}"))

    with pytest.raises(ActionRefused, match="devices already"):
        add(ana, subscription())


def test_the_site_has_one_key_which_is_stored_encrypted() -> None:
    first, second = site_key(now=NOW), site_key(now=NOW + timedelta(days=1))

    assert first == second == PushKey.objects.get()
    assert "PRIVATE" not in first.private
    assert len(urlsafe_b64decode(first.public + "==")) == 65


def send(service: Receiver, ana: User) -> Message:
    device = add(ana, subscription(f"http://127.0.0.1:{service.port}/send/secret-path"))
    message = send_test(channel=device, by=ana, now=NOW)
    message.body = "Inn: no connection\nhttps://office.example/admin/alerts/7/\n"
    message.save()
    deliver_due(within=timedelta(seconds=20), clock=lambda: NOW)
    message.refresh_from_db()
    return message


def test_a_message_reaches_the_device_encrypted_and_signed(service: Receiver, ana: User) -> None:
    message = send(service, ana)

    (request,) = service.received
    headers = {name.lower(): value for name, value in request.headers.items()}
    shown = json.loads(
        http_ece.decrypt(
            request.body, private_key=BROWSER_KEY, auth_secret=SECRET, version="aes128gcm"
        )
    )
    assert message.status == Message.Status.SENT
    assert shown == {
        "title": "Test message",
        "text": "Inn: no connection",
        "link": "https://office.example/admin/alerts/7/",
        "id": message.public_id.hex,
    }
    assert (headers["content-encoding"], int(headers["ttl"]) > 0) == ("aes128gcm", True)
    assert Vapid02.verify(headers["authorization"])
    claims = json.loads(urlsafe_b64decode(headers["authorization"].split(".")[1] + "=="))
    assert claims["aud"] == f"http://127.0.0.1:{service.port}"
    assert claims["sub"] == "https://office.example"
    assert headers["authorization"].endswith(f"k={PushKey.objects.get().public}")


def test_the_log_of_the_message_holds_no_secret(service: Receiver, ana: User) -> None:
    message = send(service, ana)

    attempt = message.delivery_attempts.get()
    assert attempt.request == {"service": "127.0.0.1"}
    assert "secret-path" not in f"{vars(message)} {vars(attempt)}"


@pytest.mark.parametrize(
    ("status", "kept", "end"),
    [
        (404, False, Message.Status.FAILED),
        (410, False, Message.Status.FAILED),
        (400, True, Message.Status.FAILED),
        (429, True, Message.Status.WAITING),
        (503, True, Message.Status.WAITING),
    ],
)
def test_a_device_that_is_gone_is_forgotten(
    service: Receiver, ana: User, status: int, kept: bool, end: str
) -> None:
    service.answering = answer(status)

    message = send(service, ana)

    assert (message.status, devices_of(owner=ana).exists()) == (end, kept)


def test_a_key_that_was_made_meanwhile_does_not_replace_the_first() -> None:
    stored = site_key(now=NOW)
    PushKey.objects.bulk_create(
        [PushKey(pk=1, private="other", public="other", created_at=NOW)], ignore_conflicts=True
    )

    assert site_key(now=NOW).public == stored.public
    assert decrypt(site_key(now=NOW).private).startswith("-----BEGIN PRIVATE KEY")
