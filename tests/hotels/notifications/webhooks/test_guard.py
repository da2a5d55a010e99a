"""Connections are made to checked addresses only, however the host is written or looked up."""

import threading
from collections.abc import Sequence
from contextlib import suppress

import httpcore
import pytest

from hotels.notifications.webhooks.addresses import parse_receivers
from hotels.notifications.webhooks.client import NoResponse, post
from hotels.notifications.webhooks.guard import Deadline, GuardedBackend
from hotels.notifications.webhooks.urls import Policy, UrlRefused
from tests.hotels.notifications.webhooks.hostile import (
    INTERNAL_IPV4,
    INTERNAL_IPV6,
    NUMERIC,
    OTHER_ADDRESSES,
)
from tests.hotels.notifications.webhooks.receiver import PUBLIC

pytestmark = pytest.mark.once
OUTSIDE = "93.184.216.34"


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses to which a connection was tried; none is made."""
    tried: list[str] = []

    def connect(self: object, host: str, *args: object, **kwargs: object) -> None:
        tried.append(host)
        raise httpcore.ConnectError("No network in this test.")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    return tried


class NameServer:
    """A name server that gives the next of its answers to each question, and then the last."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


def send(url: str, *, policy: Policy = PUBLIC, answers: NameServer | None = None) -> str:
    """Why nothing was sent."""
    options = {"resolve": answers} if answers else {}
    with pytest.raises(NoResponse) as failure:
        post(url, body=b"{}", headers={}, policy=policy, **options)
    return str(failure.value)


@pytest.mark.parametrize("url", NUMERIC + OTHER_ADDRESSES)
def test_the_system_reads_no_notation_of_an_internal_address(
    url: str, connected: list[str]
) -> None:
    with suppress(UrlRefused):  # those that cannot even be parsed
        send(url)

    assert connected == []


@pytest.mark.parametrize("address", [*INTERNAL_IPV4, *INTERNAL_IPV6, "::ffff:10.0.0.1"])
def test_a_public_name_with_an_internal_address_is_refused(
    address: str, connected: list[str]
) -> None:
    reason = send("https://hotel.example/", answers=NameServer([address]))

    assert reason == "The host has an address that is not a public one."
    assert connected == []


@pytest.mark.parametrize("addresses", [[OUTSIDE, "10.0.0.1"], ["::1", OUTSIDE], ["fe80::1%eth0"]])
def test_one_internal_address_among_public_ones_is_refused(
    addresses: list[str], connected: list[str]
) -> None:
    send("https://hotel.example/", answers=NameServer(addresses))

    assert connected == []


@pytest.mark.parametrize("internal", [*INTERNAL_IPV4, *INTERNAL_IPV6])
def test_a_second_answer_of_the_name_server_is_never_asked_for(
    internal: str, connected: list[str]
) -> None:
    rebinding = NameServer([OUTSIDE], [internal])

    send("https://hotel.example/", answers=rebinding)

    assert connected == [OUTSIDE]
    assert rebinding.asked == 1


def test_a_name_that_turns_internal_between_attempts_is_refused(connected: list[str]) -> None:
    rebinding = NameServer([OUTSIDE], ["127.0.0.1"])

    send("https://hotel.example/", answers=rebinding)
    reason = send("https://hotel.example/", answers=rebinding)

    assert reason == "The host has an address that is not a public one."
    assert connected == [OUTSIDE]


def test_each_checked_address_is_tried(connected: list[str]) -> None:
    send("https://hotel.example/", answers=NameServer([OUTSIDE, "1.1.1.1"]))

    assert connected == [OUTSIDE, "1.1.1.1"]


def test_without_tls_a_public_host_is_not_connected_to(connected: list[str]) -> None:
    policy = Policy(allowed=parse_receivers(["10.0.0.0/8"]), plain_http=False)

    reason = send("http://hotel.example/", policy=policy, answers=NameServer([OUTSIDE]))

    assert reason == "The host may only be connected to over https."
    assert connected == []


@pytest.mark.parametrize("allowed", ["10.0.0.0/8", "hooks.internal"])
def test_an_allowed_receiver_is_connected_to_without_tls(
    allowed: str, connected: list[str]
) -> None:
    policy = Policy(allowed=parse_receivers([allowed]), plain_http=False)

    send("http://hooks.internal/", policy=policy, answers=NameServer(["10.0.0.1"]))

    assert connected == ["10.0.0.1"]


def test_an_allowed_network_does_not_open_the_other_addresses_of_a_name(
    connected: list[str],
) -> None:
    policy = Policy(allowed=parse_receivers(["10.0.0.0/8"]), plain_http=False)

    send("https://hooks.internal/", policy=policy, answers=NameServer(["10.0.0.1", "127.0.0.1"]))

    assert connected == []


def test_a_name_server_that_does_not_answer_does_not_exceed_the_time() -> None:
    answered = threading.Event()

    def hang(host: str, port: int) -> list[str]:
        answered.wait()
        return [OUTSIDE]

    backend = GuardedBackend(
        scheme="https", policy=PUBLIC, deadline=Deadline(seconds=0.01), resolve=hang
    )
    with pytest.raises(httpcore.TimeoutException):
        backend.connect_tcp("hotel.example", 443)
    answered.set()


def test_the_time_left_shrinks_with_every_step() -> None:
    clock = iter([100.0, 104.0, 113.0, 115.0])
    deadline = Deadline(seconds=15, clock=lambda: next(clock))

    assert deadline.remaining() == 11
    assert deadline.remaining(1.5) == 1.5
    with pytest.raises(httpcore.ReadTimeout):
        deadline.remaining()
