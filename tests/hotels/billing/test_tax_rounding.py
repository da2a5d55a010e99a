"""Tax per line, or once per rate and document (domain rule 5)."""

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

import pytest

from hotels import money
from hotels.billing.drafts import DraftLine
from hotels.billing.tax_rounding import TaxRule, apportioned, part_of, taxed
from hotels.billing.totals import RateTotals, Totals, totals_of

CURRENCIES = ("JPY", "EUR", "USD", "KWD")
RATES = [Decimal(rate) for rate in ("0", "5.5", "6", "8.875", "9.975", "10", "14.75", "19", "25")]
DOCUMENTS = 10_000

INCLUSIVE = TaxRule(once_per_rate=True)
EXCLUSIVE = TaxRule(once_per_rate=True, prices_include_tax=False)
PER_LINE = TaxRule(once_per_rate=False)


def charge(price: str | int | Decimal, *, rate: str | Decimal, currency="EUR", included=True):
    """A charge as it is posted: taxed by itself."""
    split = money.split_gross if included else money.add_tax
    parts = split(Decimal(price), rate=Decimal(rate), currency=currency)
    return DraftLine(
        business_date=date(2026, 7, 14),
        description="Room",
        tax_rate=Decimal(rate),
        net=parts.net,
        tax=parts.tax,
        gross=parts.gross,
    )


def random_lines(chance: random.Random, *, currency: str, included: bool) -> list[DraftLine]:
    """Charges, discounts and reversals at up to three rates."""
    unit = money.minor_unit(currency)
    rates = chance.sample(RATES, chance.randint(1, 3))
    lines: list[DraftLine] = []
    for _ in range(chance.randint(1, 8)):
        price = chance.randint(-20_000, 100_000) * unit
        line = charge(price, rate=chance.choice(rates), currency=currency, included=included)
        lines.append(line)
        if chance.random() < 0.2:
            lines.append(reversal_of(line))
    return lines


def reversal_of(line: DraftLine) -> DraftLine:
    return DraftLine(
        business_date=line.business_date,
        description="Reversed",
        tax_rate=line.tax_rate,
        net=-line.net,
        tax=-line.tax,
        gross=-line.gross,
    )


@dataclass(frozen=True, kw_only=True)
class Document:
    """Charges as posted, and as taxed for a document."""

    currency: str
    posted: list[DraftLine]
    lines: tuple[DraftLine, ...]
    totals: Totals


@cache
def documents(rule: TaxRule) -> tuple[Document, ...]:
    """Ten thousand random documents, the same for every test."""
    chance = random.Random(20260714)
    made: list[Document] = []
    for number in range(DOCUMENTS):
        currency = CURRENCIES[number % len(CURRENCIES)]
        posted = random_lines(chance, currency=currency, included=rule.prices_include_tax)
        lines = taxed(posted, rule=rule, currency=currency)
        totals = totals_of(lines, currency=currency)
        made.append(Document(currency=currency, posted=posted, lines=lines, totals=totals))
    return tuple(made)


def some_net_gives(part: RateTotals, *, currency: str) -> bool:
    """Whether a net exists whose tax, rounded, makes it the gross of `part`."""
    unit = money.minor_unit(currency)
    near = (part.net + steps * unit for steps in range(-3, 4))
    return any(
        net + money.percent_of(net, percent=part.rate, currency=currency) == part.gross
        for net in near
    )


@pytest.mark.once
@pytest.mark.parametrize("rule", [INCLUSIVE, EXCLUSIVE, PER_LINE], ids=["incl", "excl", "line"])
def test_in_ten_thousand_documents_lines_rates_and_totals_agree_to_the_minor_unit(rule) -> None:
    for document in documents(rule):
        for name in ("net", "tax", "gross"):
            sums: dict[Decimal, Decimal] = defaultdict(Decimal)
            for line in document.lines:
                sums[line.tax_rate] += getattr(line, name)
            assert sums == {part.rate: getattr(part, name) for part in document.totals.rates}
            assert getattr(document.totals, name) == sum(sums.values())
        assert all(line.net + line.tax == line.gross for line in document.lines)


@pytest.mark.once
def test_in_ten_thousand_documents_with_tax_on_top_the_tax_is_exactly_base_times_rate() -> None:
    for document in documents(EXCLUSIVE):
        assert [line.net for line in document.lines] == [line.net for line in document.posted]
        for part in document.totals.rates:
            exact = money.percent_of(part.net, percent=part.rate, currency=document.currency)
            assert part.tax == exact


@pytest.mark.once
def test_in_ten_thousand_documents_with_tax_inside_it_is_base_times_rate_if_any_net_fits() -> None:
    unreachable = reachable = 0
    for document in documents(INCLUSIVE):
        assert [line.gross for line in document.lines] == [line.gross for line in document.posted]
        for part in document.totals.rates:
            exact = money.percent_of(part.net, percent=part.rate, currency=document.currency)
            if some_net_gives(part, currency=document.currency):
                assert part.tax == exact
                reachable += 1
            else:
                assert abs(part.tax - exact) == money.minor_unit(document.currency)
                unreachable += 1
    assert reachable > 5 * unreachable > 0


