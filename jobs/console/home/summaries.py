"""Status lines of a job over all hotels of a user."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotels import formats
from jobs.console.home.clock import HomeClock
from jobs.console.home.failures import attempt_at, executions_url, shared_cause
from jobs.console.home.job_status import JobStatus, LatestExecution
from jobs.models import SkipReason, Status
from jobs.scheduling import GRACE

HOTELS_NAMED = 3


@dataclass(frozen=True, kw_only=True)
class StatusLine:
    """One sentence about a job; `tone` and `icon` are those of badges.

    `cause` is a second line; `url` is the page of the execution, or the list of the executions.
    """

    tone: str
    icon: str
    text: str
    cause: str = ""
    url: str = ""


Rule = Callable[[Sequence[JobStatus], HomeClock], StatusLine | None]


def status_lines(*, statuses: Sequence[JobStatus], clock: HomeClock) -> tuple[StatusLine, ...]:
    """Return the sentences about a job, the most serious first; at least one."""
    rules: tuple[Rule, ...] = (
        *(_failed, _waiting_for_retry, _overdue, _with_problems),
        *(_running, _waiting, _paused, _skipped, _completed),
    )
    lines = [line for rule in rules if (line := rule(statuses, clock)) is not None]
    return tuple(lines) or (StatusLine(tone="off", icon="bedtime", text=_("Not run yet.")),)


def _failed(statuses: Sequence[JobStatus], clock: HomeClock) -> StatusLine | None:
    found = [each for each in statuses if each.status == Status.FAILED]
    if not found:
        return None
    if len(found) == 1 and found[0].newest is not None:
        attempts = found[0].newest.attempt
        text = ngettext(
            "Failed in %(hotel)s.", "Failed in %(hotel)s after %(attempts)d attempts.", attempts
        ) % {"hotel": found[0].hotel.name, "attempts": attempts}
    else:
        text = _("Failed in %(count)d hotels: %(names)s.") % _names_of(found)
    rows = _newest(found)
    return StatusLine(
        tone="bad",
        icon="error",
        text=text,
        cause=shared_cause(rows),
        url=executions_url(rows, status__exact=Status.FAILED),
    )


def _waiting_for_retry(statuses: Sequence[JobStatus], clock: HomeClock) -> StatusLine | None:
    found = [each for each in statuses if each.waits_for_retry]
    if not found:
        return None
    rows = _newest(found)
    attempt = attempt_at(min(row.not_before or clock.now for row in rows), clock=clock)
    if len(found) == 1 and found[0].newest is not None:
        attempts = found[0].newest.attempt - 1
        text = ngettext(
            "Failed once in %(hotel)s. %(next)s",
            "Failed %(attempts)d times in %(hotel)s. %(next)s",
            attempts,
        ) % {"hotel": found[0].hotel.name, "attempts": attempts, "next": attempt}
    else:
        text = _("Failed in %(count)d hotels: %(names)s. %(next)s") % {
            **_names_of(found),
            "next": attempt,
        }
    return StatusLine(
        tone="warn",
        icon="update",
        text=text,
        cause=shared_cause([each.last_run for each in found]),
        url=executions_url(rows, status__exact=Status.PENDING),
    )


def _overdue(statuses: Sequence[JobStatus], clock: HomeClock) -> StatusLine | None:
    found = [(each, span) for each in statuses if (span := each.late(now=clock.now)) is not None]
    if not found:
        return None
    longest = formats.lateness(max(span for _each, span in found))
    if len(found) == 1:
        text = _("%(span)s late in %(hotel)s.") % {
            "hotel": found[0][0].hotel.name,
            "span": longest,
        }
    else:
        text = _("Late in %(count)d hotels, by up to %(span)s: %(names)s.") % {
            **_names_of([each for each, _span in found]),
            "span": longest,
        }
    return StatusLine(tone="warn", icon="alarm", text=text)


def _with_problems(statuses: Sequence[JobStatus], clock: HomeClock) -> StatusLine | None:
    found = [each for each in statuses if each.problems]
    if not found:
        return None
    if len(found) == 1:
        problems = found[0].problems
        text = ngettext(
            "Completed with %(problems)s problem in %(hotel)s.",
            "Completed with %(problems)s problems in %(hotel)s.",
            problems,
        ) % {"hotel": found[0].hotel.name, "problems": formats.number(problems)}
    else:
        text = _("Completed with problems in %(count)d hotels: %(names)s.") % _names_of(found)
    url = executions_url(_newest(found), problems="yes")
    return StatusLine(tone="warn", icon="warning", text=text, url=url)


def _running(statuses: Sequence[JobStatus], clock: HomeClock) -> StatusLine | None:
    found = [each for each in statuses if each.status == Status.RUNNING]
    if not found:
        return None
    text = _("Running now: %(names)s.") % _names_of(found)
    return StatusLine(tone="wait", icon="sync", text=text)


def _waiting(statuses: Sequence[JobStatus], clock: HomeClock) -> StatusLine | None:
    found = [
        each for each in statuses if each.status == Status.PENDING and not each.waits_for_retry
    ]
    if not found:
        return None
    waited = max(clock.now - min(row.created_at for row in _newest(found)), timedelta())
    if waited <= GRACE:
        text = _("Waiting to start: %(names)s.") % _names_of(found)
        return StatusLine(tone="wait", icon="hourglass_empty", text=text)
    text = _("Waiting to start for up to %(span)s: %(names)s.") % {
        **_names_of(found),
        "span": formats.lateness(waited),
    }
    return StatusLine(tone="warn", icon="hourglass_empty", text=text)


def _paused(statuses: Sequence[JobStatus], clock: HomeClock) -> StatusLine | None:
    found = [each for each in statuses if each.pause is not None]
    if not found:
        return None
    latest = max((each.pause for each in found if each.pause), key=lambda pause: pause.since)
    who = {"name": latest.by, "when": clock.text(latest.since)}
    if len(found) == 1:
        text = _("Paused in %(hotel)s since %(when)s by %(name)s.") % {
            "hotel": found[0].hotel.name,
            **who,
        }
    else:
        words = _("Paused in %(count)d hotels: %(names)s. The latest at %(when)s by %(name)s.")
        text = words % {**_names_of(found), **who}
    url = f"{reverse('jobs:schedules')}?{urlencode({'job': found[0].job.name, 'hotel': ''})}"
    return StatusLine(tone="off", icon="pause", text=text, url=url)


def _skipped(statuses: Sequence[JobStatus], clock: HomeClock) -> StatusLine | None:
    found = [each for each in statuses if each.status == Status.SKIPPED and not each.pause]
    if not found:
        return None
    reasons = {SkipReason(each.newest.skip_reason).label for each in found if each.newest}
    text = _("Skipped: %(names)s. Reason: %(reasons)s.") % {
        **_names_of(found),
        "reasons": ", ".join(sorted(str(reason) for reason in reasons)),
    }
    return StatusLine(tone="off", icon="block", text=text)


def _completed(statuses: Sequence[JobStatus], clock: HomeClock) -> StatusLine | None:
    found = [each for each in statuses if each.status == Status.COMPLETED and not each.problems]
    ends = [each.newest.completed_at for each in found if each.newest and each.newest.completed_at]
    if not ends:
        return None
    when = _first_and_last(ends, clock=clock)
    total = len(statuses)
    if total == 1:
        text = _("Completed (%(when)s).") % {"when": when}
    elif len(found) == total:
        text = _("Completed for all %(count)d hotels (%(when)s).") % {"count": total, "when": when}
    else:
        words = _("Completed without problems for %(count)d of %(total)d hotels (%(when)s).")
        text = words % {"count": len(found), "total": total, "when": when}
    return StatusLine(tone="good", icon="check_circle", text=text)


def _first_and_last(times: Sequence[datetime], *, clock: HomeClock) -> str:
    """The first and the last time, or one if both read the same."""
    first, last = clock.text(min(times)), clock.text(max(times))
    if first == last:
        return last
    return _("first: %(first)s, last: %(last)s") % {"first": first, "last": last}


def _newest(statuses: Sequence[JobStatus]) -> list[LatestExecution]:
    return [each.newest for each in statuses if each.newest]


def _names_of(statuses: Sequence[JobStatus]) -> dict[str, object]:
    """Return the number of hotels and the names of the first ones."""
    names = [each.hotel.name for each in statuses[:HOTELS_NAMED]]
    if more := len(statuses) - len(names):
        names.append(ngettext("%(more)d more", "%(more)d more", more) % {"more": more})
    return {"count": len(statuses), "names": ", ".join(names)}
