"""What a hotel's books leave for a person: each with where it is decided."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import ngettext

from hotels import formats
from hotels.models import Hotel, HousekeepingTask, NoShowRecord, RoomAvailability
from hotels.models.literal import Literal


@dataclass(frozen=True, kw_only=True)
class ActionItem:
    """One thing of one hotel: a sentence, and the page on which a person deals with it."""

    hotel: Hotel
    icon: str
    words: str
    url: str


def action_items(*, hotels: Sequence[Hotel], now: datetime) -> list[ActionItem]:
    """What the books of some hotels leave for people at `now`, in three queries."""
    by_id = {hotel.pk: hotel for hotel in hotels}
    return [
        *_unassigned(by_id, now=now),
        *_reviews(by_id),
        *_overbooked(by_id, now=now),
    ]


Hotels = dict[int, Hotel]


def _unassigned(hotels: Hotels, *, now: datetime) -> Iterable[ActionItem]:
    rows = HousekeepingTask.objects.filter(
        _on_date("date", hotels.values(), today=lambda hotel: hotel.local_date(now)),
        status=HousekeepingTask.Status.PENDING,
        assignee=None,
    )
    for hotel, count, _ in _counted(rows, hotels, first="date"):
        words = ngettext(
            "%(count)d task of today is nobody's", "%(count)d tasks of today are nobody's", count
        )
        yield ActionItem(
            hotel=hotel,
            icon="cleaning_services",
            words=words % {"count": count},
            url=_board("housekeeping", hotel, attendant="0"),
        )


def _reviews(hotels: Hotels) -> Iterable[ActionItem]:
    rows = NoShowRecord.objects.filter(hotel__in=hotels, outcome=Literal("REVIEW"))
    page = reverse("hotels:no-shows")
    for hotel, count, _ in _counted(rows, hotels, first="business_date"):
        words = ngettext(
            "%(count)d no-show is for you to decide",
            "%(count)d no-shows are for you to decide",
            count,
        )
        yield ActionItem(
            hotel=hotel,
            icon="person_off",
            words=words % {"count": count},
            url=f"{page}?{urlencode({'hotel': hotel.code, 'outcome': 'REVIEW'})}",
        )


def _overbooked(hotels: Hotels, *, now: datetime) -> Iterable[ActionItem]:
    rows = RoomAvailability.objects.filter(
        _on_date("date__gte", hotels.values(), today=lambda hotel: hotel.business_date(now)),
        overbooked_by__gt=Literal(0),
    )
    for hotel, count, first in _counted(rows, hotels, first="date", of="date"):
        words = ngettext(
            "%(count)d night is overbooked, on %(first)s",
            "%(count)d nights are overbooked, the first on %(first)s",
            count,
        )
        yield ActionItem(
            hotel=hotel,
            icon="hotel",
            words=words % {"count": count, "first": formats.short_day(first)},
            url=_board("availability", hotel) + "#clashes",
        )


def _counted(
    rows: object, hotels: Hotels, *, first: str, of: str = "pk"
) -> list[tuple[Hotel, int, date]]:
    """By hotel, in the order of their names: how many, and the first."""
    counts = rows.order_by().values_list("hotel")  # type: ignore[attr-defined]
    found = {
        hotel_id: (count, least)
        for hotel_id, count, least in counts.annotate(Count(of, distinct=of != "pk"), Min(first))
    }
    return [(hotel, *found[pk]) for pk, hotel in hotels.items() if pk in found]


def _on_date(lookup: str, hotels: Iterable[Hotel], *, today: Callable[[Hotel], date]) -> Q:
    """The rows at the date it is in each hotel: never more than three dates on earth at once."""
    by_date: dict[date, list[int]] = {}
    for hotel in hotels:
        by_date.setdefault(today(hotel), []).append(hotel.pk)
    wanted = Q(pk__in=())
    for day, ids in by_date.items():
        wanted |= Q(**{lookup: day, "hotel__in": ids})
    return wanted


def _board(name: str, hotel: Hotel, **query: str) -> str:
    return f"{reverse(f'hotels:{name}')}?{urlencode({'hotel': hotel.code} | query)}"


def _list(model: str, hotel: Hotel, **filters: str) -> str:
    query = "&".join(f"{name}={value}" for name, value in filters.items())
    return f"{reverse(f'admin:hotels_{model}_changelist')}?hotel__id__exact={hotel.pk}&{query}"
