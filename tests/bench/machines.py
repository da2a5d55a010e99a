"""Several machines, for real: cut off, killed, restarted, and a standby that is promoted.

Each machine is a network namespace, which only root can make. Limits are those of production: a
silent machine is given up after half a minute. A difference raises AssertionError.
"""

from time import perf_counter
from typing import Any

from tests import machines
from tests.bench import measuring
from tests.clusters import Cluster
from tests.crash.outages import EVERYTHING, site
from tests.waiting import wait_until

HOTELS = 300
_GUESTS = "SELECT count(*) FROM hotels_guest"
_INTERRUPTED = "SELECT count(*) FROM jobs_jobexecution WHERE failure_kind = 'interrupted'"


def run() -> None:
    """Play the outages one after the other; say so where there can be no machines."""
    if reason := machines.why_not() or _without_server():
        measuring.console.print(f"No machines: {reason}")
        return
    _cut_off_killed_and_restarted()
    _promoted(synchronous=True)
    _promoted(synchronous=False)
    _read_from_replica()


def _without_server() -> str:
    from django.db import connection

    return "" if connection.vendor == "postgresql" else "The queue needs PostgreSQL."


def _cut_off_killed_and_restarted() -> None:
    """One machine is cut off and comes back late, one is killed, and the server is restarted."""
    with site(hotels=HOTELS, workers=("one", "two", "three")) as played:
        (database,) = played.databases
        played.begin(quota={"one": 40, "two": 40, "three": 40})
        played.wait_for_middle(one=40, two=40, three=40)
        cut, killed = played.workers["one"], played.workers["two"]
        held = played.begun_guests("one", since=40)
        cut.cut_off()
        killed.kill_all()
        began = perf_counter()
        wait_until(
            lambda: database.ask(_INTERRUPTED) == 4,
            what="what the two machines held is given up",
        )
        given_up = perf_counter() - began
        played.allow("three", 100)
        played.wait_for_middle(three=100)
        # Its two hotels end now; the server has forgotten their transactions.
        cut.come_back()
        played.allow("one", 80)
        played.wait_for_middle(one=80)
        interrupted = database.ask(_INTERRUPTED)
        late = [name for name in held if database.ask(f"{_GUESTS} WHERE name = '{name}'")]
        # It is away for longer than a worker tries to record an outcome.
        database.crash()
        for name in ("one", "three"):
            played.allow(name, EVERYTHING)
        played.wait_for_failures("one", "three")
        database.start()
        told = played.wait_for_end(database)
        played.wait_for_rest("one", "three", database=database)
    _check(told)
    assert interrupted == 4, f"{interrupted} executions were interrupted"
    assert (len(held), late) == (2, []), f"{held} held by the machine that was cut off, {late} done"
    assert told["lost"] == 0, told
    measuring.console.print(
        f"3 machines, {HOTELS} hotels, one cut off, one killed, the server restarted: every slot "
        f"once, every hotel greeted once, by {told['by']}; {told['kinds']}; a silent machine was "
        f"given up after {given_up:.0f} s."
    )


def _promoted(*, synchronous: bool) -> None:
    """The standby falls behind, then the primary loses its power and the standby is promoted."""
    options = {"standby": True, "synchronous": synchronous, "empty": 3}
    with site(hotels=HOTELS, workers=("one", "two"), **options) as played:
        primary, standby = played.databases
        played.begin(quota={"one": 60, "two": 60})
        played.wait_for_middle(one=60, two=60)
        standby.machine.cut_off()
        for name in played.workers:
            played.allow(name, 120)
        if synchronous:
            _commits_wait(primary)
        else:
            played.wait_for_middle(one=120, two=120)
        promised = played.tell(primary)["acknowledged"]
        primary.machine.lose_power()
        standby.machine.come_back()
        standby.promote()
        lost = played.tell(standby)["lost"]
        began = perf_counter()
        for name in played.workers:
            played.allow(name, EVERYTHING)
        told = played.wait_for_end(standby)
        seconds = perf_counter() - began
    _check(told, empty=HOTELS // 3)
    assert (lost == 0) == synchronous, f"{lost} of {promised} acknowledged hotels were lost"
    kind = "with" if synchronous else "without"
    measuring.console.print(
        f"Standby promoted in mid-run {kind} synchronous replication, {HOTELS} hotels: {lost} of "
        f"{promised} acknowledged hotels lost and done again; each done once in the surviving "
        f"database {seconds:.0f} s later; {told['kinds']}."
    )


def _commits_wait(primary: Cluster) -> None:
    """Wait until effects wait for the standby; claims must not (docs/adr/0030)."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND query "
    wait_until(
        lambda: primary.ask(f"{waiting} = 'COMMIT'") >= 2,
        what="commits wait for the standby",
    )
    assert primary.ask(f"{waiting} LIKE '%SET status = ''RUNNING''%'") == 0


def _read_from_replica() -> None:
    """A reader sees what it has just stored: replica in time, late, and cut off."""
    with site(hotels=HOTELS, workers=("one",), standby=True) as played:
        replica = played.databases[1]
        in_time = played.read("one")
        replica.ask("SELECT pg_wal_replay_pause()")
        late = played.read("one")
        replica.machine.cut_off()
        away = played.read("one")
    assert in_time["using"] == "replica", in_time
    assert late["using"] == away["using"] == "default", (late, away)
    assert all(told["found"] for told in (in_time, late, away))
    measuring.console.print(
        f"A list with a hotel stored just before: from the replica in {in_time['seconds']:.2f} s, "
        f"from the primary in {late['seconds']:.2f} s while the replica was late, in "
        f"{away['seconds']:.2f} s while it was cut off."
    )


def _check(told: dict[str, Any], *, empty: int = 0) -> None:
    """Every slot has one first attempt, and every hotel its effects once."""
    assert told["slots"] == told["completed_hotels"] == HOTELS, told
    assert told["most_completed"] == 1, told
    assert (told["greeted"], told["most_greeted"]) == (HOTELS - empty, 1), told
