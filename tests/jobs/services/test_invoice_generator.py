"""Invoice generation: folios invoiced and skipped, content of the invoice (domain rule 5)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from hotels.billing.credit import issue_credit_note
from hotels.models import BookingRoom, Folio, FolioLine, Hotel, Invoice, InvoiceSeries
from jobs import registry
from jobs.base import JobContext
from jobs.services.invoice_generator import InvoicingResult, generate_invoices
from tests.dumps import every_row
from tests.factories import BookingFactory, GuestFactory, HotelFactory, PaymentFactory, stay
from tests.hotels.billing.issued import charge, completed, reversal_line_of

Run = Callable[..., InvoicingResult]


@pytest.fixture
def run(hotel: Hotel, now: datetime) -> Run:
    """Run the service at `now`, or some time later."""
    return lambda later=timedelta(0): generate_invoices(JobContext(hotel=hotel, now=now + later))


def at(hotel: Hotel, year: int, month: int, day: int, hour: int = 12) -> InvoicingResult:
    moment = datetime(year, month, day, hour, tzinfo=UTC)
    return generate_invoices(JobContext(hotel=hotel, now=moment))


class TestCandidates:
    def test_a_completed_folio_is_invoiced_to_its_payer(self, hotel, run) -> None:
        payer = GuestFactory(hotel=hotel, name="Company Ltd")
        folio = completed(hotel, 100, 20, payer=payer)

        result = run()

        invoice = Invoice.objects.get()
        assert (invoice.folio, invoice.kind, invoice.live) == (folio, "INVOICE", True)
        assert (invoice.buyer["name"], invoice.gross) == ("Company Ltd", 120)
        assert (result.invoices_generated, result.total_amount) == (1, 120)

    def test_the_age_of_a_folio_does_not_matter(self, hotel, run) -> None:
        completed(hotel, 100, completed_at=datetime(2019, 3, 1, tzinfo=UTC))

        assert run().invoices_generated == 1

    @pytest.mark.parametrize("status", ["OPEN", "VOID"])
    def test_an_open_or_void_folio_is_not_invoiced(self, hotel, run, status: str) -> None:
        Folio.objects.filter(pk=completed(hotel, 100).pk).update(status=status)

        assert (run().invoices_generated, run().skipped) == (0, ())

    def test_each_folio_of_a_booking_gets_an_invoice(self, hotel, run) -> None:
        booking = BookingFactory(hotel=hotel)
        completed(hotel, 100, booking=booking, number=1)
        completed(hotel, 50, booking=booking, number=2)

        run()

        assert list(Invoice.objects.order_by("pk").values_list("gross", flat=True)) == [100, 50]

    def test_folios_of_another_hotel_are_not_invoiced(self, hotel, run) -> None:
        completed(HotelFactory(), 100)

        assert run().invoices_generated == 0

    def test_numbers_follow_the_order_of_completion(self, hotel, run, now) -> None:
        later = completed(hotel, 1, completed_at=now)
        earlier = completed(hotel, 2, completed_at=now - timedelta(days=3))

        run()

        ordered = Invoice.objects.order_by("sequence").values_list("folio", flat=True)
        assert list(ordered) == [earlier.pk, later.pk]


class TestSkipped:
    def skipped(self, folio: Folio, run: Run) -> str:
        """The reason for the skip; checks that two runs give the same and write nothing."""
        before = every_row()
        first, second = run(), run(later=timedelta(days=1))
        assert every_row() == before
        assert first.skipped == second.skipped
        return self.reason(folio, first)

    def settled(self, folio: Folio, run: Run) -> str:
        """The reason for the skip; checks that only the first run reports it."""
        first = run()
        before = every_row()
        second = run(later=timedelta(days=1))
        assert every_row() == before
        assert second.skipped == ()
        return self.reason(folio, first)

    def reason(self, folio: Folio, result: InvoicingResult) -> str:
        assert not result.all_failed
        (item,) = result.skipped
        assert item.folio == str(folio)
        return item.reason

    def test_a_folio_without_charges_is_settled_once(self, hotel, run) -> None:
        assert self.settled(completed(hotel), run) == "no charges on the folio"

    def test_a_folio_with_a_zero_total_is_settled_once(self, hotel, run) -> None:
        folio = completed(hotel, 100)
        reversal_line_of(folio.lines.get())

        assert self.settled(folio, run) == "total is zero"

    @pytest.mark.parametrize("amounts", [(), (100, -100)])
    def test_a_charge_on_a_settled_folio_is_invoiced(self, hotel, run, amounts) -> None:
        folio = completed(hotel, *amounts)
        run()
        minibar = charge(folio, 5)

        assert run(later=timedelta(days=1)).total_amount == 5
        assert Invoice.objects.get().lines.get().folio_line == minibar

    def test_many_settled_folios_are_no_part_of_later_results(self, hotel, run) -> None:
        for _ in range(30):
            completed(hotel, 100, -100)
        run()

        assert run(later=timedelta(days=1)).payload()["skipped"] == []

    def test_a_folio_with_a_negative_total_is_skipped_and_needs_attention(self, hotel, run) -> None:
        folio = completed(hotel, 100, -130)

        reason = self.skipped(folio, run)

        assert reason == (
            "total is negative and there is no invoice to credit: correct the charges"
        )
        assert run().attention() == (f"folio {folio}: {reason}",)

    def test_a_folio_shared_with_rooms_in_house_is_skipped(self, hotel, run) -> None:
        folio = completed(hotel, 100)
        for status in ("CHECKED_OUT", "CHECKED_IN"):
            stay(hotel, arrival=date(2026, 7, 13), status=status, folio=folio)

        assert self.skipped(folio, run) == "rooms on the folio are still in house"

    @pytest.mark.parametrize("status", ["CONFIRMED", "TENTATIVE"])
    def test_a_folio_shared_with_rooms_still_to_arrive_waits(self, hotel, run, status) -> None:
        folio = completed(hotel, 100)
        room = stay(hotel, arrival=date(2026, 7, 16), status=status, folio=folio)

        assert self.skipped(folio, run) == "rooms on the folio are still to arrive"

        BookingRoom.objects.filter(pk=room.pk).update(status="CANCELLED")
        assert run().invoices_generated == 1

    def test_a_shared_folio_is_invoiced_once_the_last_room_has_checked_out(
        self, hotel, run
    ) -> None:
        folio = completed(hotel, 100)
        room = stay(hotel, arrival=date(2026, 7, 13), status="CHECKED_IN", folio=folio)
        run()
        BookingRoom.objects.filter(pk=room.pk).update(status="CHECKED_OUT")

        assert run().invoices_generated == 1


class TestCreditedFolios:
    def test_a_folio_with_a_partly_credited_invoice_is_not_invoiced_again(
        self, hotel, run, now
    ) -> None:
        completed(hotel, 100)
        run()
        issue_credit_note(invoice=Invoice.objects.get(), gross=Decimal(40), now=now, reason="late")

        assert run(later=timedelta(days=1)).invoices_generated == 0

    def test_a_fully_credited_folio_is_not_invoiced_again_every_night(
        self, hotel, run, now
    ) -> None:
        folio = completed(hotel, 100)
        run()
        reversal_line_of(folio.lines.get())
        issue_credit_note(invoice=Invoice.objects.get(), now=now, reason="waived")
        before = every_row()

        result = run(later=timedelta(days=1))

        assert every_row() == before
        assert (result.invoices_generated, result.skipped) == (0, ())

    def test_a_credited_folio_completed_again_is_invoiced_to_the_new_payer(
        self, hotel, run, now
    ) -> None:
        folio = completed(hotel, 100)
        PaymentFactory(folio=folio, amount=100)
        run()
        former = Invoice.objects.get()
        issue_credit_note(invoice=former, now=now, reason="for the company", invoice_again=True)
        charge(folio, 30)
        folio.payer = GuestFactory(hotel=hotel, name="Company Ltd")
        folio.completed_at = now + timedelta(hours=1)
        folio.save()

        run(later=timedelta(days=1))

        invoice = Invoice.objects.get(kind="INVOICE", live=True)
        former.refresh_from_db()
        assert (invoice.gross, invoice.buyer["name"]) == (130, "Company Ltd")
        assert (invoice.balance, invoice.payment_status) == (30, "PARTIALLY_PAID")
        assert (former.balance, former.payment_status) == (0, "NOTHING_DUE")


class TestSnapshot:
    def test_the_invoice_states_seller_buyer_lines_and_taxes(self, run, now) -> None:
        hotel = HotelFactory(legal_name="Sea Lda.", vat_id="PT1", address="Quay 1", name="Sea")
        payer = GuestFactory(hotel=hotel, name="Ana", tax_id="PT2", address="Street 2")
        folio = completed(hotel, 106, payer=payer, rate=6)
        charge(folio, 123, rate=23)

        generate_invoices(JobContext(hotel=hotel, now=now))

        invoice = Invoice.objects.get()
        assert (
            invoice.seller.items()
            >= {"name": "Sea", "legalName": "Sea Lda.", "vatId": "PT1", "address": "Quay 1"}.items()
        )
        assert (
            invoice.buyer.items() >= {"name": "Ana", "taxId": "PT2", "address": "Street 2"}.items()
        )
        assert list(invoice.lines.values_list("position", "net", "tax", "gross")) == [
            (1, 100, 6, 106),
            (2, 100, 23, 123),
        ]
        assert list(invoice.taxes.values_list("rate", "net", "tax", "gross")) == [
            (6, 100, 6, 106),
            (23, 100, 23, 123),
        ]
        assert (invoice.net, invoice.tax, invoice.gross) == (200, 29, 229)
        assert (invoice.currency, invoice.issued_at) == ("EUR", now)

    def test_later_edits_do_not_change_the_invoice(self, hotel, run) -> None:
        folio = completed(hotel, 100)
        run()
        documents = {k: v for k, v in every_row().items() if k.startswith("hotels.Invoice")}

        Hotel.objects.update(name="X", legal_name="X", vat_id="X", currency="USD")
        type(folio.payer).objects.update(name="X", address="X")
        FolioLine.objects.update(description="X", gross=7, net=7)
        run(later=timedelta(days=1))

        after = {k: v for k, v in every_row().items() if k.startswith("hotels.Invoice")}
        assert after == documents


class TestBalance:
    @pytest.mark.parametrize(
        ("payments", "balance", "status"),
        [
            ([], 100, "UNPAID"),
            ([("AUTHORIZED", 100, 0)], 100, "UNPAID"),
            ([("PENDING", 100, 0)], 100, "UNPAID"),
            ([("FAILED", 100, 0)], 100, "UNPAID"),
            ([("SUCCEEDED", 30, 0)], 70, "PARTIALLY_PAID"),
            ([("SUCCEEDED", 30, 0), ("SUCCEEDED", 70, 0)], 0, "PAID"),
            ([("SUCCEEDED", 100, 25)], 25, "PARTIALLY_PAID"),
            ([("REFUNDED", 100, 100)], 100, "UNPAID"),
            ([("SUCCEEDED", 130, 0)], -30, "OVERPAID"),
        ],
    )
    def test_the_balance_is_the_total_less_payments_plus_refunds(
        self, hotel, run, payments, balance: int, status: str
    ) -> None:
        folio = completed(hotel, 100)
        for state, amount, refunded in payments:
            PaymentFactory(folio=folio, status=state, amount=amount, refunded_amount=refunded)

        run()

        invoice = Invoice.objects.get()
        assert (invoice.balance, invoice.payment_status) == (balance, status)


class TestNumbers:
    def test_a_number_has_prefix_year_and_six_digits(self, hotel, run) -> None:
        Hotel.objects.update(invoice_prefix="LIS")
        hotel.refresh_from_db()
        completed(hotel, 1)
        completed(hotel, 2)

        run()

        numbers = Invoice.objects.order_by("sequence").values_list("number", flat=True)
        assert list(numbers) == ["LIS-2026-000001", "LIS-2026-000002"]

    def test_the_next_run_continues_the_numbers(self, hotel, run) -> None:
        completed(hotel, 1)
        run()
        completed(hotel, 1)
        run(later=timedelta(days=1))

        assert Invoice.objects.first().number == "INV-2026-000002"

    def test_each_hotel_has_its_own_numbers(self, hotel, run, now) -> None:
        other = HotelFactory()
        completed(hotel, 1)
        completed(other, 1)
        run()
        generate_invoices(JobContext(hotel=other, now=now))

        assert {i.number for i in Invoice.objects.all()} == {"INV-2026-000001"}

    @pytest.mark.parametrize(
        ("zone", "hour", "number"),
        [
            ("Asia/Tokyo", 14, "INV-2026-000001"),
            ("Asia/Tokyo", 15, "INV-2027-000001"),
            ("Pacific/Honolulu", 23, "INV-2026-000001"),
        ],
    )
    def test_on_new_years_eve_the_year_is_that_of_the_hotels_date(
        self, hotel, zone: str, hour: int, number: str
    ) -> None:
        Hotel.objects.update(timezone=zone)
        hotel.refresh_from_db()
        completed(hotel, 1)

        at(hotel, 2026, 12, 31, hour)

        assert Invoice.objects.get().number == number

    def test_honolulu_uses_the_old_year_while_utc_is_in_the_new_one(self, hotel) -> None:
        Hotel.objects.update(timezone="Pacific/Honolulu")
        hotel.refresh_from_db()
        completed(hotel, 1)
        at(hotel, 2027, 1, 1, 9)
        completed(hotel, 1)
        at(hotel, 2027, 1, 1, 10)

        assert [(i.number, i.issue_date) for i in Invoice.objects.order_by("pk")] == [
            ("INV-2026-000001", date(2026, 12, 31)),
            ("INV-2027-000001", date(2027, 1, 1)),
        ]

    def test_issue_dates_never_run_backwards(self, hotel) -> None:
        completed(hotel, 1)
        at(hotel, 2027, 1, 2)
        completed(hotel, 1)
        at(hotel, 2026, 12, 30)

        assert [(i.number, i.issue_date) for i in Invoice.objects.order_by("pk")] == [
            ("INV-2027-000001", date(2027, 1, 2)),
            ("INV-2027-000002", date(2027, 1, 2)),
        ]


class TestCurrencies:
    @pytest.mark.parametrize(
        ("currency", "gross", "net", "tax", "summary"),
        [
            ("JPY", "10001", "9092", "909", "1 invoice, 10,001 JPY"),
            ("KWD", "10.001", "9.092", "0.909", "1 invoice, 10.001 KWD"),
            ("EUR", "100.01", "90.92", "9.09", "1 invoice, 100.01 EUR"),
        ],
    )
    def test_amounts_are_whole_minor_units(
        self, now, db, currency, gross, net, tax, summary
    ) -> None:
        hotel = HotelFactory(currency=currency)
        completed(hotel, gross, rate=10)

        result = generate_invoices(JobContext(hotel=hotel, now=now))

        invoice = Invoice.objects.get()
        assert (invoice.net, invoice.tax) == (Decimal(net), Decimal(tax))
        assert result.summary() == summary

    def test_an_amount_below_the_minor_unit_is_a_problem(self, now, db) -> None:
        hotel = HotelFactory(currency="JPY")
        folio = completed(hotel, 100)
        FolioLine.objects.update(net="99.5", gross="99.5")

        result = generate_invoices(JobContext(hotel=hotel, now=now))

        assert [p.what for p in result.problems] == [f"folio {folio}"]
        assert "the smallest amount is 1 JPY" in result.problems[0].reason
        assert result.all_failed

    def test_currencies_are_never_summed(self, hotel, run, now) -> None:
        """An invoice in the hotel's previous currency is not part of the total."""
        completed(hotel, 100)
        run()
        Hotel.objects.update(currency="USD")
        hotel.refresh_from_db()
        completed(hotel, 7)

        result = run()

        assert (result.total_amount, result.currency) == (7, "USD")


