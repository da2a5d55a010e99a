"""Quantity and unit price of the lines of a document. Pure functions.

The amounts of a line are never calculated from its unit price: the unit price is derived from the
amount, with as many decimals as it takes for quantity × unit price to give that amount.
"""

from decimal import ROUND_HALF_UP, Decimal

from hotels import money
from hotels.models import Invoice, InvoiceLine

# Quantities are below 10⁸, so an amount always fits with nine more decimals than its currency has.
_MORE_DECIMALS = 9


def signed_quantity(quantity: Decimal, *, amount: Decimal) -> Decimal:
    """The quantity with the sign of the amount, so that no unit price is negative.

    EN 16931, rule BR-27: a discount of 10.00 has quantity −1 and the price 10.00.
    """
    return abs(quantity) if amount >= 0 else -abs(quantity)


def unit_price(amount: Decimal, *, quantity: Decimal, currency: str) -> Decimal:
    """The price of one unit: `round(price × quantity) == amount`, in as few decimals as possible.

    At least the currency's decimals. Raises ValueError for a quantity of zero, and for an amount
    that no price gives: one with too many decimals for the currency.
    """
    if not quantity:
        raise ValueError("a line with a quantity of zero has no unit price")
    unit = money.minor_unit(currency)
    for more in range(_MORE_DECIMALS + 1):
        price = (amount / quantity).quantize(unit.scaleb(-more), rounding=ROUND_HALF_UP)
        if money.round_money(price * quantity, currency=currency) == amount:
            return price + money.ZERO
    raise ValueError(f"{quantity} × a unit price is never {amount} {currency}")


def unit_price_of(line: InvoiceLine, *, document: Invoice) -> Decimal:
    """The price of one unit of a line, with tax if the document's prices include it."""
    amount = line.gross if document.prices_include_tax else line.net
    return unit_price(amount, quantity=line.quantity, currency=document.currency)
