"""Items in a hotel's data that need attention, each with the page that deals with it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.db.models import Q, TextField, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy, ngettext

from hotels import formats
from hotels.action_items.counts import count_by_hotel
from hotels.billing.balances import overpaid_invoices
from hotels.billing.deposits_to_refund import deposits_to_refund
from hotels.models import Hotel, HousekeepingTask, Message, NoShowRecord, RoomAvailability
from hotels.models.literal import KeyList, Literal
from hotels.roles import OFFICE, ROLES, Access, Action, Role

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, kw_only=True, eq=False)
class ItemKind:
    """A kind of items, which are listed and counted together; `tone` is that of badges.

    Only users with one of `roles` in its hotel see an item.
    """

    key: str
    label: _StrOrPromise
    icon: str
    tone: str = "warn"
    roles: Collection[Role] = OFFICE


FAILED_SHOWN = timedelta(days=3)
UNSENT_AFTER = timedelta(minutes=15)

OVERBOOKED = ItemKind(key="overbooked", label=gettext_lazy("Overbooked"), icon="hotel", tone="bad")
NO_SHOWS = ItemKind(
    key="no-shows",
    label=gettext_lazy("No-shows to decide"),
    icon="person_off",
    roles=ROLES[Action.REINSTATE],
)
MESSAGES_FAILED = ItemKind(
    key="messages-failed", label=gettext_lazy("Messages that failed"), icon="unsubscribe"
)
MESSAGES_UNSENT = ItemKind(
    key="messages-unsent", label=gettext_lazy("Messages not sent"), icon="schedule_send"
)
OVERPAID = ItemKind(
    key="overpaid",
    label=gettext_lazy("Money to refund"),
    icon="currency_exchange",
    roles=ROLES[Action.CHARGE],
)
UNASSIGNED = ItemKind(
    key="unassigned",
    label=gettext_lazy("Unassigned cleaning tasks"),
    icon="cleaning_services",
    roles=OFFICE | {Role.HOUSEKEEPING},
)
KINDS_OF_HOTELS = (OVERBOOKED, NO_SHOWS, MESSAGES_FAILED, MESSAGES_UNSENT, OVERPAID, UNASSIGNED)


@dataclass(frozen=True, kw_only=True)
class ActionItem:
    """One item that needs attention, of one hotel, or of many if `hotel` is None.

    `make_text` and `make_url` are called only for the items that Home shows; it counts the others.
    `detail` is a second line, such as the cause of a failure; `note` a link to a page beside it,
    `mark_url` the page on which the user acknowledges or snoozes it.
    With its kind, `subject` names the item in its hotel. `keys` are the objects that it is about:
    with another one among them it says something new.
    """

    hotel: Hotel | None
    kind: ItemKind
    make_text: Callable[[], str]
    make_url: Callable[[], str]
    detail: str = ""
    note: str = ""
    note_url: str = ""
    mark_url: str = ""
    subject: str = ""
    keys: Collection[str] = ()

    @property
    def text(self) -> str:
        """The sentence shown."""
        return self.make_text()

    @property
    def url(self) -> str:
        """The page on which a user deals with the item."""
        return self.make_url()


def action_items(
    *,
    hotels: Sequence[Hotel],
    access: Access,
    now: datetime,
    kinds: Collection[ItemKind] | None = None,
) -> list[ActionItem]:
    """Return the items of `hotels` that need the user's attention at `now`, in seven queries.

    `kinds` limits them, and the queries, to some kinds; None means all.
    """

    def hotels_of(kind: ItemKind) -> Hotels:
        if kinds is not None and kind not in kinds:
            return {}
        return {
            hotel.pk: hotel
            for hotel in hotels
            if access.has_role(roles=kind.roles, hotel_id=hotel.pk)
        }

    return [
        *_unassigned_tasks(hotels_of(UNASSIGNED), now=now),
        *_undecided_no_shows(hotels_of(NO_SHOWS)),
        *_overbooked_nights(hotels_of(OVERBOOKED), now=now),
        *_failed_messages(hotels_of(MESSAGES_FAILED), now=now),
        *_unsent_messages(hotels_of(MESSAGES_UNSENT), now=now),
        *_overpaid_invoices(hotels_of(OVERPAID)),
        *_deposits_to_refund(hotels_of(OVERPAID)),
    ]


Hotels = dict[int, Hotel]


def _unassigned_tasks(hotels: Hotels, *, now: datetime) -> Iterable[ActionItem]:
    rows = HousekeepingTask.objects.filter(
        _on_date("date", hotels.values(), today=lambda hotel: hotel.local_date(now)),
        status=HousekeepingTask.Status.PENDING,
        assignee=None,
    )
    for each in count_by_hotel(rows, hotels, first="date"):
        yield ActionItem(
            hotel=each.hotel,
            kind=UNASSIGNED,
            make_text=partial(_unassigned_text, each.number),
            make_url=partial(_page_url, "housekeeping", each.hotel, attendant="0"),
            keys=each.keys,
        )


def _undecided_no_shows(hotels: Hotels) -> Iterable[ActionItem]:
    rows = NoShowRecord.objects.filter(hotel__in=KeyList(hotels), outcome=Literal("REVIEW"))
    for each in count_by_hotel(rows, hotels, first="business_date"):
        yield ActionItem(
            hotel=each.hotel,
            kind=NO_SHOWS,
            make_text=partial(_undecided_text, each.number),
            make_url=partial(_page_url, "no-shows", each.hotel, outcome="REVIEW"),
            keys=each.keys,
        )


def _overbooked_nights(hotels: Hotels, *, now: datetime) -> Iterable[ActionItem]:
    rows = RoomAvailability.objects.filter(
        _on_date("date__gte", hotels.values(), today=lambda hotel: hotel.business_date(now)),
        overbooked_by__gt=Literal(0),
    )
    for each in count_by_hotel(
        rows, hotels, first="date", of="date", key=_both("room_type_id", "date")
    ):
        yield ActionItem(
            hotel=each.hotel,
            kind=OVERBOOKED,
            make_text=partial(_overbooked_text, each.number, each.first),
            make_url=partial(_page_url, "availability", each.hotel, anchor="#overbooked-nights"),
            keys=each.keys,
        )


def _failed_messages(hotels: Hotels, *, now: datetime) -> Iterable[ActionItem]:
    """Messages that failed for good in the last three days."""
    rows = Message.objects.filter(
        hotel__in=KeyList(hotels), status=Literal("FAILED"), ended_at__gte=now - FAILED_SHOWN
    )
    for each in count_by_hotel(rows, hotels, first="ended_at", key=_both("pk", "ended_at")):
        yield ActionItem(
            hotel=each.hotel,
            kind=MESSAGES_FAILED,
            make_text=partial(_failed_text, each.number),
            make_url=partial(_messages_url, each.hotel, status__exact="FAILED"),
            keys=each.keys,
        )


def _unsent_messages(hotels: Hotels, *, now: datetime) -> Iterable[ActionItem]:
    """Messages that should have been tried a while ago: the tick or the receiver is silent."""
    rows = Message.objects.filter(
        hotel__in=KeyList(hotels), status=Literal("WAITING"), next_attempt_at__lt=now - UNSENT_AFTER
    )
    for each in count_by_hotel(rows, hotels, first="next_attempt_at"):
        yield ActionItem(
            hotel=each.hotel,
            kind=MESSAGES_UNSENT,
            make_text=partial(_unsent_text, each.number),
            make_url=partial(_messages_url, each.hotel, status__exact="WAITING"),
            keys=each.keys,
        )


def _messages_url(hotel: Hotel, **query: str) -> str:
    page = reverse("admin:hotels_message_changelist")
    return f"{page}?{urlencode({'hotel__id__exact': str(hotel.pk)} | query)}"


def _failed_text(count: int) -> str:
    text = ngettext("%(count)d message failed", "%(count)d messages failed", count)
    return text % {"count": count}


def _unsent_text(count: int) -> str:
    text = ngettext(
        "%(count)d message is overdue to be sent",
        "%(count)d messages are overdue to be sent",
        count,
    )
    return text % {"count": count}


def _overpaid_invoices(hotels: Hotels) -> Iterable[ActionItem]:
    """The guests' money that is left: no refund is made automatically."""
    rows = overpaid_invoices(hotels=hotels)
    for each in count_by_hotel(rows, hotels, first="issue_date", key=_both("pk", "balance")):
        yield ActionItem(
            hotel=each.hotel,
            kind=OVERPAID,
            make_text=partial(_overpaid_text, each.number),
            make_url=partial(_page_url, "invoices", each.hotel, show="overpaid"),
            keys=each.keys,
        )


