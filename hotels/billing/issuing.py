"""Invoicing of a hotel's completed folios (domain rule 5)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from django.db.models import Exists, OuterRef

from hotels.billing.currencies import currencies_of_payments, refuse_several_currencies
from hotels.billing.drafts import Draft, DraftLine, buyer_of, insert_documents, seller_of
from hotels.billing.payments import received_on, refresh_balances
from hotels.billing.tax_rounding import TaxRule, taxed
from hotels.billing.totals import totals_of
from hotels.bulk import Checkpoint, Failure, no_checkpoint, write_isolated
from hotels.models import BookingRoom, Folio, FolioLine, Hotel, Invoice
from hotels.models.scoping import HotelScopedQuerySet

NO_LINES = "no charges on the folio"
ZERO_TOTAL = "total is zero"
NEGATIVE_TOTAL = "total is negative: issue a credit note by hand"
IN_HOUSE = "rooms on the folio are still in house"


@dataclass(frozen=True, kw_only=True)
class NotInvoiced:
    """A completed folio that is not invoiced now, and why."""

    folio: Folio
    reason: str


@dataclass(frozen=True, kw_only=True)
class IssuingResult:
    """Invoices issued, folios not invoiced, and folios that failed."""

    invoices: tuple[Invoice, ...]
    skipped: tuple[NotInvoiced, ...]
    failures: tuple[Failure[Folio], ...]


@dataclass(frozen=True, kw_only=True)
class FolioCandidate:
    """A folio to invoice; `in_house` is true while one of its rooms is checked in.

    `currencies` are those of the folio, its charges and its payments: one, except in old data.
    """

    folio: Folio
    lines: tuple[FolioLine, ...]
    received: Decimal
    in_house: bool
    currencies: frozenset[str]


def candidates(*, hotel: Hotel) -> HotelScopedQuerySet[Folio]:
    """Completed folios without a live invoice, of any age, the earliest completed first.

    A folio whose invoice was fully credited is not a candidate. It is invoiced again, with all its
    lines, after staff have reopened and completed it.
    """
    documents = Invoice.objects.filter(folio=OuterRef("pk"))
    live = documents.filter(kind=Invoice.Kind.INVOICE, live=True)
    credited = documents.filter(
        kind=Invoice.Kind.CREDIT_NOTE, issued_at__gte=OuterRef("completed_at")
    )
    return Folio.objects.filter(
        ~Exists(live), ~Exists(credited), hotel=hotel, status=Folio.Status.COMPLETED
    ).order_by("completed_at", "pk")


def issue_invoices(
    *, hotel: Hotel, now: datetime, checkpoint: Checkpoint = no_checkpoint
) -> IssuingResult:
    """Invoice every candidate to its payer; one that fails does not stop the others.

    Must run in a transaction: it locks the folios, so that no charge or payment is added to them
    meanwhile, and the counter of the document numbers.
    """
    drafts: list[Draft] = []
    skipped: list[NotInvoiced] = []
    failures: list[Failure[Folio]] = []
    for candidate in _locked(hotel):
        try:
            drafted = _draft(candidate, hotel=hotel)
        except Exception as error:  # noqa: BLE001  one unreadable folio must not stop the others
            failures.append(Failure(row=candidate.folio, error=error))
            continue
        if isinstance(drafted, Draft):
            drafts.append(drafted)
        else:
            skipped.append(drafted)
    issued: dict[int, Invoice] = {}
    write = partial(_write, hotel=hotel, now=now, issued=issued)
    refused = write_isolated(drafts, write=write, checkpoint=checkpoint)
    failures += [Failure(row=failure.row.folio, error=failure.error) for failure in refused]
    failed = {failure.row.pk for failure in failures}
    invoices = [issued[d.folio.pk] for d in drafts if d.folio.pk not in failed]
    _move_payments(hotel, invoices)
    return IssuingResult(invoices=tuple(invoices), skipped=tuple(skipped), failures=tuple(failures))


def _locked(hotel: Hotel) -> list[FolioCandidate]:
    """The candidates, locked in the order of their keys so that two runs cannot deadlock.

    They are read again after the lock, because another run may have invoiced them meanwhile.
    Folios completed since then are not locked; the next run invoices them.
    """
    rows = candidates(hotel=hotel).order_by("pk").select_for_update()
    locked = set(rows.values_list("pk", flat=True))
    found = candidates(hotel=hotel).select_related("booking", "payer")
    folios = [folio for folio in found if folio.pk in locked]
    ids = candidates(hotel=hotel).order_by()
    lines: dict[int, list[FolioLine]] = defaultdict(list)
    for line in FolioLine.objects.filter(folio__in=ids).order_by("business_date", "pk"):
        lines[line.folio_id].append(line)
    received = received_on(folios=ids)
    paid_in = currencies_of_payments(folios=ids)
    in_house = BookingRoom.objects.filter(folio__in=ids, status=BookingRoom.Status.CHECKED_IN)
    occupied = set(in_house.values_list("folio", flat=True))
    return [
        FolioCandidate(
            folio=folio,
            lines=tuple(lines[folio.pk]),
            received=received[folio.pk],
            in_house=folio.pk in occupied,
            currencies=frozenset(
                {folio.currency, *(line.currency for line in lines[folio.pk]), *paid_in[folio.pk]}
            ),
        )
        for folio in folios
    ]


def _draft(candidate: FolioCandidate, *, hotel: Hotel) -> Draft | NotInvoiced:
    folio = candidate.folio
    if candidate.in_house:
        return NotInvoiced(folio=folio, reason=IN_HOUSE)
    if not candidate.lines:
        return NotInvoiced(folio=folio, reason=NO_LINES)
    refuse_several_currencies(candidate.currencies)
    rule, charges = TaxRule.of(hotel), map(DraftLine.of, candidate.lines)
    lines = taxed(charges, rule=rule, currency=folio.currency)
    totals = totals_of(lines, currency=folio.currency)
    if totals.gross <= 0:
        return NotInvoiced(folio=folio, reason=NEGATIVE_TOTAL if totals.gross else ZERO_TOTAL)
    return Draft(
        folio=folio,
        currency=folio.currency,
        seller=seller_of(hotel),
        buyer=buyer_of(folio.payer),
        lines=lines,
        totals=totals,
        tax_rule=rule,
        received=candidate.received,
    )


def _write(
    drafts: Sequence[Draft], *, hotel: Hotel, now: datetime, issued: dict[int, Invoice]
) -> None:
    documents = insert_documents(drafts, hotel=hotel, kind=Invoice.Kind.INVOICE, now=now)
    issued.update({document.folio_id: document for document in documents})


def _move_payments(hotel: Hotel, invoices: Sequence[Invoice]) -> None:
    """Count payments for the new invoices instead of the credited ones they replace."""
    new = {invoice.folio_id for invoice in invoices}
    former = Invoice.objects.filter(hotel=hotel, kind=Invoice.Kind.INVOICE, live=False)
    again = [pk for pk in set(former.values_list("folio", flat=True)) if pk in new]
    if again:
        refresh_balances(folios=Folio.objects.filter(pk__in=again))
