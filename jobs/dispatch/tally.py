"""Counts of outcomes: of many hotels, the outcomes themselves would fill the memory."""

from dataclasses import dataclass, field

from jobs.models import Status
from jobs.runner import Outcome

KEPT = 10


@dataclass(kw_only=True)
class OutcomeTally:
    """Numbers of outcomes, and the first `KEPT` of those that failed or had problems.

    Those that repeat how a slot had ended before count in `total` only.
    """

    total: int = 0
    failed: int = 0
    with_problems: int = 0
    first_failed: list[Outcome] = field(default_factory=list)
    first_with_problems: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count an outcome."""
        self.total += 1
        if outcome.repeated:
            return
        if outcome.status == Status.FAILED:
            self.failed += 1
            if len(self.first_failed) < KEPT:
                self.first_failed.append(outcome)
        elif outcome.completed_with_problems:
            self.with_problems += 1
            if len(self.first_with_problems) < KEPT:
                self.first_with_problems.append(outcome)

    @property
    def is_clean(self) -> bool:
        """True if none failed or had problems."""
        return not (self.failed or self.with_problems)
