"""Conditions on the balances of documents."""

from collections.abc import Iterable

from django.db.models import Q

from hotels.models import Invoice
from hotels.models.literal import KeyList, Literal
from hotels.models.scoping import HotelScopedQuerySet

# The condition of the index `invoice_not_balanced`, as the migration wrote it.
NOT_BALANCED = ~Q(balance=Literal("0"))
OVERPAID = NOT_BALANCED & Q(balance__lt=0)


def overpaid_invoices(*, hotels: Iterable[int]) -> HotelScopedQuerySet[Invoice]:
    """Return the invoices of the hotels with these keys whose payments exceed them."""
    found: HotelScopedQuerySet[Invoice] = Invoice.objects.filter(
        OVERPAID, hotel__in=KeyList(hotels)
    )
    return found
