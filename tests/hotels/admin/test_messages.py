"""The list of messages: kinds, times and filters."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from hotels.models import Hotel, Message
from tests.factories import MembershipFactory
from tests.hotels.notifications.fakes import message_of

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)


@pytest.fixture
def manager(hotel: Hotel, client: Client) -> Client:
    client.force_login(MembershipFactory(hotel=hotel).user)
    return client


def test_messages_are_listed_with_kind_and_time_of_sending(manager: Client, hotel: Hotel) -> None:
    message = {
        "hotel": hotel,
        "body": "",
        "created_at": NOON,
        "status": "CANCELLED",
        "template": "room-released",
    }
    Message.objects.create(**message, key="1", subject="waiting")
    Message.objects.create(**message, key="2", subject="sent", sent_at=NOON)

    page = manager.get(reverse("admin:hotels_message_changelist")).content.decode()

    assert "Room released" in page
    assert "not sent yet" in page
    assert "Sent (hotel time)" in page
    assert "15 Jul 2026, 13:00<" in page


def test_a_message_page_shows_labels_instead_of_stored_values(
    manager: Client, hotel: Hotel
) -> None:
    message = Message.objects.create(
        **{
            "hotel": hotel,
            "body": "",
            "created_at": NOON,
            "status": "CANCELLED",
            "recipient": "desk@example.com",
        },
        **{"key": "1", "template": "no-show-review", "audience": "front desk"},
    )

    page = manager.get(reverse("admin:hotels_message_change", args=[message.pk]))
    shown = page.content.decode()

    assert "No-show to decide (to desk@example.com)" in shown
    assert "Front desk" in shown
    assert "no-show-review" not in shown


def test_message_filters_offer_labels(manager: Client, hotel: Hotel) -> None:
    message = {"hotel": hotel, "body": "", "created_at": NOON, "status": "CANCELLED"}
    Message.objects.create(**message, key="1", template="no-show-review", audience="guest")
    Message.objects.create(**message, key="2", template="other-topic", audience="front desk")

    page = manager.get(reverse("admin:hotels_message_changelist")).content.decode()

    assert "By kind" in page
    assert "By audience" in page
    labels = ["No-show to decide", "Other topic", "Guest", "Front desk"]
    assert [each for each in labels if f'title="{each}"' not in page] == []


def test_a_message_to_a_program_is_named_after_its_event(manager: Client, hotel: Hotel) -> None:
    message_of(hotel, template="invoice.issued")

    page = manager.get(reverse("admin:hotels_message_changelist")).content.decode()

    assert "Invoice issued" in page
    assert "invoice.issued" not in page.replace("template=invoice.issued", "")
