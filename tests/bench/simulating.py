"""The long simulation: random years of five hotels, compared with the oracle after each job.

Options are environment variables: SIMULATE_SEEDS (200) seeds from SIMULATE_FIRST (1) on, each over
SIMULATE_DAYS (365) days in every hotel of SIMULATE_PLACES (all five), in SIMULATE_PROCESSES (1)
processes. SIMULATE_ENGINE (100) percent of the runs go through the whole engine, the others call
the service. Each hotel and seed is rolled back. Ctrl-C shows what was simulated so far.
"""

import os
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context

from django.db import connection

from tests.bench import group, own_process
from tests.bench.measuring import console
from tests.simulation.compare import Difference
from tests.simulation.player import Play, play
from tests.simulation.world import PLACES

DAYS, SEEDS, CHECKS, ENGINE = 365, 200, 12, 100


@dataclass(frozen=True, kw_only=True)
class Part:
    """One hotel with one seed."""

    place: str
    seed: int
    days: int
    engine: int

    @property
    def command(self) -> str:
        """The command that plays it again."""
        return (
            f"SIMULATE_PLACES={self.place} SIMULATE_FIRST={self.seed} SIMULATE_SEEDS=1 "
            f"SIMULATE_DAYS={self.days} SIMULATE_ENGINE={self.engine} make bench BENCH=simulate"
        )


@dataclass(kw_only=True)
class Played:
    """The result of a part: days played, seconds, acts by name, and the difference if any."""

    part: Part
    days: int = 0
    seconds: float = 0.0
    acts: Mapping[str, int] = field(default_factory=dict)
    difference: str = ""


def run() -> None:
    """Play all parts; raises SystemExit with code 1 for a difference, 130 if interrupted."""
    parts, played = _parts(os.environ), []
    code = 0
    try:
        for done in _all(parts, processes=int(os.environ.get("SIMULATE_PROCESSES", "1"))):
            played.append(done)
            _show(done, number=len(played), of=len(parts))
    except KeyboardInterrupt:
        console.print("Interrupted.")
        code = 130
    _summarise(played)
    if any(done.difference for done in played):
        code = 1
    if code:
        raise SystemExit(code)


def _parts(options: Mapping[str, str]) -> list[Part]:
    first = int(options.get("SIMULATE_FIRST", "1"))
    seeds = range(first, first + int(options.get("SIMULATE_SEEDS", SEEDS)))
    places = options.get("SIMULATE_PLACES", ",".join(PLACES)).split(",")
    days = int(options.get("SIMULATE_DAYS", DAYS))
    engine = int(options.get("SIMULATE_ENGINE", ENGINE))
    return [
        Part(place=place, seed=seed, days=days, engine=engine) for seed in seeds for place in places
    ]


def _all(parts: Iterable[Part], *, processes: int) -> Iterator[Played]:
    if processes == 1:
        yield from map(play_part, parts)
        return
    connection.close()
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        # Not forked: a connection must not be shared.
        ProcessPoolExecutor(
            processes,
            mp_context=get_context("spawn"),
            initializer=own_process.begin,
            initargs=(folder,),
        ) as pool,
    ):
        waiting: list[Future[Played]] = [pool.submit(play_part, part) for part in parts]
        try:
            for future in as_completed(waiting):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def play_part(part: Part) -> Played:
    """Play one hotel with one seed until its last day or the first difference."""
    done = Played(part=part)
    began = time.process_time()
    options = Play(days=part.days, checks=CHECKS, engine=part.engine)
    with group.rolled_back(), _noting_differences(done):
        for world in play(part.place, seed=part.seed, options=options):
            done.days += 1
            done.acts = world.done
    done.seconds = time.process_time() - began
    return done


@contextmanager
def _noting_differences(done: Played) -> Iterator[None]:
    try:
        yield
    except Difference as difference:
        done.difference = str(difference)
    except Exception as error:  # noqa: BLE001  a crash of one part must not stop the others
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if "site-packages" not in frame.filename]
        done.difference = f"{type(error).__name__}: {error}\n" + "".join(traceback.format_list(own))


def _show(done: Played, *, number: int, of: int) -> None:
    pace = f"{done.seconds / done.days:.3f} s a day" if done.days else "no whole day"
    console.print(
        f"{number}/{of} {done.part.place}, seed {done.part.seed}: {done.days} days, {pace}",
        highlight=False,
    )
    if done.difference:
        console.print(done.difference, markup=False, highlight=False)
        console.print(f"Repeat it with: {done.part.command}", markup=False, highlight=False)


def _summarise(played: list[Played]) -> None:
    days = sum(done.days for done in played)
    seconds = sum(done.seconds for done in played)
    acts = sum(sum(done.acts.values()) for done in played)
    failed = sum(bool(done.difference) for done in played)
    pace = f", {seconds / days:.3f} s a hotel and day" if days else ""
    console.print(
        f"{days:,} days of hotels, {acts:,} acts, {seconds:,.0f} s of CPU{pace}; "
        f"{failed} of {len(played)} with a difference"
    )
