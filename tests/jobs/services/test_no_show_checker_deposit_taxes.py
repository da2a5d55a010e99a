"""No-show check: the tax of fees that deposits pay, and what becomes of every part of a deposit."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from hotels.billing.issuing import issue_invoices
from hotels.models import Booking, BookingRoom, Folio, Hotel, Invoice, NoShowRecord, Payment
from hotels.no_shows.folio_settlement import accounts_of
from hotels.no_shows.manager_actions import waive
from tests.factories import (
    BookingFactory,
    FolioFactory,
    HotelFactory,
    PaymentFactory,
    PolicyFactory,
    UserFactory,
)
from tests.jobs.services.no_shows import check, missed, status_of

pytestmark = pytest.mark.django_db


def deposit(folio: Folio, amount: str | Decimal) -> Payment:
    return PaymentFactory(folio=folio, amount=Decimal(amount), is_deposit=True)


class TestTaxOfFeesAndDeposits:
    def test_a_fee_limited_by_the_deposit_is_invoiced_with_the_tax_it_was_charged_with(
        self, now
    ) -> None:
        """At 19 %, no net gives 79.20: 66.55 gives 79.19, and 0.01 of the deposit is left."""
        hotel = HotelFactory(
            accommodation_tax_rate=19, prices_include_tax=False, tax_rounding="RATE"
        )
        policy = PolicyFactory(hotel=hotel, guaranteed=False, penalty_type="FULL_STAY", taxed=True)
        room = missed(hotel, price=Decimal(50), policy=policy)
        deposit(room.folio, "79.20")

        check(hotel, now)
        issue_invoices(hotel=hotel, now=now)

        record, invoice = NoShowRecord.objects.get(), Invoice.objects.get()
        assert (record.fee_amount, record.deposit_surplus) == (Decimal("79.19"), Decimal("0.01"))
        assert (invoice.gross, invoice.balance) == (Decimal("79.19"), Decimal("-0.01"))

    @pytest.mark.parametrize("nights", [0, 1])
    @pytest.mark.parametrize(
        ("included", "paid", "status"),
        [
            (False, "109.99", "RELEASED"),
            (False, "110", "NO_SHOW"),
            (True, "99.99", "RELEASED"),
            (True, "100", "NO_SHOW"),
        ],
    )
    def test_the_first_night_is_covered_with_the_tax_that_the_guest_pays(
        self, now, included: bool, paid: str, status: str, nights: int
    ) -> None:
        hotel = HotelFactory(accommodation_tax_rate=10, prices_include_tax=included)
        policy = PolicyFactory(hotel=hotel, guaranteed=False, taxed=True)
        price = None if nights else Decimal(100)
        room = missed(hotel, nights_count=nights, day_use_price=price, policy=policy)
        deposit(room.folio, paid)

        check(hotel, now)

        assert status_of(room) == status

    def test_a_deposit_for_an_untaxed_fee_needs_no_tax(self, now) -> None:
        hotel = HotelFactory(accommodation_tax_rate=10, prices_include_tax=False)
        policy = PolicyFactory(hotel=hotel, guaranteed=False, taxed=False)
        room = missed(hotel, policy=policy)
        deposit(room.folio, "100")

        assert check(hotel, now).total_penalty == 100

    @pytest.mark.parametrize(("paid", "surplus"), [(27_159, 0), (27_160, 1)])
    def test_the_surplus_over_several_fees_is_that_over_their_invoice(
        self, now, paid: int, surplus: int
    ) -> None:
        """Each fee of 12,345 makes 13,580 with its tax, but both together 27,159."""
        hotel, rooms = two_fees_taxed_together()
        deposit(rooms[0].folio, str(paid))

        check(hotel, now)
        issue_invoices(hotel=hotel, now=now)

        assert list(NoShowRecord.objects.values_list("fee_amount", flat=True)) == [13_580, 13_580]
        assert sum(NoShowRecord.objects.values_list("deposit_surplus", flat=True)) == surplus
        invoice = Invoice.objects.get()
        assert (invoice.gross, invoice.balance) == (27_159, -surplus)

    def test_the_surplus_after_a_waived_fee_is_that_over_the_rest_of_the_invoice(self, now) -> None:
        hotel, rooms = two_fees_taxed_together()
        deposit(rooms[0].folio, "27160")
        check(hotel, now)
        issue_invoices(hotel=hotel, now=now)

        record = waive(record=NoShowRecord.objects.earliest("pk"), user=UserFactory(), now=now)

        balances = Invoice.objects.filter(kind="INVOICE").values_list("balance", flat=True)
        assert record.deposit_surplus == -sum(balances)


def two_fees_taxed_together() -> tuple[Hotel, list[BookingRoom]]:
    """Two missed rooms on one folio of a hotel that taxes net prices of 12,345 JPY at 10 %."""
    hotel = HotelFactory(
        currency="JPY",
        accommodation_tax_rate=Decimal(10),
        prices_include_tax=False,
        tax_rounding="RATE",
    )
    policy = PolicyFactory(hotel=hotel, taxed=True)
    first = missed(hotel, price=Decimal(12_345), policy=policy)
    fields = {"booking": first.booking, "folio": first.folio}
    return hotel, [first, missed(hotel, price=Decimal(12_345), policy=policy, **fields)]


rooms = st.tuples(
    st.booleans(),  # guaranteed by card
    st.integers(0, 2),  # own folio: none, an own one, the shared one
    st.integers(0, 3),  # nights
    st.sampled_from(("NIGHTS", "PERCENT", "FULL_STAY", "FIXED", "NONE")),
    st.integers(0, 12_000),  # cents a night
)


def write_booking(hotel: Hotel, chosen: list[Any], paid: list[tuple[int, int]]) -> Booking:
    booking = BookingFactory(hotel=hotel)
    shared = FolioFactory(booking=booking)
    FolioFactory(booking=booking)
    for card, own, nights, penalty, cents in chosen:
        value = {"PERCENT": 50, "FIXED": 75}.get(penalty, 1)
        policy = PolicyFactory(
            hotel=hotel, guaranteed=card, penalty_type=penalty, penalty_value=value, taxed=True
        )
        folio = (None, FolioFactory(booking=booking), shared)[own]
        price = Decimal(cents) / 100
        missed(
            hotel,
            booking=booking,
            folio=folio,
            nights_count=nights,
            price=price,
            day_use_price=price if not nights else None,
            policy=policy,
        )
    folios = list(booking.folios.order_by("pk"))
    for number, cents in paid:
        deposit(folios[number % len(folios)], str(Decimal(cents) / 100))
    return booking


class TestMoney(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(
        st.lists(rooms, min_size=1, max_size=4),
        st.lists(st.tuples(st.integers(0, 6), st.integers(1, 40_000)), max_size=4),
        st.booleans(),
        st.sampled_from(("LINE", "RATE")),
        st.sampled_from((Decimal("8.25"), Decimal(19))),
    )
    @example([(True, 2, 1, "NIGHTS", 1_001)] * 3, [(0, 20_000)], False, "RATE", Decimal(19))
    @example([(False, 2, 2, "FULL_STAY", 5_000)], [(0, 7_920)], False, "RATE", Decimal(19))
    def test_every_cent_of_a_deposit_is_applied_once_or_reported(
        self,
        chosen: list[Any],
        paid: list[tuple[int, int]],
        included: bool,
        rounding: str,
        rate: Decimal,
    ) -> None:
        hotel = HotelFactory(
            accommodation_tax_rate=rate, prices_include_tax=included, tax_rounding=rounding
        )
        booking = write_booking(hotel, chosen, paid)
        payments = list(Payment.objects.order_by("pk").values())
        received = sum(Decimal(cents) / 100 for _, cents in paid)

        now = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
        result = check(hotel, now)

        assert result.problems == ()
        assert list(Payment.objects.order_by("pk").values()) == payments
        records = list(NoShowRecord.objects.all())
        by_deposit = [r for r in records if r.rule == "no-show-guaranteed-by-deposit"]
        assert sum(record.fee_amount for record in by_deposit) <= received
        accounts = accounts_of(booking.folios.all())
        surplus = {r.booking_room.folio_id: r.deposit_surplus for r in records if r.deposit_surplus}
        for folio in booking.folios.all():
            account = accounts[folio.pk]
            assert account.received == min(account.received, account.due) + account.surplus
            if account.surplus:
                noted = any(f"on folio {folio}" in note for note in result.attention())
                assert noted or surplus.get(folio.pk) == account.surplus

        issued = issue_invoices(hotel=hotel, now=now)

        assert issued.failures == ()
        for invoice in Invoice.objects.filter(hotel=hotel):
            fees = [
                r.fee_amount
                for r in records
                if r.fee_line and r.fee_line.folio_id == invoice.folio_id
            ]
            account = accounts[invoice.folio_id]
            assert invoice.gross == account.due
            assert invoice.balance == account.due - account.received
            assert max(-invoice.balance, Decimal(0)) == surplus.get(invoice.folio_id, 0)
            # Taxed together, each of several prices may differ by half a unit.
            if len(fees) == 1 or included or rounding == "LINE":
                assert invoice.gross == sum(fees)
