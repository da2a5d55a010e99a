"""Decisions on the open charges of a completed folio (domain rule 5). Pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels import formats, money
from hotels.billing.currencies import refuse_several_currencies
from hotels.billing.drafts import DraftLine
from hotels.billing.open_charges import OpenCharge
from hotels.billing.tax_rounding import TaxRule, taxed
from hotels.billing.totals import Totals, totals_of
from hotels.i18n import in_english


class Reason(models.TextChoices):
    """Reasons why the charges of a folio are not, or not yet, invoiced."""

    READY = "READY", _("ready: the next invoice generation issues the invoice")
    NO_CHARGES = "NO_CHARGES", _("no charges on the folio")
    ZERO_TOTAL = "ZERO_TOTAL", _("total is zero")
    ZERO_OVER_RATES = (
        "ZERO_OVER_RATES",
        _("total is zero, but not at each tax rate: correct the charges"),
    )
    NEGATIVE_TOTAL = (
        "NEGATIVE_TOTAL",
        _("total is negative and there is no invoice to credit: correct the charges"),
    )
    CREDIT_PROPOSED = "CREDIT_PROPOSED", _("a credit note is proposed: decide on it")
    IN_HOUSE = "IN_HOUSE", _("rooms on the folio are still in house")
    TO_ARRIVE = "TO_ARRIVE", _("rooms on the folio are still to arrive")
    UNREADABLE = "UNREADABLE", _("a charge is wrong: correct it")
    LEFT_OPEN = (
        "LEFT_OPEN",
        _("the folio is still open, but no room will use it: complete it or make it void"),
    )

    @property
    def needs_person(self) -> bool:
        """True if no later run can deal with the folio: a person must."""
        return self in (
            Reason.ZERO_OVER_RATES,
            Reason.NEGATIVE_TOTAL,
            Reason.CREDIT_PROPOSED,
            Reason.UNREADABLE,
            Reason.LEFT_OPEN,
        )


@dataclass(frozen=True, kw_only=True)
class FolioState:
    """Facts about a completed folio: its open charges, payments, invoices and rooms.

    `paid_in` are the currencies of its payments. `credit_rule` is the tax rule of the newest live
    invoice, which its credit notes follow; None without one. `in_house` and `to_arrive` are true
    while a room on the folio is checked in, or booked and not checked in.
    """

    lines: tuple[OpenCharge, ...]
    paid_in: frozenset[str]
    credit_rule: TaxRule | None
    in_house: bool
    to_arrive: bool

    @property
    def currencies(self) -> frozenset[str]:
        """The currencies of the open charges and the payments: one, except in old data."""
        return self.paid_in.union(line.currency for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class DocumentContent:
    """The lines of a document with their final tax, and their totals."""

    lines: tuple[DraftLine, ...]
    totals: Totals


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """Charges to invoice, to settle and to credit, and why charges are not invoiced.

    `invoice` is the content of the invoice, where it is known already. `to_credit` are the charges
    of a proposed credit note and `credit` its total, positive. `reason` is None when all charges
    are to be invoiced.
    """

    to_invoice: tuple[OpenCharge, ...] = ()
    invoice: DocumentContent | None = None
    to_settle: tuple[OpenCharge, ...] = ()
    to_credit: tuple[OpenCharge, ...] = ()
    credit: Decimal = money.ZERO
    reason: Reason | None = None

    @property
    def needs_person(self) -> bool:
        """True if no later run can deal with the charges: a person must."""
        return self.reason is not None and self.reason.needs_person

    def text(self, *, currency: str) -> str:
        """The reason in the active language, with the amount of a proposed credit note."""
        if self.reason is Reason.CREDIT_PROPOSED:
            amount = formats.amount(self.credit, currency=currency)
            return gettext("a credit note of %(amount)s is proposed: decide on it") % {
                "amount": amount
            }
        return str(self.reason.label) if self.reason else ""

    @in_english()
    def text_in_english(self, *, currency: str) -> str:
        """The reason for results and messages, which are stored in English."""
        return self.text(currency=currency).replace("\u00a0", " ")


def assess(state: FolioState, *, currency: str, rule: TaxRule) -> Assessment:
    """Decide on the open charges of a completed folio; `rule` taxes the hotel's new invoices.

    The amounts that count are those a document would have: taxed once per rate, they can differ
    from the sum of the charges. The first invoice takes all charges. Once an invoice exists, a
    further invoice takes the charges at the tax rates whose total is positive, and those at the
    other rates form a proposed credit note: a credit note is limited by what is left of the
    invoices at each rate. Charges that total zero at every rate are settled, so no document is over
    zero. Raises ValueError for a charge that does not add up, and CurrencyMismatch for charges or
    payments in another currency than `currency`, the folio's.
    """
    refuse_several_currencies({currency, *state.currencies})
    if state.in_house:
        return Assessment(reason=Reason.IN_HOUSE)
    if state.to_arrive:
        return Assessment(reason=Reason.TO_ARRIVE)
    if not state.lines:
        return Assessment(reason=Reason.NO_CHARGES)
    content = document_content(state.lines, rule=rule, currency=currency)
    totals = content.totals
    if state.credit_rule is not None:
        credit = document_content(state.lines, rule=state.credit_rule, currency=currency)
        return _after_an_invoice(state.lines, totals, credit=credit.totals)
    if not any(part.gross for part in totals.rates):
        return Assessment(to_settle=state.lines, reason=Reason.ZERO_TOTAL)
    if totals.gross < 0:
        return Assessment(reason=Reason.NEGATIVE_TOTAL)
    if not totals.gross:
        return Assessment(reason=Reason.ZERO_OVER_RATES)
    return Assessment(to_invoice=state.lines, invoice=content)


def document_content(
    charges: Iterable[OpenCharge], *, rule: TaxRule, currency: str
) -> DocumentContent:
    """The content of a document for these charges.

    Raises ValueError for a charge that does not add up, as `totals_of` does.
    """
    lines = taxed(map(DraftLine.of, charges), rule=rule, currency=currency)
    return DocumentContent(lines=lines, totals=totals_of(lines, currency=currency))


def _after_an_invoice(
    lines: tuple[OpenCharge, ...], totals: Totals, *, credit: Totals
) -> Assessment:
    """The decision on charges after an invoice: `totals` of a further one and of a `credit`."""
    negative = {part.rate: part.gross for part in credit.rates if part.gross < 0}
    positive = {part.rate for part in totals.rates if part.gross > 0} - negative.keys()
    to_invoice = tuple(line for line in lines if line.tax_rate in positive)
    to_credit = tuple(line for line in lines if line.tax_rate in negative)
    reason = Reason.CREDIT_PROPOSED if to_credit else None
    return Assessment(
        to_invoice=to_invoice,
        to_settle=tuple(line for line in lines if line.tax_rate not in positive | negative.keys()),
        to_credit=to_credit,
        credit=-sum(negative.values(), money.ZERO),
        reason=reason if to_credit or to_invoice else Reason.ZERO_TOTAL,
    )
