"""Preventive maintenance (rule 2): the plain model of one plan, and orders opened again."""

from datetime import date
from typing import Any

from tests.jobs.services.maintenance_oracle import Oracle


class PlanOracle(Oracle):
    """One plan; `done_on` are the days on which its orders were completed."""

    def __init__(self, **terms: Any) -> None:
        super().__init__(**terms)
        self.done_on: dict[date, date] = {}

    def complete(self, today: date) -> None:
        """Complete the open order."""
        cycle = self._open()
        super().complete(today)
        if cycle is not None:
            self.done_on[cycle] = today

    @property
    def open_cycle(self) -> date | None:
        """The cycle of the open order."""
        return self._open()

    @property
    def last_done(self) -> date | None:
        """The cycle of the latest completed order, if no other is open."""
        done = [cycle for cycle, order in self.orders.items() if order.status == "COMPLETED"]
        return max(done) if done and self._open() is None else None

    def reopen(self, cycle: date) -> None:
        """Take a completion back. Silent: a cycle that it settled stays settled."""
        self.orders[cycle].status = "OPEN"
        del self.done_on[cycle]
        self.completed = max(self.done_on.values(), default=None)
