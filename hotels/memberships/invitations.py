"""Inviting people to a hotel, and what they answer.

A link carries a random secret of 256 bits, of which only a SHA-256 hash is stored. The link is
looked up by the hash, so the time of a look-up says nothing about the secrets that exist.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from hotels import audit
from hotels.audit import By, Verb, Via
from hotels.errors import ActionRefused
from hotels.memberships.mails import cancel_invitation, queue_invitation
from hotels.models import Hotel, Invitation, Membership
from hotels.roles import Action, may

LIFETIME = timedelta(days=7)
MOST_OPEN = 100  # in one hotel
_SECRET_BYTES = 32
Status = Invitation.Status


class InvitationInvalid(ActionRefused):
    """The link was used, declined or revoked, has expired, or never existed."""

    def __init__(self) -> None:
        super().__init__(_("This invitation is no longer valid. Ask the hotel for a new one."))


@dataclass(frozen=True, kw_only=True)
class NewInvitation:
    """A stored invitation and the secret of its link, which is not stored."""

    invitation: Invitation
    secret: str


@transaction.atomic
def invite(
    *,
    hotel: Hotel,
    role: str,
    recipient: str,
    link_of: Callable[[str], str],
    by: AbstractBaseUser,
    via: Via,
    now: datetime,
) -> NewInvitation:
    """Store an invitation to `hotel`, valid for seven days.

    `recipient` is a note. If it is an e-mail address, the link is sent there; `link_of` makes the
    link of a secret.

    Raises ActionRefused when the hotel has too many open invitations.
    """
    if Invitation.open_at(now).of_hotel(hotel).count() >= MOST_OPEN:
        refusal = _("The hotel has %(count)s open invitations. Revoke some of them first.")
        raise ActionRefused(refusal % {"count": MOST_OPEN})
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    row = Invitation.objects.create(
        hotel=hotel,
        role=role,
        recipient=recipient,
        digest=_digest(secret),
        invited_by_id=by.pk,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    audit.record(by=by, verb=Verb.INVITE, row=row, after=audit.snapshot(row), via=via, now=now)
    queue_invitation(row, link=link_of(secret), now=now)
    return NewInvitation(invitation=row, secret=secret)


def invitation_of(*, secret: str, now: datetime) -> Invitation:
    """Return the open invitation with this secret, with its hotel and the person who invites.

    Raises InvitationInvalid. An invitation ends when the person who sent it may no longer grant
    memberships of the hotel: a dismissed administrator could come back with it.
    """
    found = Invitation.open_at(now).filter(digest=_digest(secret))
    row = found.select_related("hotel", "invited_by").first()
    if row is None or row.invited_by is None:
        raise InvitationInvalid
    if not may(user=row.invited_by, action=Action.GRANT, hotel=row.hotel):
        raise InvitationInvalid
    return row


@transaction.atomic
def accept(*, secret: str, user: AbstractBaseUser, via: Via, now: datetime) -> Membership:
    """Close the invitation and return the new membership of `user`.

    An ended membership is active again, with the role of the invitation. Raises InvitationInvalid,
    and ActionRefused if the user belongs to the hotel: its administrators change the role. The
    invitation then stays open.
    """
    row = invitation_of(secret=secret, now=now)
    _close(row, status=Status.ACCEPTED, now=now, accepted_by=user)
    membership, new = Membership.objects.get_or_create(
        user_id=user.pk, hotel=row.hotel, defaults={"role": row.role}
    )
    before = None if new else _renew(membership, role=row.role)
    audit.record(
        by=user,
        verb=Verb.GRANT,
        row=membership,
        before=before,
        after=audit.snapshot(membership),
        via=via,
        note=f"Accepted the invitation of {row.invited_by}.",
        now=now,
    )
    return membership


def _renew(membership: Membership, *, role: str) -> dict[str, Any]:
    """Make an ended membership active with a new role; return its values before.

    Raises ActionRefused if it has not ended.
    """
    ended = Membership.objects.filter(pk=membership.pk, active=False)
    before = audit.snapshot(membership)
    if not ended.update(active=True, role=role):
        raise ActionRefused(_("You already belong to this hotel."))
    membership.refresh_from_db(fields=["active", "role"])
    return before


@transaction.atomic
def decline(*, secret: str, by: By, via: Via, now: datetime) -> None:
    """Close the invitation that its recipient declines; raises InvitationInvalid."""
    row = invitation_of(secret=secret, now=now)
    _close(row, status=Status.DECLINED, now=now)
    audit.record(by=by, verb=Verb.DECLINE, row=row, via=via, now=now)


@transaction.atomic
def revoke(*, invitation: Invitation, by: AbstractBaseUser, via: Via, now: datetime) -> None:
    """Close the invitation: its link is refused from now on; raises InvitationInvalid."""
    _close(invitation, status=Status.REVOKED, now=now)
    audit.record(by=by, verb=Verb.REVOKE, row=invitation, via=via, now=now)


def _close(
    row: Invitation,
    *,
    status: Invitation.Status,
    now: datetime,
    accepted_by: AbstractBaseUser | None = None,
) -> None:
    """Close an open invitation in one statement, so that of two answers at once one is kept."""
    still_open = Invitation.objects.filter(pk=row.pk, status=Status.OPEN)
    if not still_open.update(status=status, closed_at=now, accepted_by=accepted_by):
        raise InvitationInvalid
    cancel_invitation(row, now=now)


def _digest(secret: str) -> str:
    return sha256(secret.encode(errors="replace")).hexdigest()
