"""Random histories of folios: every charge is on one document, and the documents sum to it.

Staff post, correct, complete and reopen, take payments and refund them, credit and cancel, in any
order; the nightly run comes in between. Any step may crash and is then rolled back.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from hotels import money
from hotels.billing.assessment import assess
from hotels.billing.completed_folios import read_folios, with_open_charges
from hotels.billing.credit import CreditRefused, issue_credit_note
from hotels.billing.issuing import issue_invoices
from hotels.billing.open_charges import open_charges
from hotels.billing.payment_actions import move_payment, record_payment, record_refund
from hotels.billing.payment_checks import PaymentRefused
from hotels.billing.proposals import accept_proposed_credit
from hotels.billing.reversals import reverse_charge
from hotels.billing.tax_rounding import TaxRule
from hotels.models import Folio, Hotel, Invoice, InvoiceLine, InvoiceSeries
from tests.factories import (
    BookingFactory,
    FolioFactory,
    FolioLineFactory,
    HotelFactory,
    PaymentFactory,
)

START = datetime(2026, 7, 15, 2, 0, tzinfo=UTC)
UNITS = {"JPY": Decimal(1), "EUR": Decimal("0.01"), "KWD": Decimal("0.001")}
RATES = ("0", "6", "23")
# How a hotel rounds tax, whether its prices include tax, and the amounts that documents then take
# from the charges as they are: once per rate, the tax of the document is its own (tax_rounding).
TAXED = {
    "per line": ("LINE", True, ("net", "tax", "gross")),
    "once per rate, tax included": ("RATE", True, ("gross",)),
    "once per rate, tax excluded": ("RATE", False, ("net",)),
}


class Crash(Exception):
    """The process died in the middle of a step."""


class Books:
    """A hotel with two folios and everything that may happen to them."""

    def __init__(self, currency: str, taxed: str) -> None:
        rounding, included, self.amounts = TAXED[taxed]
        self.hotel = HotelFactory(
            currency=currency, tax_rounding=rounding, prices_include_tax=included
        )
        self.unit = UNITS[currency]
        booking = BookingFactory(hotel=self.hotel)
        self.folios = [FolioFactory(booking=booking, number=n) for n in (1, 2)]
        self.now = START

    def post(self, folio: Folio, number: int) -> None:
        amount = number * number * (-1 if number % 5 == 0 else 1)
        self._charge(folio, amount, rate=RATES[number % 3])

    def cancel_out(self, folio: Folio, number: int) -> None:
        """Post prices that sum to zero, whose taxes may not."""
        amount = number * number * (-1 if number % 2 else 1)
        for price in (amount, amount, -2 * amount):
            self._charge(folio, price, rate=RATES[number % 3])

    def _charge(self, folio: Folio, amount: int, *, rate: str) -> None:
        """Charge a price of so many minor units, with its tax or without, as the hotel's are."""
        tax = money.split_gross if self.hotel.prices_include_tax else money.add_tax
        parts = tax(amount * self.unit, rate=Decimal(rate), currency=folio.currency)
        FolioLineFactory(
            folio=folio,
            business_date=START.date(),
            tax_rate=Decimal(rate),
            net=parts.net,
            tax=parts.tax,
            gross=parts.gross,
        )

    def correct(self, folio: Folio, number: int) -> None:
        """Reverse a charge on the folio alone and post it again, as a front desk might."""
        line = self._pick(folio.lines.filter(reverses=None, reversed_by=None), number)
        if line is not None:
            reverse_charge(line, day=self.now.date())
            self.post(folio, number)

    def complete(self, folio: Folio, number: int) -> None:
        Folio.objects.filter(pk=folio.pk).update(status="COMPLETED", completed_at=self.now)

    def reopen(self, folio: Folio, number: int) -> None:
        Folio.objects.filter(pk=folio.pk).update(status="OPEN", completed_at=None)

    def pay(self, folio: Folio, number: int) -> None:
        record_payment(
            folio=folio,
            amount=number * self.unit,
            currency=folio.currency,
            by="ana",
            now=self.now,
        )

    def pay_unseen(self, folio: Folio, number: int) -> None:
        """Write a payment without updating balances, as an import does."""
        PaymentFactory(folio=folio, amount=number * self.unit)

    def refund(self, folio: Folio, number: int) -> None:
        """Refund a third of a payment, or all of it."""
        payment = self._pick(folio.payments.all(), number)
        if payment is not None:
            share = payment.received if number % 2 else payment.amount // 3
            record_refund(payment=payment, amount=share, by="ana", now=self.now, reason="x")

    def move(self, folio: Folio, number: int) -> None:
        payment = self._pick(folio.payments.all(), number)
        if payment is not None:
            other = next(each for each in self.folios if each.pk != folio.pk)
            move_payment(payment=payment, to=other, by="ana", now=self.now, reason="x")

    def invoice(self, folio: Folio, number: int) -> None:
        done = issue_invoices(hotel=Hotel.objects.get(pk=self.hotel.pk), now=self.now)
        assert done.failures == ()

    def credit_charge(self, folio: Folio, number: int) -> None:
        invoice = self._an_invoice(folio, number)
        if invoice is not None:
            line = self._pick(invoice.lines.all(), number)
            issue_credit_note(invoice=invoice, lines=[line.folio_line], now=self.now, reason="x")

    def credit_amount(self, folio: Folio, number: int) -> None:
        invoice = self._an_invoice(folio, number)
        if invoice is not None:
            issue_credit_note(invoice=invoice, gross=number * self.unit, now=self.now, reason="x")

    def credit_rest(self, folio: Folio, number: int) -> None:
        invoice = self._an_invoice(folio, number)
        if invoice is not None:
            issue_credit_note(invoice=invoice, now=self.now, reason="x")

    def cancel(self, folio: Folio, number: int) -> None:
        invoice = self._an_invoice(folio, number)
        if invoice is not None:
            issue_credit_note(invoice=invoice, now=self.now, reason="x", invoice_again=True)

    def accept(self, folio: Folio, number: int) -> None:
        accept_proposed_credit(folio=folio, by="ana", now=self.now, reason="x")

    def _an_invoice(self, folio: Folio, number: int) -> Invoice | None:
        return self._pick(folio.invoices.filter(kind="INVOICE", live=True), number)

    def _pick(self, rows, number: int):
        found = list(rows.order_by("pk"))
        return found[number % len(found)] if found else None

    def take(self, step: Callable[[Folio, int], None], folio: int, number: int, dies: bool) -> None:
        """Take one step an hour later; a refused or crashed one leaves nothing."""
        self.now += timedelta(hours=1)
        with suppress(CreditRefused, PaymentRefused, Crash), transaction.atomic():
            step(Folio.objects.get(pk=self.folios[folio].pk), number)
            if dies:
                raise Crash

    def check(self) -> None:
        self.check_charges()
        self.check_numbers()
        self.check_balances()

    def check_charges(self) -> None:
        """Σ documents = Σ charges on them, per folio and rate; the rest is open or zero.

        Zero are the prices: the taxes of settled charges, rounded one by one, need not be.
        """
        for folio in self.folios:
            documents = self._by_rate(
                (tax.rate, tax, 1 if tax.invoice.kind == "INVOICE" else -1)
                for document in folio.invoices.prefetch_related("taxes")
                for tax in document.taxes.select_related("invoice")
            )
            lines = folio.lines.all()
            carried = self._by_rate(
                (x.tax_rate, x, 1) for x in lines.filter(document__isnull=False)
            )
            settled = self._by_rate(
                (x.tax_rate, x, 1) for x in lines.filter(settled_at__isnull=False)
            )
            assert documents == carried
            assert not any(total[self.amounts[-1]] for total in settled.values())
            assert all(document.gross > 0 for document in folio.invoices.all())
            for line in lines.filter(reverses__isnull=False).select_related("reverses"):
                charged = line.reverses
                assert (-line.net, -line.tax) == (charged.net, charged.tax)

    def check_numbers(self) -> None:
        for series in InvoiceSeries.objects.filter(hotel=self.hotel):
            issued = Invoice.objects.filter(hotel=self.hotel, kind=series.kind, year=series.year)
            numbers = list(issued.order_by("sequence").values_list("sequence", flat=True))
            assert numbers == list(range(1, series.last_number + 1))
        live = InvoiceLine.objects.filter(
            invoice__hotel=self.hotel, invoice__kind="INVOICE", invoice__live=True
        )
        twice = Counter(live.values_list("folio_line", flat=True))
        assert set(twice.values()) <= {1}

    def check_balances(self) -> None:
        """After a run, the balances sum to what is owed, and no refund exceeds its payment."""
        self.take(self.invoice, 0, 0, dies=False)
        for folio in self.folios:
            documents = list(folio.invoices.all())
            owed = sum(d.gross if d.kind == "INVOICE" else -d.gross for d in documents)
            payments = list(folio.payments.all())
            received = sum(payment.received for payment in payments)
            assert all(0 <= each.refunded_amount <= each.amount for each in payments)
            if documents:
                assert sum(d.balance for d in documents) == owed - received

    def check_rest(self) -> None:
        """After a run, an open charge of a completed folio has a reason that needs a person."""
        waiting = with_open_charges().filter(hotel=self.hotel)
        known = read_folios(list(waiting.values_list("pk", flat=True)))
        for each in known.values():
            rule = TaxRule.of(self.hotel)
            assessment = assess(each.state, currency=self.hotel.currency, rule=rule)
            assert assessment.needs_person
            assert assessment.credit >= 0
            assert not assessment.to_invoice
        others = open_charges().filter(folio__hotel=self.hotel).exclude(folio__in=list(known))
        assert not others.filter(folio__status="COMPLETED").exists()

    def _by_rate(self, parts) -> dict[Decimal, dict[str, Decimal]]:
        sums: dict[Decimal, dict[str, Decimal]] = {}
        for rate, part, sign in parts:
            total = sums.setdefault(rate, dict.fromkeys(self.amounts, Decimal(0)))
            for name in self.amounts:
                total[name] += sign * getattr(part, name)
        return {rate: total for rate, total in sums.items() if any(total.values())}


