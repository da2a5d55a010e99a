"""The morning digest: last night in all hotels of a rule, in one message at a local hour."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotels import formats
from hotels.models import Hotel
from jobs.alerts import messages
from jobs.alerts.coverage import coverage_of
from jobs.alerts.messages import News
from jobs.models import Alert, AlertKind, AlertRule
from jobs.wall_screens.status import GroupStatus, Light, group_status

# A digest that is later than this is not sent: the morning is over.
LATE = timedelta(hours=4)
LISTED = 40


@transaction.atomic
def send_digests(*, now: datetime) -> int:
    """Store the digests that are due; return their number. Each is sent once a day."""
    rules = list(
        AlertRule.objects.filter(enabled=True, kind=AlertKind.DIGEST).locked(skip_locked=True)
    )
    if not rules:
        return 0
    coverage = coverage_of(rules)
    news = []
    for rule in rules:
        covered = coverage.by_rule.get(rule.pk, frozenset())
        hotels = [hotel for pk, hotel in coverage.hotels.items() if pk in covered]
        if not hotels or rule.digest_at is None:
            continue
        local = now.astimezone(_zone(hotels))
        due = datetime.combine(local.date(), rule.digest_at, tzinfo=local.tzinfo)
        if rule.last_digest_date == local.date() or not due <= local < due + LATE:
            continue
        rule.last_digest_date = local.date()
        rule.save(update_fields=["last_digest_date"])
        prefetch_related_objects([rule], "channels")
        with translation.override(rule.language):
            news.append(_digest(rule, hotels, now=now, key=f"{local.date():%Y%m%d}"))
    messages.queue_news(news, now=now)
    return len(news)


def _zone(hotels: Sequence[Hotel]) -> ZoneInfo:
    """The time zone of most of the hotels."""
    ((name, _count),) = Counter(hotel.timezone for hotel in hotels).most_common(1)
    return ZoneInfo(name)


def _digest(rule: AlertRule, hotels: Sequence[Hotel], *, now: datetime, key: str) -> News:
    status = group_status(hotels=hotels, now=now)
    title = ngettext(
        "Last night at your %(count)s hotel", "Last night at your %(count)s hotels", len(hotels)
    )
    subject = f"{title % {'count': formats.number(len(hotels))}}: {_summary(status)}"
    opened = Alert.objects.filter(
        rule__owner_id=rule.owner_id, opened_at__gt=now - timedelta(hours=24)
    )
    alerts = ngettext("%(count)s alert", "%(count)s alerts", opened.count())
    lines = [subject, "", *_lines(status), ""]
    lines.append(
        f"{alerts % {'count': opened.count()}}: {messages.site_of(rule)}{messages.alerts_path()}"
    )
    return News(
        rule=rule,
        key=f"digest:{rule.public_id.hex}:{key}",
        template="alert-digest",
        subject=subject,
        body="\n".join(lines) + "\n",
        targets=messages.targets_of(rule),
    )


def _summary(status: GroupStatus) -> str:
    parts = [
        (Light.FAILED, _("%(count)s failed")),
        (Light.ATTENTION, _("%(count)s with problems")),
        (Light.OK, _("%(count)s good")),
    ]
    found = [(words, status.count(light)) for light, words in parts]
    return ", ".join(words % {"count": formats.number(count)} for words, count in found if count)


def _lines(status: GroupStatus) -> list[str]:
    """The hotels with trouble, the worst first."""
    troubled = [each for each in status.hotels if each.light != Light.OK]
    troubled.sort(key=lambda each: (-each.failed, -each.problems, -each.missed))
    texts = []
    for each in troubled[:LISTED]:
        counts = [
            (each.failed, _("%(count)s failed")),
            (each.problems, _("%(count)s with problems")),
            (each.missed, _("%(count)s missed")),
        ]
        words = ", ".join(text % {"count": count} for count, text in counts if count)
        texts.append(f"{each.hotel.name}: {words}")
    return texts
