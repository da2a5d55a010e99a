"""The filters of the list of executions, for the same executions outside of the list."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlencode

from hotels.calendar import ONE_DAY, iso
from hotels.models.scoping import Person
from jobs.counts import Selection, key_limits
from jobs.models import ExecutionCounter, JobExecutionQuerySet


@dataclass(frozen=True, kw_only=True)
class ExportFilters:
    """A user's choice on the list: an empty value does not restrict it.

    Executions have one of several hotels, statuses or triggers; they were created from `since`
    until before `until`. `search` is a number or a text of the error.
    """

    hotel_ids: tuple[int, ...] = ()
    statuses: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    job_name: str = ""
    problems: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str = ""
    oldest_first: bool = False

    def rows(self, *, visible_to: Person) -> JobExecutionQuerySet:
        """The executions in the user's hotels, as they are now, in the order of the file."""
        chosen = Selection(
            job_name=self.job_name or None,
            problems=self.problems,
            since=self.since,
            until=self.until,
        )
        rows = chosen.rows().visible_to(visible_to).found_by(self.search)
        several = {"hotel": self.hotel_ids, "status": self.statuses, "trigger": self.triggers}
        for name, values in several.items():
            if values:
                rows = rows.filter(**{f"{name}__in": values})
        if chosen.has_dates:
            rows = rows.filter(key_limits(chosen, counter=ExecutionCounter.read()))
        return rows.order_by("pk" if self.oldest_first else "-pk")

    @property
    def query(self) -> str:
        """The query of the list that shows the same executions, as part of an address."""
        return urlencode(
            {
                name: value
                for name, value in (
                    ("hotel__id__exact", self.hotel_ids),
                    ("job", self.job_name),
                    ("created_at_from", self.since and self.since.date().isoformat()),
                    ("created_at_to", self.until and (self.until - ONE_DAY).date().isoformat()),
                    ("status__exact", self.statuses),
                    ("problems", {True: "yes", False: "no", None: ""}[self.problems]),
                    ("trigger__exact", self.triggers),
                    ("q", self.search),
                    ("o", "1" if self.oldest_first else ""),
                )
                if value
            },
            doseq=True,
        )

    def stored(self) -> dict[str, Any]:
        """The filters for a JSON column."""
        return asdict(self) | {"since": iso(self.since), "until": iso(self.until)}

    @classmethod
    def from_stored(cls, stored: dict[str, Any]) -> Self:
        """The filters that were stored. Raises TypeError for those of newer code."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in stored.items()
        }
        for name in ("since", "until"):
            if values.get(name):
                values[name] = datetime.fromisoformat(values[name])
        return cls(**values)
