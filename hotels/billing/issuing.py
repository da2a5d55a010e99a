"""Invoicing of a hotel's completed folios (domain rule 5)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from hotels import money
from hotels.billing.assessment import Assessment, Reason, assess, document_content
from hotels.billing.completed_folios import KnownFolio, find_folios, read_folios
from hotels.billing.drafts import Draft, buyer_of, insert_documents, seller_of
from hotels.billing.open_charges import OpenCharge, settle
from hotels.billing.payments import (
    BATCH,
    CorrectedBalance,
    Corrections,
    correct_balances,
    folios_with_wrong_balances,
)
from hotels.billing.service_period import service_period
from hotels.billing.tax_rounding import TaxRule
from hotels.billing.zero_tax import zero_tax_reasons
from hotels.bulk import Checkpoint, Failure, no_checkpoint, write_isolated
from hotels.models import Booking, Folio, Guest, Hotel, Invoice
from hotels.prepared import Among, CompiledQuery

_FOLIO = tuple(field.attname for field in Folio._meta.concrete_fields)
_PAYER = tuple(field.attname for field in Guest._meta.concrete_fields)
_FOLIOS = CompiledQuery(
    lambda: (
        Folio.objects.filter(Among("pk", keys="folios"))
        .order_by()
        .values_list(*_FOLIO, *(f"payer__{name}" for name in _PAYER), "booking__reference")
    )
)


@dataclass(frozen=True, kw_only=True)
class NotInvoiced:
    """A folio with charges that are not invoiced now; `assessment` says why."""

    folio: Folio
    assessment: Assessment


@dataclass(frozen=True, kw_only=True)
class IssuingResult:
    """Invoices issued, folios not invoiced, folios that failed, and balances that were wrong."""

    invoices: tuple[Invoice, ...] = ()
    skipped: tuple[NotInvoiced, ...] = ()
    failures: tuple[Failure[Folio], ...] = ()
    corrected: tuple[CorrectedBalance, ...] = ()


def issue_invoices(
    *, hotel: Hotel, now: datetime, checkpoint: Checkpoint = no_checkpoint
) -> IssuingResult:
    """Invoice the open charges of every candidate to its payer; one failure stops no other.

    Open folios with charges that no room will use are reported: no check-out completes them.
    Charges that total zero are settled. Balances that do not match the payments are corrected. Must
    run in a transaction: it locks the folios, so that no charge or payment is added to them
    meanwhile, and the counter of the document numbers.
    """
    locked = _lock(hotel)
    left_open = _left_open(locked.without_room)
    if not locked.candidates and not locked.with_wrong_balances:
        return IssuingResult(skipped=left_open)
    checkpoint()
    balances = correct_balances(folios=locked.with_wrong_balances)
    decided = _decide(hotel, locked=locked.candidates)
    settle(charges=decided.zero, folios_without=decided.without_charges(), now=now)
    issued: dict[int, Invoice] = {}
    write = partial(_write, hotel=hotel, now=now, issued=issued)
    refused = write_isolated(decided.drafts, write=write, checkpoint=checkpoint)
    failures = [Failure(row=failure.row.folio, error=failure.error) for failure in refused]
    failed = {failure.row.pk for failure in failures}
    invoices = [issued[d.folio.pk] for d in decided.drafts if d.folio.pk not in failed]
    shared = _share_payments([i for i in invoices if i.folio_id in decided.invoiced_before])
    return IssuingResult(
        invoices=tuple(invoices),
        skipped=(*decided.skipped, *left_open),
        failures=(*balances.failures, *decided.failures, *failures, *shared.failures),
        corrected=balances.corrected,
    )


def _left_open(keys: Collection[int]) -> tuple[NotInvoiced, ...]:
    """The open folios with these keys that no room will use, as not invoiced."""
    if not keys:
        return ()
    from hotels.billing.left_open import folios_left_open  # most runs start sooner without it

    assessment = Assessment(reason=Reason.LEFT_OPEN)
    return tuple(
        NotInvoiced(folio=folio, assessment=assessment) for folio in folios_left_open(keys=keys)
    )


@dataclass(frozen=True, kw_only=True)
class _Decisions:
    """Invoices to issue, charges that total zero, and folios that are not invoiced or failed.

    `invoiced_before` are the keys of folios that have an invoice already.
    """

    drafts: list[Draft] = field(default_factory=list)
    zero: list[OpenCharge] = field(default_factory=list)
    skipped: list[NotInvoiced] = field(default_factory=list)
    failures: list[Failure[Folio]] = field(default_factory=list)
    invoiced_before: set[int] = field(default_factory=set)

    def without_charges(self) -> list[Folio]:
        """The folios found to have no charges."""
        return [each.folio for each in self.skipped if each.assessment.reason is Reason.NO_CHARGES]


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """A locked folio, and what is known of it."""

    folio: Folio
    known: KnownFolio

    @property
    def received(self) -> Decimal:
        """The amount received in the folio's currency; others cannot be added."""
        return self.known.receipts.get(self.folio.currency, money.ZERO)


