"""The outbox: events and messages are stored once, in the transaction of their change."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hotels.models import Event, Hotel, Membership, Message, WebhookEndpoint
from hotels.notifications.outbox import NewEvent, NewMail, event_type, publish, queue_mails
from tests.factories import GuestFactory, HotelFactory, MembershipFactory, UserFactory
from tests.hotels.notifications.fakes import NOW, Greeted, endpoint_of

pytestmark = pytest.mark.django_db

Status = Message.Status


def greeted(hotel: Hotel, *, key: str = "greeted:1", name: str = "Ana") -> NewEvent:
    return NewEvent(hotel_id=hotel.pk, key=key, data=Greeted(guest_name=name), occurred_at=NOW)


def mail(hotel: Hotel, **fields: object) -> NewMail:
    defaults = {"key": "k", "template": "no-show", "audience": "guest", "recipient": "a@b.example"}
    return NewMail(hotel_id=hotel.pk, **defaults | fields)  # type: ignore[arg-type]


def test_an_event_that_no_endpoint_listens_to_costs_one_query(hotel: Hotel) -> None:
    endpoint_of(HotelFactory())

    with CaptureQueriesContext(connection) as queries:
        stored = publish([greeted(hotel, key=str(n)) for n in range(3)], now=NOW)

    assert (stored, len(queries), Event.objects.count()) == (0, 1, 0)


def test_an_event_is_stored_with_a_message_to_each_endpoint_that_listens(hotel: Hotel) -> None:
    listening = [endpoint_of(hotel), endpoint_of(hotel)]
    endpoint_of(hotel, events=["invoice.issued"])
    guest = GuestFactory(hotel=hotel)
    event = NewEvent(
        hotel_id=hotel.pk, key="k", data=Greeted(guest_name="Ana"), occurred_at=NOW, about=guest
    )

    publish([event], now=NOW)

    stored = Event.objects.get()
    assert (stored.type, stored.data) == ("test.greeted", {"guestName": "Ana"})
    assert (stored.about_model, stored.about_id) == ("hotels.guest", guest.pk)
    messages = Message.objects.filter(event=stored, status=Status.WAITING, channel="webhook")
    assert {message.endpoint for message in messages} == set(listening)


def test_the_queries_do_not_grow_with_the_events(hotel: Hotel) -> None:
    endpoint_of(hotel)

    counts = []
    for many in (1, 20):
        with CaptureQueriesContext(connection) as queries:
            publish([greeted(hotel, key=f"{many}:{n}") for n in range(many)], now=NOW)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert Message.objects.count() == 21


def test_an_event_is_stored_once(hotel: Hotel) -> None:
    endpoint_of(hotel)

    assert [publish([greeted(hotel)], now=NOW) for _ in range(2)] == [1, 0]
    assert Message.objects.count() == 1


def test_an_event_goes_with_the_change_that_is_rolled_back(hotel: Hotel) -> None:
    endpoint_of(hotel)

    with transaction.atomic():
        publish([greeted(hotel)], now=NOW)
        transaction.set_rollback(True)

    assert not Event.objects.exists()
    assert not Message.objects.exists()


def test_a_disabled_endpoint_gets_no_message_but_the_event_is_kept_for_it(hotel: Hotel) -> None:
    endpoint_of(hotel, active=False)

    publish([greeted(hotel)], now=NOW)

    assert Event.objects.count() == 1
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("member", "superuser", "heard"),
    [(True, False, True), (False, False, False), (None, False, False), (None, True, True)],
    ids=["member", "ended membership", "outsider", "superuser"],
)
def test_an_endpoint_for_all_hotels_of_a_person_follows_the_memberships(
    hotel: Hotel, member: bool | None, superuser: bool, heard: bool
) -> None:
    owner = UserFactory(is_superuser=superuser)
    if member is not None:
        MembershipFactory(user=owner, hotel=hotel, role=Membership.Role.ADMIN, active=member)
    endpoint_of(None, owner=owner)

    assert publish([greeted(hotel)], now=NOW) == heard


def test_endpoints_of_people_in_other_hotels_are_not_read(hotel: Hotel) -> None:
    colleague = MembershipFactory(hotel=HotelFactory(), role=Membership.Role.ADMIN).user
    endpoint_of(None, owner=colleague)

    with CaptureQueriesContext(connection) as queries:
        stored = publish([greeted(hotel)], now=NOW)

    # A second query would look up the memberships of the owners that were read.
    assert (stored, len(queries)) == (0, 1)


def test_an_inactive_user_hears_nothing(hotel: Hotel) -> None:
    owner = UserFactory(is_active=False, is_superuser=True)
    endpoint_of(None, owner=owner)

    assert publish([greeted(hotel)], now=NOW) == 0


def test_an_endpoint_belongs_to_a_hotel_or_a_person_and_is_seen_by_them(hotel: Hotel) -> None:
    owner, other = UserFactory(), UserFactory()
    MembershipFactory(user=other, hotel=hotel)
    of_hotel, of_owner = endpoint_of(hotel), endpoint_of(None, owner=owner)

    seen = WebhookEndpoint.objects.visible_to
    assert [*seen(owner)] == [of_owner]
    assert [*seen(other)] == [of_hotel]
    assert {*seen(UserFactory(is_superuser=True))} == {of_hotel, of_owner}


def test_a_payload_type_is_registered_once() -> None:
    with pytest.raises(ValueError, match="already registered"):
        event_type("test.greeted", label="Greeted")(Greeted)


def test_a_payload_is_a_dataclass() -> None:
    with pytest.raises(ValueError, match="must be a dataclass"):
        event_type("test.other", label="Other")(int)


def test_a_mail_waits_for_its_hour(hotel: Hotel) -> None:
    queue_mails([mail(hotel, not_before=NOW + timedelta(hours=2))], now=NOW)

    message = Message.objects.get()
    assert (message.status, message.channel) == (Status.WAITING, "email")
    assert message.next_attempt_at == NOW + timedelta(hours=2)


def test_a_mail_is_stored_once(hotel: Hotel) -> None:
    for _ in range(2):
        queue_mails([mail(hotel)], now=NOW)

    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("recipient", "reason"),
    [
        ("", "No e-mail address is known."),
        ("ana", "The e-mail address is not valid."),
        ("a@b.example\nBcc: x@y.example", "The e-mail address is not valid."),
        ("a" * 250 + "@b.example", "The e-mail address is not valid."),
    ],
)
def test_a_mail_without_a_valid_address_says_so(hotel: Hotel, recipient: str, reason: str) -> None:
    queue_mails([mail(hotel, recipient=recipient)], now=NOW)

    message = Message.objects.get()
    assert (message.status, message.reason) == (Status.UNDELIVERABLE, reason)
    assert message.next_attempt_at is None
