"""Which folios are invoiced, and which are left with a reason (domain rule 5)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet

from hotels.billing.documents import Draft, DraftLine, buyer_of, insert, seller_of
from hotels.billing.payments import received_on
from hotels.billing.totals import totals_of
from hotels.isolation import Failure, write_isolated
from hotels.models import BookingRoom, Folio, FolioLine, Hotel, Invoice, InvoiceLine

NO_LINES = "nothing was charged on it"
ZERO_TOTAL = "its total is zero"
NEGATIVE_TOTAL = "its total is negative: a person decides on a credit note"
STILL_IN_HOUSE = "a room that is charged on it is still in house"


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A completed folio that gets no invoice, and why."""

    folio: Folio
    reason: str


@dataclass(frozen=True, kw_only=True)
class Issued:
    """What became of the completed folios of a hotel."""

    invoices: tuple[Invoice, ...]
    skipped: tuple[Skipped, ...]
    failures: tuple[Failure[Folio], ...]


def candidates(*, hotel: Hotel) -> list[Folio]:
    """Completed folios without a live invoice, of any age, oldest first.

    A folio that was invoiced and wholly credited is one again only when it has a line that stands
    on no document yet; otherwise what was credited would be invoiced anew every night.
    """
    invoices = Invoice.objects.filter(folio=OuterRef("pk"), kind=Invoice.Kind.INVOICE)
    return list(
        Folio.objects.of_hotel(hotel)
        .filter(status=Folio.Status.COMPLETED)
        .filter(~Exists(invoices.filter(live=True)))
        .filter(Q(Exists(_unbilled().filter(folio=OuterRef("pk")))) | ~Q(Exists(invoices)))
        .select_related("booking", "payer")
        .order_by("completed_at", "pk")
    )


def issue_invoices(*, hotel: Hotel, now: datetime) -> Issued:
    """Invoice every candidate to its payer, in sets; one bad folio stops no other."""
    folios = candidates(hotel=hotel)
    lines = _lines_of(folios)
    received = received_on(folios=folios)
    in_house = _in_house(hotel)
    drafts: list[Draft] = []
    skipped: list[Skipped] = []
    failures: list[Failure[Folio]] = []
    for folio in folios:
        try:
            draft = _draft(folio, lines=lines[folio.pk], hotel=hotel, received=received[folio.pk])
        except (ValueError, ArithmeticError) as error:
            failures.append(Failure(row=folio, error=error))
            continue
        reason = _why_not(draft, shared=folio.pk in in_house)
        if reason:
            skipped.append(Skipped(folio=folio, reason=reason))
        else:
            drafts.append(draft)
    invoices: list[Invoice] = []

    def write(part: Sequence[Draft]) -> None:
        invoices.extend(_insert_new(part, hotel=hotel, now=now))

    failures += [
        Failure(row=failure.row.folio, error=failure.error)
        for failure in write_isolated(drafts, write=write)
    ]
    return Issued(invoices=tuple(invoices), skipped=tuple(skipped), failures=tuple(failures))


def _insert_new(drafts: Sequence[Draft], *, hotel: Hotel, now: datetime) -> list[Invoice]:
    # Whoever invoices waits here, so the look at what is live by now cannot be overtaken.
    Hotel.objects.select_for_update(no_key=True).get(pk=hotel.pk)
    live = set(
        Invoice.objects.filter(
            folio__in=[draft.folio for draft in drafts], kind=Invoice.Kind.INVOICE, live=True
        ).values_list("folio_id", flat=True)
    )
    left = [draft for draft in drafts if draft.folio.pk not in live]
    if not left:
        return []
    return insert(left, hotel=hotel, kind=Invoice.Kind.INVOICE, now=now)


def _draft(folio: Folio, *, lines: Sequence[FolioLine], hotel: Hotel, received: Decimal) -> Draft:
    stated = tuple(DraftLine.of(line) for line in lines)
    return Draft(
        folio=folio,
        currency=hotel.currency,
        seller=seller_of(hotel),
        buyer=buyer_of(folio.payer),
        lines=stated,
        totals=totals_of(stated, currency=hotel.currency),
        received=received,
    )


def _why_not(draft: Draft, *, shared: bool) -> str:
    if shared:
        return STILL_IN_HOUSE
    if not draft.lines:
        return NO_LINES
    if draft.totals.gross == 0:
        return ZERO_TOTAL
    return NEGATIVE_TOTAL if draft.totals.gross < 0 else ""


def _unbilled() -> QuerySet[FolioLine]:
    return FolioLine.objects.filter(~Exists(InvoiceLine.objects.filter(folio_line=OuterRef("pk"))))


def _lines_of(folios: Sequence[Folio]) -> dict[int, list[FolioLine]]:
    found: dict[int, list[FolioLine]] = defaultdict(list)
    for line in _unbilled().filter(folio__in=folios).order_by("business_date", "pk"):
        found[line.folio_id].append(line)
    return found


def _in_house(hotel: Hotel) -> set[int]:
    rooms = BookingRoom.objects.of_hotel(hotel).filter(
        folio__isnull=False, status=BookingRoom.Status.CHECKED_IN
    )
    return set(rooms.values_list("folio_id", flat=True))
