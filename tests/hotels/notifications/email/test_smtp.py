"""Sending to a real SMTP server: secure connections, log-in, refusals and silence."""

import email
from collections.abc import Callable
from datetime import timedelta
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from hotels.models import DeliveryAttempt, Hotel
from hotels.notifications.delivery import Answer, deliver_due
from hotels.notifications.email import smtp
from pms.email_url import email_settings
from tests.factories import HotelFactory
from tests.hotels.notifications.email import smtp_server
from tests.hotels.notifications.email.mails import NOON, attempt, mail_of
from tests.hotels.notifications.email.smtp_server import PASSWORD, USER, Behaviour

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.network,
    # The server is stopped without waiting for the ends of its sessions.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
SHORT = 0.2  # seconds; the server never answers
Outcome = DeliveryAttempt.Outcome
Use = Callable[..., None]


@pytest.fixture
def use(settings: Any, tmp_path: Path) -> Use:
    """Use the server of an EMAIL_URL."""

    def apply(url: str, *, timeout: float = 20) -> None:
        for name, value in email_settings(url, folder=tmp_path).items():
            setattr(settings, name, value)
        settings.EMAIL_USE_TLS = "+tls" in url
        settings.EMAIL_USE_SSL = "+ssl" in url
        settings.EMAIL_TIMEOUT = timeout

    return apply


@pytest.fixture
def hotel() -> Hotel:
    return HotelFactory(name="Hôtel Étoile", email="desk@etoile.example")


def send(hotel: Hotel, behaviour: Behaviour, use: Use) -> Answer:
    with smtp_server.smtp_server(behaviour) as port:
        use(f"smtp://127.0.0.1:{port}")
        return attempt(mail_of(hotel))


def test_a_message_arrives_whole(hotel: Hotel, use: Use) -> None:
    behaviour = Behaviour()

    answer = send(hotel, behaviour, use)

    (envelope,) = behaviour.received
    arrived = email.message_from_bytes(envelope.content, policy=default)
    assert answer.outcome == Outcome.SENT
    assert envelope.rcpt_tos == ["ana@guest.example"]
    assert arrived["From"].addresses[0].display_name == "Hôtel Étoile"
    assert arrived["Message-ID"].endswith("@localhost>")
    assert "no-show fee" in arrived.get_body(("plain",)).get_content()
    assert "no-show fee" in arrived.get_body(("html",)).get_content()


