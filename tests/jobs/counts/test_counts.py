"""Stored counts of executions: they give what counting the executions gives, at any moment."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hotels.models import Hotel
from jobs import counts, pruning, runner
from jobs.counts import Selection, blocks, hotel_spans, outline, pages
from jobs.models import BLOCK_SIZE, BlockCount, ExecutionCounter, HotelCount, JobExecution
from jobs.statistics import totals
from tests.factories import HotelFactory
from tests.jobs.counts.histories import START, History

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def others_have_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests have transactions open in the same server."""
    monkeypatch.setattr(blocks, "_have_ended", lambda number: True)


@pytest.fixture(autouse=True)
def no_outlines() -> None:
    """The process has none of another test."""
    outline._kept.clear()
    hotel_spans._kept.clear()
    hotel_spans._complete.clear()


@pytest.fixture
def hotels() -> list[Hotel]:
    return HotelFactory.create_batch(3)


@pytest.fixture
def history(hotels: list[Hotel]) -> History:
    return History(hotels=hotels, seed=1)


def stored() -> int:
    return sum(BlockCount.objects.values_list("number", flat=True))


@pytest.mark.parametrize("seed", range(2))
def test_numbers_and_pages_are_those_of_the_executions(
    hotels: list[Hotel], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "FEW", 5 * BLOCK_SIZE)
    monkeypatch.setattr(pages, "SPAN", 3)
    monkeypatch.setattr(outline, "SPAN", 3)
    monkeypatch.setattr(hotel_spans, "SPAN", 2)
    monkeypatch.setattr(outline, "FEWEST", (5, 10**6)[seed])  # with spans and without
    monkeypatch.setattr(pages, "SORTED", (3, 20_000)[seed])
    history = History(hotels=hotels, seed=seed)
    history.store(40)

    for _ in range(10):
        history.step()
        history.check(selections=3)

    assert ExecutionCounter.read().end > 0


@pytest.mark.parametrize("seed", range(2))
def test_statistics_are_those_of_the_executions(
    hotels: list[Hotel], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hotel_spans, "SPAN", 2)
    history = History(hotels=hotels, seed=seed)
    history.store(60)
    everywhere = frozenset(hotel.pk for hotel in hotels)

    for _ in range(6):
        history.step()
        for since in (None, START + timedelta(hours=3, minutes=1)):
            counted = totals.statistics(of=Selection(since=since))
            of_hotels = Selection(since=since, hotel_ids=everywhere)
            assert counted == totals.statistics(of=of_hotels)
            with monkeypatch.context() as changed:
                changed.setattr(totals, "FEW_HOTELS", 0)
                assert counted == totals.statistics(of=of_hotels)

    counts.count_blocks()
    assert stored() > 0