@dataclass(frozen=True, kw_only=True)
class _Locked:
    """Locked folios: the keys of the candidates, and the folios whose balances were wrong.

    `without_room` are open ones that are only reported, and not locked.
    """

    candidates: frozenset[int]
    with_wrong_balances: tuple[Folio, ...]
    without_room: frozenset[int]


def _lock(hotel: Hotel) -> _Locked:
    """Lock the candidates and the folios with wrong balances, in one order of their keys.

    All that lock folios do so in this order, so that no two can deadlock.
    """
    due = find_folios(hotel=hotel)
    wrong = folios_with_wrong_balances(hotel=hotel)
    keys = sorted(due.to_assess | wrong)
    found: list[Folio] = []
    for start in range(0, len(keys), BATCH):
        batch = Folio.objects.filter(pk__in=keys[start : start + BATCH]).locked(exclusive=True)
        found += batch.only("booking", "number")  # the candidates are read again
    return _Locked(
        candidates=due.to_assess,
        with_wrong_balances=tuple(folio for folio in found if folio.pk in wrong),
        without_room=due.without_room,
    )


def _decide(hotel: Hotel, *, locked: frozenset[int]) -> _Decisions:
    decided, rule = _Decisions(), TaxRule.of(hotel)
    for candidate in _read(hotel, locked=locked):
        folio = candidate.folio
        try:
            assessment = assess(candidate.known.state, currency=folio.currency, rule=rule)
            draft = _draft(candidate, assessment, hotel=hotel) if assessment.to_invoice else None
        except Exception as error:  # noqa: BLE001  one unreadable folio must not stop the others
            decided.failures.append(Failure(row=folio, error=error))
            continue
        if draft is not None:
            decided.drafts.append(draft)
        if candidate.known.has_invoices:
            decided.invoiced_before.add(folio.pk)
        decided.zero.extend(assessment.to_settle)
        if assessment.reason is not None:
            decided.skipped.append(NotInvoiced(folio=folio, assessment=assessment))
    return decided


def _read(hotel: Hotel, *, locked: frozenset[int]) -> list[_Candidate]:
    """The locked candidates, read again: another run may have invoiced them before the lock.

    Folios completed since then are not locked; the next run invoices them.
    """
    if not locked:
        return []
    keys = sorted(locked & find_folios(hotel=hotel).to_assess)
    found: list[_Candidate] = []
    for start in range(0, len(keys), BATCH):
        batch = keys[start : start + BATCH]
        known = read_folios(batch)
        folios = (_folio(values, hotel=hotel) for values in _FOLIOS.rows(folios=batch))
        found += [_Candidate(folio=folio, known=known[folio.pk]) for folio in folios]
    return sorted(found, key=lambda each: (each.folio.completed_at, each.folio.pk))


def _folio(values: Sequence[Any], *, hotel: Hotel) -> Folio:
    """A folio as read, with its payer and what is shown of its booking."""
    own = len(_FOLIO)
    folio = Folio.from_db(DEFAULT_DB_ALIAS, _FOLIO, values[:own])
    folio.payer = Guest.from_db(DEFAULT_DB_ALIAS, _PAYER, values[own:-1])
    folio.booking = Booking(pk=folio.booking_id, reference=values[-1])
    folio.hotel = hotel
    return folio


def _draft(candidate: _Candidate, assessment: Assessment, *, hotel: Hotel) -> Draft:
    folio, former = candidate.folio, candidate.known.invoices
    rule = TaxRule.of(hotel)
    content = assessment.invoice or document_content(
        assessment.to_invoice, rule=rule, currency=folio.currency
    )
    return Draft(
        folio=folio,
        currency=folio.currency,
        seller=seller_of(hotel),
        buyer=buyer_of(folio.payer),
        lines=content.lines,
        totals=content.totals,
        tax_rule=rule,
        # A further invoice gets its share once it is issued.
        received=money.ZERO if former else candidate.received,
        first_invoice=former[0] if former else None,
        period=service_period(assessment.to_invoice),
        payment_days=hotel.payment_days,
        zero_tax_reasons=zero_tax_reasons(assessment.to_invoice, hotel=hotel),
    )


def _write(
    drafts: Sequence[Draft], *, hotel: Hotel, now: datetime, issued: dict[int, Invoice]
) -> None:
    documents = insert_documents(drafts, hotel=hotel, kind=Invoice.Kind.INVOICE, now=now)
    issued.update({document.folio_id: document for document in documents})


def _share_payments(invoices: Sequence[Invoice]) -> Corrections:
    """Share the payments of folios among their new and former invoices.

    `invoices` are the new ones of folios with former ones.
    """
    shared = correct_balances(folios=[invoice.folio for invoice in invoices])
    corrected = {each.invoice.pk: each.invoice for each in shared.corrected}
    for invoice in invoices:
        current = corrected.get(invoice.pk, invoice)
        invoice.balance, invoice.payment_status = current.balance, current.payment_status
    return shared
