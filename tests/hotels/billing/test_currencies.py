"""Amounts in different currencies are never summed (domain rules 0 and 5)."""

from decimal import Decimal

import pytest
from django.db import transaction

from hotels.billing.credit import CreditRefused
from hotels.billing.issuing import issue_invoices
from hotels.billing.payments import folios_with_wrong_balances
from hotels.billing.proposals import accept_proposed_credit
from hotels.models import BookingNight, Folio, FolioLine, Hotel, Invoice, Payment
from hotels.models.currencies import CurrencyMismatch
from jobs.base import JobContext
from jobs.services.invoice_generator import generate_invoices
from tests.factories import (
    FolioFactory,
    FolioLineFactory,
    HotelFactory,
    PaymentFactory,
    PolicyFactory,
    stay,
)
from tests.hotels.billing.issued import NOW, completed, invoice_of, reversal_line_of
from tests.jobs.services.no_shows import check, missed

pytestmark = pytest.mark.django_db


@pytest.fixture
def hotel() -> Hotel:
    """A hotel in Sofia with amounts in BGN."""
    return HotelFactory(currency="BGN", timezone="Europe/Sofia")


def euro(hotel: Hotel) -> Hotel:
    """The hotel after it has changed to the euro."""
    Hotel.objects.filter(pk=hotel.pk).update(currency="EUR")
    return Hotel.objects.get(pk=hotel.pk)


def run(hotel: Hotel):
    return generate_invoices(JobContext(hotel=hotel, now=NOW))


class TestRows:
    def test_bookings_nights_folios_charges_and_payments_have_a_currency(self, hotel, now) -> None:
        room = stay(hotel, arrival=hotel.business_date(now))
        FolioLineFactory(folio=room.folio)
        PaymentFactory(folio=room.folio)

        assert room.booking.currency == "BGN"
        assert {night.currency for night in BookingNight.objects.all()} == {"BGN"}
        for model in (Folio, FolioLine, Payment):
            assert [row.currency for row in model.objects.all()] == ["BGN"]

    def test_what_a_stay_is_charged_stays_in_the_currency_it_was_booked_in(self, hotel) -> None:
        folio = FolioFactory(booking__hotel=hotel)
        euro(hotel)
        folio = Folio.objects.get(pk=folio.pk)

        other = FolioFactory(booking=folio.booking)

        assert FolioLineFactory(folio=folio).currency == "BGN"
        assert PaymentFactory(folio=other).currency == "BGN"

    def test_new_bookings_are_in_the_new_currency(self, hotel) -> None:
        assert FolioFactory(booking__hotel=euro(hotel)).currency == "EUR"

    @pytest.mark.parametrize("factory", [FolioLineFactory, PaymentFactory])
    def test_an_amount_in_another_currency_is_refused_where_it_is_posted(
        self, hotel, factory
    ) -> None:
        folio = FolioFactory(booking__hotel=hotel)

        with pytest.raises(CurrencyMismatch, match=r"is in BGN: an amount in EUR cannot be added"):
            factory(folio=folio, currency="EUR")

    def test_in_bulk_too(self, hotel) -> None:
        folio = FolioFactory(booking__hotel=hotel)
        line = FolioLineFactory.build(folio=folio, currency="EUR")

        with pytest.raises(CurrencyMismatch), transaction.atomic():
            FolioLine.objects.bulk_create([line])

        assert not FolioLine.objects.exists()

    def test_an_old_payment_in_another_currency_can_still_be_corrected(self, hotel) -> None:
        PaymentFactory(folio=FolioFactory(booking__hotel=hotel))
        Payment.objects.update(currency="EUR")
        payment = Payment.objects.select_related("folio").get()

        payment.status = Payment.Status.FAILED
        payment.save()

        assert Payment.objects.get().status == "FAILED"

    @pytest.mark.parametrize("model", [Folio, FolioLine, Payment])
    def test_a_row_without_a_currency_is_refused_by_the_database(self, hotel, model) -> None:
        folio = completed(hotel, 100)
        PaymentFactory(folio=folio)

        with pytest.raises(Exception, match="has_currency"), transaction.atomic():
            model.objects.update(currency="")


