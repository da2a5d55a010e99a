"""Amounts in different currencies are never summed (domain rule 0)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import NamedTuple

from hotels import money
from hotels.models import Payment
from hotels.models.currencies import CurrencyMismatch
from hotels.prepared import Among, CompiledQuery

_PAYMENTS = CompiledQuery(
    lambda: (
        Payment.objects.filter(Among("folio", keys="folios"))
        .order_by("pk")
        .values_list("folio_id", "currency", "status", "amount", "refunded_amount")
    )
)


class Receipt(NamedTuple):
    """A payment on a folio, given by its key; `received` is zero for one that is not received."""

    folio: int
    currency: str
    received: Decimal


def read_receipts(*, folios: Collection[int]) -> list[Receipt]:
    """All payments on the folios with these keys, in one query."""
    return [
        Receipt(folio, currency, amount - refunded if status in Payment.RECEIVED else money.ZERO)
        for folio, currency, status, amount, refunded in _PAYMENTS.rows(folios=folios)
    ]


def receipts_by_currency(*, folios: Collection[int]) -> dict[int, dict[str, Decimal]]:
    """The amount received on each folio in each currency of its payments, in one query.

    `folios` are keys, as those of the result. A payment not received counts zero: its currency is
    there.
    """
    found: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for folio, currency, received in read_receipts(folios=folios):
        found[folio][currency] = found[folio].get(currency, money.ZERO) + received
    return found


def refuse_several_currencies(currencies: Collection[str]) -> None:
    """Raise CurrencyMismatch, naming them, if there are several `currencies`."""
    if len(currencies) > 1:
        named = " and ".join(sorted(currencies))
        raise CurrencyMismatch(
            f"the folio has amounts in {named}, which cannot be summed: reverse the charges in "
            "one of them and post them on a folio of their own"
        )


def totals_by_currency(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """The sum of the amounts of each currency, in order of the codes."""
    found: dict[str, list[Decimal]] = defaultdict(list)
    for currency, amount in amounts:
        found[currency].append(amount)
    return {code: money.total(found[code], currency=code) for code in sorted(found)}


def totals_in_english(totals: dict[str, Decimal]) -> str:
    """Amounts in several currencies: `3,412.00 EUR and 195.58 BGN`."""
    return " and ".join(
        money.amount_in_english(amount, currency=currency) for currency, amount in totals.items()
    )
