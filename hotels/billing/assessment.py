"""Decisions on the open charges of a completed folio (domain rule 5). Pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels import formats, money
from hotels.billing.totals import RateTotals, Totals, totals_of
from hotels.i18n import in_english
from hotels.models import FolioLine


class Reason(models.TextChoices):
    """Reasons why a completed folio is not, or not yet, invoiced."""

    READY = "READY", _("ready: the next invoice generation issues the invoice")
    NO_CHARGES = "NO_CHARGES", _("no charges on the folio")
    ZERO_TOTAL = "ZERO_TOTAL", _("total is zero")
    NEGATIVE_TOTAL = (
        "NEGATIVE_TOTAL",
        _("total is negative and there is no invoice to credit: correct the charges"),
    )
    CREDIT_PROPOSED = "CREDIT_PROPOSED", _("a credit note is proposed: decide on it")
    IN_HOUSE = "IN_HOUSE", _("rooms on the folio are still in house")
    TO_ARRIVE = "TO_ARRIVE", _("rooms on the folio are still to arrive")
    UNREADABLE = "UNREADABLE", _("a charge is wrong: correct it")

    @property
    def needs_person(self) -> bool:
        """True if no later run can deal with the folio: a person must."""
        return self in (Reason.NEGATIVE_TOTAL, Reason.CREDIT_PROPOSED, Reason.UNREADABLE)


@dataclass(frozen=True, kw_only=True)
class FolioState:
    """Facts about a completed folio: its open charges, its invoices and its rooms.

    `invoiced` is true while a live invoice exists; `in_house` and `to_arrive` while a room on the
    folio is checked in, or booked and not checked in.
    """

    lines: tuple[FolioLine, ...]
    invoiced: bool
    in_house: bool
    to_arrive: bool

    @property
    def currencies(self) -> frozenset[str]:
        """The currencies of the open charges: one, except in old data."""
        return frozenset(line.currency for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """Charges to invoice, to settle and to credit, and why charges are not invoiced.

    `to_credit` are the charges of a proposed credit note and `credit` its total, positive. `reason`
    is None when all charges are to be invoiced.
    """

    to_invoice: tuple[FolioLine, ...] = ()
    to_settle: tuple[FolioLine, ...] = ()
    to_credit: tuple[FolioLine, ...] = ()
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


def assess(state: FolioState, *, currency: str) -> Assessment:
    """Decide on the open charges of a completed folio.

    The first invoice takes all of them. Once an invoice exists, a further invoice takes the charges
    at the tax rates whose total is positive, and those at the other rates form a proposed credit
    note: a credit note is limited by what is left of the invoices at each rate. Charges that total
    zero at every rate are settled. Raises ValueError for a charge that does not add up.
    """
    if state.in_house:
        return Assessment(reason=Reason.IN_HOUSE)
    if state.to_arrive:
        return Assessment(reason=Reason.TO_ARRIVE)
    if not state.lines:
        return Assessment(reason=Reason.NO_CHARGES)
    totals = totals_of(state.lines, currency=currency)
    if all(_is_zero(part) for part in totals.rates):
        return Assessment(to_settle=state.lines, reason=Reason.ZERO_TOTAL)
    if state.invoiced:
        return _after_an_invoice(state.lines, totals)
    if totals.gross < 0:
        return Assessment(reason=Reason.NEGATIVE_TOTAL)
    return Assessment(to_invoice=state.lines)


def _after_an_invoice(lines: Iterable[FolioLine], totals: Totals) -> Assessment:
    negative = {part.rate for part in totals.rates if part.gross < 0}
    zero = {part.rate for part in totals.rates if _is_zero(part)}
    to_credit = tuple(line for line in lines if line.tax_rate in negative)
    return Assessment(
        to_invoice=tuple(line for line in lines if line.tax_rate not in negative | zero),
        to_settle=tuple(line for line in lines if line.tax_rate in zero),
        to_credit=to_credit,
        credit=-sum((part.gross for part in totals.rates if part.rate in negative), money.ZERO),
        reason=Reason.CREDIT_PROPOSED if to_credit else None,
    )


def _is_zero(part: RateTotals) -> bool:
    return not (part.net or part.tax or part.gross)
