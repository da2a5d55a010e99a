"""Queries for invoices and credit notes: search, filters and outstanding amounts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Count, Prefetch, Q, Sum
from django.utils.translation import gettext_lazy as _

from hotels import money
from hotels.billing.balance_changes import BalanceChange
from hotels.billing.balances import NOT_BALANCED, OVERPAID
from hotels.billing.deposits_to_refund import deposits_to_refund
from hotels.billing.uninvoiced import UninvoicedFolio, explain, uninvoiced_folios
from hotels.console.badges import Badge
from hotels.console.keyset import Slice, newest, older_than
from hotels.models import BookingRoom, Folio, Hotel, Invoice, Payment
from hotels.models.scoping import HotelScopedQuerySet

PAGE = 50
Documents = HotelScopedQuerySet[Invoice]
Kind, Status = Invoice.Kind, Invoice.PaymentStatus

_TONES_AND_ICONS = {
    Status.NOTHING_DUE: ("off", "remove"),
    Status.UNPAID: ("bad", "hourglass_empty"),
    Status.PARTIALLY_PAID: ("warn", "hourglass_bottom"),
    Status.PAID: ("good", "check"),
    Status.OVERPAID: ("warn", "currency_exchange"),
}


class InvoiceFilter(models.TextChoices):
    """Choices of the list's filter."""

    DUE = "due", _("balance due")
    OVERPAID = "overpaid", _("overpaid")
    SETTLED = "settled", _("settled")
    CREDIT_NOTES = "credit-notes", _("credit notes")


_CONDITIONS = {
    InvoiceFilter.DUE: NOT_BALANCED & Q(balance__gt=0),
    InvoiceFilter.OVERPAID: OVERPAID,
    InvoiceFilter.SETTLED: Q(kind=Kind.INVOICE, balance=0),
    InvoiceFilter.CREDIT_NOTES: Q(kind=Kind.CREDIT_NOTE),
}


@dataclass(frozen=True, kw_only=True)
class Outstanding:
    """Amounts due and overpaid in one currency, with the number of invoices of each."""

    currency: str
    due: Decimal
    due_on: int
    overpaid: Decimal
    overpaid_on: int


@dataclass(frozen=True, kw_only=True)
class UninvoicedPage:
    """One page of folios; `next` is the key after which the next page starts, None on the last."""

    rows: tuple[UninvoicedFolio, ...]
    next: int | None


@dataclass(frozen=True, kw_only=True)
class Deposit:
    """Money left over on a folio, with the payments it came from and the rooms of the folio."""

    folio: Folio
    left: Decimal
    payments: tuple[Payment, ...]
    rooms: tuple[BookingRoom, ...]


@dataclass(frozen=True, kw_only=True)
class BalanceRow:
    """The balance of an invoice before and after an action, with the badges of its status."""

    change: BalanceChange
    status_before: Badge
    status_after: Badge


def outstanding(*, hotels: Sequence[Hotel]) -> list[Outstanding]:
    """Return the outstanding amounts of `hotels` by currency, in one query.

    Currencies in which all invoices are settled are left out.
    """
    due, over = Q(balance__gt=0), Q(balance__lt=0)
    rows = _of(hotels).filter(NOT_BALANCED).order_by().values("currency")
    sums = rows.annotate(
        due=Sum("balance", filter=due),
        due_on=Count("pk", filter=due),
        overpaid=Sum("balance", filter=over),
        overpaid_on=Count("pk", filter=over),
    )
    return [
        Outstanding(
            currency=row["currency"],
            due=_rounded(row["due"], row["currency"]),
            due_on=row["due_on"],
            overpaid=-_rounded(row["overpaid"], row["currency"]),
            overpaid_on=row["overpaid_on"],
        )
        for row in sums.order_by("currency")
    ]


def read_invoices(
    *, hotels: Sequence[Hotel], chosen: InvoiceFilter | None, search: str, before: int | None
) -> Slice[Invoice]:
    """Return a page of the filtered documents of `hotels`, newest first.

    `search` is a part of a number, of a booking's reference or of the payer's name; `before` is the
    key of the last document of the previous page. Raises Invoice.DoesNotExist when `before` is not
    a document of these hotels.
    """
    rows: Any = older_than(_of(hotels), by="issue_date", before=before)
    if chosen is not None:
        rows = rows.filter(_CONDITIONS[chosen])
    if search:
        rows = rows.filter(
            Q(number__icontains=search)
            | Q(folio__booking__reference__icontains=search)
            | Q(folio__payer__name__icontains=search)
        )
    return newest(rows.select_related("hotel", "folio__booking"), by="issue_date", size=PAGE)


