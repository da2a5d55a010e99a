"""Close folios that no room will be charged on any more, and report deposit surpluses."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Exists, OuterRef

from hotels import money
from hotels.billing.currencies import Receipt, read_receipts
from hotels.billing.open_charges import OpenCharge, read_charges
from hotels.models import Booking, BookingRoom, Folio, Hotel, NoShowRecord
from hotels.no_shows.amounts_due import amount_due, documented_amounts
from hotels.prepared import Among, CompiledQuery
from hotels.row_writes import update_rows

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
    unused = _no_longer_used(by_folio, hotel=hotel)
    accounts = accounts_of(each.folio for each in unused)
    completed: list[Folio] = []
    voided: list[Folio] = []
    sentences: list[str] = []
    surplus: list[NoShowRecord] = []
    for folio, slept in unused:
        account, ended = accounts[folio.pk], by_folio[folio.pk]
        if slept or any(each.outcome == Outcome.APPLIED for each in ended):
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
    for folio in completed:
        folio.status, folio.completed_at = Folio.Status.COMPLETED, now
    for folio in voided:
        folio.status, folio.completed_at = Folio.Status.VOID, None
    update_rows([*completed, *voided], ["status", "completed_at"])
    update_rows(surplus, ["deposit_surplus"])
    return SettledFolios(
        completed=tuple(completed), voided=tuple(voided), needs_attention=tuple(sentences)
    )


def accounts_of(folios: Iterable[Folio]) -> dict[int, FolioAccount]:
    """Charges and payments of each folio by its key.

    Three queries, if the folios have their hotel.
    """
    by_key = {folio.pk: folio for folio in folios}
    charges = Counter[int]()
    still_open: dict[int, list[OpenCharge]] = defaultdict(list)
    for line, is_open in read_charges(folios=by_key):
        charges[line.folio_id] += 1
        if is_open and line.currency == by_key[line.folio_id].currency:
            still_open[line.folio_id].append(line)
    documented = documented_amounts(by_key)
    paid: dict[int, list[Receipt]] = defaultdict(list)
    for payment in read_receipts(folios=by_key):
        paid[payment.folio].append(payment)
    return {
        pk: FolioAccount(
            charges=charges[pk],
            payments=len(paid[pk]),
            due=amount_due(still_open[pk], documented=documented[pk], folio=folio),
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


class _UnusedFolio(NamedTuple):
    """An open folio that no active room uses; `slept` if a room that has checked out did."""

    folio: Folio
    slept: bool


_FOLIO = tuple(field.attname for field in Folio._meta.concrete_fields)
_UNUSED = CompiledQuery(
    lambda: (
        Folio.objects.filter(
            Among("pk", keys="folios"),
            ~Exists(BookingRoom.objects.filter(folio=OuterRef("pk"), status__in=LIVE)),
            status=Folio.Status.OPEN,
        )
        .annotate(
            slept=Exists(
                BookingRoom.objects.filter(
                    folio=OuterRef("pk"), status=BookingRoom.Status.CHECKED_OUT
                )
            )
        )
        .order_by("pk")
        .values_list(*_FOLIO, "booking__reference", "slept")
    )
)


def _no_longer_used(keys: Collection[int], *, hotel: Hotel) -> list[_UnusedFolio]:
    unused = []
    for *values, reference, slept in _UNUSED.rows(folios=keys):
        folio = Folio.from_db(DEFAULT_DB_ALIAS, _FOLIO, values)
        folio.hotel, folio.booking = hotel, Booking(pk=folio.booking_id, reference=reference)
        unused.append(_UnusedFolio(folio, slept))
    return unused
