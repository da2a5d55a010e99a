"""Messages about alerts: their texts, and their rows in the outbox."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from hotels.models import ChatChannel, Hotel, Message
from hotels.notifications.outbox import NewMail, queue_mails
from jobs import registry
from jobs.alerts.quiet_hours import not_before
from jobs.models import JOB_KINDS, Alert, AlertKind, AlertPart, AlertRule

AUDIENCE = "alert"
LISTED = 20  # hotels by name in one message; the page of the alert has all
RECOVERED_BEFORE = gettext_noop("The alert was over before the quiet hours were.")


@dataclass(frozen=True, kw_only=True)
class Targets:
    """The addresses and channels to which the messages of a rule go."""

    emails: Sequence[str] = ()
    channels: Sequence[ChatChannel] = ()


@dataclass(frozen=True, kw_only=True)
class News:
    """One message of a rule, to all its targets. `key` is unique for the rule's owner."""

    rule: AlertRule
    key: str
    template: str
    subject: str
    body: str
    targets: Targets
    alert: Alert | None = None
    not_before: datetime | None = None


def queue_news(news: Iterable[News], *, now: datetime) -> None:
    """Store the messages in the caller's transaction, in two queries."""
    mails: list[NewMail] = []
    chats: list[Message] = []
    for each in news:
        mails += [_mail(each, address) for address in each.targets.emails]
        chats += [_chat(each, channel, now=now) for channel in each.targets.channels]
    queue_mails(mails, now=now)
    if chats:
        Message.objects.bulk_create(chats, batch_size=500, ignore_conflicts=True)


def _mail(news: News, address: str) -> NewMail:
    return NewMail(
        hotel_id=None,
        owner_id=news.rule.owner_id,
        key=f"{news.key}:{address}"[:120],
        template=news.template,
        audience=AUDIENCE,
        recipient=address,
        language=news.rule.language,
        subject=news.subject[:200],
        body=news.body,
        about=news.alert,
        not_before=news.not_before,
    )


def _chat(news: News, channel: ChatChannel, *, now: datetime) -> Message:
    return Message(
        hotel=None,
        owner_id=news.rule.owner_id,
        key=f"{news.key}:chat-{channel.pk}",
        channel=Message.Channel.CHAT,
        template=news.template,
        audience=AUDIENCE,
        recipient=channel.name,
        language=news.rule.language,
        subject=news.subject[:200],
        body=news.body,
        about_model=news.alert._meta.label_lower if news.alert else "",
        about_id=news.alert.pk if news.alert else None,
        destination=channel.destination,
        next_attempt_at=max(news.not_before or now, now),
        created_at=now,
    )


def held_news(alerts: Iterable[Alert], *, now: datetime) -> set[int]:
    """Return the keys of the alerts whose messages all wait for the end of the quiet hours."""
    about = Q(about_model=Alert._meta.label_lower, about_id__in=[alert.pk for alert in alerts])
    rows = Message.objects.filter(about, audience=AUDIENCE).order_by()
    waiting: set[int] = set()
    sent: set[int] = set()
    columns = ("about_id", "status", "attempts", "next_attempt_at")
    for alert_id, status, attempts, at in rows.values_list(*columns):
        held = status == Message.Status.WAITING and not attempts and at > now
        (waiting if held else sent).add(alert_id)
    return waiting - sent


def cancel_news(alert_ids: Iterable[int], *, now: datetime) -> None:
    """Cancel messages of alerts that were over before they were sent."""
    rows = Message.objects.filter(
        about_model=Alert._meta.label_lower,
        about_id__in=list(alert_ids),
        audience=AUDIENCE,
        status=Message.Status.WAITING,
    )
    rows.update_in_order(
        status=Message.Status.CANCELLED,
        reason=RECOVERED_BEFORE,
        next_attempt_at=None,
        ended_at=now,
    )


def opened_news(
    alert: Alert, *, parts: Sequence[AlertPart], hotels: Mapping[int, Hotel], now: datetime
) -> News:
    """The message that an alert has opened.

    `hotels` has those of the parts; for an alert about no hotel, those that the rule covers.
    """
    return _news(alert, "opened", headline(alert, parts, hotels), parts, hotels, now=now)


def recovered_news(
    alert: Alert, *, parts: Sequence[AlertPart], hotels: Mapping[int, Hotel], now: datetime
) -> News:
    """The message that an alert is over."""
    words = _("Recovered: %(what)s") % {"what": headline(alert, parts, hotels)}
    return _news(alert, "recovered", words, parts, hotels, now=now)


def reminder_news(
    alert: Alert, *, parts: Sequence[AlertPart], hotels: Mapping[int, Hotel], now: datetime
) -> News:
    """The message that an alert is still open after it was snoozed."""
    words = _("Still open: %(what)s") % {"what": headline(alert, parts, hotels)}
    step = f"reminder-{now:%Y%m%d%H%M}"
    return _news(alert, step, words, parts, hotels, now=now)


def escalated_news(
    alert: Alert,
    *,
    parts: Sequence[AlertPart],
    hotels: Mapping[int, Hotel],
    targets: Targets,
    now: datetime,
) -> News:
    """The message that an alert is not acknowledged."""
    words = _("Not acknowledged: %(what)s") % {"what": headline(alert, parts, hotels)}
    return _news(alert, "escalated", words, parts, hotels, now=now, targets=targets)