@pytest.mark.once
def test_in_ten_thousand_documents_no_line_is_a_minor_unit_away_from_its_own_tax() -> None:
    for document in documents(INCLUSIVE):
        unit = money.minor_unit(document.currency)
        for line in document.lines:
            own = line.gross * line.tax_rate / (100 + line.tax_rate)
            assert abs(line.tax - own) < unit


@pytest.mark.once
@pytest.mark.parametrize("rule", [INCLUSIVE, EXCLUSIVE], ids=["incl", "excl"])
def test_charges_credited_one_by_one_sum_to_the_document_at_every_rate(rule) -> None:
    chance = random.Random(1)
    for document in documents(rule)[:1000]:
        charges = [line for line in document.posted if line.gross > 0][:4]
        invoiced = taxed(charges, rule=rule, currency=document.currency)
        left = {part.rate: part for part in totals_of(invoiced, currency=document.currency).rates}
        whole = dict(left)
        credited: list[DraftLine] = []
        for line in chance.sample(invoiced, len(invoiced)):
            note = taxed([line], rule=rule, currency=document.currency, within=left)
            for part in totals_of(note, currency=document.currency).rates:
                left[part.rate] = less(left[part.rate], part)
            credited += note
        sums = totals_of(credited, currency=document.currency).rates
        assert {part.rate: part for part in sums} == whole


def less(rest: RateTotals, part: RateTotals) -> RateTotals:
    """What is left after a credit, which is never more than there was."""
    assert 0 <= part.net <= rest.net
    assert 0 <= part.tax <= rest.tax
    return RateTotals(
        rate=part.rate,
        net=rest.net - part.net,
        tax=rest.tax - part.tax,
        gross=rest.gross - part.gross,
    )


def test_three_nights_in_tokyo_at_26800_yen_contain_7309_yen_of_tax() -> None:
    """The tax of each night alone is 2,436 yen, three times that is 7,308."""
    nights = [charge(26800, rate="10", currency="JPY") for _ in range(3)]

    lines = taxed(nights, rule=INCLUSIVE, currency="JPY")

    assert [line.tax for line in lines] == [2437, 2436, 2436]
    totals = totals_of(lines, currency="JPY")
    assert (totals.net, totals.tax, totals.gross) == (73091, 7309, 80400)


def test_per_line_the_tax_of_a_rate_is_the_sum_of_its_lines() -> None:
    nights = [charge(26800, rate="10", currency="JPY") for _ in range(3)]

    assert totals_of(taxed(nights, rule=PER_LINE, currency="JPY"), currency="JPY").tax == 7308


def test_a_price_that_no_net_gives_is_kept_and_the_tax_is_what_it_contains() -> None:
    """66.55 + 19 % is 79.19 and 66.56 + 19 % is 79.21: no net gives 79.20."""
    (line,) = taxed([charge("79.20", rate="19")], rule=INCLUSIVE, currency="EUR")

    assert (line.net, line.tax, line.gross) == (
        Decimal("66.55"),
        Decimal("12.65"),
        Decimal("79.20"),
    )


def test_a_charge_and_its_reversal_have_opposite_taxes() -> None:
    small = [charge("0.02", rate="10") for _ in range(5)]
    night = charge("100.03", rate="10")

    *_, charged, reversed_ = taxed(
        [*small, night, reversal_of(night)], rule=INCLUSIVE, currency="EUR"
    )

    assert (charged.net, charged.tax) == (-reversed_.net, -reversed_.tax)


def test_a_document_of_negative_lines_mirrors_one_of_positive_lines() -> None:
    nights = [charge(26800, rate="10", currency="JPY") for _ in range(3)]

    mirrored = taxed([reversal_of(each) for each in nights], rule=INCLUSIVE, currency="JPY")

    totals = totals_of(mirrored, currency="JPY")
    assert (totals.net, totals.tax, totals.gross) == (-73091, -7309, -80400)


def test_the_largest_remainders_take_the_units_left_over() -> None:
    shares = [Decimal("1.2"), Decimal("2.7"), Decimal("3.6"), Decimal("-1.5")]

    assert apportioned(Decimal(6), shares=shares, currency="JPY") == (1, 3, 4, -2)


def test_an_amount_with_too_many_decimals_is_refused() -> None:
    wrong = DraftLine(
        business_date=date(2026, 7, 14), description="Room", tax_rate=Decimal(0),
        net=Decimal("99.5"), tax=Decimal(0), gross=Decimal("99.5"),
    )  # fmt: skip

    with pytest.raises(ValueError, match="the smallest amount is 1 JPY"):
        taxed([wrong], rule=INCLUSIVE, currency="JPY")


@pytest.mark.parametrize("rule", [INCLUSIVE, PER_LINE])
def test_the_whole_remainder_of_a_rate_takes_exactly_its_tax(rule: TaxRule) -> None:
    left = RateTotals(
        rate=Decimal(19), net=Decimal("66.56"), tax=Decimal("12.64"), gross=Decimal("79.20")
    )

    assert part_of(left, gross=left.gross, rule=rule, currency="EUR") == left
