"""Managers decide about no-shows: keep, charge, release, reinstate, waive."""

from hotels.models import NoShowRecord
from hotels.no_shows.manager_actions import ReversalRefused, reinstate, waive
from hotels.no_shows.review_decisions import charge, keep_room, release
from tests.simulation.acts.folios import adopt
from tests.simulation.compare import refusing
from tests.simulation.oracle import deposits, desk, invoices, no_shows
from tests.simulation.oracle.amounts import ZERO
from tests.simulation.oracle.books import Record, Stay
from tests.simulation.world import World

GONE = {"APPLIED": "NO_SHOW", "WAIVED": "NO_SHOW", "RELEASED": "RELEASED"}


def _last(world: World, *outcomes: str) -> tuple[Stay, Record] | None:
    """A room whose latest decision is one of these."""
    found = [
        (stay, stay.records[-1])
        for stay in world.books.stays
        if stay.records and stay.records[-1].outcome in outcomes and stay.records[-1].pk
    ]
    return world.pick(found)


def decide_review(world: World) -> None:
    """Decide about a room under review: keep it, charge the fee, or release it."""
    found = _last(world, "REVIEW")
    if found is None:
        return
    stay, record = found
    row = NoShowRecord.objects.get(pk=record.pk)
    how = world.rng.choice((keep_room, charge, release))
    deposit = deposits.guaranteed(world.books, stay.booking).get(stay)
    current = stay.status == "CONFIRMED" and (stay.arrival, stay.eta) == (
        record.arrival,
        record.eta,
    )
    allowed = {
        keep_room: stay.departure >= world.today,
        charge: current and (stay.terms.guaranteed or deposit is not None),
        release: current,
    }[how]
    with refusing(world, f"{stay} {how.__name__}", not allowed, ReversalRefused):
        how(record=row, user=world.user, now=world.now)
    if not allowed:
        return
    record.outcome = "REVERSED"
    world.note(how.__name__, stay)
    if how is keep_room:
        return
    guaranteed = stay.terms.guaranteed or deposit is not None
    due = no_shows.deadline(world.books, stay, guaranteed=guaranteed)
    verdict = no_shows.charged(world.books, stay, due, deposit)
    verdict.rule = "charged-by-decision"
    if how is release:
        verdict.outcome, verdict.rule = "RELEASED", "released-by-decision"
        verdict.fee, verdict.rate = no_shows.NOTHING, ZERO
    no_shows.apply(world.books, [verdict], world.now)


def take_back(world: World) -> None:
    """Reinstate a guest who arrived late, if there is a room."""
    found = _last(world, *GONE)
    if found is None or found[0].status != GONE[found[1].outcome]:
        return
    stay, record = found
    outcome = record.outcome
    folio = record.line and next(f for f in stay.booking.folios if record.line in f.lines)
    possible = outcome != "APPLIED" or record.line is None or invoices.reversible(record.line)
    free = possible and desk.rebook(world.books, stay, record, world.now)
    row = NoShowRecord.objects.get(pk=record.pk)
    with refusing(world, f"{stay} reinstate", not free, ReversalRefused):
        reinstate(record=row, user=world.user, now=world.now)
    if not free:
        return
    record.outcome = "REVERSED"
    if outcome == "APPLIED" and folio:
        adopt(world, folio)
    desk.reopen_folio(stay)
    desk.rebooked(world.books, stay, record, world.now)
    world.note("reinstated", stay)


def forgive(world: World) -> None:
    """Waive a fee."""
    found = _last(world, "APPLIED")
    if found is None or found[1].line is None:
        return
    stay, record = found
    folio = next(f for f in stay.booking.folios if record.line in f.lines)
    possible = invoices.reversible(record.line) and not record.line.reversed
    row = NoShowRecord.objects.get(pk=record.pk)
    with refusing(world, f"{stay} waive", not possible, ReversalRefused):
        waive(record=row, user=world.user, now=world.now)
    if not possible:
        return
    record.outcome = "WAIVED"
    adopt(world, folio)
    if folio.status == "COMPLETED":
        record.surplus = deposits.unspent(folio)
    world.note("fee waived", stay, folio)
