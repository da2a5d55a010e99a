"""The page of e-mails that are written to files."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hotels.models import Hotel, Membership, Message
from tests.factories import MembershipFactory
from tests.hotels.console.conftest import browser
from tests.hotels.notifications.email.mails import NOON, attempt, mail_of

pytestmark = pytest.mark.django_db
PAGE = "/admin/outgoing-mail/"


@pytest.fixture
def administrator(hotel: Hotel) -> Client:
    return browser(MembershipFactory(hotel=hotel, role=Membership.Role.ADMIN).user)


@pytest.fixture
def written(hotel: Hotel, settings: Any, tmp_path: Path) -> Message:
    """A message that was written to a file."""
    settings.EMAIL_BACKEND = "hotels.notifications.email.eml_files.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    message = mail_of(hotel)
    attempt(message)
    message.status, message.sent_at = Message.Status.SENT, NOON
    message.save()
    return message


def file_of(message: Message) -> str:
    return reverse("hotels:outgoing-file", args=[message.public_id])


def test_an_administrator_sees_and_opens_the_files(administrator: Client, written: Message) -> None:
    assert written.subject in administrator.get(PAGE).content.decode()

    response: Any = administrator.get(file_of(written))

    assert response.headers["Content-Type"] == "message/rfc822"
    assert b"Message-ID" in b"".join(response.streaming_content)


def test_a_manager_does_not(manager: Client, written: Message) -> None:
    assert manager.get(PAGE).status_code == 403
    assert manager.get(file_of(written)).status_code == 403


def test_another_hotels_files_are_not_found(elsewhere: Hotel, written: Message) -> None:
    other = browser(MembershipFactory(hotel=elsewhere, role=Membership.Role.ADMIN).user)

    assert written.subject not in other.get(PAGE).content.decode()
    assert other.get(file_of(written)).status_code == 404


def test_where_mails_are_sent_the_page_says_so(administrator: Client) -> None:
    assert "E-mails are sent" in administrator.get(PAGE).content.decode()
