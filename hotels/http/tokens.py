"""Issuing and revoking API tokens, with an entry in the audit trail; the last use of a token."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from hotels import audit
from hotels.audit import By, Verb, Via
from hotels.deadlocks import repeatable, repeated_on_deadlock
from hotels.errors import ActionRefused
from hotels.models import ApiToken, Hotel
from hotels.models.locking import LockableQuerySet

MOST = 50  # tokens of one user that have not expired
PRECISION = timedelta(minutes=5)  # of the last use: one write in this time


def tokens_of(*, user: AbstractBaseUser, now: datetime) -> QuerySet[ApiToken]:
    """Return the user's tokens that have not expired, newest first."""
    rows: QuerySet[ApiToken] = ApiToken.objects.filter(user_id=user.pk)
    return rows.filter(Q(expiry=None) | Q(expiry__gt=now))


def note_use(token: ApiToken, *, now: datetime) -> None:
    """Store that the token was used, at most once in five minutes."""
    if token.last_used_at is None or now - token.last_used_at >= PRECISION:
        with repeatable():
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


@repeated_on_deadlock
@transaction.atomic
def issue(
    *,
    user: AbstractBaseUser,
    by: By,
    via: Via,
    now: datetime,
    hotels: Collection[Hotel] | None,
    read_only: bool,
    lifetime: timedelta,
    label: str,
) -> tuple[ApiToken, str]:
    """A new token of `user`, issued by `by`, and its text; see `ApiToken.issue`.

    Raises ActionRefused if the user has too many tokens, or if the password of `user` is no longer
    the stored one: a token issued for an old password would outlive it.
    """
    # Locked, so that tokens issued at once are counted, and none is issued during a change.
    users: LockableQuerySet[Any] = LockableQuerySet(get_user_model())
    stored = users.filter(pk=user.pk).locked().first()
    if stored is None or stored.password != user.password:
        raise ActionRefused(_("The password was changed meanwhile. Log in again."))
    if tokens_of(user=user, now=now).count() >= MOST:
        raise ActionRefused(
            _("There are %(count)s API tokens already. Revoke some first.") % {"count": MOST}
        )
    row, text = ApiToken.issue(
        user=user, hotels=hotels, read_only=read_only, lifetime=lifetime, label=label
    )
    audit.record(by=by, verb=Verb.ISSUE, row=row, after=audit.snapshot(row), via=via, now=now)
    return row, text


@transaction.atomic
def revoke_all(*, user: AbstractBaseUser, by: By, via: Via, now: datetime) -> None:
    """Delete all tokens of a user whose password was changed: it may have been stolen."""
    for token in ApiToken.objects.filter(user_id=user.pk).order_by("pk"):
        revoke(token=token, by=by, via=via, now=now)


@transaction.atomic
def revoke(*, token: ApiToken, by: By, via: Via, now: datetime) -> None:
    """Delete the token: it is refused from the next request on."""
    before = audit.snapshot(token)
    audit.record(by=by, verb=Verb.REVOKE, row=token, before=before, via=via, now=now)
    token.delete()
