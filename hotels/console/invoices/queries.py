"""Issued documents as people look for them: what is still to be paid, by whom, which number."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy as _

from hotels import money
from hotels.console.badges import Badge
from hotels.console.keyset import Slice, newest, older_than
from hotels.models import Hotel, Invoice
from hotels.models.literal import Literal
from hotels.models.scoping import HotelScopedQuerySet

PAGE = 50
Documents = HotelScopedQuerySet[Invoice]
Kind, Status = Invoice.Kind, Invoice.PaymentStatus

# The condition of the index `invoice_not_balanced`, as the migration wrote it.
_NOT_BALANCED = ~Q(balance=Literal("0"))

_LOOKS = {
    Status.NOTHING_DUE: ("off", "remove"),
    Status.UNPAID: ("bad", "hourglass_empty"),
    Status.PARTIALLY_PAID: ("warn", "hourglass_bottom"),
    Status.PAID: ("good", "check"),
    Status.OVERPAID: ("warn", "currency_exchange"),
}


class InvoiceFilter(models.TextChoices):
    """Which documents a person asks for."""

    DUE = "due", _("still to be paid")
    OVERPAID = "overpaid", _("overpaid")
    SETTLED = "settled", _("settled")
    CREDIT_NOTES = "credit-notes", _("credit notes")


_CONDITIONS = {
    InvoiceFilter.DUE: _NOT_BALANCED & Q(balance__gt=0),
    InvoiceFilter.OVERPAID: _NOT_BALANCED & Q(balance__lt=0),
    InvoiceFilter.SETTLED: Q(kind=Kind.INVOICE, balance=0),
    InvoiceFilter.CREDIT_NOTES: Q(kind=Kind.CREDIT_NOTE),
}


@dataclass(frozen=True, kw_only=True)
class Outstanding:
    """What some hotels' guests still owe in one currency, and what is owed to them."""

    currency: str
    due: Decimal
    due_on: int
    overpaid: Decimal
    overpaid_on: int


def outstanding(*, hotels: Sequence[Hotel]) -> list[Outstanding]:
    """By currency, those without a balance left out; one query."""
    due, over = Q(balance__gt=0), Q(balance__lt=0)
    rows = _of(hotels).filter(_NOT_BALANCED).order_by().values("currency")
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
    *, hotels: Sequence[Hotel], wanted: InvoiceFilter | None, search: str, before: int | None
) -> Slice[Invoice]:
    """The newest documents of some hotels, narrowed; `before` is the last one of the part before.

    `search` is a part of a number, of a booking's reference or of the payer's name. Raises
    Invoice.DoesNotExist when `before` is none of these hotels'.
    """
    rows: Any = older_than(_of(hotels), by="issue_date", before=before)
    if wanted is not None:
        rows = rows.filter(_CONDITIONS[wanted])
    if search:
        rows = rows.filter(
            Q(number__icontains=search)
            | Q(folio__booking__reference__icontains=search)
            | Q(folio__payer__name__icontains=search)
        )
    return newest(rows.select_related("hotel", "folio__booking"), by="issue_date", size=PAGE)


def payment_badge(invoice: Invoice) -> Badge:
    """How the payment of a document stands; a credit note or a credited invoice says that."""
    if invoice.kind == Kind.CREDIT_NOTE:
        return Badge(tone="off", icon="undo", words=str(Kind.CREDIT_NOTE.label))
    if not invoice.live and invoice.payment_status == Status.NOTHING_DUE:
        return Badge(tone="off", icon="undo", words=str(_("wholly credited")))
    status = Status(invoice.payment_status)
    tone, icon = _LOOKS[status]
    return Badge(tone=tone, icon=icon, words=str(status.label))


def _of(hotels: Sequence[Hotel]) -> Documents:
    return Invoice.objects.filter(hotel__in=[hotel.pk for hotel in hotels])


def _rounded(amount: Decimal | None, currency: str) -> Decimal:
    return money.round_money(amount or money.ZERO, currency=currency)
