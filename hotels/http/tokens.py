"""Issuing and revoking API tokens, with an entry in the audit trail."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from hotels import audit
from hotels.audit import By, Verb, Via
from hotels.deadlocks import repeated_on_deadlock
from hotels.models import ApiToken, Hotel


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
    """A new token of `user`, issued by `by`, and its text; see `ApiToken.issue`."""
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