def _news(
    alert: Alert,
    step: str,
    subject: str,
    parts: Sequence[AlertPart],
    hotels: Mapping[int, Hotel],
    *,
    now: datetime,
    targets: Targets | None = None,
) -> News:
    rule = alert.rule
    concerned = {part.hotel_id for part in parts}
    # A silence of the tick is over as soon as it is found: held back, it would never be sent.
    everywhere = not parts and rule.kind != AlertKind.TICK
    zones = {hotel.zone for pk, hotel in hotels.items() if everywhere or pk in concerned}
    return News(
        rule=rule,
        alert=alert,
        key=f"alert:{alert.public_id.hex}:{step}",
        template=f"alert-{step.partition('-')[0]}",
        subject=subject,
        body=_body(alert, subject, parts, hotels),
        targets=targets if targets is not None else targets_of(rule),
        not_before=_held_until(rule, zones, now=now),
    )


def _held_until(rule: AlertRule, zones: Iterable[ZoneInfo], *, now: datetime) -> datetime | None:
    if rule.critical:
        return None
    return not_before(
        now=now, zones=zones, quiet_from=rule.quiet_from, quiet_until=rule.quiet_until
    )


def targets_of(rule: AlertRule) -> Targets:
    """The first targets of the messages of a rule. The channels are prefetched."""
    return Targets(emails=rule.emails, channels=list(rule.channels.all()))


def escalation_of(rule: AlertRule) -> Targets:
    """The targets of a rule for alerts that are not acknowledged."""
    return Targets(emails=rule.escalation_emails, channels=list(rule.escalation_channels.all()))


def headline(alert: Alert, parts: Sequence[AlertPart], hotels: Mapping[int, Hotel]) -> str:
    """Return an alert in one line: `12 hotels: Availability failed: no connection`."""
    names = [hotels[part.hotel_id].name for part in parts if part.hotel_id in hotels]
    where = names[0] if len(names) == 1 else ""
    if len(parts) > 1:
        words = ngettext("%(count)s hotel", "%(count)s hotels", len(parts))
        where = words % {"count": len(parts)}
    what = what_of(kind=alert.rule.kind, job_name=alert.job_name, cause=alert.cause)
    detail = parts[0].detail if len(parts) == 1 and not alert.cause else ""
    if detail and alert.rule.kind not in JOB_KINDS:
        what = ""
    return ": ".join(filter(None, (where, what, detail)))


def what_of(*, kind: str, job_name: str, cause: str) -> str:
    """Return what has happened: the job, what is wrong with it, and the cause."""
    titles = {job.name: job.title for job in registry.all_jobs()}
    words = {
        AlertKind.FAILED: _("%(job)s failed"),
        AlertKind.PROBLEMS: _("%(job)s completed with problems"),
        AlertKind.LATE: _("%(job)s is late"),
        AlertKind.SLOW: _("%(job)s was slow"),
    }
    others = {
        AlertKind.TICK: _("The tick was silent"),
        AlertKind.WORKER: _("Executions wait for a worker"),
        AlertKind.OUTBOX: _("Messages wait or failed"),
        AlertKind.OVERBOOKED: _("Overbooked"),
        AlertKind.UNASSIGNED: _("Unassigned cleaning tasks"),
        AlertKind.INVOICES: _("Invoices are stuck"),
    }
    if kind in words:
        what = words[AlertKind(kind)] % {"job": titles.get(job_name, job_name)}
    else:
        # A cause of these kinds says it all.
        what = "" if cause else others.get(AlertKind(kind), "")
    return ": ".join(filter(None, (what, cause)))


def _body(alert: Alert, first: str, parts: Sequence[AlertPart], hotels: Mapping[int, Hotel]) -> str:
    site = site_of(alert.rule)
    lines = [first, ""] if parts else [first]
    for part in parts[:LISTED]:
        name = hotels[part.hotel_id].name if part.hotel_id in hotels else ""
        lines.append(": ".join(filter(None, (name, part.detail))))
        if part.execution_id is not None:
            lines.append(f"  {site}{receipt_path(part.execution_id)}")
    more = len(parts) - LISTED
    if more > 0:
        words = ngettext("and %(count)s more hotel", "and %(count)s more hotels", more)
        lines.append(words % {"count": more})
    page = reverse("jobs:alert", args=[alert.public_id])
    lines += ["", _("Acknowledge or snooze: %(url)s") % {"url": f"{site}{page}"}]
    lines.append(_("Rule: %(name)s") % {"name": alert.rule.name})
    return "\n".join(lines) + "\n"


def site_of(rule: AlertRule) -> str:
    """Return the address of the site for links: SITE_URL, else that of the rule's request."""
    return settings.SITE_URL or rule.site


def alerts_path() -> str:
    """Return the path of the list of alerts."""
    return reverse("jobs:alerts")


def receipt_path(execution_id: int) -> str:
    """Return the path of the page of an execution."""
    return reverse("admin:jobs_jobexecution_change", args=[execution_id])
