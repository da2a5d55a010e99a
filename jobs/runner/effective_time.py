"""Effective times that a real run refuses: the future and closed business days (domain rule 0).

Previews and sandbox hotels may use any time.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext, ngettext

from hotels import formats
from hotels.billing.series import last_issue_dates
from hotels.models import Hotel
from jobs.base import Job
from jobs.models.execution import START_DELAY

# So far ahead of the clock may a real run be: somewhere it is already tomorrow.
FURTHEST_AHEAD = timedelta(days=1)
HOTELS_NAMED = 3


class EffectiveTimeRefused(Exception):
    """A real run may not use this effective time; the message is one sentence for the user."""


def check_effective_time(
    *,
    jobs: Sequence[Job],
    hotels: Iterable[Hotel],
    at: datetime,
    now: datetime,
    requested_at: datetime | None = None,
) -> None:
    """Check that real runs of `jobs` in `hotels` may have the effective time `at`.

    `now` is the time of the clock, and `requested_at` the time of the request if it was earlier.
    Takes no query for a run at the present time, and one for an earlier time, whatever the number
    of hotels. Raises EffectiveTimeRefused for a time more than `FURTHEST_AHEAD` after `now`. For a
    job with `dated_effects` also for a time in a business day that was closed at `requested_at`,
    or before the date of the hotel's last invoice or credit note.
    """
    if at > now + FURTHEST_AHEAD:
        _check_future([hotel for hotel in hotels if not hotel.is_sandbox], at=at, now=now)
    requested_at = requested_at or now
    chosen_earlier = at < requested_at - START_DELAY
    dated = [job for job in jobs if job.dated_effects]
    if dated and chosen_earlier:
        real = [hotel for hotel in hotels if not hotel.is_sandbox]
        if real:
            _check_closed_days(dated[0], real, at=at, requested_at=requested_at)
            _check_issue_dates(dated[0], real, at=at)


def _check_future(hotels: Sequence[Hotel], *, at: datetime, now: datetime) -> None:
    if hotels:
        text = gettext(
            "%(at)s is in the future: a real run in %(hotels)s may have a time up to %(latest)s; "
            "correct the time, or make a preview."
        )
        latest = _utc(now + FURTHEST_AHEAD)
        raise EffectiveTimeRefused(
            text % {"at": _utc(at), "hotels": _names(hotels), "latest": latest}
        )


def _check_closed_days(
    job: Job, hotels: Iterable[Hotel], *, at: datetime, requested_at: datetime
) -> None:
    closed = [h for h in hotels if h.business_date(at) < h.business_date(requested_at)]
    if closed:
        text = gettext(
            "%(at)s is in a closed business day of %(hotels)s (open in %(first)s: %(open)s): the "
            "changes of %(job)s would be back-dated; run it at the present time, which does all "
            "open work, or make a preview."
        )
        raise EffectiveTimeRefused(
            text
            % {
                "at": _utc(at),
                "hotels": _names(closed),
                "first": closed[0].code,
                "open": formats.date_of(closed[0].business_date(requested_at)),
                "job": job.name,
            }
        )


def _check_issue_dates(job: Job, hotels: Sequence[Hotel], *, at: datetime) -> None:
    issued = last_issue_dates(hotels=hotels)
    later = [h for h in hotels if h.pk in issued and h.local_date(at) < issued[h.pk]]
    if later:
        text = gettext(
            "%(at)s is before the date of the last invoice or credit note of %(hotels)s (%(last)s "
            "in %(first)s): the changes of %(job)s would be back-dated; run it at the present "
            "time, which does all open work, or make a preview."
        )
        raise EffectiveTimeRefused(
            text
            % {
                "at": _utc(at),
                "hotels": _names(later),
                "first": later[0].code,
                "last": formats.date_of(issued[later[0].pk]),
                "job": job.name,
            }
        )


def _names(hotels: Sequence[Hotel]) -> str:
    """The codes of the first hotels, and the number of the others."""
    shown = ", ".join(hotel.code for hotel in hotels[:HOTELS_NAMED])
    more = len(hotels) - HOTELS_NAMED
    if more <= 0:
        return shown
    return ngettext(
        "%(hotels)s and %(count)d more hotel", "%(hotels)s and %(count)d more hotels", more
    ) % {"hotels": shown, "count": more}


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
