"""The no-show fee and the deposit that guarantees a room (rule 3)."""

from decimal import Decimal

from tests.simulation.oracle.amounts import HUNDRED, ZERO, Split, rounded, with_tax
from tests.simulation.oracle.books import Books, Stay, Terms


def agreed_prices(stay: Stay) -> list[Decimal]:
    """The nightly prices that are still agreed, in order; of day use its price."""
    if stay.arrival == stay.departure:
        return [] if stay.day_price is None else [stay.day_price]
    return [
        night.price
        for day, night in sorted(stay.nights.items())
        if stay.arrival <= day < stay.departure and not night.released
    ]


def fee_amount(terms: Terms, prices: list[Decimal], unit: Decimal) -> Decimal:
    """The fee before tax: by nights, percent or whole stay, at most the total; or fixed."""
    whole = sum(prices, ZERO)
    if terms.kind == "FIXED":
        return rounded(terms.value, unit)
    asked = {
        "NONE": ZERO,
        "FULL_STAY": whole,
        "PERCENT": whole * terms.value / HUNDRED,
        "NIGHTS": sum(prices[: int(terms.value)], ZERO),
    }[terms.kind]
    return min(rounded(asked, unit), rounded(whole, unit))


def fee_of(books: Books, stay: Stay, at_most: Decimal | None = None) -> tuple[Split, Decimal]:
    """The fee with its tax, and the tax rate; a fee that a deposit guarantees is not above it."""
    rate = books.tax if stay.terms.taxed else ZERO
    included = books.included or not stay.terms.taxed
    amount = fee_amount(stay.terms, agreed_prices(stay), books.unit)
    fee = with_tax(amount, rate, included=included, unit=books.unit)
    if at_most is None or fee.gross <= at_most:
        return fee, rate
    if books.included:
        return with_tax(at_most, rate, included=True, unit=books.unit), rate
    # Silent: prices without tax give the largest net whose gross the deposit covers.
    net = with_tax(at_most, rate, included=True, unit=books.unit).net + books.unit
    while with_tax(net, rate, included=False, unit=books.unit).gross > at_most:
        net -= books.unit
    return with_tax(net, rate, included=False, unit=books.unit), rate


def needed_deposit(books: Books, stay: Stay) -> Decimal:
    """The smallest deposit that guarantees the room: the fee or the first night."""
    prices = agreed_prices(stay)
    first = prices[0] if prices else ZERO
    night = with_tax(first, books.tax, included=books.included, unit=books.unit).gross
    return min((each for each in (fee_of(books, stay)[0].gross, night) if each > 0), default=ZERO)
