"""Random histories of executions: stored, ended, counted and deleted in any order."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hotels.models import Hotel
from jobs import counts, pruning
from jobs.counts import Selection
from jobs.models import BLOCK_SIZE, JobExecution, JobRun

START = datetime(2026, 10, 24, 20, 0, tzinfo=UTC)  # clocks in Lisbon go back in the night
JOBS = ("check-no-shows", "daily-housekeeping")
TRIGGERS = ("CRON", "CRON", "API")
STEP = BLOCK_SIZE // 4  # so there are four executions a block


class History:
    """Executions of some hotels with keys far above those that the database gives out."""

    def __init__(self, *, hotels: Sequence[Hotel], seed: int) -> None:
        self.hotels, self.chance = hotels, random.Random(seed)
        self.now, self.key = START, 5_000_000
        self.run = JobRun.objects.create(job_name=JOBS[0], trigger="CRON", created_at=START)

    def store(self, number: int) -> list[int]:
        """Store executions, some of which have ended; return their keys."""
        rows = [self._row() for _ in range(number)]
        JobExecution.objects.bulk_create(rows)
        return [row.pk for row in rows]

    def finish(self) -> None:
        """End some of the executions that wait or run."""
        for row in JobExecution.objects.unfinished().order_by("?")[: self.chance.randint(1, 5)]:
            status = self.chance.choice(["COMPLETED", "FAILED", "SKIPPED"])
            JobExecution.objects.filter(pk=row.pk).update(**self._ended(status))

    def prune(self) -> None:
        """Delete some of the executions that have ended."""
        ended = JobExecution.objects.exclude(pk__in=JobExecution.objects.unfinished().values("pk"))
        keys = list(ended.values_list("pk", flat=True))
        pruning._delete(self.chance.sample(keys, k=min(len(keys), self.chance.randint(1, 9))))

    def step(self) -> None:
        """Let something happen."""
        action = self.chance.choice(["store", "finish", "prune", "count"])
        if action == "store":
            self.store(self.chance.randint(1, 30))
        elif action == "finish":
            self.finish()
        elif action == "prune":
            self.prune()
        else:
            counts.count_blocks()

    def selection(self) -> Selection:
        """A choice of executions."""

        def maybe(*values: Any) -> Any:
            return self.chance.choice([None, *values])

        hours = sorted(self.chance.choices(range(-1, 60), k=2))
        since, until = (START + timedelta(hours=each, minutes=7) for each in hours)
        return Selection(
            hotel_ids=maybe(
                None, frozenset(hotel.pk for hotel in self.chance.choices(self.hotels))
            ),
            job_name=maybe(*JOBS),
            status=maybe("PENDING", "COMPLETED", "FAILED", "SKIPPED"),
            problems=maybe(True, False),
            trigger=maybe("API", "CRON"),
            since=maybe(since, None),
            until=maybe(until, None),
        )

    def check(self, *, selections: int) -> None:
        """Compare numbers and pages with those that reading the executions gives."""
        for _ in range(selections):
            chosen = self.selection()
            rows = list(chosen.rows())
            assert counts.count(chosen) == len(rows), chosen
            for offset in {0, len(rows) // 2, max(len(rows) - 2, 0), len(rows)}:
                page = counts.page(chosen, offset=offset, size=3, total=len(rows))
                assert list(page) == rows[offset : offset + 3], (chosen, offset)
                both = counts.total_and_page(chosen, before=None, offset=offset, size=3)
                assert (both[0], list(both[1])) == (len(rows), list(page)), (chosen, offset)
            if rows:
                before = self.chance.choice(rows).pk
                page = counts.page(
                    replace(chosen, before=before), offset=1, size=3, total=len(rows)
                )
                assert list(page) == [row for row in rows if row.pk < before][1:4], chosen

    def _row(self) -> JobExecution:
        self.key += self.chance.choice([1, STEP, STEP])
        # Clocks of machines differ, so keys and times are not quite in the same order.
        self.now += timedelta(minutes=self.chance.randint(-3, 30))
        status = self.chance.choice(["PENDING", *["COMPLETED"] * 5, "FAILED", "SKIPPED"])
        return JobExecution(
            pk=self.key,
            run=self.run,
            hotel=self.chance.choice(self.hotels),
            job_name=self.chance.choice(JOBS),
            trigger=self.chance.choice(TRIGGERS),
            as_of=self.now,
            created_at=self.now,
            updated_at=self.now,
            **({"status": status} if status == "PENDING" else self._ended(status)),
        )

    def _ended(self, status: str) -> dict[str, Any]:
        took = timedelta(milliseconds=self.chance.randint(1, 9000))
        return {
            "status": status,
            "failure_kind": "failed" if status == "FAILED" else "",
            "skip_reason": "missed" if status == "SKIPPED" else "",
            "problems": self.chance.choice([0, 0, 2]),
            "started_at": None if status == "SKIPPED" else self.now,
            "completed_at": self.now + took,
        }
