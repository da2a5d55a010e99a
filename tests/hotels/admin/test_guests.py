"""The page of a guest: whether the hotel's e-mails reach them."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hotels.models import Guest, Hotel, SuppressedAddress
from hotels.notifications.email.suppression import suppress
from tests.factories import GuestFactory
from tests.hotels.admin.conftest import Browser
from tests.hotels.billing.issued import NOW
from tests.hotels.console.reading import text_of

pytestmark = pytest.mark.django_db
Reason = SuppressedAddress.Reason
SENT = "Are sent to this address."
BOUNCED = "Not sent: the address does not exist or refuses messages. "
ALLOW = "Managers can allow the address under E-mails."


@pytest.fixture
def guest(hotel: Hotel) -> Guest:
    return GuestFactory(hotel=hotel, email="Ada@Post.example")


@pytest.fixture
def desk(owner: User, browser: Browser) -> Client:
    return browser(owner)


def shown(desk: Client, guest: Guest) -> str:
    """The text of the guest's page."""
    return desk.get(reverse("admin:hotels_guest_change", args=[guest.pk])).content.decode()


def suppressed(hotel: Hotel, **columns: Any) -> SuppressedAddress:
    """An entry of the hotel's list about the guest's address."""
    defaults = {"address": "ada@post.example", "reason": Reason.BOUNCED}
    return suppress(hotel=hotel, now=NOW, **defaults | columns)


def test_it_says_that_e_mails_are_sent_or_that_no_address_is_known(
    desk: Client, guest: Guest, elsewhere: Hotel
) -> None:
    suppressed(elsewhere)  # each hotel has its own list
    assert SENT in shown(desk, guest)

    guest.email = ""
    guest.save()
    assert "No e-mail address is known." in shown(desk, guest)


def test_it_says_why_nothing_is_sent_until_a_manager_allows_the_address(
    desk: Client, guest: Guest, hotel: Hotel
) -> None:
    row = suppressed(hotel)
    suppressed(hotel, kind="invoice", reason=Reason.UNSUBSCRIBED)
    assert BOUNCED + ALLOW in shown(desk, guest)

    SuppressedAddress.objects.exclude(pk=row.pk).delete()
    desk.post(reverse("hotels:allow-address", args=[row.pk]))
    assert SENT in shown(desk, guest)


def test_it_names_the_kinds_that_are_not_sent(desk: Client, guest: Guest, hotel: Hotel) -> None:
    for kind in ("invoice", "no-show"):
        suppressed(hotel, kind=kind, reason=Reason.UNSUBSCRIBED)

    assert f"Some are not sent (Invoice, No-show): the recipient unsubscribed. {ALLOW}" in shown(
        desk, guest
    )
    listed = text_of(desk.get(reverse("hotels:email-templates"), {"hotel": hotel.code}))
    assert "The recipient unsubscribed Invoice" in listed


def test_it_is_hidden_from_other_hotels(
    guest: Guest, hotel: Hotel, outsider: User, browser: Browser
) -> None:
    suppressed(hotel)
    page = reverse("admin:hotels_guest_change", args=[guest.pk])

    assert BOUNCED not in browser(outsider).get(page, follow=True).content.decode()
