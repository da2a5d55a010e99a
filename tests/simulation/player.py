"""Play the days of a hotel: acts at random hours, jobs at theirs, comparisons in between."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial

from tests.simulation import compare, jobs
from tests.simulation.acts import bookings, cleaning, decisions, folios, stays, upkeep
from tests.simulation.oracle import dates
from tests.simulation.oracle.archive import Archive
from tests.simulation.world import FIRST_DAYS, World, add_plans, build

Act = Callable[[World], None]
Event = tuple[datetime, Act]
# How often each act happens, among the others.
ACTS: dict[Act, int] = {
    bookings.book: 16,
    bookings.announce: 4,
    bookings.hold: 4,
    bookings.issue_key: 1,
    bookings.postpone: 1,
    bookings.cancel: 2,
    stays.arrive: 14,
    stays.walk_in: 2,
    stays.move: 2,
    stays.swap: 2,
    stays.extend: 2,
    stays.shorten: 2,
    stays.leave: 12,
    stays.overdue: 2,
    stays.opt_out: 4,
    folios.consume: 6,
    folios.charge_late: 3,
    folios.reverse: 2,
    folios.take_payment: 4,
    folios.refund: 2,
    folios.complete_or_reopen: 2,
    folios.credit: 2,
    folios.accept: 1,
    decisions.decide_review: 3,
    decisions.take_back: 2,
    decisions.forgive: 1,
    cleaning.start: 4,
    cleaning.finish: 12,
    cleaning.assign: 3,
    cleaning.add: 1,
    cleaning.withdraw: 1,
    cleaning.plan_shifts: 1,
    cleaning.block: 2,
    cleaning.take_off_sale: 1,
    upkeep.work: 3,
    upkeep.open_again: 1,
    upkeep.switch: 1,
}


@dataclass(frozen=True, kw_only=True)
class Play:
    """Options of a simulation.

    `engine` is the percentage of runs that go through the whole engine; the others call the
    service. The no-show check runs `checks` times a day.
    """

    days: int = 18
    acts: int = 22
    checks: int = 4
    engine: int = 100


def play(place: str, *, seed: int, options: Play) -> Iterator[World]:
    """Play a hotel; yields it after each day. Raises compare.Difference at the first difference."""
    world = build(place, seed=seed)
    first = world.rng.choice(FIRST_DAYS[place])
    add_plans(world, first)
    _evening_before(world, first)
    archive = Archive()
    for number in range(options.days):
        day = first + number * dates.DAY
        for moment, event in sorted(_events(world, day, options), key=lambda each: each[0]):
            world.now = moment
            event(world)
        compare.everything(world)
        if number % 7 == 6:
            archive.put_away(world.books, world.today)
        yield world
    archive.put_back(world.books)
    compare.everything(world)
    compare.numbers(world)


def _evening_before(world: World, first: date) -> None:
    """Let some guests in, so that the first day finds them."""
    world.now = _at(world, first - dates.DAY, 20 * 60)
    for _ in range(6):
        _perform(stays.walk_in, world)


def _events(world: World, day: date, options: Play) -> Iterator[Event]:
    for _ in range(options.acts):
        (act,) = world.rng.choices(list(ACTS), weights=list(ACTS.values()))
        yield _at(world, day, world.rng.randrange(24 * 60)), partial(_perform, act)
    yield from _runs(world, day, jobs.ROUND, (30, 240, 360), options)
    if world.chance(25):
        yield from _runs(world, day, jobs.ROUND, (840,), options)
    for number in range(options.checks):
        minute = number * 24 * 60 // options.checks
        yield from _runs(world, day, jobs.NO_SHOWS, (minute,), options)
    yield from _runs(world, day, jobs.RECALCULATION, (60, 270), options)
    yield from _runs(world, day, jobs.INVOICES, (120, 280), options)
    if world.chance(40):
        yield from _runs(world, day, jobs.PLANS, (20,), options)


def _runs(
    world: World, day: date, name: str, minutes: tuple[int, ...], options: Play
) -> Iterator[Event]:
    """One run of a job, now and then missed, repeated or previewed."""
    if world.chance(8):
        return
    run = partial(
        jobs.run,
        name=name,
        engine=world.chance(options.engine),
        repeat=world.chance(25),
        preview=world.chance(6),
    )
    yield _at(world, day, world.rng.choice(minutes)), run


def _at(world: World, day: date, minute: int) -> datetime:
    """The instant of a minute of the day; of a repeated hour the first or the second."""
    at = time(minute // 60, minute % 60)
    return dates.instant(world.books.zone, day, at, world.chance(50))


def _perform(act: Act, world: World) -> None:
    with world.act():
        act(world)
    world.done[act.__name__] = world.done.get(act.__name__, 0) + 1
