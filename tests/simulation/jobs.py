"""Run the five jobs, through their services or the whole engine, and the oracle after them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from hotels.models import Hotel
from jobs import dispatch, registry, runner
from jobs.base import JobContext
from jobs.models import Trigger
from tests.simulation import compare
from tests.simulation.oracle import availability, invoices, no_shows, rounds
from tests.simulation.world import World

ROUND, PLANS, NO_SHOWS, RECALCULATION, INVOICES = (
    "daily-housekeeping",
    "maintenance-schedule",
    "check-no-shows",
    "recalc-availability",
    "generate-invoices",
)


def run(world: World, name: str, *, engine: bool, repeat: bool, preview: bool) -> None:
    """Run a job now and compare all it wrote; `preview` and `repeat` must write nothing.

    With `engine` it is dispatched as an execution, else the service is called.
    """
    if preview:
        runner.preview(job=registry.get(name), hotel=_hotel(world), now=world.now)
        world.note(f"previewed {name}", "jobs")
        compare.after(world, name)
    result = _dispatched(world, name) if engine else _served(world, name)
    expected = ORACLES[name](world)
    world.note(f"ran {name}", "jobs", world.hotel.code)
    compare.after(world, name)
    actual = {key: _value(result[key]) for key in expected}
    compare.check(world, f"{name} result", expected, actual)
    compare.check(world, f"{name} problems", [], result["problems"])
    if repeat:
        with _writing_nothing(world, name):
            _served(world, name)


def _hotel(world: World) -> Hotel:
    return Hotel.objects.get(pk=world.hotel.pk)


def _served(world: World, name: str) -> dict[str, Any]:
    with transaction.atomic():
        context = JobContext(hotel=_hotel(world), now=world.now)
        return registry.get(name).service(context).payload()


def _dispatched(world: World, name: str) -> dict[str, Any]:
    outcomes: list[runner.Outcome] = []
    dispatch.run(
        job=registry.get(name),
        hotels=[_hotel(world)],
        now=world.now,
        trigger=Trigger.COMMAND,
        on_outcome=outcomes.append,
    )
    (outcome,) = outcomes
    assert outcome.result is not None, f"{name}: {outcome.summary} {outcome.error}"
    return dict(outcome.result)


@contextmanager
def _writing_nothing(world: World, name: str) -> Iterator[None]:
    """A second run with nothing changed writes nothing (rule 0)."""
    written: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        if sql.split(maxsplit=1)[0] in ("INSERT", "UPDATE", "DELETE"):
            written.append(sql)
        return execute(sql, *args)

    with connection.execute_wrapper(watch):
        yield
    compare.check(world, f"{name} second-run", [], written)


def _value(found: Any) -> Any:
    if isinstance(found, list):
        return sorted(str(row.get("folio", row)) for row in found)
    return found


def _round(world: World) -> dict[str, Any]:
    rounds.run(world.books, world.now)
    return {"date": world.books.calendar_day(world.now).isoformat()}


def _plans(world: World) -> dict[str, Any]:
    before = {(pk, cycle) for pk, plan in world.plans.items() for cycle in plan.orders}
    skipped = [world.plans[pk].run(world.today) for pk in sorted(world.plans)]
    new = [
        order
        for pk, plan in world.plans.items()
        for cycle, order in plan.orders.items()
        if (pk, cycle) not in before
    ]
    missed = sum(len(order.missed) for order in new)
    return {
        "workOrdersCreated": len(new),
        "missedCycles": missed + sum(count for count in skipped if count is not None),
    }


def _no_shows(world: World) -> dict[str, Any]:
    before = {record for stay in world.books.stays for record in stay.records}
    no_shows.check(world.books, world.now)
    new = [record for stay in world.books.stays for record in stay.records if record not in before]
    outcomes = [record.outcome for record in new]
    return {
        "noShowsDetected": outcomes.count("APPLIED"),
        "released": outcomes.count("RELEASED"),
        "roomsFreed": sum(record.freed > 0 for record in new),
        "penaltiesApplied": sum(record.fee > 0 for record in new),
        "totalPenalty": world.books.in_words(record.fee for record in new),
    }


def _recalculation(world: World) -> dict[str, Any]:
    availability.recalculate(world.books, world.now)
    active = {kind.pk for kind in world.books.types.values() if kind.active}
    rooms = [room for room in world.books.rooms.values() if room.active and room.type in active]
    return {"roomsProcessed": len(rooms)}


def _invoices(world: World) -> dict[str, Any]:
    before = {document for folio in world.books.folios for document in folio.documents}
    reasons = invoices.generate(world.books, world.now)
    new = [
        document
        for folio in world.books.folios
        for document in folio.documents
        if document not in before
    ]
    return {
        "invoicesGenerated": len(new),
        "totalAmount": world.books.in_words(each.gross for each in new),
        "skipped": sorted(map(str, reasons)),
    }


ORACLES: dict[str, Callable[[World], dict[str, Any]]] = {
    ROUND: _round,
    PLANS: _plans,
    NO_SHOWS: _no_shows,
    RECALCULATION: _recalculation,
    INVOICES: _invoices,
}