class TestResult:
    def test_the_payload_of_the_contract(self, hotel, run) -> None:
        completed(hotel, 100)
        empty = completed(hotel)

        result = run()

        assert result.payload() == {
            "hotelId": hotel.pk,
            "invoicesGenerated": 1,
            "totalAmount": "100.00",
            "currency": "EUR",
            "skipped": [
                {
                    "folio": str(empty),
                    "reason": "no charges on the folio",
                    "reference": {"model": "hotels.folio", "id": empty.pk},
                }
            ],
            "balancesCorrected": [],
            "problems": [],
        }
        assert result.done == 1

    def test_the_summary_counts_invoices_and_skipped_folios(self, hotel, run) -> None:
        assert run().summary() == "No invoices"
        completed(hotel, 1000)
        completed(hotel, "2412")
        completed(hotel)

        assert run().summary() == "2 invoices, 3,412.00 EUR, 1 skipped"

    def test_the_invoices_are_reported_as_effects(self, context, hotel) -> None:
        folio = completed(hotel, 100)

        generate_invoices(context)

        (effect,) = context.effects()["invoice"]["objects"]
        assert effect["label"] == "INV-2026-000001"
        assert effect["note"] == f"folio {folio}, 100.00 EUR"

    def test_it_is_registered_for_two_in_the_morning_utc(self) -> None:
        assert registry.get("generate-invoices").service is generate_invoices
        assert registry.get("generate-invoices").schedule == "0 2 * * *"


class TestQueries:
    def test_more_folios_take_no_more_queries(self, queries_of, now, db) -> None:
        def queries(folios: int) -> int:
            hotel = HotelFactory()
            for n in range(folios):
                folio = completed(hotel, 100, n + 1, rate=6)
                PaymentFactory(folio=folio)
                completed(hotel)
            context = JobContext(hotel=hotel, now=now)
            return queries_of(lambda: generate_invoices(context))

        assert queries(2) == queries(24)

    def test_without_open_charges_two_queries_find_nothing_to_do(
        self, context, hotel, run, queries_of
    ) -> None:
        for n in range(3):
            PaymentFactory(folio=completed(hotel, 100, n + 1, rate=6), amount=Decimal(101 + n))
        run()

        assert queries_of(lambda: generate_invoices(context)) == 2

    def test_a_hotel_with_nothing_to_invoice_gets_no_counter(self, hotel, run) -> None:
        completed(hotel)

        run()

        assert not InvoiceSeries.objects.exists()


def test_a_second_run_writes_nothing(hotel, run) -> None:
    completed(hotel, 100)
    completed(hotel)
    run()
    before = every_row()

    result = run(later=timedelta(days=1))

    assert every_row() == before
    assert result.invoices_generated == 0
