"""A membership arises when the invited person accepts, once, while the invitation is valid."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from hotels.audit import Verb, Via
from hotels.errors import ActionRefused
from hotels.memberships import invitations
from hotels.memberships.accounts import create_account
from hotels.memberships.invitations import InvitationInvalid, accept, decline, invite, revoke
from hotels.models import AuditEntry, Hotel, Invitation, Membership
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
Role = Membership.Role


@pytest.fixture
def chief(hotel: Hotel) -> User:
    """An administrator of the hotel."""
    return MembershipFactory(hotel=hotel, user__username="chief", role=Role.ADMIN).user


@pytest.fixture
def secret(hotel: Hotel, chief: User, now: datetime) -> str:
    """Secret of an invitation to be a manager."""
    return sent(hotel=hotel, by=chief, now=now)


def sent(**options: Any) -> str:
    more = {"role": Role.MANAGER, "recipient": "Ana", "via": Via.ADMIN} | options
    return invite(link_of="https://office.example/{}/".format, **more).secret  # type: ignore[arg-type]


def accepted(secret: str, *, user: User, now: datetime) -> Membership:
    return accept(secret=secret, user=user, via=Via.ADMIN, now=now)


def test_who_accepts_gets_the_role_in_the_hotel(hotel: Hotel, secret: str, now: datetime) -> None:
    ana = UserFactory()

    membership = accepted(secret, user=ana, now=now)

    assert (membership.user, membership.hotel, membership.role) == (ana, hotel, Role.MANAGER)
    row = Invitation.objects.get()
    assert (row.status, row.accepted_by, row.closed_at) == ("ACCEPTED", ana, now)


def test_invitation_and_acceptance_are_recorded(secret: str, now: datetime) -> None:
    accepted(secret, user=UserFactory(username="ana"), now=now)

    grant, sending = AuditEntry.objects.order_by("-pk")
    assert (sending.verb, sending.username) == (Verb.INVITE, "chief")
    assert (grant.verb, grant.username, grant.model) == (Verb.GRANT, "ana", "hotels.membership")
    assert grant.note == "Accepted the invitation of chief."


def test_only_a_hash_of_the_secret_is_stored(secret: str) -> None:
    assert secret not in str(Invitation.objects.values().get())
    assert len(secret) == 43  # 256 bits
    entry = AuditEntry.objects.get()
    assert Invitation.objects.get().digest not in str(entry.after)


def test_an_invitation_is_accepted_once(secret: str, now: datetime) -> None:
    accepted(secret, user=UserFactory(), now=now)

    with pytest.raises(InvitationInvalid):
        accepted(secret, user=UserFactory(), now=now)


def test_of_two_who_accept_at_once_one_is_refused(
    secret: str, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read the open invitation before the first one closes it."""
    read = invitations.invitation_of(secret=secret, now=now)
    monkeypatch.setattr(invitations, "invitation_of", lambda **_: read)
    accepted(secret, user=UserFactory(), now=now)

    with pytest.raises(InvitationInvalid):
        accepted(secret, user=UserFactory(), now=now)
    assert Membership.objects.filter(role=Role.MANAGER).count() == 1


def test_an_invitation_expires_after_seven_days(secret: str, now: datetime) -> None:
    with pytest.raises(InvitationInvalid):
        accepted(secret, user=UserFactory(), now=now + timedelta(days=7))


def test_a_revoked_invitation_is_refused(secret: str, chief: User, now: datetime) -> None:
    revoke(invitation=Invitation.objects.get(), by=chief, via=Via.ADMIN, now=now)

    with pytest.raises(InvitationInvalid):
        accepted(secret, user=UserFactory(), now=now)


def test_a_declined_invitation_is_refused(secret: str, now: datetime) -> None:
    decline(secret=secret, by="", via=Via.ADMIN, now=now)

    with pytest.raises(InvitationInvalid):
        accepted(secret, user=UserFactory(), now=now)


@pytest.mark.parametrize("change", [{"role": Role.MANAGER}, {"active": False}])
def test_an_invitation_ends_with_the_power_of_the_administrator_who_sent_it(
    change: dict[str, Any], hotel: Hotel, chief: User, secret: str, now: datetime
) -> None:
    """A dismissed administrator does not come back with a link made before."""
    Membership.objects.filter(user=chief).update(**change)

    with pytest.raises(InvitationInvalid):
        accepted(secret, user=UserFactory(), now=now)


def test_an_invitation_changes_no_active_membership(
    hotel: Hotel, secret: str, now: datetime
) -> None:
    member = MembershipFactory(hotel=hotel, role=Role.VIEWER)

    with pytest.raises(ActionRefused):
        accepted(secret, user=member.user, now=now)
    member.refresh_from_db()
    assert member.role == Role.VIEWER
    assert Invitation.objects.get().status == "OPEN"  # for the person it is meant for


def test_an_ended_membership_returns_with_the_role_of_the_invitation(
    hotel: Hotel, secret: str, now: datetime
) -> None:
    ended = MembershipFactory(hotel=hotel, role=Role.VIEWER, active=False)

    membership = accepted(secret, user=ended.user, now=now)

    assert (membership.pk, membership.active, membership.role) == (ended.pk, True, Role.MANAGER)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.before) == (Verb.GRANT, {"active": False, "role": "VIEWER"})


def test_a_hotel_has_a_limited_number_of_open_invitations(
    hotel: Hotel, chief: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MOST_OPEN", 1)
    sent(hotel=hotel, by=chief, now=now)

    with pytest.raises(ActionRefused, match="1 open invitations"):
        sent(hotel=hotel, by=chief, now=now)
    assert sent(hotel=hotel, by=chief, now=now + timedelta(days=7))  # the first has expired


def test_an_account_is_created_only_with_a_valid_invitation(now: datetime) -> None:
    with pytest.raises(InvitationInvalid):
        create_account(user=User(username="eve"), secret="guessed", via=Via.ADMIN, now=now)
    assert not User.objects.filter(username="eve").exists()


def test_the_database_refuses_an_invitation_closed_without_a_time(secret: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.update(status="ACCEPTED")
