"""Totals, tax per rate and payment status (domain rule 5)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotels import money
from hotels.billing.totals import payment_status, totals_of
from hotels.models import Folio, FolioLine

RATES = [Decimal(rate) for rate in ("0", "6", "13.5", "23")]


def line(gross: Decimal, rate: Decimal, currency: str) -> FolioLine:
    parts = money.split_gross(gross, rate=rate, currency=currency)
    return FolioLine(tax_rate=rate, net=parts.net, tax=parts.tax, gross=parts.gross)


@given(
    charges=st.lists(
        st.tuples(st.decimals(-5000, 5000, places=3), st.sampled_from(RATES)), max_size=30
    ),
    currency=st.sampled_from(["JPY", "EUR", "KWD"]),
)
def test_totals_are_the_sums_of_lines_and_of_rates(charges, currency) -> None:
    lines = [line(gross, rate, currency) for gross, rate in charges]

    totals = totals_of(lines, currency=currency)

    for name in ("net", "tax", "gross"):
        total = getattr(totals, name)
        assert total == sum(getattr(each, name) for each in lines)
        assert total == sum(getattr(each, name) for each in totals.rates)
    assert totals.net + totals.tax == totals.gross
    assert [part.rate for part in totals.rates] == sorted({each.tax_rate for each in lines})


def test_a_charge_is_named_with_an_amount_in_its_currency() -> None:
    folio = Folio(pk=1, currency="JPY")

    charge = FolioLine(folio=folio, description="Room 203", gross=Decimal("1670.0000"))

    assert str(charge) == "Room 203 1,670 JPY"


def test_equal_rates_with_different_decimals_are_one_rate() -> None:
    lines = [line(Decimal(10), Decimal("6"), "EUR"), line(Decimal(10), Decimal("6.00"), "EUR")]

    assert len(totals_of(lines, currency="EUR").rates) == 1


def test_a_line_that_does_not_add_up_is_refused() -> None:
    wrong = FolioLine(tax_rate=Decimal(6), net=Decimal(1), tax=Decimal(1), gross=Decimal(3))

    with pytest.raises(ValueError, match="does not add up"):
        totals_of([wrong], currency="EUR")


@pytest.mark.parametrize("amount", ["0.005", "NaN", "Infinity"])
def test_an_impossible_amount_is_refused(amount: str) -> None:
    wrong = FolioLine(tax_rate=Decimal(0), net=Decimal(amount), tax=Decimal(0), gross=Decimal(1))

    with pytest.raises(ValueError, match=r"the smallest amount is 0\.01 EUR"):
        totals_of([wrong], currency="EUR")


@pytest.mark.parametrize(
    ("due", "received", "status"),
    [
        (0, 0, "NOTHING_DUE"),
        (0, 5, "OVERPAID"),
        (10, 0, "UNPAID"),
        (10, 4, "PARTIALLY_PAID"),
        (10, 10, "PAID"),
        (10, 11, "OVERPAID"),
    ],
)
def test_the_payment_status_follows_the_amount_received(
    due: int, received: int, status: str
) -> None:
    assert payment_status(due=Decimal(due), received=Decimal(received)) == status
