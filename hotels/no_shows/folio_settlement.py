"""Close folios that no room will be charged on any more, and report deposit surpluses."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef

from hotels import money
from hotels.models import BookingRoom, Folio, FolioLine, Hotel, NoShowRecord, Payment
from hotels.no_shows.amounts_due import amount_due, documented_amounts
from hotels.row_updates import update_rows

LIVE = (
    BookingRoom.Status.TENTATIVE,
    BookingRoom.Status.CONFIRMED,
    BookingRoom.Status.CHECKED_IN,
)
Outcome = NoShowRecord.Outcome


@dataclass(frozen=True, kw_only=True)
class SettledFolios:
    """Closed folios, and in `for_a_person` one sentence for each that staff must check."""

    completed: tuple[Folio, ...] = ()
    voided: tuple[Folio, ...] = ()
    needs_attention: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FolioAccount:
    """Charges and payments of one folio: their number, and the amounts due and received.

    The amount due is that of the folio's documents (`amounts_due`). `charges` and `payments` count
    those in all currencies; the amounts are in the folio's.
    """

    charges: int
    payments: int
    due: Decimal
    received: Decimal

    @property
    def surplus(self) -> Decimal:
        """The amount received beyond the amount due."""
        return max(self.received - self.due, money.ZERO)

    @property
    def untouched(self) -> bool:
        """True if nothing was ever charged or paid."""
        return not self.charges and not self.payments


def settle_folios(
    *, hotel: Hotel, records: Sequence[NoShowRecord], left: Iterable[Folio] = (), now: datetime
) -> SettledFolios:
    """Close the folios of these no-shows and releases that no other active room uses.

    The folio of a no-show, or of a room that has checked out, is completed. After a release an
    unused folio is voided, as is one `left` for another; any other stays open for staff to check. A
    deposit on the same folio pays the fee. If it exceeds what is due, the surplus is noted on the
    latest record; it is never refunded automatically.
    """
    by_folio: dict[int, list[NoShowRecord]] = {folio.pk: [] for folio in left}
    for record in records:
        if record.booking_room.folio_id:
            by_folio.setdefault(record.booking_room.folio_id, []).append(record)
    folios = _no_longer_used(by_folio)
    slept = _with_departed_guests(folios)
    accounts = accounts_of(folios)
    completed: list[Folio] = []
    voided: list[Folio] = []
    sentences: list[str] = []
    surplus: list[NoShowRecord] = []
    for folio in folios:
        account, ended = accounts[folio.pk], by_folio[folio.pk]
        if folio.pk in slept or any(each.outcome == Outcome.APPLIED for each in ended):
            completed.append(folio)
        elif account.untouched:
            voided.append(folio)
        elif ended:
            sentences.append(
                f"Folio {folio} is still open although {ended[-1].booking_room} was released: "
                "check its charges and payments."
            )
        if account.surplus and ended:
            ended[-1].deposit_surplus = account.surplus
            surplus.append(ended[-1])
            sentences.append(_surplus_in_english(ended[-1], account, currency=folio.currency))
    _close(completed, status=Folio.Status.COMPLETED, now=now)
    _close(voided, status=Folio.Status.VOID, now=None)
    update_rows(surplus, ["deposit_surplus"])
    return SettledFolios(
        completed=tuple(completed), voided=tuple(voided), needs_attention=tuple(sentences)
    )


def accounts_of(folios: Iterable[Folio]) -> dict[int, FolioAccount]:
    """Charges and payments of each folio by its key.

    Three queries, if the folios have their hotel.
    """
    by_key = {folio.pk: folio for folio in folios}
    charged: dict[int, list[FolioLine]] = defaultdict(list)
    paid: dict[int, list[Payment]] = defaultdict(list)
    for line in FolioLine.objects.filter(folio__in=by_key):
        charged[line.folio_id].append(line)
    documented = documented_amounts(by_key.values())
    for payment in Payment.objects.filter(folio__in=by_key):
        paid[payment.folio_id].append(payment)
    return {
        pk: FolioAccount(
            charges=len(charged[pk]),
            payments=len(paid[pk]),
            due=amount_due(
                [line for line in charged[pk] if line.currency == folio.currency],
                documented=documented[pk],
                folio=folio,
            ),
            received=money.total(
                (each.received for each in paid[pk] if each.currency == folio.currency),
                currency=folio.currency,
            ),
        )
        for pk, folio in by_key.items()
    }


def _surplus_in_english(record: NoShowRecord, account: FolioAccount, *, currency: str) -> str:
    surplus = money.amount_in_english(account.surplus, currency=currency)
    if not account.due:
        return f"{record.booking_room}: {surplus} were paid in advance and no fee is due."
    return f"{record.booking_room}: Deposit exceeds the fee by {surplus}."


def _no_longer_used(ids: Iterable[int]) -> list[Folio]:
    live = BookingRoom.objects.filter(folio=OuterRef("pk"), status__in=LIVE)
    return list(
        Folio.objects.filter(~Exists(live), pk__in=ids, status=Folio.Status.OPEN)
        .select_related("booking", "hotel")
        .order_by("pk")
    )


def _with_departed_guests(folios: Iterable[Folio]) -> set[int]:
    """The keys of the folios on which a room that has checked out was charged."""
    stays = BookingRoom.objects.filter(folio__in=folios, status=BookingRoom.Status.CHECKED_OUT)
    return {pk for pk in stays.order_by().values_list("folio_id", flat=True) if pk}


def _close(folios: Sequence[Folio], *, status: Folio.Status, now: datetime | None) -> None:
    if folios:
        Folio.objects.filter(pk__in=[folio.pk for folio in folios]).update(
            status=status, completed_at=now
        )
