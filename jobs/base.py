"""What a job is: its declaration, its context, its result. Imports nothing of the project."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from django.db.models import Model
    from django.utils.functional import _StrOrPromise

    from hotels.models import Hotel

EFFECTS_KEPT = 100


class JobFailed(Exception):
    """A job that could not do its work, for a reason that was foreseen. The message says which."""

    def __init__(self, message: str, *, retry: bool = True) -> None:
        super().__init__(message)
        self.retry = retry


class AlreadyRunning(Exception):
    """The job runs for this hotel at this moment; never two at once."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One object a job could not handle: `what` names it, `reason` says why in words."""

    what: str
    reason: str

    def payload(self) -> dict[str, str]:
        """As stored and sent."""
        return {"object": self.what, "reason": self.reason}


@dataclass(frozen=True, kw_only=True)
class JobResult(ABC):
    """What a service returns: counts for programs, words for people.

    Subclasses add fields; `payload()` gives all but `handled` in camelCase. `handled` is the number
    of objects dealt with, unchanged and skipped ones included: problems and none handled is a
    failure.
    """

    hotel_id: int
    problems: tuple[Problem, ...] = ()
    handled: int = 0

    not_sent: ClassVar[frozenset[str]] = frozenset({"handled"})

    @abstractmethod
    def words(self) -> str:
        """The result in one line: `3 no-shows, fees 412.00 EUR`."""

    def attention(self) -> tuple[str, ...]:
        """What a person should look at, a line each."""
        return tuple(f"{problem.what}: {problem.reason}" for problem in self.problems)

    @property
    def all_failed(self) -> bool:
        """Whether there were objects and not one of them could be handled."""
        return bool(self.problems) and not self.handled

    def payload(self) -> dict[str, Any]:
        """The result as JSON holds it: camelCase keys, dates as ISO text, money as decimal text."""
        return {
            _camel(item.name): _plain(getattr(self, item.name))
            for item in dataclasses.fields(self)
            if item.name not in self.not_sent
        }


@dataclass(frozen=True, kw_only=True)
class Effect:
    """One object a job changed."""

    kind: str
    model: str
    pk: int
    label: str
    note: str

    def payload(self) -> dict[str, Any]:
        """As stored with the execution; model and pk make the link."""
        return {"model": self.model, "id": self.pk, "label": self.label, "note": self.note}


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A message to be sent after commit; `key` makes it unique, whatever runs twice."""

    key: str
    topic: str
    audience: str
    recipient: str
    subject: str
    body: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class JobContext:
    """What a service is given: a hotel, an instant, and a place to report what it did."""

    hotel: Hotel
    now: datetime
    _checkpoint: Callable[[], None] = field(default=lambda: None, repr=False)
    _counts: dict[str, int] = field(default_factory=dict, repr=False)
    _effects: list[Effect] = field(default_factory=list, repr=False)
    _notices: list[Notice] = field(default_factory=list, repr=False)

    @property
    def business_date(self) -> date:
        """The hotel's business day at `now`."""
        return self.hotel.business_date(self.now)

    @property
    def local_date(self) -> date:
        """The calendar date on the hotel's wall at `now`."""
        return self.hotel.local_date(self.now)

    def changed(self, kind: str, objects: Iterable[Model], *, note: str = "") -> None:
        """Report written objects; all are counted, the first 100 of a kind are named."""
        for item in objects:
            count = self._counts.get(kind, 0) + 1
            self._counts[kind] = count
            if count <= EFFECTS_KEPT:
                self._effects.append(
                    Effect(
                        kind=kind,
                        model=item._meta.label_lower,
                        pk=item.pk,
                        label=str(item),
                        note=note,
                    )
                )

    def checkpoint(self) -> None:
        """Call between savepoints: ends the work here when somebody cancelled it, or time is up.

        Raises what the runner understands; everything the service wrote is rolled back.
        """
        self._checkpoint()

    def notify(self, notice: Notice) -> None:
        """Ask for a message; the runner stores it in the outbox with the outcome."""
        self._notices.append(notice)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The messages asked for so far."""
        return tuple(self._notices)

    def effects(self) -> dict[str, Any]:
        """What was changed, by kind: `{kind: {"count": n, "objects": [...]}}`."""
        return {
            kind: {
                "count": count,
                "objects": [e.payload() for e in self._effects if e.kind == kind],
            }
            for kind, count in self._counts.items()
        }


Service = Callable[[JobContext], JobResult]


@dataclass(frozen=True, kw_only=True)
class Job:
    """A named piece of recurring hotel work, validated where it is declared.

    A slot is tried `attempts` times; between two tries lies a random part of `backoff`, doubled
    each time, at most `longest_backoff`. `timeout` is how long one try for one hotel may take.
    """

    name: str
    title: _StrOrPromise
    schedule: str
    service: Service
    aliases: tuple[str, ...] = ()
    timeout: timedelta = timedelta(minutes=15)
    attempts: int = 3
    backoff: timedelta = timedelta(seconds=30)
    longest_backoff: timedelta = timedelta(minutes=15)

    def __post_init__(self) -> None:
        for name in (self.name, *self.aliases):
            if not name or not all(part.isalnum() and part.islower() for part in name.split("-")):
                raise ValueError(f"the job name {name!r} is not lower-case words joined by hyphens")
        if len(self.schedule.split()) != 5:
            raise ValueError(f"the schedule {self.schedule!r} of {self.name} has not five fields")
        if self.attempts < 1:
            raise ValueError(f"{self.name} has {self.attempts} attempts; at least 1 is needed")


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        own = getattr(value, "payload", None)
        if callable(own):
            return own()
        return {
            _camel(item.name): _plain(getattr(value, item.name))
            for item in dataclasses.fields(value)
        }
    return value