class TestInvoices:
    def test_two_currencies_on_a_folio_are_a_problem_that_names_both(self, hotel) -> None:
        """195.58 BGN and 100.00 EUR are not 295.58 of anything."""
        folio = completed(hotel, "195.58", 100)
        FolioLine.objects.filter(gross=100).update(currency="EUR")  # as in old data
        sound = completed(hotel, 50)

        result = run(hotel)

        assert [invoice.folio for invoice in Invoice.objects.all()] == [sound]
        (problem,) = result.problems
        assert problem.what == f"folio {folio}"
        assert "has amounts in BGN and EUR, which cannot be summed" in problem.reason

    def test_a_payment_in_another_currency_is_a_problem_too(self, hotel) -> None:
        folio = completed(hotel, "195.58")
        PaymentFactory(folio=folio, amount=100)
        Payment.objects.update(currency="EUR")

        assert "BGN and EUR" in run(hotel).problems[0].reason
        assert not Invoice.objects.exists()

    def test_a_stay_booked_before_the_change_is_invoiced_in_its_currency(self, hotel) -> None:
        completed(hotel, "195.58")
        hotel = euro(hotel)
        completed(hotel, 100)

        result = run(hotel)

        assert set(Invoice.objects.values_list("currency", "gross")) == {
            ("BGN", Decimal("195.58")),
            ("EUR", Decimal(100)),
        }
        assert (result.total_amount, result.currency) == (Decimal("100.00"), "EUR")
        assert result.summary() == "2 invoices, 100.00 EUR and 195.58 BGN"

    def test_the_balance_counts_only_payments_in_its_currency(self, hotel) -> None:
        invoice = invoice_of(completed(hotel, "195.58"))
        PaymentFactory(folio=invoice.folio, amount=100)
        Payment.objects.update(currency="EUR")

        with transaction.atomic():
            issue_invoices(hotel=hotel, now=NOW)

        invoice.refresh_from_db()
        assert invoice.balance == Decimal("195.58")

    def test_a_balance_without_the_payments_in_other_currencies_is_not_wrong(self, hotel) -> None:
        invoice = invoice_of(completed(hotel, "195.58"))
        PaymentFactory(folio=invoice.folio, amount=100)
        Payment.objects.update(currency="EUR")

        assert folios_with_wrong_balances(hotel=hotel) == set()

    def test_no_credit_note_sums_reversals_in_two_currencies(self, hotel) -> None:
        folio = completed(hotel, 100, 50)
        invoice_of(folio)
        for line in folio.lines.all():
            reversal_line_of(line)
        FolioLine.objects.filter(gross=-50).update(currency="EUR")  # as in old data

        with pytest.raises(CreditRefused, match="amounts in BGN and EUR"):
            accept_proposed_credit(folio=folio, by="ana", now=NOW, reason="wrong")

        assert not Invoice.objects.filter(kind="CREDIT_NOTE").exists()


class TestNoShowFees:
    def test_the_fee_is_in_the_currency_of_the_booking(self, hotel, now) -> None:
        missed(hotel)
        hotel = euro(hotel)
        missed(hotel)

        result = check(hotel, now)

        assert sorted(FolioLine.objects.values_list("currency", "gross")) == [
            ("BGN", 100),
            ("EUR", 100),
        ]
        assert (result.total_penalty, result.currency) == (100, "EUR")
        assert "fees 100.00 EUR and 100.00 BGN" in result.summary()

    def test_a_fee_goes_on_a_new_folio_if_the_rooms_is_in_another_currency(self, hotel, now):
        room = missed(hotel)
        Folio.objects.filter(pk=room.folio_id).update(currency="EUR")  # opened by hand

        result = check(hotel, now)

        fee = FolioLine.objects.get()
        assert (fee.currency, fee.folio.currency) == ("BGN", "BGN")
        assert fee.folio_id != room.folio_id
        assert result.problems == ()

    def test_a_released_folio_with_a_payment_in_another_currency_is_not_voided(
        self, hotel, now
    ) -> None:
        room = missed(hotel, policy=PolicyFactory(hotel=hotel, guaranteed=False))
        PaymentFactory(folio=room.folio, amount=30)
        Payment.objects.update(currency="EUR")  # as in old data

        check(hotel, now)

        room.refresh_from_db()
        assert (room.status, room.folio.status) == ("RELEASED", "OPEN")
