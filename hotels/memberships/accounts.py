"""Accounts that people create to accept an invitation."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from hotels import audit
from hotels.audit import Verb, Via
from hotels.memberships.invitations import accept
from hotels.models import Membership


@transaction.atomic
def create_account(*, user: User, secret: str, via: Via, now: datetime) -> Membership:
    """Store `user`, a new user with a password, and accept the invitation for them.

    The user may open the console. Raises InvitationInvalid, and IntegrityError when the user name
    was taken meanwhile; then nothing is stored.
    """
    user.is_staff = True
    user.save(force_insert=True)
    audit.record(by=user, verb=Verb.ADD, row=user, after=audit.snapshot(user), via=via, now=now)
    return accept(secret=secret, user=user, via=via, now=now)