def _deposits_to_refund(hotels: Hotels) -> Iterable[ActionItem]:
    """Money that is on no invoice, such as the deposit of a room released without a fee."""
    if not hotels:
        return
    rows = deposits_to_refund(hotels=hotels)
    for each in count_by_hotel(rows, hotels, first="pk", key=_both("pk", "left")):
        yield ActionItem(
            hotel=each.hotel,
            kind=OVERPAID,
            subject="deposits",
            make_text=partial(_deposits_text, each.number),
            make_url=partial(_page_url, "deposits-to-refund", each.hotel),
            keys=each.keys,
        )


def _unassigned_text(count: int) -> str:
    text = ngettext(
        "%(count)d of today's tasks is unassigned",
        "%(count)d of today's tasks are unassigned",
        count,
    )
    return text % {"count": count}


def _undecided_text(count: int) -> str:
    text = ngettext(
        "%(count)d possible no-show needs your decision",
        "%(count)d possible no-shows need your decision",
        count,
    )
    return text % {"count": count}


def _overbooked_text(count: int, first: date) -> str:
    text = ngettext(
        "Overbooked on %(count)d night: %(first)s",
        "Overbooked on %(count)d nights, from %(first)s",
        count,
    )
    return text % {"count": count, "first": formats.short_day(first)}


def _overpaid_text(count: int) -> str:
    text = ngettext(
        "%(count)d invoice is overpaid: decide on a refund",
        "%(count)d invoices are overpaid: decide on refunds",
        count,
    )
    return text % {"count": count}


def _deposits_text(count: int) -> str:
    text = ngettext(
        "%(count)d deposit is left without a stay: decide on a refund",
        "%(count)d deposits are left without a stay: decide on refunds",
        count,
    )
    return text % {"count": count}


def _on_date(lookup: str, hotels: Iterable[Hotel], *, today: Callable[[Hotel], date]) -> Q:
    """Return a filter for the rows of each hotel's current date; at most three dates at once."""
    by_date: dict[date, list[int]] = {}
    for hotel in hotels:
        by_date.setdefault(today(hotel), []).append(hotel.pk)
    condition = Q(pk__in=())
    for day, ids in by_date.items():
        condition |= Q(**{lookup: day, "hotel__in": KeyList(ids)})
    return condition


def _both(column: str, other: str) -> Concat:
    """The key of objects that are new whenever `other` changes."""
    return Concat(column, Value(":"), other, output_field=TextField())


def _page_url(name: str, hotel: Hotel, *, anchor: str = "", **query: str) -> str:
    return f"{reverse(f'hotels:{name}')}?{urlencode({'hotel': hotel.code} | query)}{anchor}"