def count_uninvoiced(*, hotels: Sequence[Hotel]) -> int:
    """Return the number of folios of `hotels` with charges that are not invoiced (`uninvoiced`)."""
    return uninvoiced_folios(hotel_ids=_keys(hotels)).count()


def read_uninvoiced(*, hotels: Sequence[Hotel], after: int | None, now: datetime) -> UninvoicedPage:
    """Return a page of the folios with charges that are not invoiced, the earliest completed first.

    `after` is the key of the last folio of the previous page. Raises Folio.DoesNotExist when it is
    not a folio of these hotels.
    """
    rows = uninvoiced_folios(hotel_ids=_keys(hotels))
    if after is not None:
        at = Folio.objects.filter(hotel__in=_keys(hotels)).get(pk=after).completed_at
        later = Q() if at is None else Q(completed_at__gt=at) | Q(completed_at=None)
        rows = rows.filter(Q(completed_at=at, pk__gt=after) | later)
    found = list(rows[: PAGE + 1])
    return UninvoicedPage(
        rows=tuple(explain(found[:PAGE], now=now)),
        next=found[PAGE - 1].pk if len(found) > PAGE else None,
    )


def count_deposits(*, hotels: Sequence[Hotel]) -> int:
    """Return the number of folios of `hotels` with money left over that is on no invoice."""
    return deposits_to_refund(hotels=_keys(hotels)).count()


def read_deposits(*, hotels: Sequence[Hotel], before: int | None) -> Slice[Folio]:
    """Return a page of the folios with money left over, newest first; see `deposit_of`.

    `before` is the key of the last folio of the previous page. Three queries.
    """
    rows = deposits_to_refund(hotels=_keys(hotels))
    if before is not None:
        rows = rows.filter(pk__lt=before)
    received = Payment.objects.filter(status=Payment.Status.SUCCEEDED).order_by("pk")
    shown = rows.select_related("hotel", "booking", "payer").prefetch_related(
        Prefetch("payments", received),
        Prefetch("booking_rooms", BookingRoom.objects.select_related("booking").order_by("pk")),
    )
    return newest(shown, by="pk", size=PAGE)


def deposit_of(folio: Folio) -> Deposit:
    """Return what is left on a folio of `read_deposits`, without a query."""
    left: Decimal = folio.left  # type: ignore[attr-defined]  # annotated
    return Deposit(
        folio=folio,
        left=_rounded(left, folio.currency),
        payments=tuple(each for each in folio.payments.all() if each.received),
        rooms=tuple(folio.booking_rooms.all()),
    )


def payment_badge(invoice: Invoice) -> Badge:
    """Return the badge of the payment status; credit notes and credited invoices have their own."""
    if invoice.kind == Kind.CREDIT_NOTE:
        return Badge(tone="off", icon="undo", text=str(Kind.CREDIT_NOTE.label))
    if not invoice.live and invoice.payment_status == Status.NOTHING_DUE:
        return Badge(tone="off", icon="undo", text=str(_("fully credited")))
    status = Status(invoice.payment_status)
    tone, icon = _TONES_AND_ICONS[status]
    return Badge(tone=tone, icon=icon, text=str(status.label))


def balance_rows(changes: Iterable[BalanceChange]) -> tuple[BalanceRow, ...]:
    """Return the changes of balances as shown in a preview."""
    return tuple(
        BalanceRow(
            change=change,
            status_before=payment_badge(change.was),
            status_after=payment_badge(change.invoice),
        )
        for change in changes
    )


def _of(hotels: Sequence[Hotel]) -> Documents:
    return Invoice.objects.filter(hotel__in=_keys(hotels))


def _keys(hotels: Sequence[Hotel]) -> list[int]:
    return [hotel.pk for hotel in hotels]


def _rounded(amount: Decimal | None, currency: str) -> Decimal:
    return money.round_money(amount or money.ZERO, currency=currency)
