"""Storing, switching and deleting rules, with an entry in the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from hotels import audit
from hotels.audit import Verb, Via
from hotels.errors import ActionRefused
from hotels.models import ChatChannel, Hotel
from jobs import registry
from jobs.alerts import messages
from jobs.alerts.machine import Terms
from jobs.alerts.rehearsal import RuleTerms
from jobs.models import Alert, AlertKind, AlertRule

MOST = 50  # rules of one person
MOST_ADDRESSES = 10


@dataclass(frozen=True, kw_only=True)
class RuleValues:
    """All that a person chooses for a rule; see `AlertRule`."""

    name: str
    kind: str
    enabled: bool = True
    all_hotels: bool = False
    hotels: Sequence[Hotel] = ()
    jobs: Sequence[str] = ()
    times: int = 1
    factor: Decimal = Decimal(3)
    minutes: int = 30
    open_at: int = 1
    close_after: int = 0
    recovery: bool = True
    critical: bool = False
    quiet_from: time | None = None
    quiet_until: time | None = None
    emails: Sequence[str] = ()
    channels: Sequence[ChatChannel] = ()
    escalate_after: int | None = None
    escalation_emails: Sequence[str] = ()
    escalation_channels: Sequence[ChatChannel] = ()
    digest_at: time | None = None

    def terms(self) -> RuleTerms:
        """The terms with which the rule is rehearsed."""
        return RuleTerms(
            kind=self.kind,
            jobs=self.jobs,
            times=self.times,
            factor=float(self.factor),
            minutes=self.minutes,
            thresholds=Terms(open_at=self.open_at, close_after=timedelta(minutes=self.close_after)),
            recovery=self.recovery,
        )


_LISTS = ("hotels", "channels", "escalation_channels")


class RuleInvalid(ActionRefused):
    """A value of a rule is not valid. `field` names it; the message is for the user."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@transaction.atomic
def save_rule(
    *,
    values: RuleValues,
    rule: AlertRule | None,
    by: AbstractBaseUser,
    via: Via,
    now: datetime,
    site: str,
) -> AlertRule:
    """Store a new rule of `by`, or change `rule`; return the row.

    `site` is the address of the site, for the links in messages. The alerts of a rule that is
    switched off or changes its condition are closed without a message. Raises RuleInvalid,
    ActionRefused if there are too many rules, AlertRule.DoesNotExist.
    """
    if rule is None:
        if AlertRule.objects.filter(owner_id=by.pk).count() >= MOST:
            raise ActionRefused(
                _("There are %(most)d rules already. Delete one first.") % {"most": MOST}
            )
        row = AlertRule(owner_id=by.pk, created_at=now)
        before = None
    else:
        row = AlertRule.objects.locked().get(pk=rule.pk)
        before = audit.snapshot(row)
    watched = (row.kind, row.jobs)
    _check(values)
    plain = {name: value for name, value in vars(values).items() if name not in _LISTS}
    for name, value in plain.items():
        setattr(row, name, list(value) if isinstance(value, list | tuple) else value)
    row.language, row.site = get_language() or "en", site[:200]
    try:
        row.clean_fields()
    except ValidationError as error:
        name, texts = next(iter(error.message_dict.items()))
        raise RuleInvalid(name, texts[0]) from None
    row.save()
    for name in _LISTS:
        getattr(row, name).set(getattr(values, name))
    if before is not None and (not row.enabled or watched != (row.kind, row.jobs)):
        _close_alerts(row, now=now)
    _record(row, before=before, by=by, via=via, now=now)
    return row


@transaction.atomic
def switch_off_rule(*, rule: AlertRule, by: AbstractBaseUser, via: Via, now: datetime) -> None:
    """Switch a rule off, and close its alerts without a message; they are kept.

    Raises AlertRule.DoesNotExist.
    """
    row = AlertRule.objects.locked().get(pk=rule.pk)
    before = audit.snapshot(row)
    row.enabled = False
    row.save(update_fields=["enabled"])
    _close_alerts(row, now=now)
    _record(row, before=before, by=by, via=via, now=now)


@transaction.atomic
def delete_rule(*, rule: AlertRule, by: AbstractBaseUser, via: Via, now: datetime) -> None:
    """Delete a rule with its alerts. Raises AlertRule.DoesNotExist."""
    row = AlertRule.objects.locked().get(pk=rule.pk)
    before = audit.snapshot(row)
    _close_alerts(row, now=now)
    audit.record(
        by=by, verb=Verb.DELETE, row=row, before=before, hotel=_only_hotel(row), via=via, now=now
    )
    row.delete()


def _record(
    rule: AlertRule,
    *,
    before: dict[str, Any] | None,
    by: AbstractBaseUser,
    via: Via,
    now: datetime,
) -> None:
    """Record that a rule was changed, or added if there is no `before`."""
    audit.record(
        by=by,
        verb=Verb.ADD if before is None else Verb.CHANGE,
        row=rule,
        before=before,
        after=audit.snapshot(rule),
        hotel=_only_hotel(rule),
        via=via,
        now=now,
    )


def _only_hotel(rule: AlertRule) -> Hotel | None:
    """The hotel of the entry in the audit trail; None for a rule about several."""
    found = [] if rule.all_hotels else list(rule.hotels.all()[:2])
    return found[0] if len(found) == 1 else None


def _close_alerts(rule: AlertRule, *, now: datetime) -> None:
    """Close the open alerts, and cancel what was held back for the end of the quiet hours."""
    rows = Alert.objects.filter(rule=rule, closed_at=None)
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    rows.filter(pk__in=keys).update_in_order(closed_at=now)
    messages.cancel_news(keys, now=now)


def _check(values: RuleValues) -> None:
    """Raise RuleInvalid for values that make no sense together."""
    if not values.all_hotels and not values.hotels:
        raise RuleInvalid("hotels", _("Choose at least one hotel, or all."))
    known = {job.name for job in registry.all_jobs()}
    if not set(values.jobs) <= known:
        raise RuleInvalid("jobs", _("There is no such job."))
    if not values.emails and not values.channels:
        raise RuleInvalid("emails", _("Enter an e-mail address or choose a channel."))
    for name in ("emails", "escalation_emails"):
        _check_addresses(name, getattr(values, name))
    if (values.quiet_from is None) != (values.quiet_until is None):
        raise RuleInvalid("quiet_until", _("Enter both ends of the quiet hours, or none."))
    escalated = values.escalation_emails or values.escalation_channels
    if values.escalate_after is not None and not escalated:
        raise RuleInvalid("escalation_emails", _("Enter whom to escalate to."))
    if values.kind == AlertKind.DIGEST and values.digest_at is None:
        raise RuleInvalid("digest_at", _("Enter the time of the digest."))


def _check_addresses(name: str, addresses: Sequence[str]) -> None:
    if len(addresses) > MOST_ADDRESSES:
        words = _("Enter at most %(most)d addresses.")
        raise RuleInvalid(name, words % {"most": MOST_ADDRESSES})
    for address in addresses:
        try:
            validate_email(address)
        except ValidationError:
            words = _("%(address)s is not a valid e-mail address.")
            raise RuleInvalid(name, words % {"address": address}) from None


def values_of(rule: AlertRule) -> dict[str, Any]:
    """Return the values of a stored rule by name, with its hotels and channels."""
    names = RuleValues.__dataclass_fields__
    return {
        name: list(getattr(rule, name).all()) if name in _LISTS else getattr(rule, name)
        for name in names
    }
