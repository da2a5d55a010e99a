"""Close the folios that no room will be charged on any more; set deposits against what is due."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef

from hotels import money
from hotels.models import BookingRoom, Folio, FolioLine, Hotel, NoShowRecord, Payment

LIVE = (
    BookingRoom.Status.TENTATIVE,
    BookingRoom.Status.CONFIRMED,
    BookingRoom.Status.CHECKED_IN,
)
Outcome = NoShowRecord.Outcome


@dataclass(frozen=True, kw_only=True)
class SettledFolios:
    """The folios closed, and in `for_a_person` what somebody should look at."""

    completed: tuple[Folio, ...] = ()
    voided: tuple[Folio, ...] = ()
    for_a_person: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FolioAccount:
    """What stands on one folio."""

    charges: int
    payments: int
    due: Decimal
    received: Decimal

    @property
    def surplus(self) -> Decimal:
        """What was received beyond what is due."""
        return max(self.received - self.due, money.ZERO)

    @property
    def untouched(self) -> bool:
        """Whether nothing was ever charged or paid."""
        return not self.charges and not self.payments


def settle_folios(*, hotel: Hotel, records: Sequence[NoShowRecord], now: datetime) -> SettledFolios:
    """Close the folios of these no-shows and releases that no other live room uses.

    With a no-show the folio is completed; an untouched one is void; what else was released is left
    open for a person. A deposit is set against the fee by standing on the same folio; what it
    exceeds the total by is flagged on the latest record, and never refunded.
    """
    by_folio: dict[int, list[NoShowRecord]] = defaultdict(list)
    for record in records:
        if record.booking_room.folio_id:
            by_folio[record.booking_room.folio_id].append(record)
    folios = _no_longer_used(by_folio)
    accounts = accounts_of(folios, currency=hotel.currency)
    completed: list[Folio] = []
    voided: list[Folio] = []
    words: list[str] = []
    surplus: list[NoShowRecord] = []
    for folio in folios:
        account, last = accounts[folio.pk], by_folio[folio.pk][-1]
        if any(record.outcome == Outcome.APPLIED for record in by_folio[folio.pk]):
            completed.append(folio)
        elif account.untouched:
            voided.append(folio)
        else:
            words.append(f"folio {folio}: its room {last.booking_room} was released, still open")
        if account.surplus:
            last.deposit_surplus = account.surplus
            surplus.append(last)
            left = money.amount_in_english(account.surplus, currency=hotel.currency)
            words.append(f"{last.booking_room}: {left} of the deposit are left over")
    _close(completed, status=Folio.Status.COMPLETED, now=now)
    _close(voided, status=Folio.Status.VOID, now=None)
    NoShowRecord.objects.bulk_update(surplus, ["deposit_surplus"])
    return SettledFolios(
        completed=tuple(completed), voided=tuple(voided), for_a_person=tuple(words)
    )


def accounts_of(folios: Iterable[Folio], *, currency: str) -> dict[int, FolioAccount]:
    """What is charged and received on each folio, in two queries."""
    ids = [folio.pk for folio in folios]
    charged: dict[int, list[Decimal]] = defaultdict(list)
    paid: dict[int, list[Decimal]] = defaultdict(list)
    for line in FolioLine.objects.filter(folio__in=ids).only("folio_id", "gross"):
        charged[line.folio_id].append(line.gross)
    for payment in Payment.objects.filter(folio__in=ids):
        paid[payment.folio_id].append(payment.received)
    return {
        pk: FolioAccount(
            charges=len(charged[pk]),
            payments=len(paid[pk]),
            due=money.total(charged[pk], currency=currency),
            received=money.total(paid[pk], currency=currency),
        )
        for pk in ids
    }


def _no_longer_used(ids: Iterable[int]) -> list[Folio]:
    live = BookingRoom.objects.filter(folio=OuterRef("pk"), status__in=LIVE)
    return list(
        Folio.objects.filter(~Exists(live), pk__in=ids, status=Folio.Status.OPEN)
        .select_related("booking")
        .order_by("pk")
    )


def _close(folios: Sequence[Folio], *, status: Folio.Status, now: datetime | None) -> None:
    if folios:
        Folio.objects.filter(pk__in=[folio.pk for folio in folios]).update(
            status=status, completed_at=now
        )
