"""Jobs: declaration, context, result and exceptions. Imports no models at run time."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from inspect import unwrap
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

from jobs import result_fields as fields
from jobs.local_hours import LocalHours, NeededRhythm
from jobs.result_fields import is_reference, is_stored, result_dataclass, stored_key

if TYPE_CHECKING:
    from django.db.models import Model
    from django.utils.functional import _StrOrPromise

    from hotels.models import Hotel
    from hotels.notifications.outbox import NewEvent, NewMail

EFFECTS_KEPT = 100
# What the engine stores in an execution's metadata; `jobs.checks` refuses figures of these names.
ENGINE_METADATA = frozenset({"retry", "attention", "alsoMissed"})


class JobFailed(Exception):
    """An anticipated failure of a job; the message says why. With `retry=False` it is final."""

    def __init__(self, message: str, *, retry: bool = True) -> None:
        super().__init__(message)
        self.retry = retry


class AlreadyRunning(Exception):
    """The job is already running for this hotel."""


@dataclass(frozen=True, kw_only=True)
class Reference:
    """The model and the key of an object that a row of a result is about."""

    model: str
    id: int

    @classmethod
    def to(cls, row: Model) -> Reference:
        """The reference to a stored row."""
        return cls(model=row._meta.label_lower, id=row.pk)


@result_dataclass
class Problem:
    """An object a job could not process: `what` names it, `reason` is a sentence in English."""

    what: str = fields.text(_("Item"), key="object")
    reason: str = fields.text(_("Reason"))
    reference: Reference | None = fields.reference(default=None)


@result_dataclass
class JobResult(ABC):
    """Result of a service for one hotel.

    Subclasses are decorated with `@result_dataclass` and declare each field's kind and label:
    `rooms_freed: int = fields.count(_("Rooms freed"))`. Pages and statistics read these
    declarations. `done` is the number of objects the job did what was due for: objects without
    work due, unchanged or skipped, don't count. With problems and nothing done, it has failed.
    """

    hotel_id: int = fields.hidden()
    problems: tuple[Problem, ...] = fields.table(_("Problems"), row=Problem, default=())
    done: int = fields.not_stored(default=0)

    change_labels: ClassVar[Mapping[str, _StrOrPromise]] = {}
    """The plural label of each kind passed to `JobContext.changed`."""

    @abstractmethod
    def summary(self) -> str:
        """The result in one line of English: `3 no-shows, fees 412.00 EUR, 2 rooms freed`."""

    def attention(self) -> tuple[str, ...]:
        """The lines, in English, that need attention: here the problems."""
        return tuple(f"{problem.what}: {problem.reason}" for problem in self.problems)

    @property
    def all_failed(self) -> bool:
        """True if nothing that was due could be done: there are problems and nothing was done."""
        return bool(self.problems) and not self.done

    def payload(self) -> dict[str, Any]:
        """The result as stored JSON: camelCase keys, ISO dates, money as decimal text."""
        stored: dict[str, Any] = _plain(self)
        return stored


@dataclass(frozen=True, kw_only=True)
class Effect:
    """An object a job changed."""

    kind: str
    model: str
    pk: int
    label: str
    note: str

    def payload(self) -> dict[str, Any]:
        """The effect as stored with the execution; `model` and `id` identify the object."""
        return {"model": self.model, "id": self.pk, "label": self.label, "note": self.note}


@dataclass(frozen=True, kw_only=True)
class JobContext:
    """A service's input, a hotel and the effective time, and its record of changes and messages."""

    hotel: Hotel
    now: datetime
    _checkpoint: Callable[[], None] = field(default=lambda: None, repr=False)
    _counts: dict[str, int] = field(default_factory=dict, repr=False)
    _effects: list[Effect] = field(default_factory=list, repr=False)
    _mails: list[NewMail] = field(default_factory=list, repr=False)
    _events: list[NewEvent] = field(default_factory=list, repr=False)

    @property
    def business_date(self) -> date:
        """The hotel's business date at `now`."""
        return self.hotel.business_date(self.now)

    @property
    def local_date(self) -> date:
        """The calendar date in the hotel's time zone at `now`."""
        return self.hotel.local_date(self.now)

    def changed(self, kind: str, objects: Sequence[Model], *, note: str = "") -> None:
        """Record written objects: all are counted, the first 100 of each kind are listed."""
        count = self._counts.get(kind, 0)
        if objects:
            self._counts[kind] = count + len(objects)
        # No more are read: a sequence may make its objects when they are read.
        self._effects.extend(
            Effect(kind=kind, model=item._meta.label_lower, pk=item.pk, label=str(item), note=note)
            for item in objects[: max(EFFECTS_KEPT - count, 0)]
        )

    def checkpoint(self) -> None:
        """Stop the work here if the execution was cancelled or timed out; call between savepoints.

        Raises an exception the runner handles: everything the service wrote is rolled back.
        """
        self._checkpoint()

    def notify(self, mail: NewMail) -> None:
        """Queue a message; the runner stores it in the outbox together with the outcome."""
        self._mails.append(mail)

    def publish(self, event: NewEvent) -> None:
        """Queue an event; the runner stores it in the outbox together with the outcome."""
        self._events.append(event)

    @property
    def mails(self) -> tuple[NewMail, ...]:
        """The messages queued so far."""
        return tuple(self._mails)

    @property
    def events(self) -> tuple[NewEvent, ...]:
        """The events queued so far."""
        return tuple(self._events)

    def effects(self) -> dict[str, Any]:
        """The changes by kind: `{kind: {"count": n, "objects": [...]}}`."""
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
    """A job as declared with `@job`.

    A slot gets up to `attempts` attempts. Before each retry the runner waits a random part of
    `backoff`, doubled each time up to `longest_backoff`. `timeout` limits one execution.
    `dated_effects` says that its changes carry the date of the effective time: a real run then
    refuses a closed business day. `recalculates` says that it writes nothing but figures counted
    from other rows, which any later run counts again (docs/adr/0030). `local_hours` are the hours
    of the hotel's day that suit it, and `needed_rhythm` finds the hotels that need it more often
    than their schedule may say. Raises ValueError for a malformed name, a schedule without five
    fields, or fewer than one attempt.
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
    dated_effects: bool = False
    recalculates: bool = False
    local_hours: LocalHours | None = None
    needed_rhythm: NeededRhythm | None = None

    def __post_init__(self) -> None:
        for name in (self.name, *self.aliases):
            if not name or not all(part.isalnum() and part.islower() for part in name.split("-")):
                raise ValueError(
                    f"the job name {name!r} must be lower-case words joined by hyphens"
                )
        if len(self.schedule.split()) != 5:
            raise ValueError(f"the schedule {self.schedule!r} of {self.name} must have five fields")
        if self.attempts < 1:
            raise ValueError(f"{self.name} has {self.attempts} attempts; at least 1 is required")

    @cached_property
    def result_class(self) -> type[JobResult]:
        """The class the service is annotated to return; JobResult where it has no annotation."""
        service = unwrap(self.service)
        annotated = getattr(service, "__annotations__", {}).get("return")
        if isinstance(annotated, str):
            annotated = getattr(service, "__globals__", {}).get(annotated)
        if isinstance(annotated, type) and issubclass(annotated, JobResult):
            return annotated
        return JobResult


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            stored_key(item): _plain(stored)
            for item in dataclasses.fields(value)
            if is_stored(item)
            and ((stored := getattr(value, item.name)) is not None or not is_reference(item))
        }
    return value