def test_blocks_are_counted_once_all_their_executions_have_ended(history: History) -> None:
    keys = history.store(20)
    JobExecution.objects.filter(pk__in=keys).update(**history._ended("COMPLETED"))
    waiting = keys[6]
    JobExecution.objects.filter(pk=waiting).update(status="PENDING", completed_at=None)

    counts.count_blocks()
    left_out = ExecutionCounter.read().left_out
    JobExecution.objects.filter(pk=waiting).update(**history._ended("FAILED"))
    counts.count_blocks()

    assert left_out == [waiting // BLOCK_SIZE]
    assert ExecutionCounter.read().left_out == []
    assert BlockCount.objects.filter(block=waiting // BLOCK_SIZE, status="FAILED").exists()


def test_the_newest_blocks_are_not_counted(history: History) -> None:
    newest = history.store(20)[-1]

    counts.count_blocks()

    assert ExecutionCounter.read().end == newest // BLOCK_SIZE - 1


def test_blocks_wait_for_the_transactions_that_may_store_in_them(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.store(20)
    monkeypatch.setattr(blocks, "_have_ended", lambda number: False)

    assert counts.count_blocks() == 0

    assert ExecutionCounter.read().end == 0


def test_counting_again_adds_nothing(history: History) -> None:
    history.store(40)
    counts.count_blocks()
    before = stored()

    counts.count_blocks()

    assert stored() == before > 0


def test_pruned_executions_are_taken_off_and_empty_blocks_deleted(history: History) -> None:
    keys = history.store(40)
    JobExecution.objects.filter(pk__in=keys).update(**history._ended("FAILED"))
    counts.count_blocks()

    assert sum(pruning.prune(before=history.now + timedelta(days=1))) == 40

    assert not BlockCount.objects.exists()
    assert set(HotelCount.objects.values_list("number", flat=True)) == {0}


def test_slots_deleted_because_they_were_skipped_too_early_are_taken_off(
    history: History,
) -> None:
    keys = history.store(40)
    JobExecution.objects.filter(pk__in=keys).update(**history._ended("SKIPPED"))
    JobExecution.objects.filter(pk=keys[0]).update(scheduled_for=START + timedelta(days=9))
    counts.count_blocks()

    runner.delete_missed(after=START, at_most=10)

    assert counts.count(Selection()) == JobExecution.objects.count() == 39


def test_counting_begins_at_the_first_execution_that_was_not_deleted(history: History) -> None:
    """Not at block 0: in old databases the first keys are millions."""
    history.store(20)

    assert counts.count_blocks() < 20


def test_after_a_restore_the_numbers_of_transactions_are_noted_again(history: History) -> None:
    history.store(20)
    ExecutionCounter.objects.create(pk=1, end=1, seen_end=2, seen_transaction=2**40)

    counts.count_blocks()

    assert ExecutionCounter.read().seen_transaction < 2**40


def test_counts_and_deep_pages_take_as_many_queries_for_more_executions(
    history: History,
    queries_of: Callable[[Callable[[], Any]], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "FEW", 0)
    dates = Selection(since=START + timedelta(hours=2), until=history.now + timedelta(days=9))
    some = Selection(hotel_ids=frozenset({history.hotels[0].pk}))
    both = counts.total_and_page
    many = frozenset(hotel.pk for hotel in history.hotels)
    monkeypatch.setattr(totals, "FEW_HOTELS", 1)

    def queries() -> list[int]:
        return [
            queries_of(lambda call=call: call())
            for call in (
                *(
                    lambda chosen=chosen: counts.count(chosen)
                    for chosen in (Selection(), dates, some)
                ),
                *(
                    lambda chosen=chosen: list(counts.page(chosen, offset=9, size=2, total=11))
                    for chosen in (Selection(), dates, some)
                ),
                *(
                    lambda chosen=chosen: list(both(chosen, before=None, offset=9, size=2)[1])
                    for chosen in (Selection(), dates, some)
                ),
                lambda: totals.statistics(of=dates),
                lambda: totals.statistics(of=replace(dates, hotel_ids=many)),
            )
        ]

    history.store(30)
    counts.count_blocks()
    queries()  # reads outlines and spans once
    few = queries()
    history.store(120)
    counts.count_blocks()
    queries()

    assert queries() == few == [2, 3, 2, 4, 5, 2, 5, 6, 3, 4, 3]


def test_a_deep_page_of_many_hotels_takes_as_many_queries_for_more_executions(
    history: History,
    queries_of: Callable[[Callable[[], Any]], int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pages, "FEW", 0)
    monkeypatch.setattr(pages, "SORTED", 0)
    mine = Selection(hotel_ids=frozenset(hotel.pk for hotel in history.hotels[:2]))

    def read() -> None:
        list(counts.total_and_page(mine, before=None, offset=9, size=2)[1])

    def queries() -> int:
        counts.count_blocks()
        read()  # reads new spans once
        return queries_of(read)

    history.store(60)
    few = queries()
    history.store(240)

    assert queries() == few == 4


def test_a_page_is_right_after_executions_deeper_down_were_deleted(history: History) -> None:
    """The process still has the numbers of before."""
    keys = history.store(600)
    JobExecution.objects.filter(pk__in=keys).update(**history._ended("COMPLETED"))
    counts.count_blocks()
    list(counts.total_and_page(Selection(), before=None, offset=400, size=2)[1])
    pruning._delete(keys[200:300])

    total, page = counts.total_and_page(Selection(), before=None, offset=400, size=2)

    assert total == 500
    assert [row.pk for row in page] == [keys[99], keys[98]]


def test_blocks_counted_between_two_queries_are_not_counted_twice(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.store(40)
    before = ExecutionCounter(pk=1, end=5000)
    counts.count_blocks()
    reads = iter([before, ExecutionCounter.read()])
    monkeypatch.setattr(ExecutionCounter, "read", lambda: next(reads))

    assert counts.count(Selection()) == 40


def test_a_page_of_hotels_is_right_after_as_many_were_deleted_as_counted(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sum of what the process keeps is then the same, but not in its places."""
    monkeypatch.setattr(pages, "FEW", 0)
    monkeypatch.setattr(pages, "SORTED", 0)
    mine = Selection(hotel_ids=frozenset(hotel.pk for hotel in history.hotels[:2]))
    history.store(300)
    JobExecution.objects.update(**history._ended("COMPLETED"))
    counts.count_blocks()
    list(counts.total_and_page(mine, before=None, offset=9, size=2)[1])
    known = ExecutionCounter.read().end // hotel_spans.SPAN
    later = history.store(90)
    JobExecution.objects.filter(pk__in=later).update(**history._ended("COMPLETED"))
    counts.count_blocks()
    counter = ExecutionCounter.read()
    kept = hotel_spans.SPAN * BLOCK_SIZE
    new = mine.rows().filter(pk__gte=known * kept, pk__lt=counter.end // hotel_spans.SPAN * kept)
    old = mine.rows().filter(pk__lt=known * kept).values_list("pk", flat=True)
    gone = list(old.order_by("pk")[10 : 10 + new.count()])
    assert len(gone) == new.count() > 0
    pruning._delete(gone)
    rows = list(mine.rows())

    pages_found = [
        list(counts.total_and_page(mine, before=None, offset=offset, size=3)[1])
        for offset in range(0, len(rows), 20)
    ]

    assert pages_found == [rows[offset : offset + 3] for offset in range(0, len(rows), 20)]


def test_spans_whose_executions_were_deleted_are_kept_no_longer(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that runs for a year would else keep them all."""
    monkeypatch.setattr(pages, "FEW", 0)
    monkeypatch.setattr(pages, "SORTED", 0)
    mine = Selection(hotel_ids=frozenset(hotel.pk for hotel in history.hotels[:2]))
    keys = history.store(300)
    JobExecution.objects.update(**history._ended("COMPLETED"))
    counts.count_blocks()
    list(counts.total_and_page(mine, before=None, offset=9, size=2)[1])
    (before,) = (len(spans) for spans in hotel_spans._kept.values())
    pruning._delete(keys[:200])

    list(counts.total_and_page(mine, before=None, offset=9, size=2)[1])

    (after,) = (len(spans) for spans in hotel_spans._kept.values())
    assert after < before


def test_spans_before_the_period_are_kept_up_to_a_number(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last thirty days move on, and a process runs for long."""
    monkeypatch.setattr(hotel_spans, "SPARE", 1)
    monkeypatch.setattr(totals, "FEW_HOTELS", 0)
    mine = Selection(hotel_ids=frozenset(hotel.pk for hotel in history.hotels[:2]))
    keys = history.store(300)
    JobExecution.objects.update(**history._ended("COMPLETED"))
    counts.count_blocks()
    totals.statistics(of=replace(mine, since=START - timedelta(days=1)))
    (before,) = (len(spans) for spans in hotel_spans._kept.values())
    later = JobExecution.objects.get(pk=keys[200]).created_at

    totals.statistics(of=replace(mine, since=later))

    (after,) = (len(spans) for spans in hotel_spans._kept.values())
    assert after < before
