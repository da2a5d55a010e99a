"""Action items of the hotels with schedules that make no sense there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from hashlib import sha256
from itertools import islice

from django.core.cache import cache
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import ngettext

from hotels import formats
from hotels.action_items import ActionItem
from hotels.models import Hotel
from jobs import registry
from jobs.alerts.item_marks import SCHEDULES
from jobs.console.home.job_status import JobStatus
from jobs.scheduling import EffectiveSchedule
from jobs.scheduling.advice import judge_schedules

# With advice for more hotels than this, Home shows one item for all of them.
HOTELS_LISTED = 5
ADVICE_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class _AdviceKeys:
    """The number of hotels with advice, and the keys of the advice in each of the first ones."""

    hotels: int
    first: Mapping[int, Sequence[str]]


def schedule_action_items(
    standing: Mapping[str, Sequence[JobStatus]], *, hotels: Sequence[Hotel], now: datetime
) -> list[ActionItem]:
    """An item for each hotel with schedules that make no sense there, or one for many hotels.

    The advice is cached until a hotel or a schedule is changed, at most for `ADVICE_SECONDS`:
    judging takes a query over the maintenance plans of all hotels.
    """
    own = {hotel.pk for hotel in hotels}
    everything = [each for of_job in standing.values() for each in of_job]
    schedules = [each.schedule for each in everything if each.schedule and each.hotel.pk in own]
    advice = _advice(schedules, hotels=hotels, day=now.astimezone(UTC).date())
    if advice.hotels > HOTELS_LISTED:
        return [_item(None, partial(_text_of_many, advice.hotels))]
    return [
        _item(each, partial(_text_of_hotel, len(keys)), keys=keys)
        for each in hotels
        if (keys := advice.first.get(each.pk))
    ]


def _advice(
    schedules: Iterable[EffectiveSchedule], *, hotels: Sequence[Hotel], day: date
) -> _AdviceKeys:
    schedules = list(schedules)
    key = f"console-advice-keys-{_digest(schedules, hotels=hotels, day=day)}"
    cached: _AdviceKeys | None = cache.get(key)
    if cached is None:
        found = judge_schedules(hotels=hotels, schedules=schedules, day=day)
        keys: dict[int, list[str]] = {}
        for advice in found:
            keys.setdefault(advice.hotel.pk, []).append(advice.key)
        first = dict(islice(keys.items(), HOTELS_LISTED))
        cached = _AdviceKeys(hotels=len(keys), first=first)
        cache.set(key, cached, ADVICE_SECONDS)
    return cached


def _digest(schedules: Iterable[EffectiveSchedule], *, hotels: Iterable[Hotel], day: date) -> str:
    """A hash of what the advice depends on, except the maintenance plans."""
    parts = (
        day,
        [(job.name, job.schedule, job.local_hours) for job in registry.all_jobs()],
        [(hotel.pk, hotel.timezone, hotel.day_close_time) for hotel in hotels],
        [
            (each.hotel_id, each.job_name, each.expression, str(each.zone), each.enabled)
            for each in schedules
            if each.own is not None
        ],
    )
    return sha256(repr(parts).encode()).hexdigest()


def _item(
    hotel: Hotel | None, make_text: Callable[[], str], *, keys: Sequence[str] = ()
) -> ActionItem:
    return ActionItem(
        hotel=hotel,
        kind=SCHEDULES,
        make_text=make_text,
        make_url=partial(_page_url, hotel),
        keys=keys,
    )


def _text_of_many(hotels: int) -> str:
    text = ngettext(
        "Jobs run at unsuitable local times or not often enough in %(count)s hotel",
        "Jobs run at unsuitable local times or not often enough in %(count)s hotels",
        hotels,
    )
    return text % {"count": formats.number(hotels)}


def _text_of_hotel(count: int) -> str:
    text = ngettext(
        "%(count)d job runs at an unsuitable local time or not often enough",
        "%(count)d jobs run at unsuitable local times or not often enough",
        count,
    )
    return text % {"count": count}


def _page_url(hotel: Hotel | None) -> str:
    code = hotel.code if hotel else ""  # all hotels, whichever is remembered
    return f"{reverse('jobs:local-times')}?{urlencode({'hotel': code})}"
