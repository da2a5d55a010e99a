"""Devices on the page Security."""

import pytest
from django.contrib.auth.models import User

from hotels.models import ChatChannel, Hotel, Message, PushKey
from tests.factories import MembershipFactory, UserFactory
from tests.hotels.console.conftest import browser
from tests.hotels.notifications.push.test_push import add, subscription

pytestmark = pytest.mark.django_db
PAGE = "/admin/security/"


@pytest.fixture
def ana(hotel: Hotel) -> User:
    return MembershipFactory(hotel=hotel, user__username="ana").user


def test_the_page_offers_the_key_of_the_site(ana: User) -> None:
    shown = browser(ana).get(PAGE).content.decode()

    assert f'data-push-key="{PushKey.objects.get().public}"' in shown
    assert "console/push_worker.js" in shown


def test_a_device_is_added_and_gets_a_test(ana: User) -> None:
    shown = browser(ana).post(f"{PAGE}devices/", subscription(), follow=True)

    device = ChatChannel.objects.get()
    assert device.owner == ana
    assert Message.objects.get().destination == device.destination
    assert "gets a test notice" in shown.content.decode()
    assert "push.example" not in shown.content.decode()


def test_a_subscription_that_is_refused_is_explained(ana: User) -> None:
    given = subscription("https://10.0.0.1/")

    shown = browser(ana).post(f"{PAGE}devices/", given, follow=True)

    assert not ChatChannel.objects.exists()
    assert "no address to which notices" in shown.content.decode()


def test_users_see_and_remove_only_their_own_devices(ana: User) -> None:
    mine = add(ana, subscription())
    theirs = add(UserFactory(), subscription("https://push.example/send/def"))
    client = browser(ana)

    assert [*client.get(PAGE).context["devices"]] == [mine]
    assert client.post(f"{PAGE}devices/{theirs.public_id}/remove/").status_code == 404
    assert client.post(f"{PAGE}devices/{mine.public_id}/remove/").status_code == 302
    assert [*ChatChannel.objects.all()] == [theirs]
