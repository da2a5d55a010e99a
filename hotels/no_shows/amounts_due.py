"""The amount due on a folio, as its documents show it or will show it."""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal

from django.db.models import F

from hotels import money
from hotels.billing.drafts import DraftLine
from hotels.billing.tax_rounding import TaxRule, taxed
from hotels.models import Folio, FolioLine, Invoice


def amount_due(charges: Iterable[FolioLine], *, documented: Decimal, folio: Folio) -> Decimal:
    """The amount owed for all `charges` of the folio: its documents and its open charges.

    `documented` is the total of the documents. If the hotel rounds tax once per rate and its prices
    exclude tax, the total of a document differs from the sum of its charges (domain rule 5), and a
    surplus is what exceeds the document. Charges that no document can show count as they are.
    """
    lines = [
        DraftLine.of(charge)
        for charge in charges
        if charge.document_id is None and charge.settled_at is None
    ]
    # Invoice generation reports a wrong charge; the check goes on.
    with suppress(ValueError):
        lines = list(taxed(lines, rule=TaxRule.of(folio.hotel), currency=folio.currency))
    return money.total([documented, *(line.gross for line in lines)], currency=folio.currency)


def documented_amounts(folios: Iterable[Folio]) -> dict[int, Decimal]:
    """The total of the invoices less the credit notes of each folio, by its key, in its currency.

    One query.
    """
    found: dict[int, Decimal] = defaultdict(Decimal)
    documents = Invoice.objects.filter(folio__in=folios, currency=F("folio__currency"))
    for folio, kind, gross in documents.order_by().values_list("folio_id", "kind", "gross"):
        found[folio] += gross if kind == Invoice.Kind.INVOICE else -gross
    return found
