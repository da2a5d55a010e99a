"""Amounts in different currencies are never summed (domain rule 0)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal

from hotels import money
from hotels.models import Folio, Payment
from hotels.models.currencies import CurrencyMismatch


def receipts_by_currency(
    *, folios: Iterable[Folio] | Collection[int]
) -> dict[int, dict[str, Decimal]]:
    """The amount received on each folio in each currency of its payments, by key, in one query.

    A payment not received counts zero: its currency is there.
    """
    found: dict[int, dict[str, Decimal]] = defaultdict(dict)
    rows = (
        Payment.objects.filter(folio__in=folios)
        .order_by()
        .values_list("folio_id", "currency", "status", "amount", "refunded_amount")
    )
    for folio, currency, status, amount, refunded in rows:
        received = amount - refunded if status in Payment.RECEIVED else money.ZERO
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
