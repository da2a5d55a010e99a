"""How a job stands over all of a person's hotels, in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotels import formats
from jobs.console.home.job_status import JobStatus
from jobs.models import SkipReason, Status

NAMED = 3


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """One thing to be said of a job; `tone` and `icon` as those of a state."""

    tone: str
    icon: str
    words: str


def sentences(*, standings: Sequence[JobStatus], now: datetime) -> tuple[Sentence, ...]:
    """What is to be said, the worst first; never nothing."""
    said = [
        sentence
        for say in (_failed, _retrying, _late, _running, _waiting, _skipped, _done)
        if (sentence := say(standings, now)) is not None
    ]
    if said:
        return tuple(said)
    return (Sentence(tone="off", icon="bedtime", words=_("Has not run yet.")),)


Say = Callable[[Sequence[JobStatus], datetime], Sentence | None]


def _failed(all_: Sequence[JobStatus], now: datetime) -> Sentence | None:
    found = [each for each in all_ if each.status == Status.FAILED]
    if not found:
        return None
    if len(found) == 1 and found[0].newest is not None:
        tries = found[0].newest.attempt
        words = ngettext(
            "%(hotel)s failed.", "%(hotel)s failed %(tries)d times, no try is left.", tries
        ) % {"hotel": found[0].hotel.name, "tries": tries}
    else:
        words = _("%(count)d hotels failed: %(names)s.") % _counted(found)
    return Sentence(tone="bad", icon="error", words=words)


def _retrying(all_: Sequence[JobStatus], now: datetime) -> Sentence | None:
    found = [each for each in all_ if each.retries]
    if not found:
        return None
    first = min(found, key=lambda each: _next_try(each, now))
    when = _time(_next_try(first, now), now=now, zone=first.hotel.zone)
    if len(found) == 1 and first.newest is not None:
        tries = first.newest.attempt - 1
        words = ngettext(
            "%(hotel)s failed once, next try %(when)s.",
            "%(hotel)s failed %(tries)d times, next try %(when)s.",
            tries,
        ) % {"hotel": first.hotel.name, "tries": tries, "when": when}
    else:
        words = _("%(count)d hotels failed, next try %(when)s: %(names)s.") % {
            **_counted(found),
            "when": when,
        }
    return Sentence(tone="warn", icon="update", words=words)


def _late(all_: Sequence[JobStatus], now: datetime) -> Sentence | None:
    found = [(each, span) for each in all_ if (span := each.late(now=now)) is not None]
    if not found:
        return None
    longest = formats.lateness(max(span for _each, span in found))
    if len(found) == 1:
        words = _("%(hotel)s is %(span)s late.") % {
            "hotel": found[0][0].hotel.name,
            "span": longest,
        }
    else:
        words = _("%(count)d hotels are late, the longest %(span)s: %(names)s.") % {
            **_counted([each for each, _span in found]),
            "span": longest,
        }
    return Sentence(tone="warn", icon="alarm", words=words)


def _running(all_: Sequence[JobStatus], now: datetime) -> Sentence | None:
    found = [each for each in all_ if each.status == Status.RUNNING]
    if not found:
        return None
    words = _("Runs now: %(names)s.") % _counted(found)
    return Sentence(tone="wait", icon="sync", words=words)


def _waiting(all_: Sequence[JobStatus], now: datetime) -> Sentence | None:
    found = [each for each in all_ if each.status == Status.PENDING and not each.retries]
    if not found:
        return None
    words = _("Waits for a worker: %(names)s.") % _counted(found)
    return Sentence(tone="wait", icon="hourglass_empty", words=words)


def _skipped(all_: Sequence[JobStatus], now: datetime) -> Sentence | None:
    found = [each for each in all_ if each.status == Status.SKIPPED]
    if not found:
        return None
    reasons = {SkipReason(each.newest.skip_reason).label for each in found if each.newest}
    words = _("Skipped (%(reasons)s): %(names)s.") % {
        **_counted(found),
        "reasons": ", ".join(sorted(str(reason) for reason in reasons)),
    }
    return Sentence(tone="off", icon="block", words=words)


def _done(all_: Sequence[JobStatus], now: datetime) -> Sentence | None:
    found = [each for each in all_ if each.status == Status.COMPLETED and each.newest]
    ends = [each.newest.completed_at for each in found if each.newest and each.newest.completed_at]
    if not ends:
        return None
    when = _time(max(ends), now=now, zone=_shared_zone(all_))
    if len(all_) == 1:
        words = _("Done at %(when)s.") % {"when": when}
    elif len(found) == len(all_):
        words = _("All %(count)d hotels done at %(when)s.") % {"count": len(all_), "when": when}
    else:
        words = _("%(count)d of %(total)d hotels done at %(when)s.") % {
            "count": len(found),
            "total": len(all_),
            "when": when,
        }
    return Sentence(tone="good", icon="check_circle", words=words)


def _counted(found: Sequence[JobStatus]) -> dict[str, object]:
    """How many, and the first of them by name."""
    names = [each.hotel.name for each in found[:NAMED]]
    if more := len(found) - len(names):
        names.append(ngettext("%(more)d more", "%(more)d more", more) % {"more": more})
    return {"count": len(found), "names": ", ".join(names)}


def _next_try(each: JobStatus, now: datetime) -> datetime:
    assert each.newest is not None
    return each.newest.not_before or now


def _shared_zone(all_: Sequence[JobStatus]) -> ZoneInfo:
    """The zone all the hotels are in; UTC for hotels of several."""
    zones = {each.hotel.timezone for each in all_}
    return ZoneInfo(zones.pop()) if len(zones) == 1 else ZoneInfo("UTC")


def _time(at: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """`00:03`, with the day where it is another one; `00:03 UTC` where zones differ."""
    near = abs(now - at) < timedelta(hours=20)
    told = formats.time_of_day(at, zone=zone) if near else formats.instant(at, zone=zone)
    return f"{told} UTC" if zone.key == "UTC" else told