STEPS = (
    "post",
    "post",
    "cancel_out",
    "correct",
    "complete",
    "complete",
    "reopen",
    "pay",
    "pay_unseen",
    "refund",
    "move",
    "invoice",
    "invoice",
    "credit_charge",
    "credit_amount",
    "credit_rest",
    "cancel",
    "accept",
)
steps = st.tuples(
    st.sampled_from(STEPS),
    st.integers(0, 1),
    st.integers(1, 40),
    st.sampled_from((False,) * 5 + (True,)),
)
# Most histories begin with two invoices, so that there is something to correct.
INVOICED = (
    ("post", 0, 31, False),
    ("post", 0, 34, False),
    ("post", 1, 38, False),
    ("complete", 0, 1, False),
    ("complete", 1, 1, False),
    ("invoice", 0, 1, False),
)
# Others begin with prices that cancel and taxes that do not, by a unit too much or too little.
CANCELLED_OUT = (
    ("cancel_out", 0, 17, False),
    ("cancel_out", 1, 34, False),
    ("complete", 0, 1, False),
    ("complete", 1, 1, False),
    ("invoice", 0, 1, False),
)


class TestAnyHistory(TestCase):
    @settings(max_examples=30)
    @given(
        st.sampled_from(sorted(UNITS)),
        st.sampled_from(sorted(TAXED)),
        st.sampled_from((INVOICED, INVOICED, CANCELLED_OUT, ())),
        st.lists(steps, min_size=8, max_size=24),
    )
    def test_documents_sum_to_the_charges_whatever_happens(
        self, currency, taxed, begun, taken
    ) -> None:
        books = Books(currency, taxed)
        for name, folio, number, dies in (*begun, *taken):
            books.take(getattr(books, name), folio, number, dies=dies)
        books.check()
        books.check_rest()
