"""Endpoints: set up, changed, given a new secret, switched off, deleted, and who manages them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings

from hotels.audit import Via
from hotels.errors import ActionRefused
from hotels.models import AuditEntry, Hotel, Membership, Message, WebhookEndpoint
from hotels.notifications.webhooks.access import covers, deliveries_of, endpoints_of
from hotels.notifications.webhooks.endpoints import (
    MOST,
    EndpointInvalid,
    NewSecret,
    change_endpoint,
    delete_endpoint,
    rotate_secret,
    secrets_of,
)
from hotels.roles import access_of
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.hotels.notifications.webhooks.conftest import KIND, make_endpoint, ring

pytestmark = pytest.mark.django_db
Role = Membership.Role


def by(now: datetime) -> dict[str, Any]:
    return {"by": UserFactory(), "via": Via.ADMIN, "now": now}


def test_the_secret_is_stored_encrypted_and_signs(made: NewSecret, now: datetime) -> None:
    row = WebhookEndpoint.objects.get()

    assert made.secret not in row.secret
    assert secrets_of(row, now=now) == [made.secret]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"url": "https://127.0.0.1/"}, "url"),
        ({"url": "http://hooks.hotel.example/"}, "url"),
        ({"events": []}, "events"),
        ({"events": [KIND, "bell.stolen"]}, "events"),
    ],
)
def test_an_invalid_endpoint_is_refused(
    hotel: Hotel, now: datetime, options: dict[str, Any], field: str
) -> None:
    with pytest.raises(EndpointInvalid) as invalid:
        make_endpoint(hotel=hotel, now=now, **options)

    assert invalid.value.field == field
    assert not WebhookEndpoint.objects.exists()


def test_an_internal_receiver_may_be_allowed(
    hotel: Hotel, now: datetime, settings: LazySettings
) -> None:
    settings.WEBHOOK_ALLOWED_HOSTS = ["hooks.internal"]

    assert make_endpoint(hotel=hotel, now=now, url="http://hooks.internal/").endpoint.active


def test_a_hotel_has_a_limited_number_of_endpoints(hotel: Hotel, now: datetime) -> None:
    row = make_endpoint(hotel=hotel, now=now).endpoint
    more = [
        WebhookEndpoint(hotel=hotel, url=row.url, secret=row.secret, created_at=now)
        for _ in range(MOST - 1)
    ]
    WebhookEndpoint.objects.bulk_create(more)

    with pytest.raises(ActionRefused, match="There are 25 endpoints already"):
        make_endpoint(hotel=hotel, now=now)


def test_a_new_secret_signs_beside_the_old_one_for_a_day(made: NewSecret, now: datetime) -> None:
    new = rotate_secret(endpoint=made.endpoint, **by(now))

    row = WebhookEndpoint.objects.get()
    assert secrets_of(row, now=now + timedelta(hours=23)) == [new.secret, made.secret]
    assert secrets_of(row, now=now + timedelta(hours=24)) == [new.secret]


def test_switching_off_cancels_what_waits_and_switching_on_begins_afresh(
    hotel: Hotel, endpoint: WebhookEndpoint, now: datetime
) -> None:
    (message,) = ring(hotel, now=now)
    WebhookEndpoint.objects.update(failing_since=now)

    off = change_endpoint(endpoint=endpoint, active=False, **by(now))
    assert not off.active
    assert off.disabled_reason == "Switched off by a user."
    message.refresh_from_db()
    assert (message.status, message.reason) == ("CANCELLED", "Switched off by a user.")

    on = change_endpoint(endpoint=endpoint, active=True, **by(now))
    assert on.active
    assert (on.disabled_reason, on.disabled_at, on.failing_since) == ("", None, None)


def test_every_change_is_recorded_without_secrets(
    hotel: Hotel, made: NewSecret, now: datetime
) -> None:
    change_endpoint(endpoint=made.endpoint, description="Accounting", **by(now))
    change_endpoint(endpoint=made.endpoint, description="Accounting", **by(now))  # no change
    new = rotate_secret(endpoint=made.endpoint, **by(now))
    delete_endpoint(endpoint=made.endpoint, **by(now))

    entries = list(AuditEntry.objects.filter(hotel=hotel).order_by("pk"))
    assert [entry.verb for entry in entries] == ["add", "change", "change", "delete"]
    assert entries[1].after == {"description": "Accounting"}
    assert entries[2].after["secret"] == "changed"
    stored = [made.endpoint.secret, made.secret, new.secret, new.endpoint.secret]
    recorded = str([(entry.before, entry.after) for entry in entries])
    assert [text for text in stored if text in recorded] == []


def test_a_deleted_endpoint_goes_with_its_deliveries(
    hotel: Hotel, endpoint: WebhookEndpoint, now: datetime
) -> None:
    ring(hotel, now=now)

    delete_endpoint(endpoint=endpoint, **by(now))

    assert not Message.objects.exists()


def test_an_endpoint_to_which_a_message_is_being_sent_is_not_deleted(
    hotel: Hotel, endpoint: WebhookEndpoint, now: datetime
) -> None:
    (message,) = ring(hotel, now=now)
    Message.objects.update(
        status="SENDING", token=message.public_id, lease_until=now, next_attempt_at=None
    )

    with pytest.raises(ActionRefused, match="being sent"):
        delete_endpoint(endpoint=endpoint, **by(now))


def test_managers_manage_the_endpoints_of_their_hotels_and_their_own(
    hotel: Hotel, endpoint: WebhookEndpoint, now: datetime
) -> None:
    owner, colleague = (MembershipFactory(hotel=hotel).user for _ in range(2))
    own = make_endpoint(owner=owner, now=now).endpoint
    elsewhere = MembershipFactory(hotel=HotelFactory()).user
    desk = MembershipFactory(hotel=hotel, role=Role.FRONT_DESK).user

    def managed(user: Any, **options: Any) -> set[WebhookEndpoint]:
        return set(endpoints_of(user=user, access=access_of(user), **options))

    assert managed(owner) == {endpoint, own}
    assert managed(owner, personal=False) == {endpoint}
    assert managed(colleague) == {endpoint}
    assert managed(elsewhere) == managed(desk) == set()
    assert managed(UserFactory(is_superuser=True)) == {endpoint, own}


def test_an_own_endpoint_covers_the_hotels_its_owner_manages_now(
    hotel: Hotel, now: datetime
) -> None:
    membership = MembershipFactory(hotel=hotel)
    other = HotelFactory()
    MembershipFactory(user=membership.user, hotel=other, role=Role.FRONT_DESK)
    own = make_endpoint(owner=membership.user, now=now).endpoint

    assert covers(own, hotel=hotel)
    assert not covers(own, hotel=other)
    Membership.objects.filter(pk=membership.pk).update(active=False)
    assert not covers(own, hotel=hotel)


def test_events_of_a_hotel_reach_only_owners_who_manage_it(hotel: Hotel, now: datetime) -> None:
    make_endpoint(owner=MembershipFactory(hotel=hotel).user, now=now)
    for role in (Role.FRONT_DESK, Role.HOUSEKEEPING, Role.VIEWER):
        make_endpoint(owner=MembershipFactory(hotel=hotel, role=role).user, now=now)
    make_endpoint(owner=MembershipFactory(hotel=hotel, active=False).user, now=now)
    make_endpoint(owner=MembershipFactory(hotel=HotelFactory()).user, now=now)

    assert len(ring(hotel, now=now)) == 1


def test_deliveries_about_hotels_a_user_left_are_not_shown(hotel: Hotel, now: datetime) -> None:
    membership = MembershipFactory(hotel=hotel)
    make_endpoint(owner=membership.user, now=now)
    messages = ring(hotel, now=now)

    def shown() -> list[Message]:
        return list(deliveries_of(user=membership.user, access=access_of(membership.user)))

    assert shown() == messages
    Membership.objects.filter(pk=membership.pk).update(active=False)
    assert shown() == []
