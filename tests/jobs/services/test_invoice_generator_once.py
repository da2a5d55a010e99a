"""Invoice generation: bad rows, crash, concurrent runs; the numbers have no gaps."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, transaction

from hotels.billing import drafts, issuing
from hotels.models import Folio, FolioLine, Hotel, Invoice, InvoiceLine, InvoiceSeries
from jobs import dispatch, registry
from jobs.base import JobContext
from jobs.models import Trigger
from jobs.services.invoice_generator import InvoicingResult, generate_invoices
from tests.concurrency import in_thread, run_together, waits_for_us
from tests.dumps import every_row
from tests.factories import FolioLineFactory, PaymentFactory
from tests.hotels.billing.issued import charge, completed, invoice_of
from tests.jobs.services.refusals import refuse
from tests.waiting import TIMEOUT


@pytest.fixture
def run(hotel: Hotel, now: datetime) -> Callable[[], InvoicingResult]:
    return lambda: generate_invoices(JobContext(hotel=hotel, now=now))


def sequences(**which: Any) -> list[int]:
    return list(
        Invoice.objects.filter(**which).order_by("sequence").values_list("sequence", flat=True)
    )


class TestBadRows:
    def test_a_folio_the_database_refuses_is_one_problem_among_a_hundred(self, hotel, run) -> None:
        refuse(Invoice, where="gross = 13")
        folios = [completed(hotel, 13 if n == 40 else 100) for n in range(100)]

        result = run()

        assert (result.invoices_generated, result.done) == (99, 99)
        assert [problem.what for problem in result.problems] == [f"folio {folios[40]}"]
        assert "refused" in result.problems[0].reason
        assert sequences() == list(range(1, 100))

    def test_an_invoice_with_a_line_the_database_refuses_takes_no_number(self, hotel, run) -> None:
        refuse(InvoiceLine, where="gross = 13")
        completed(hotel, 100)
        bad = completed(hotel, 87, 13)
        completed(hotel, 100)

        result = run()

        assert [problem.what for problem in result.problems] == [f"folio {bad}"]
        assert sequences() == [1, 2]
        assert InvoiceSeries.objects.get().last_number == 2

    def test_a_line_that_cannot_be_read_is_a_problem(self, hotel, run) -> None:
        bad = completed(hotel, 100)
        FolioLineFactory(folio=bad, gross="0.005", net="0.005")
        completed(hotel, 100)

        result = run()

        assert [problem.what for problem in result.problems] == [f"folio {bad}"]
        assert "0.01 EUR" in result.problems[0].reason
        assert sequences() == [1]

    def test_if_every_invoice_is_refused_the_execution_fails_and_writes_nothing(
        self, hotel, run
    ) -> None:
        refuse(Invoice, where="gross = 13")
        completed(hotel, 13)
        before = every_row()

        result = run()

        assert every_row() == before
        assert result.all_failed

    def test_a_refused_folio_is_invoiced_once_it_is_corrected(self, hotel, run) -> None:
        folio = completed(hotel, 100)
        bad = charge(folio, 0)
        type(bad).objects.filter(pk=bad.pk).update(gross="0.001", net="0.001")
        run()
        type(bad).objects.filter(pk=bad.pk).update(gross=0, net=0)

        assert run().invoices_generated == 1
        assert sequences() == [1]


@pytest.mark.parametrize("step", ["_lines", "_taxes"])
def test_a_crash_in_the_middle_leaves_nothing(hotel, run, monkeypatch, step: str) -> None:
    completed(hotel, 100)

    def lose_the_connection(*args: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(drafts, step, lose_the_connection)
    before = every_row()

    with pytest.raises(OperationalError), transaction.atomic():
        run()

    assert every_row() == before


def test_a_folio_completed_after_the_lock_waits_for_the_next_run(hotel, run, monkeypatch) -> None:
    """It is not locked: a charge posted in the meantime would be missing on its invoice."""
    held = completed(hotel, 100)
    later = completed(hotel, 50)
    Folio.objects.filter(pk=later.pk).update(status="OPEN")
    asked: list[int] = []

    def complete_before_it_is_read(**which: Any) -> Any:
        asked.append(1)
        if len(asked) == 2:
            Folio.objects.filter(pk=later.pk).update(status="COMPLETED")
        return find_folios(**which)

    find_folios = issuing.find_folios
    monkeypatch.setattr(issuing, "find_folios", complete_before_it_is_read)

    run()
    assert [invoice.folio for invoice in Invoice.objects.all()] == [held]

    run()
    assert Invoice.objects.filter(folio=later).exists()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    """PostgreSQL only: SQLite has no concurrent transactions."""

    def in_threads(self, work: Callable[[int], None], *, count: int) -> list[Exception]:
        errors: list[Exception] = []

        def alone(number: int) -> None:
            try:
                with transaction.atomic():
                    work(number)
            except Exception as error:  # noqa: BLE001  handed to the test
                errors.append(error)

        run_together(*(partial(alone, number) for number in range(count)))
        return errors

    def test_two_runs_at_once_invoice_each_folio_once(self, hotel, run) -> None:
        for _ in range(20):
            completed(hotel, 100)
        results: list[InvoicingResult] = []

        errors = self.in_threads(lambda _: results.append(run()), count=4)

        assert errors == []
        assert sorted(result.invoices_generated for result in results) == [0, 0, 0, 20]
        assert [result.problems for result in results] == [()] * 4
        assert sequences() == list(range(1, 21))

    def test_failing_transactions_leave_no_gap_in_the_numbers(self, hotel, now) -> None:
        """Each thread completes and invoices folios; every third crashes after the insert."""
        rounds = 6

        def work(number: int, turn: int) -> None:
            completed(hotel, 10 + number)
            done = issuing.issue_invoices(hotel=hotel, now=now + timedelta(minutes=turn))
            if number % 3 == 0:
                assert done.invoices
                raise RuntimeError("died after it had inserted")

        for turn in range(rounds):
            errors = self.in_threads(lambda n, turn=turn: work(n, turn), count=8)
            assert [str(error) for error in errors] == ["died after it had inserted"] * 3

        found = sequences()
        assert len(found) == rounds * 5 == Folio.objects.count()
        assert found == list(range(1, rounds * 5 + 1))
        assert InvoiceSeries.objects.get().last_number == rounds * 5

    def test_the_first_invoices_keep_their_order_at_the_turn_of_the_year(self, hotel) -> None:
        moments = [datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)]

        def work(number: int) -> None:
            completed(hotel, 10)
            issuing.issue_invoices(hotel=hotel, now=moments[number % 2])

        assert self.in_threads(work, count=8) == []

        assert Invoice.objects.count() == 8
        dates = list(Invoice.objects.order_by("pk").values_list("issue_date", flat=True))
        assert dates == sorted(dates)
        for year in (2026, 2027):
            assert sequences(year=year) == list(range(1, len(sequences(year=year)) + 1))

    def test_a_run_that_waits_for_a_folio_holds_none_with_a_greater_key(self, hotel, now) -> None:
        """Whoever locks the two in order of their keys, as the no-show check does, can go on."""
        waiting = completed(hotel, 100)
        paid = invoice_of(completed(hotel, 50)).folio
        charge(waiting, 5)
        PaymentFactory(folio=paid, amount=50)  # its balance is wrong from now on

        with transaction.atomic():
            Folio.objects.select_for_update().get(pk=waiting.pk)
            nightly = in_thread(lambda: self.issue(hotel, now))
            waited = waits_for_us(nightly)
            Folio.objects.select_for_update(nowait=True).get(pk=paid.pk)
        result = nightly.result(TIMEOUT)

        assert waited
        assert [each.invoice.folio for each in result.corrected] == [paid]
        assert [invoice.folio for invoice in result.invoices] == [waiting]

    def issue(self, hotel: Hotel, now: datetime) -> issuing.IssuingResult:
        with transaction.atomic():
            return issuing.issue_invoices(hotel=hotel, now=now)

    def test_a_charge_posted_during_a_run_waits_for_its_commit(self, hotel, now) -> None:
        """It is on the invoice or posted after it, never lost."""
        folio = completed(hotel, 100)

        with transaction.atomic():
            issuing.issue_invoices(hotel=hotel, now=now)
            desk = in_thread(lambda: charge(folio, 5))
            waited = waits_for_us(desk)
        desk.result(TIMEOUT)

        assert waited
        assert Invoice.objects.get().gross == 100


class TestNothingDone:
    """A skipped folio is not done: nothing that was due could be done (domain rule 0)."""

    def test_a_skipped_folio_does_not_hide_that_every_invoice_failed(self, hotel, run) -> None:
        refuse(Invoice, where="gross = 13")
        for _ in range(3):
            completed(hotel, 13)
        completed(hotel)  # without charges, so it is skipped

        result = run()

        assert (len(result.problems), len(result.skipped), result.done) == (3, 1, 0)
        assert result.all_failed

    def test_a_balance_is_corrected_though_no_folio_can_be_invoiced(self, hotel, now) -> None:
        """Rolled back, it would be wrong for as long as the other folio is a problem."""
        invoice = invoice_of(completed(hotel, 100))
        PaymentFactory(folio=invoice.folio, amount=100)
        charge(completed(hotel, 7), 9)
        FolioLine.objects.filter(gross=9).update(currency="BGN")  # as in old data

        job = registry.get("generate-invoices")
        with time_machine.travel(now, tick=False):
            outcome = dispatch.run_now(job=job, hotel=hotel, now=now, trigger=Trigger.COMMAND)

        invoice.refresh_from_db()
        assert (outcome.status, outcome.problems) == ("COMPLETED", 1)
        assert (invoice.balance, invoice.payment_status) == (0, "PAID")
