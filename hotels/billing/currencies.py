"""Amounts in different currencies are never summed (domain rule 0)."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal

from hotels import money
from hotels.models import Folio, Payment
from hotels.models.currencies import CurrencyMismatch


def currencies_of_payments(*, folios: Iterable[Folio]) -> dict[int, set[str]]:
    """The currencies of the payments on each folio, by its key, in one query."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = Payment.objects.filter(folio__in=folios).order_by()
    for folio, currency in rows.values_list("folio", "currency").distinct():
        found[folio].add(currency)
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
