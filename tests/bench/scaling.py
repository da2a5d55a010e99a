"""Benchmark of one night's five jobs with 1, 2 and 4 worker processes: what limits them.

The model has three numbers a hotel, all measured: processor time of the workers, processor time of
the database, and the time in which one process waits for the disk. While processors are free, N
processes do N times the work of one; then the processors of the machine are the limit:

    seconds a hotel = max((workers + database + waiting) / processes, (workers + database) / cores)

Whoever gives the database a machine of its own has its processors as the limit alone: the night of
a hotel costs it `database` seconds, and workers can be added elsewhere.
"""

import os
import statistics
import time
from dataclasses import dataclass, field

from django.db import connection

from hotels.models import Hotel
from jobs import registry
from jobs.dispatch import RunRequest, open_run
from jobs.models import JobExecution, Trigger
from tests.bench import group, measuring, worker_processes, working_hotels
from tests.bench.worker_processes import COMPUTING, Use
from tests.waiting import wait_until

PROCESSES = (1, 2, 4)
LONG = os.environ.get("LONG") == "yes"
HOTELS = 100 if LONG else 30
TIMES = 3
# In the order of the night: rooms are freed before they are counted, and stays billed at last.
JOBS = (
    "daily-housekeeping",
    "maintenance-schedule",
    "check-no-shows",
    "recalc-availability",
    "generate-invoices",
)
WINDOW = 4  # hours in which a group's night should be done
USABLE = 0.7  # of the processors; beyond, waiting times grow


@dataclass
class Nights:
    """What the nights with one number of processes took."""

    processes: int
    seconds: list[float] = field(default_factory=list)
    use: Use = field(default_factory=Use)

    @property
    def hotels(self) -> int:
        """The hotels of all the nights."""
        return HOTELS * len(self.seconds)

    @property
    def a_hotel(self) -> float:
        """Seconds from the start to the end, a hotel."""
        return statistics.median(self.seconds) / HOTELS

    @property
    def computing(self) -> float:
        """Processor seconds of workers and database, a hotel."""
        return (self.use.workers + self.use.database) / self.hotels


def run() -> None:
    """Time the night with each number of processes, and compare it with the model."""
    if connection.vendor != "postgresql":
        return
    group.hotels(HOTELS * len(PROCESSES) * TIMES)
    working_hotels.fill()
    left = list(Hotel.objects.order_by("pk").values_list("pk", flat=True))
    nights = [Nights(processes=processes) for processes in PROCESSES]
    for _ in range(TIMES):
        for each in nights:
            mine, left = left[:HOTELS], left[HOTELS:]
            _work(mine, into=each)
    for each in nights:
        _report(each, nights)
    _report_capacity(nights)


def _work(hotel_ids: list[int], *, into: Nights) -> None:
    with (
        worker_processes.workers(into.processes) as supervisor,
        worker_processes.used(supervisor, use=into.use),
    ):
        began = time.perf_counter()
        for job in JOBS:
            _open(job, hotel_ids)
            wait_until(lambda: _have_ended(looking=into.use), what=f"{job} has ended")
        into.seconds.append(time.perf_counter() - began)
    rows = JobExecution.objects.filter(hotel__in=hotel_ids, status="COMPLETED", problems=0)
    assert rows.count() == len(hotel_ids) * len(JOBS)


def _have_ended(*, looking: Use) -> bool:
    worker_processes.look_at_waits(looking)
    return not JobExecution.objects.unfinished().exists()


def _open(job: str, hotel_ids: list[int]) -> None:
    """Hand a run at the hotels' simulated time to the workers."""
    request = RunRequest(job=registry.get(job), now=working_hotels.NOW, trigger=Trigger.COMMAND)
    open_run(request=request, hotel_ids=hotel_ids)


def predicted(*, processes: int, one: Nights) -> float:
    """Seconds a hotel by the model, from what one process took."""
    cores = os.cpu_count() or 1
    return max(one.a_hotel / processes, one.computing / cores)


def _report(nights: Nights, all_nights: list[Nights]) -> None:
    use, hotels = nights.use, nights.hotels
    note = (
        f"{1 / nights.a_hotel:.1f} hotels a second; a hotel takes {use.workers / hotels * 1000:.0f}"
        f" ms of processor time of the workers, {use.database / hotels * 1000:.0f} ms of the"
        f" database and {use.wal / hotels / 1024:.0f} KB of WAL; sessions seen: {_waits(use)}"
    )
    measuring.compare(
        f"the night's five jobs in {HOTELS} hotels of 100 rooms, worker processes: "
        f"{nights.processes}",
        ours=nights.a_hotel * HOTELS,
        floor=predicted(processes=nights.processes, one=all_nights[0]) * HOTELS,
        of="the prediction of the model from one process (see tests/bench/scaling.py)",
        note=note,
    )


def _waits(use: Use) -> str:
    total = sum(use.waits.values()) or 1
    shares = [f"{name} {count / total:.0%}" for name, count in use.waits.most_common(3)]
    return ", ".join(shares) or COMPUTING


def _report_capacity(nights: list[Nights]) -> None:
    hotels = sum(each.hotels for each in nights)
    database = sum(each.use.database for each in nights) / hotels
    workers = sum(each.use.workers for each in nights) / hotels
    wal = sum(each.use.wal for each in nights) / hotels
    seconds = WINDOW * 3600 * USABLE
    sizes = ", ".join(
        f"{cores} cores: {seconds * cores / database:,.0f} hotels with"
        f" {cores * workers / database:.0f} cores of workers and"
        f" {cores / database * USABLE * wal / 1024**2:,.0f} MB of WAL a second"
        for cores in (2, 8, 32)
    )
    measuring.compare(
        "processor time of the database for the night of one hotel of 100 rooms",
        ours=database,
        note=f"in {WINDOW} hours at {USABLE:.0%} use a database carries, by its size: {sizes}",
    )
