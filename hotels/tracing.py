"""Spans of OpenTelemetry, and reports of crashes, where the site has set them up (pms.reporting).

Where it has not, a span and a report cost nothing, and no library of theirs is imported.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

Report = Callable[..., None]

_tracer: Any = None
_report: Report | None = None
_senders: list[Callable[[], Any]] = []


def trace_with(tracer: Any, *, flush: Callable[[], Any] | None = None) -> None:
    """Make spans with a tracer of OpenTelemetry from now on; None makes none.

    `flush` sends those that wait.
    """
    global _tracer
    _tracer = tracer
    _senders.extend([flush] if flush else [])


def report_with(report: Report | None, *, flush: Callable[[], Any] | None = None) -> None:
    """Pass crashes to `report` from now on: the exception, and tags by name.

    `flush` sends those that wait.
    """
    global _report
    _report = report
    _senders.extend([flush] if flush else [])


def flush() -> None:
    """Send the spans and reports that wait, in a process that ends without its exit handlers."""
    for send in _senders:
        with suppress(Exception):  # the collector's fault stops nothing
            send()


@contextmanager
def span(name: str, **attributes: Any) -> Iterator[Any]:
    """Measure the block as a span; yields the span, or None where there are no traces.

    An exception marks it as failed, without its text: that can hold data of guests.
    """
    if _tracer is None:
        yield None
        return
    known = {key.replace("__", "."): each for key, each in attributes.items() if each is not None}
    with _tracer.start_as_current_span(
        name, attributes=known, record_exception=False, set_status_on_exception=False
    ) as made:
        try:
            yield made
        except BaseException as error:
            mark_failed(made, type(error).__name__)
            raise


def mark_failed(made: Any, reason: str) -> None:
    """Mark a span as failed; does nothing for None."""
    if made is None:
        return
    from opentelemetry.trace import Status, StatusCode  # imported already

    made.set_status(Status(StatusCode.ERROR, reason))


def current_trace() -> str | None:
    """The ID of the current trace, for the log; None where there is none."""
    if _tracer is None:
        return None
    from opentelemetry.trace import format_trace_id, get_current_span  # imported already

    context = get_current_span().get_span_context()
    return format_trace_id(context.trace_id) if context.is_valid else None


def report_crash(error: BaseException, **tags: str) -> None:
    """Report an unexpected exception that was caught; does nothing where reports are off."""
    if _report is not None:
        _report(error, **tags)
