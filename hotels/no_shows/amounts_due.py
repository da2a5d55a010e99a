"""The amount due on a folio, as its documents show it or will show it."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from contextlib import suppress
from decimal import Decimal

from django.db.models import F

from hotels import money
from hotels.billing.drafts import DraftLine
from hotels.billing.open_charges import OpenCharge
from hotels.billing.tax_rounding import TaxRule, taxed
from hotels.models import Folio, Invoice
from hotels.prepared import Among, CompiledQuery

_DOCUMENTS = CompiledQuery(
    lambda: (
        Invoice.objects.filter(Among("folio", keys="folios"), currency=F("folio__currency"))
        .order_by()
        .values_list("folio_id", "kind", "gross")
    )
)


def amount_due(charges: Iterable[OpenCharge], *, documented: Decimal, folio: Folio) -> Decimal:
    """The amount owed on a folio: its documents and its open `charges`.

    `documented` is the total of the documents. If the hotel rounds tax once per rate and its prices
    exclude tax, the total of a document differs from the sum of its charges (domain rule 5), and a
    surplus is what exceeds the document. Charges that no document can show count as they are.
    """
    lines = [DraftLine.of(charge) for charge in charges]
    # Invoice generation reports a wrong charge; the check goes on.
    with suppress(ValueError):
        lines = list(taxed(lines, rule=TaxRule.of(folio.hotel), currency=folio.currency))
    return money.total([documented, *(line.gross for line in lines)], currency=folio.currency)


def documented_amounts(folios: Collection[int]) -> dict[int, Decimal]:
    """The total of the invoices less the credit notes of each folio, in its currency, by its key.

    `folios` are keys. One query.
    """
    found: dict[int, Decimal] = defaultdict(Decimal)
    for folio, kind, gross in _DOCUMENTS.rows(folios=folios):
        found[folio] += gross if kind == Invoice.Kind.INVOICE else -gross
    return found
