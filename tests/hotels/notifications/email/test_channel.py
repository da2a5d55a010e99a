"""The channel `email`: what is sent, what is stored, and what is not sent."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from hotels.encryption import encrypt
from hotels.models import DeliveryAttempt, EmailLook, EmailTemplate, Hotel, SuppressedAddress
from hotels.notifications.delivery import Answer, Unsendable, channels
from hotels.notifications.email.channel import WAITS, EmailChannel
from tests.factories import HotelFactory
from tests.hotels.notifications.email.mails import NIGHT, NOON, attempt, mail_of

pytestmark = pytest.mark.django_db
Outcome = DeliveryAttempt.Outcome
Reason = SuppressedAddress.Reason
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def hotel() -> Hotel:
    return HotelFactory(name="Hotel Aurora", email="desk@aurora.example", address="Rua A 1")


def sent() -> Any:
    (only,) = mail.outbox
    return only


def test_the_channel_is_registered() -> None:
    assert isinstance(channels()["email"], EmailChannel)


def test_a_guest_gets_text_and_html_from_the_hotel(hotel: Hotel) -> None:
    answer = attempt(mail_of(hotel))

    message = sent()
    assert answer.outcome == Outcome.SENT
    assert message.to == ["Ana Silva <ana@guest.example>"]
    assert message.reply_to == ["Hotel Aurora <desk@aurora.example>"]
    assert message.from_email == "Hotel Aurora <back-office@localhost>"
    assert "no-show fee" in message.body
    assert message.alternatives[0][1] == "text/html"


def test_auto_responders_stay_quiet(hotel: Hotel) -> None:
    attempt(mail_of(hotel))

    headers = sent().message()
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["X-Auto-Response-Suppress"] == "All"


def test_what_was_sent_is_stored_and_sent_again_as_it_was(hotel: Hotel) -> None:
    message = mail_of(hotel)
    attempt(message)
    first = mail.outbox[0].message()
    EmailTemplate.objects.create(
        hotel=hotel, kind="no-show", language="en", subject="New", body="New", changed_at=NOON
    )

    message.refresh_from_db()
    attempt(message)

    second = mail.outbox[1].message()
    assert message.body == mail.outbox[0].body
    assert second["Message-ID"] == first["Message-ID"] == f"<{message.public_id}@localhost>"
    assert second["Subject"] == first["Subject"]


def test_the_hotels_own_template_is_used(hotel: Hotel) -> None:
    EmailTemplate.objects.create(
        hotel=hotel,
        kind="no-show",
        language="en",
        subject="Own",
        body="Fee: {{ fee }}",
        changed_at=NOON,
    )

    attempt(mail_of(hotel))

    assert sent().subject == "Own"
    assert sent().body.startswith("Fee: 120.00 EUR\n")


def test_a_broken_own_template_does_not_hold_up_a_message(hotel: Hotel) -> None:
    EmailTemplate.objects.create(
        hotel=hotel,
        kind="no-show",
        language="en",
        subject="Own",
        body="{{ gone }}",
        changed_at=NOON,
    )

    attempt(mail_of(hotel))

    assert "we missed you" in sent().subject


def test_a_message_whose_text_was_given_needs_no_template(hotel: Hotel) -> None:
    attempt(mail_of(hotel, template="wake-up-calls", subject="Calls", body="Rooms: 1, 2"))

    assert (sent().subject, sent().body.split("\n")[0]) == ("Calls", "Rooms: 1, 2")


def test_a_message_without_text_and_template_says_so(hotel: Hotel) -> None:
    with pytest.raises(Unsendable, match="no template for 'nothing'"):
        attempt(mail_of(hotel, template="nothing"))


def test_variables_that_are_missing_make_a_message_unsendable(hotel: Hotel) -> None:
    with pytest.raises(Unsendable, match="undefined"):
        attempt(mail_of(hotel, payload={}))


def test_a_name_cannot_add_a_header(hotel: Hotel) -> None:
    attempt(mail_of(hotel, recipient_name='Ana"\r\nBcc: <all@evil.example>, x'))

    headers = sent().message()
    assert headers["Bcc"] is None
    assert sent().recipients() == sent().to
    assert len(headers.get_all("To")) == 1


def test_a_hotels_name_cannot_add_a_header(hotel: Hotel) -> None:
    hotel.name = "Aurora\nX-Evil: 1"

    attempt(mail_of(hotel))

    assert sent().message()["X-Evil"] is None


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b@c", "a@b.example\nBcc: c@d.example", "a b@c.example"]
)
def test_an_invalid_address_is_a_reason(hotel: Hotel, address: str) -> None:
    with pytest.raises(Unsendable, match="not valid"):
        attempt(mail_of(hotel, recipient=address))


def test_a_guest_is_not_written_to_at_night(hotel: Hotel) -> None:
    answer = attempt(mail_of(hotel), now=NIGHT)

    assert not mail.outbox
    assert answer.retry_after == timedelta(hours=6)  # 08:00 in Lisbon
    assert EmailChannel().backoff(mail_of(hotel), answer=answer) == timedelta(hours=6)


def test_staff_are_written_to_at_night(hotel: Hotel) -> None:
    attempt(mail_of(hotel, template="no-show-digest", audience="front desk"), now=NIGHT)

    assert len(mail.outbox) == 1


def test_a_test_hotel_writes_to_nobody(hotel: Hotel, settings: Any) -> None:
    settings.EMAIL_BACKEND = "hotels.notifications.email.smtp.EmailBackend"
    hotel.is_sandbox = True

    with pytest.raises(Unsendable, match="test hotel"):
        attempt(mail_of(hotel))


def test_a_secret_is_sent_but_not_stored(hotel: Hotel) -> None:
    link = "https://office.example/admin/invitations/abc/"
    message = mail_of(hotel, template="invitation", audience="colleague")
    message.payload |= {"link": encrypt(link)}

    attempt(message)
    message.refresh_from_db()

    assert link in sent().body
    assert link in sent().alternatives[0][0]
    assert "abc" not in message.body + message.html
    assert "(not stored)" in message.body


def test_a_logo_travels_inside_the_message(hotel: Hotel) -> None:
    EmailLook.objects.create(hotel=hotel, colour="#aa0000", logo=PNG, logo_type="image/png")

    attempt(mail_of(hotel))

    parts = [part.get_content_type() for part in sent().message().walk()]
    html = sent().alternatives[0][0]
    assert "image/png" in parts
    assert 'src="cid:logo"' in html
    assert "#aa0000" in html


@pytest.mark.parametrize(
    ("kind", "suppressed"), [("", True), ("no-show", True), ("invoice", False)]
)
def test_a_suppressed_address_gets_nothing(hotel: Hotel, kind: str, suppressed: bool) -> None:
    SuppressedAddress.objects.create(
        hotel=hotel, address="ana@guest.example", kind=kind, reason=Reason.BOUNCED, created_at=NOON
    )
    message = mail_of(hotel, recipient="Ana@Guest.example")

    if suppressed:
        with pytest.raises(Unsendable, match="suppression list"):
            attempt(message)
    else:
        attempt(message)
    assert len(mail.outbox) == (not suppressed)


def test_another_hotels_list_does_not_count(hotel: Hotel) -> None:
    SuppressedAddress.objects.create(
        hotel=HotelFactory(), address="ana@guest.example", reason=Reason.BOUNCED, created_at=NOON
    )

    attempt(mail_of(hotel))

    assert len(mail.outbox) == 1


def test_the_wait_grows_and_ends_after_two_days(hotel: Hotel) -> None:
    message, failed = mail_of(hotel), Answer(outcome=Outcome.RETRY)
    waits = []
    for number in range(1, len(WAITS) + 1):
        message.attempts = number
        waits.append(EmailChannel().backoff(message, answer=failed))
    message.attempts = len(WAITS) + 1

    assert EmailChannel().backoff(message, answer=failed) is None
    assert all(
        wait and least <= wait <= least * 1.2 for wait, least in zip(waits, WAITS, strict=True)
    )


def test_the_demo_writes_files(hotel: Hotel, settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "hotels.notifications.email.eml_files.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "outgoing")
    message = mail_of(hotel)

    assert attempt(message).outcome == Outcome.SENT

    (file,) = (tmp_path / "outgoing").iterdir()
    assert file.name == f"{message.public_id}.eml"
    assert b"To: Ana Silva <ana@guest.example>" in file.read_bytes()
