"""Whatever changes while ticks come or don't, each slot is judged by the facts at its time.

Random histories of a hotel, beside a model of them that knows no tick: it collects, from change to
change, the slots that were due and whether they were skipped because the hotel was not active.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotels.models import Hotel
from hotels.property_changes import save_hotel
from jobs import cron_expressions
from jobs.base import Job
from jobs.models import JobExecution, JobSchedule, SkipReason
from jobs.scheduling import GRACE, changes
from jobs.scheduling.opening import open_due
from tests.factories import HotelFactory, UserFactory
from tests.jobs.engine import only_job
from tests.locking import undone

BEGIN = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)  # the night in which Lisbon's clock goes back
DEFAULTS = ("15 */3 * * *", "45 */2 * * *")
Slots = dict[datetime, bool]  # by time: whether the hotel was active

STEPS = st.lists(
    st.tuples(
        st.integers(1, 300),  # minutes that pass before it
        st.one_of(
            st.just(("tick", None)),
            st.tuples(st.just("active"), st.booleans()),
            st.tuples(
                st.just("timezone"), st.sampled_from(["Europe/Lisbon", "Asia/Kathmandu", "UTC"])
            ),
            st.tuples(st.just("own"), st.sampled_from(["30 1,13 * * *", "*/10 * * * *"])),
            st.tuples(st.just("enabled"), st.booleans()),
            st.just(("default again", None)),
            st.tuples(st.just("new code"), st.sampled_from(DEFAULTS)),
        ),
    ),
    min_size=8,
    max_size=14,
)


@dataclass
class History:
    """A hotel, created when its first minutes have passed, and what the model expects of it."""

    code: ExitStack
    hotel: Hotel
    now: datetime = BEGIN
    settled: datetime = BEGIN
    declared: str = DEFAULTS[0]  # as the last tick saw it
    expected: Slots = field(default_factory=dict)
    user: Any = field(default_factory=UserFactory)
    job: Job | None = None

    def deploy(self, expression: str) -> None:
        self.code.close()
        self.job = self.code.enter_context(only_job(schedule=expression))

    def tick(self) -> None:
        assert self.job is not None
        open_due(now=self.now)
        if self.job.schedule != self.declared:
            self.expect()
            self.declared = self.job.schedule

    def own(self) -> JobSchedule | None:
        return JobSchedule.objects.select_related("hotel").first()

    def save_own(self, **columns: Any) -> None:
        row = self.own() or JobSchedule(
            hotel=self.hotel, job_name="greet-guests", expression="0 * * * *"
        )
        for name, value in columns.items():
            setattr(row, name, value)
        changes.save_schedule(schedule=row, now=self.now, by=self.user)

    def act(self, what: str, value: Any) -> None:
        own = self.own()
        if what == "tick":
            self.tick()
        elif what == "new code":
            self.deploy(value)
        elif what == "default again" and own is None:
            return
        else:
            self.expect()
            if what in ("active", "timezone"):
                setattr(self.hotel, what, value)
                save_hotel(hotel=self.hotel, now=self.now)
            elif what == "own":
                self.save_own(expression=value)
            elif what == "enabled":
                self.save_own(enabled=value)
            elif own is not None:
                changes.delete_schedule(schedule=own, now=self.now, by=self.user)

    def expect(self) -> None:
        """Collect the slots since the last change, by the facts since then."""
        own = self.own()
        slots = cron_expressions.between(
            expression=own.expression if own else self.declared,
            zone=own.zone if own else UTC,
            after=self.settled,
            until=self.now,
        )
        active = Hotel.objects.get().active
        self.expected |= {slot.astimezone(UTC): active for slot in slots}
        self.settled = self.now


def found(*, until: datetime) -> Slots:
    """The stored slots up to a time; earlier ones that a row stands for are its `alsoMissed`."""
    rows = JobExecution.objects.filter(scheduled_for__lte=until)
    slots = [(row.scheduled_for, row.skip_reason != SkipReason.INACTIVE) for row in rows]
    assert len({at for at, _ in slots}) == len(slots), "a slot is stored twice"
    return {at: active for at, active in slots if at is not None}


def covered(expected: Slots) -> Slots:
    """The expected slots without a row that a later row of the same kind stands for."""
    stored = dict(JobExecution.objects.values_list("scheduled_for", "skip_reason"))
    covering = JobExecution.objects.filter(metadata__has_key="alsoMissed")
    slots: Slots = {}
    for row in covering:
        assert row.scheduled_for is not None
        also = row.metadata["alsoMissed"]
        since = datetime.fromisoformat(also["since"])
        between = [at for at in expected if since <= at < row.scheduled_for and at not in stored]
        assert len(between) == also["slots"]
        slots |= dict.fromkeys(between, row.skip_reason != SkipReason.INACTIVE)
    return slots


@pytest.mark.django_db
@settings(max_examples=6, deadline=None)
@given(steps=STEPS)
def test_every_slot_is_judged_once_by_the_facts_at_its_time(
    steps: list[tuple[int, tuple[str, Any]]],
) -> None:
    with ExitStack() as code, undone():
        history = History(code=code, hotel=HotelFactory.build(timezone="Europe/Lisbon"))
        history.deploy(DEFAULTS[0])
        open_due(now=BEGIN)
        history.now = history.settled = BEGIN + timedelta(hours=7)
        save_hotel(hotel=history.hotel, now=history.now)
        for minutes, (what, value) in steps:
            history.now += timedelta(minutes=minutes)
            history.act(what, value)
        history.expect()
        history.now += GRACE + timedelta(seconds=1)
        open_due(now=history.now)

        expected = history.expected
        assert found(until=history.settled) | covered(expected) == expected
