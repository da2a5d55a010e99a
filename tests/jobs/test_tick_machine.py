"""Whatever happens in whatever order, each slot ends exactly once.

A machine of schedule edits, ticks, crashes and clocks that jump, over two hotels and one job.
"""

import os
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from hotels.models import Guest, Hotel
from jobs import cron_expressions, runner, tick
from jobs.models import JobExecution, JobSchedule, Status
from jobs.scheduling import changes
from jobs.scheduling.opening import open_due
from tests.factories import HotelFactory, UserFactory
from tests.jobs.engine import only_job

# A night in which Lisbon's clock is put back: 2026-10-25 01:00 UTC.
BEGIN = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)
EXPRESSIONS = st.sampled_from(["30 1 * * *", "0 * * * *", "*/20 * * * *", "15 3,4 * * 0"])
HOTELS = st.integers(0, 1)
ENDS = {Status.COMPLETED, Status.SKIPPED, Status.FAILED}


class Died(BaseException):
    """Stands for SIGKILL: nothing of the process goes on, no handler runs."""


class Nights(RuleBasedStateMachine):
    """`expected` are the slots that came under the schedules in force, as far as ticks looked."""

    def __init__(self) -> None:
        super().__init__()
        self.now = BEGIN
        self.user = UserFactory()
        self.hotels: list[Hotel] = HotelFactory.create_batch(2, timezone="Europe/Lisbon")
        self.expected: set[tuple[int, datetime]] = set()
        self.looked = {hotel.pk: BEGIN for hotel in self.hotels}
        for hotel in self.hotels:
            self._set(hotel, expression="0 * * * *")
        self._at(lambda: open_due(now=self.now))

    @rule(minutes=st.integers(1, 200))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def a_tick_comes(self) -> None:
        self._at(lambda: tick.run_tick(now=self.now))
        self._looked()

    @rule()
    def a_tick_dies_before_it_claims(self) -> None:
        self._at(lambda: open_due(now=self.now))
        self._looked()

    @rule()
    def a_tick_dies_while_it_works(self) -> None:
        self._dying(lambda: tick.run_tick(now=self.now))
        self._looked()

    @rule(hotel=HOTELS, expression=EXPRESSIONS, catch_up=st.sampled_from(["ONCE", "ALL", "NONE"]))
    def a_hotel_changes_its_schedule(self, hotel: int, expression: str, catch_up: str) -> None:
        self._set(self.hotels[hotel], expression=expression, catch_up=catch_up)

    @rule(hotel=HOTELS, enabled=st.booleans())
    def a_hotel_switches_its_schedule(self, hotel: int, enabled: bool) -> None:
        self._set(self.hotels[hotel], enabled=enabled)

    @rule(minutes=st.integers(1, 60))
    def the_clock_goes_back(self, minutes: int) -> None:
        self.now -= timedelta(minutes=minutes)

    @rule()
    def the_clock_goes_forward_a_day(self) -> None:
        self.now += timedelta(days=1)

    @invariant()
    def no_slot_is_lost(self) -> None:
        assert self._lost() == set()

    @invariant()
    def no_slot_is_doubled(self) -> None:
        completed = JobExecution.objects.filter(status=Status.COMPLETED)
        times = Counter(completed.values_list("hotel_id", "scheduled_for"))
        assert all(count == 1 for count in times.values())
        assert Guest.objects.count() == sum(times.values())

    def teardown(self) -> None:
        """After the last tick nothing waits or runs, and every slot has one end."""
        for _ in range(60):
            # Later than every lease and backoff; the clock may have run ahead of it before.
            self.now += timedelta(hours=1)
            self._at(lambda: tick.run_tick(now=self.now))
            self._looked()
            if not JobExecution.objects.exclude(status__in=ENDS).exists():
                break
        assert not JobExecution.objects.exclude(status__in=ENDS).exists()
        assert self._lost() == set()

    def _lost(self) -> set[tuple[int, datetime]]:
        """The slots for which no execution stands: by itself, or the last of a flood."""
        rows = JobExecution.objects.filter(attempt=1)
        lost = self.expected - set(rows.values_list("hotel_id", "scheduled_for"))
        floods = [
            (row.hotel_id, datetime.fromisoformat(told["since"]), row.scheduled_for)
            for row in rows
            if (told := row.metadata.get("alsoMissed")) is not None
        ]
        return {
            (hotel, slot)
            for hotel, slot in lost
            if not any(owner == hotel and since <= slot < end for owner, since, end in floods)
        }

    def _at(self, call: Any) -> None:
        with time_machine.travel(self.now, tick=False), only_job(attempts=10):
            call()

    def _dying(self, call: Any) -> None:
        """Let the process die in its first work: what it claimed stays RUNNING."""

        def die(**_: Any) -> None:
            raise Died

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(runner, "perform", die)
            with suppress(Died):
                self._at(call)

    def _set(self, hotel: Hotel, **columns: Any) -> None:
        row = JobSchedule.objects.filter(hotel=hotel).first() or JobSchedule(
            hotel=hotel, job_name="greet-guests", expression="0 * * * *", attempts=10
        )
        if row.pk:
            self._expect(row, self.now)
        for name, value in columns.items():
            setattr(row, name, value)
        self._at(lambda: changes.save_schedule(schedule=row, now=self.now, by=self.user))

    def _looked(self) -> None:
        """A tick has looked until now, be that earlier than where it had looked before."""
        for row in JobSchedule.objects.select_related("hotel"):
            self._expect(row, self.now)
        # What a clock that ran ahead gave up and is yet to come is settled when it does.
        self.expected = {(hotel, slot) for hotel, slot in self.expected if slot <= self.now}
        self.looked = dict.fromkeys(self.looked, self.now)

    def _expect(self, row: JobSchedule, until: datetime) -> None:
        after = max(self.looked[row.hotel_id], row.counts_from)
        self.expected |= {
            (row.hotel_id, slot.astimezone(UTC))
            for slot in cron_expressions.between(
                expression=row.expression, zone=row.zone, after=after, until=until
            )
        }


@pytest.mark.slow
@pytest.mark.django_db
def test_each_slot_ends_exactly_once() -> None:
    def machine() -> Nights:
        return _Isolated()

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            derandomize="CI" in os.environ,  # new nights are tried where somebody can look at them
        ),
    )


class _Isolated(Nights):
    """Every example in a transaction of its own that is rolled back."""

    def __init__(self) -> None:
        self._atomic = transaction.atomic()
        self._atomic.__enter__()
        super().__init__()

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            transaction.set_rollback(True)
            self._atomic.__exit__(None, None, None)
