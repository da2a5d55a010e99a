"""Opening due slots, under the one lock that all ticks share."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from hotels.deadlocks import repeated_on_deadlock
from jobs import queue, runner
from jobs.models import LockedHotel, Tick
from jobs.models.execution import CLOCK_TOLERANCE
from jobs.scheduling import HotelPart, HotelRange, SlotPlan, plan_slots
from jobs.scheduling.default_schedules import record_default_schedules
from jobs.scheduling.storing import OpenedSlots, SlotStore

LONGEST_LOOK = timedelta(days=92)
# One transaction stores about as many: it takes a second, and needs some twenty MiB.
EXECUTIONS_AT_ONCE = 25_000


def open_due(*, now: datetime, worker: int | None = None) -> OpenedSlots:
    """Open every slot that became due since the last tick; simultaneous ticks open it once.

    After a clock was set back the next ticks go over the same time again; slots that have an
    execution are left unchanged, so nothing runs twice.

    Much time is opened in several transactions, some hotels in each. The `Tick` row stores how far
    they have come: whatever tick comes next goes on there, as of the time of the tick that began.
    A hotel that another transaction has locked is left to the next tick, which decides about its
    slots as of the time at which they were found due.
    """
    opened = OpenedSlots()

    @repeated_on_deadlock
    def go_on() -> None:
        nonlocal opened
        # The transactions before the one that was rolled back are committed: it goes on there.
        opening = _Opening(now=now, worker=worker, opened=opened)
        try:
            while opening.step():
                pass
        finally:
            opened = opening.opened

    go_on()
    return opened


@transaction.atomic
def open_due_before_change(*, hotel_id: int, now: datetime, job_name: str | None = None) -> bool:
    """Open the slots of a hotel's job, or of all its jobs, due up to `now`, before these change.

    The tick stays locked until the transaction ends. Does nothing before the first tick; returns
    whether there was one. Raises ClockDiffers if the clock of this machine is wrong.
    """
    runner.check_clock()
    runner.limit_session()
    # If the hotel is locked, we wait here: a wait with the lock of all ticks would stop them all.
    runner.lock_hotel_key(hotel_id=hotel_id)
    tick = Tick.objects.locked().filter(pk=Tick.KEY).first()
    if tick is None:
        return False
    since = _bounded(tick.looked_until_in(hotel_id=hotel_id), now=now)
    part = HotelPart(hotel_id=hotel_id, job_name=job_name)
    SlotStore().store(plan_slots(since=since, now=now, part=part), now=now)
    if now < tick.looked_until:
        # Our clock is behind that of the last tick: look again for what the new schedule makes due.
        tick.looked_until = now
        tick.save(update_fields=["looked_until"])
    return True


class _Opening:
    """The steps in which one tick opens what is due: each is a transaction."""

    def __init__(self, *, now: datetime, worker: int | None, opened: OpenedSlots) -> None:
        self.opened = opened
        self._now = now
        self._store = SlotStore(worker=worker)
        self._has_begun = False
        self._tried: set[int] = set()  # hotels that were locked

    def step(self) -> bool:
        """Do the next step; False if nothing is left to do.

        The others come first: the look that another tick began, and hotels that were locked.
        """
        before = self.opened
        try:
            with transaction.atomic():
                runner.limit_session()  # a process that hangs loses the lock that all ticks share
                tick = Tick.lock(now=self._now)
                goes_on = self._next(tick)
                tick.ticked_at = timezone.now()
                tick.attended_at = queue.last_attended(before=tick.attended_at, now=tick.ticked_at)
                tick.save()
                self.opened += OpenedSlots(locked=tick.locked_hotels)
        except BaseException:
            self.opened = before
            raise
        self._store.committed()
        return goes_on

    def _next(self, tick: Tick) -> bool:
        if tick.look_until is not None and tick.look_until > self._now + CLOCK_TOLERANCE:
            _give_up_look(tick)
        if tick.look_until is not None:
            if self._has_begun and tick.look_until != self._now:
                return False  # another tick ended ours and began its own
            self._look(tick)
            return True
        if self._has_begun:
            return False
        if hotel := self._released(tick):
            self._open_locked(tick, hotel)
            return True
        if self._now < tick.looked_until and self._delete_missed(tick):
            return True
        self._has_begun = True
        tick.look_since = _bounded(min(tick.looked_until, tick.look_since or self._now), self._now)
        tick.look_until = self._now
        self._look(tick)
        return tick.look_until is not None

    def _look(self, tick: Tick) -> None:
        """Open the slots of the next hotels, or of all if they have few."""
        assert tick.look_since is not None
        assert tick.look_until is not None
        hotels = HotelRange(
            after=tick.look_hotel,
            without=[hotel.hotel_id for hotel in tick.locked_hotels],
            at_most=EXECUTIONS_AT_ONCE,
        )
        found = plan_slots(
            since=tick.look_since, now=tick.look_until, hotels=hotels, clock=self._now
        )
        for hotel_id in sorted(self._open(found, at=tick.look_until)):
            locked = LockedHotel(hotel_id=hotel_id, since=tick.look_since, found_at=tick.look_until)
            tick.locked.append(locked.to_json())
            self._tried.add(hotel_id)
        if found.last_hotel is not None:
            tick.look_hotel = found.last_hotel
            return
        tick.looked_until = tick.look_until
        # Locked hotels still have slots by the default schedules recorded until now.
        if not (found.is_recorded or tick.locked):
            record_default_schedules(now=tick.look_until)
        tick.look_since, tick.look_until, tick.look_hotel = None, None, 0

    def _released(self, tick: Tick) -> LockedHotel | None:
        """A hotel that was locked and is not any more."""
        locked = [hotel for hotel in tick.locked_hotels if hotel.hotel_id not in self._tried]
        free = runner.lock_free_hotels(hotel_ids=[hotel.hotel_id for hotel in locked])
        self._tried |= {hotel.hotel_id for hotel in locked} - free
        return next((hotel for hotel in locked if hotel.hotel_id in free), None)

    def _open_locked(self, tick: Tick, hotel: LockedHotel) -> None:
        """Open the slots of a hotel that was locked, up to the time of the last tick."""
        self._tried.add(hotel.hotel_id)
        found_at = min(hotel.found_at, self._now)
        only = HotelRange(after=hotel.hotel_id - 1, last=hotel.hotel_id)
        spans = [(hotel.since, found_at), (found_at, min(tick.looked_until, self._now))]
        for since, until in spans:
            if since < until and self._open(
                plan_slots(since=since, now=until, hotels=only, clock=self._now), at=until
            ):
                return
        tick.locked.remove(hotel.to_json())

    def _open(self, found: SlotPlan, *, at: datetime) -> frozenset[int]:
        """Store the executions; returns the hotels that were locked and got none."""
        # With many locked hotels the others would wait for each of them.
        patience = runner.SHORT_PATIENCE if self._tried else None
        before = self._store.handed_out
        locked = self._store.store(found, now=at, leave_locked=True, patience=patience)
        self.opened += OpenedSlots.of(found, locked=locked)
        self.opened += OpenedSlots(handed_out=self._store.handed_out - before)
        return locked

    def _delete_missed(self, tick: Tick) -> bool:
        """Delete some slots skipped too early by a clock that ran ahead; True if there were any."""
        count, since = runner.delete_missed(after=self._now, at_most=EXECUTIONS_AT_ONCE)
        self.opened += OpenedSlots(reopened=count)
        if since is not None:
            tick.look_since = min(since, tick.look_since or since)
        return bool(count)


def _give_up_look(tick: Tick) -> None:
    """End a look that a clock ahead began: the next look begins where this one began."""
    assert tick.look_until is not None
    tick.looked_until, tick.look_until, tick.look_hotel = tick.look_until, None, 0


def _bounded(since: datetime, now: datetime) -> datetime:
    """The start of the time to look at: not in the future, and at most `LONGEST_LOOK` ago.

    Clocks can be years off.
    """
    return min(max(since, now - LONGEST_LOOK), now)
