"""Drafts of invoices and credit notes, and their insertion in bulk as immutable snapshots."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hotels import money
from hotels.billing import open_charges, series
from hotels.billing.events import publish_documents
from hotels.billing.open_charges import OpenCharge
from hotels.billing.quantities import signed_quantity
from hotels.billing.service_period import ServicePeriod
from hotels.billing.tax_rounding import TaxRule
from hotels.billing.totals import Totals, payment_status
from hotels.models import Folio, FolioLine, Guest, Hotel, Invoice, InvoiceLine, InvoiceTax
from hotels.row_writes import insert_rows


@dataclass(frozen=True, kw_only=True)
class DraftLine:
    """A line to be issued; `folio_line` is the key of its charge, if it has one."""

    business_date: date
    description: str
    tax_rate: Decimal
    net: Decimal
    tax: Decimal
    gross: Decimal
    folio_line: int | None = None
    quantity: Decimal = Decimal(1)
    phrase: Mapping[str, Any] = field(default_factory=dict)
    zero_tax_reason: str = ""

    def __str__(self) -> str:
        return self.description

    @classmethod
    def of(cls, line: FolioLine | OpenCharge) -> "DraftLine":
        """The charge in its current state."""
        return cls(
            business_date=line.business_date,
            description=line.description,
            tax_rate=line.tax_rate,
            net=line.net,
            tax=line.tax,
            gross=line.gross,
            folio_line=line.pk,
            quantity=signed_quantity(line.quantity, amount=line.gross),
            phrase=line.phrase,
            zero_tax_reason=line.zero_tax_reason,
        )


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A document without a number; `received` is the amount already paid on its folio.

    An invoice carries the charges of its lines; a credit note those in `carries`, by key. An
    invoice is due `payment_days` after its date of issue.
    """

    folio: Folio
    currency: str
    seller: dict[str, Any]
    buyer: dict[str, Any]
    lines: tuple[DraftLine, ...]
    totals: Totals
    tax_rule: TaxRule
    received: Decimal = Decimal(0)
    corrects: Invoice | None = None
    reason: str = ""
    first_invoice: Invoice | None = None
    carries: tuple[int, ...] = ()
    period: ServicePeriod | None = None
    payment_days: int = 0
    reason_phrase: Mapping[str, Any] = field(default_factory=dict)
    zero_tax_reasons: Sequence[Mapping[str, str]] = ()

    @property
    def kind(self) -> Invoice.Kind:
        """Credit note if the draft corrects an invoice, else invoice."""
        return Invoice.Kind.INVOICE if self.corrects is None else Invoice.Kind.CREDIT_NOTE


def seller_of(hotel: Hotel) -> dict[str, Any]:
    """The hotel's data printed on a document; earlier documents have a `taxId` of either kind.

    `sandbox` marks documents with test data; only these can be deleted.
    """
    bank = {
        "holder": hotel.bank_account_holder or hotel.legal_name or hotel.name,
        "account": hotel.bank_account,
        "bic": hotel.bank_bic,
        "name": hotel.bank_name,
    }
    return {
        "name": hotel.name,
        "legalName": hotel.legal_name or hotel.name,
        "vatId": hotel.vat_id,
        "taxNumber": hotel.tax_number,
        "address": hotel.address,
        "country": hotel.country,
        "email": hotel.email,
        "bank": bank if hotel.bank_account else {},
        "sandbox": hotel.is_sandbox,
    }


def buyer_of(guest: Guest) -> dict[str, Any]:
    """The payer's data printed on a document."""
    return {
        "name": guest.name,
        "taxId": guest.tax_id,
        "address": guest.address,
        "country": guest.country,
        "email": guest.email,
    }


def insert_documents(
    drafts: Sequence[Draft],
    *,
    hotel: Hotel,
    kind: Invoice.Kind,
    now: datetime,
    not_before: date | None = None,
) -> list[Invoice]:
    """Number and insert documents of one kind, in the given order, with lines and taxes.

    The numbers are taken in the same transaction, so a rollback returns them. Raises
    AlreadyOnDocument when a charge is on another document, and AmountTooLarge for a balance that
    cannot be stored.
    """
    numbers = series.take_numbers(
        hotel=hotel, kind=kind, count=len(drafts), now=now, not_before=not_before
    )
    documents = [
        _document(draft, hotel=hotel, numbers=numbers, sequence=sequence, now=now)
        for draft, sequence in zip(drafts, numbers.sequences(), strict=True)
    ]
    insert_rows(documents)
    pairs = list(zip(documents, drafts, strict=True))
    insert_rows(_lines(pairs))
    insert_rows(_taxes(pairs))
    _link_charges(pairs, kind=kind)
    publish_documents(documents, now=now)
    return documents


def _link_charges(pairs: Sequence[tuple[Invoice, Draft]], *, kind: Invoice.Kind) -> None:
    if kind == Invoice.Kind.INVOICE:
        count = sum(line.folio_line is not None for _, draft in pairs for line in draft.lines)
        open_charges.put_on_invoices(invoices=[invoice for invoice, _ in pairs], charges=count)
        return
    for note, draft in pairs:
        open_charges.put_on_credit_note(note=note, charges=draft.carries)


def _document(
    draft: Draft, *, hotel: Hotel, numbers: series.NumberRange, sequence: int, now: datetime
) -> Invoice:
    totals, period = draft.totals, draft.period
    due_in = timedelta(days=draft.payment_days)
    # The amount of a credit note is part of the balance of the invoice it corrects.
    due = totals.gross if draft.corrects is None else draft.received
    money.refuse_too_large(due - draft.received, currency=draft.currency)
    return Invoice(
        hotel=hotel,
        folio=draft.folio,
        kind=draft.kind,
        corrects=draft.corrects,
        reason=draft.reason,
        reason_phrase=draft.reason_phrase,
        first_invoice=draft.first_invoice,
        year=numbers.issue_date.year,
        sequence=sequence,
        number=numbers.text(sequence),
        issue_date=numbers.issue_date,
        issued_at=now,
        service_start_date=period.start if period else None,
        service_end_date=period.end if period else None,
        due_date=numbers.issue_date + due_in if draft.corrects is None else None,
        currency=draft.currency,
        seller=draft.seller,
        buyer=draft.buyer,
        taxed_once_per_rate=draft.tax_rule.once_per_rate,
        prices_include_tax=draft.tax_rule.prices_include_tax,
        net=totals.net,
        tax=totals.tax,
        gross=totals.gross,
        balance=due - draft.received,
        payment_status=payment_status(due=due, received=draft.received),
    )


def _lines(pairs: Iterable[tuple[Invoice, Draft]]) -> list[InvoiceLine]:
    return [
        InvoiceLine(
            invoice_id=document.pk,
            position=position,
            folio_line_id=line.folio_line,
            business_date=line.business_date,
            description=line.description,
            phrase=line.phrase,
            quantity=line.quantity,
            tax_rate=line.tax_rate,
            net=line.net,
            tax=line.tax,
            gross=line.gross,
        )
        for document, draft in pairs
        for position, line in enumerate(draft.lines, start=1)
    ]


def _taxes(pairs: Iterable[tuple[Invoice, Draft]]) -> list[InvoiceTax]:
    return [
        InvoiceTax(
            invoice_id=document.pk,
            rate=part.rate,
            zero_tax_reasons=[] if part.rate else list(draft.zero_tax_reasons),
            net=part.net,
            tax=part.tax,
            gross=part.gross,
        )
        for document, draft in pairs
        for part in draft.totals.rates
    ]
