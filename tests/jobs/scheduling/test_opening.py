"""Opening in bounded transactions."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs import runner
from jobs.models import JobExecution, JobRun, JobSchedule, Status, Tick
from jobs.scheduling import changes, opening, plan_slots
from jobs.scheduling.opening import open_due
from tests.factories import HotelFactory, UserFactory
from tests.jobs.engine import only_job
from tests.jobs.scheduling.openings import DAY, FOUR, HOUR, MINUTE, hotels_due_daily, slots


@pytest.fixture(autouse=True)
def _job() -> Iterator[None]:
    with only_job():
        yield


@pytest.fixture
def _five_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "EXECUTIONS_AT_ONCE", 5)


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of executions stored in each transaction."""
    counts: list[int] = []
    store = runner.store_unlocked

    def counted(**call: Any) -> frozenset[int]:
        counts.append(len(call["executions"]))
        return store(**call)

    monkeypatch.setattr(runner, "store_unlocked", counted)
    return counts


@pytest.mark.django_db
@pytest.mark.usefixtures("_five_at_once")
@pytest.mark.parametrize("own", [True, False])
def test_long_downtime_is_opened_some_hotels_at_a_time(stored: list[int], own: bool) -> None:
    hotels = hotels_due_daily(4) if own else HotelFactory.create_batch(4)
    open_due(now=FOUR - MINUTE)

    opened = open_due(now=FOUR + 3 * DAY + HOUR)

    assert [count for count in stored if count] == [8, 8]  # hotels with four slots each
    assert (opened.due, opened.missed) == (4, 12)
    ends = ["SKIPPED", "SKIPPED", "SKIPPED", "PENDING"]
    assert slots() == [
        (hotel.pk, FOUR + day * DAY, end) for hotel in hotels for day, end in enumerate(ends)
    ]


@pytest.mark.django_db
@pytest.mark.usefixtures("_five_at_once")
def test_a_slot_opened_in_several_transactions_is_one_run() -> None:
    hotels_due_daily(12)
    open_due(now=FOUR - MINUTE)

    open_due(now=FOUR)

    assert JobRun.objects.get().executions.count() == 12


@pytest.mark.django_db
@pytest.mark.usefixtures("_five_at_once")
@pytest.mark.parametrize("later", [MINUTE, DAY], ids=["the next minute", "a day later"])
def test_after_a_crash_between_two_transactions_the_next_tick_goes_on(
    monkeypatch: pytest.MonkeyPatch, later: timedelta
) -> None:
    hotels = hotels_due_daily(4)
    open_due(now=FOUR - MINUTE)
    plan = opening.plan_slots

    def crashes(**call: Any) -> Any:
        if call["hotels"].after:
            raise RuntimeError("the machine lost power")
        return plan(**call)

    began = FOUR + DAY + HOUR
    with monkeypatch.context() as crashing:
        crashing.setattr(opening, "plan_slots", crashes)
        with pytest.raises(RuntimeError):
            open_due(now=began)
    assert 0 < JobExecution.objects.count() < 8

    open_due(now=began + later)

    both = [FOUR, FOUR + DAY, FOUR + 2 * DAY]
    expected = both[:2] if later == MINUTE else both
    assert [(hotel_id, slot) for hotel_id, slot, _ in slots()] == [
        (hotel.pk, slot) for hotel in hotels for slot in expected
    ]
    row = Tick.objects.get()
    assert (row.looked_until, row.look_until, row.look_hotel) == (began + later, None, 0)


@pytest.mark.django_db
@pytest.mark.usefixtures("_five_at_once")
def test_a_schedule_changed_while_a_look_is_in_progress_records_no_slot_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The folded slots have no execution, so they must not be looked at again."""
    (hotel, *_) = hotels_due_daily(3, expression="*/5 * * * *")
    open_due(now=FOUR)
    step = opening._Opening.step

    def changes_between(look: Any) -> bool:
        goes_on = step(look)
        if Tick.objects.get().look_hotel:
            monkeypatch.setattr(opening._Opening, "step", step)
            schedule = JobSchedule.objects.get(hotel=hotel)
            schedule.expression = "0 0 1 1 *"
            changes.save_schedule(schedule=schedule, now=FOUR + 4 * HOUR, by=UserFactory())
        return goes_on

    monkeypatch.setattr(opening._Opening, "step", changes_between)
    with time_machine.travel(FOUR + 4 * HOUR, tick=False):
        open_due(now=FOUR + 4 * HOUR)

    assert JobExecution.objects.filter(hotel=hotel).count() == 13


@pytest.mark.django_db
@pytest.mark.usefixtures("_five_at_once")
def test_slots_skipped_by_a_clock_ahead_are_reopened_some_at_a_time() -> None:
    hotels_due_daily(4)
    open_due(now=FOUR - MINUTE)
    open_due(now=FOUR + 3 * DAY)
    skipped = JobExecution.objects.filter(status=Status.SKIPPED, scheduled_for__gt=FOUR).count()

    opened = open_due(now=FOUR)

    assert (opened.reopened, skipped) == (8, 8)
    assert not JobExecution.objects.filter(status=Status.SKIPPED, scheduled_for__gt=FOUR).exists()


@pytest.mark.django_db
def test_a_look_that_a_clock_ahead_began_is_not_continued_into_the_future() -> None:
    hotels_due_daily(2)
    with time_machine.travel(FOUR, tick=False):
        Tick.objects.create(
            pk=Tick.KEY,
            looked_until=FOUR - MINUTE,
            ticked_at=FOUR,
            look_since=FOUR - MINUTE,
            look_until=FOUR + 40 * DAY,
        )
        open_due(now=FOUR)

    assert {slot for _, slot, _ in slots()} == {FOUR}
    assert Tick.objects.get().looked_until == FOUR


@pytest.mark.django_db
def test_a_minute_without_slots_takes_as_few_queries_as_one_look(
    queries_of: Callable[[Callable[[], Any]], int],
) -> None:
    hotels_due_daily(2)
    open_due(now=FOUR - HOUR)

    # The transaction around; the lock, the schedules and the new time. PostgreSQL: session limits.
    most = 6 + (connection.vendor == "postgresql")
    assert queries_of(lambda: open_due(now=FOUR - HOUR + MINUTE)) <= most


@pytest.mark.django_db
@pytest.mark.parametrize(("due", "read"), [(False, 0), (True, 1)])
def test_own_schedules_are_read_only_if_one_of_their_expressions_is_due(
    due: bool, read: int
) -> None:
    """Of fifty thousand, most have no slot in a given minute."""
    hotels_due_daily(2)
    now = FOUR if due else FOUR + HOUR

    with CaptureQueriesContext(connection) as queries:
        plan = plan_slots(since=now - MINUTE, now=now)

    assert sum("longest_lateness_minutes" in query["sql"] for query in queries) == read
    assert len(plan.due) == 2 * read