@pytest.mark.parametrize("scheme", ["smtp+tls", "smtp+ssl"])
def test_a_secure_connection_checks_the_certificate(
    hotel: Hotel, use: Use, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, certificate = smtp_server.make_certificate(tmp_path)
    behaviour = Behaviour()
    with smtp_server.smtp_server(behaviour, tls=context, implicit=scheme == "smtp+ssl") as port:
        use(f"{scheme}://127.0.0.1:{port}")
        unknown = attempt(mail_of(hotel))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        known = attempt(mail_of(hotel))

    assert (unknown.outcome, unknown.destination_failed) == (Outcome.RETRY, True)
    assert "secure connection" in unknown.detail
    assert known.outcome == Outcome.SENT
    assert len(behaviour.received) == 1


@pytest.mark.parametrize(
    ("password", "outcome"), [(PASSWORD, Outcome.SENT), ("wrong", Outcome.RETRY)]
)
def test_user_name_and_password_are_used(
    hotel: Hotel,
    use: Use,
    password: str,
    outcome: Outcome,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    context, certificate = smtp_server.make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with smtp_server.smtp_server(Behaviour(), tls=context, log_in=True) as port:
        use(f"smtp+tls://{USER}:{password}@127.0.0.1:{port}")
        answer = attempt(mail_of(hotel))

    assert answer.outcome == outcome
    assert answer.destination_failed == (outcome == Outcome.RETRY)
    assert password not in f"{answer}"


@pytest.mark.parametrize(
    ("step", "said", "outcome", "server_failed"),
    [
        ("rcpt", "550 5.1.1 No such user", Outcome.REFUSED, False),
        ("rcpt", "450 4.2.2 Mailbox full", Outcome.RETRY, False),
        ("rcpt", "421 4.3.2 Shutting down", Outcome.RETRY, True),
        ("mail", "550 5.7.1 Sender not allowed", Outcome.RETRY, True),
        ("mail", "552 5.3.4 Too big", Outcome.REFUSED, False),
        ("data", "554 5.7.1 Spam", Outcome.REFUSED, False),
        ("data", "451 4.3.0 Try later", Outcome.RETRY, False),
    ],
)
def test_a_refusal_is_final_only_if_it_is_about_this_message(
    hotel: Hotel, use: Use, step: str, said: str, outcome: Outcome, server_failed: bool
) -> None:
    answer = send(hotel, Behaviour(**{step: said}), use)

    assert (answer.outcome, answer.destination_failed) == (outcome, server_failed)
    assert answer.status == int(said[:3])
    assert said[10:] in answer.detail


def test_a_server_that_hangs_up_in_the_middle_is_tried_again(hotel: Hotel, use: Use) -> None:
    answer = send(hotel, Behaviour(hang_up_after_data=True), use)

    assert (answer.outcome, answer.destination_failed) == (Outcome.RETRY, True)
    assert "closed the connection" in answer.detail


def test_a_server_that_says_nothing_is_given_up_after_the_time_out(hotel: Hotel, use: Use) -> None:
    with smtp_server.silent_server() as port:
        use(f"smtp://127.0.0.1:{port}", timeout=SHORT)
        answer = attempt(mail_of(hotel))

    assert (answer.outcome, answer.destination_failed) == (Outcome.RETRY, True)
    assert "did not answer in time" in answer.detail


@pytest.mark.parametrize("at", ["GREETING", "EHLO", "TEXT"])
@pytest.mark.parametrize("drip", [b"2", b"250-and more\r\n"], ids=["bytes", "lines"])
def test_a_server_that_drips_is_given_up_after_the_whole_conversation(
    hotel: Hotel, use: Use, at: str, drip: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "CONVERSATION", SHORT)
    with smtp_server.dripping_server(at=at, drip=drip) as port:
        use(f"smtp://127.0.0.1:{port}")
        answer = attempt(mail_of(hotel))

    assert (answer.outcome, answer.destination_failed) == (Outcome.RETRY, True)
    assert "did not answer in time" in answer.detail


def test_a_server_that_drips_over_tls_is_given_up_as_well(
    hotel: Hotel, use: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "CONVERSATION", SHORT)
    context, certificate = smtp_server.make_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with smtp_server.dripping_server(at="EHLO", tls=context) as port:
        use(f"smtp+ssl://127.0.0.1:{port}")
        answer = attempt(mail_of(hotel))

    assert "did not answer in time" in answer.detail


@pytest.mark.parametrize(("refuse", "outcome"), [("", Outcome.SENT), ("RCPT", Outcome.REFUSED)])
def test_an_answer_counts_although_the_goodbye_drips(
    hotel: Hotel, use: Use, refuse: str, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "CONVERSATION", SHORT)
    with smtp_server.dripping_server(at="QUIT", refuse=refuse) as port:
        use(f"smtp://127.0.0.1:{port}")
        answer = attempt(mail_of(hotel))

    assert answer.outcome == outcome


def test_a_dripping_server_does_not_hold_the_tick(
    hotel: Hotel, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "CONVERSATION", SHORT)
    message = mail_of(hotel, status="WAITING", token=None, lease_until=None, next_attempt_at=NOON)
    with smtp_server.dripping_server(at="GREETING") as port:
        use(f"smtp://127.0.0.1:{port}")
        done = deliver_due(within=timedelta(seconds=20), clock=lambda: NOON)

    message.refresh_from_db()
    assert (done.sent, done.waiting) == (0, 1)
    assert (message.status, message.attempts) == ("WAITING", 1)


def test_a_server_that_is_not_there_is_tried_again(hotel: Hotel, use: Use) -> None:
    use(f"smtp://127.0.0.1:{smtp_server.free_port()}")

    answer = attempt(mail_of(hotel))

    assert (answer.outcome, answer.destination_failed) == (Outcome.RETRY, True)
    assert "No connection" in answer.detail


def test_a_later_try_has_the_same_message_id(hotel: Hotel, use: Use) -> None:
    behaviour, message = Behaviour(data="451 later"), mail_of(hotel)
    with smtp_server.smtp_server(behaviour) as port:
        use(f"smtp://127.0.0.1:{port}")
        attempt(message)
        behaviour.data = smtp_server.OK
        attempt(message)

    (envelope,) = behaviour.received
    assert f"<{message.public_id}@localhost>".encode() in envelope.content


def test_the_time_out_is_short_enough_for_the_lease(settings: Any) -> None:
    assert timedelta(seconds=settings.EMAIL_TIMEOUT) <= timedelta(seconds=30)
