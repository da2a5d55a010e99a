"""Formats of the log: lines for people, or JSON for machines (LOG_FORMAT)."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

from hotels.tracing import current_trace
from jobs.execution_log import current_execution

EXECUTIONS = "jobs.executions"


class NotOnTerminal(logging.Filter):
    """Leaves out the lines of executions at a terminal, where the command prints a table."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let all other records pass."""
        return record.name != EXECUTIONS or not sys.stderr.isatty()


class ConsoleFormatter(logging.Formatter):
    """One line with the time, level, request and logger; fields follow as `name=value`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(request_id)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  of the base
        """Return the line without the traceback."""
        pairs = [f"{name}={_quoted(value)}" for name, value in fields_of(record).items()]
        return " ".join([super().formatMessage(record), *pairs])


def console_formatter() -> logging.Formatter:
    """Return the formatter of LOG_FORMAT=console."""
    return ConsoleFormatter()


def json_formatter() -> logging.Formatter:
    """Return the formatter of LOG_FORMAT=json: a JSON object on one line for each record."""
    # Imported here: with all it imports it would make each command of cron slower by a quarter.
    from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
    from structlog.stdlib import ProcessorFormatter, add_log_level, add_logger_name

    return ProcessorFormatter(
        foreign_pre_chain=[add_log_level, add_logger_name, TimeStamper(fmt="iso"), _add_fields],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            format_exc_info,
            JSONRenderer(ensure_ascii=False),
        ],
    )


def fields_of(record: logging.LogRecord) -> Mapping[str, Any]:
    """The fields of a record, with the keys of the execution and the trace around it."""
    fields: dict[str, Any] = getattr(record, "fields", None) or {}
    around = {"execution_id": current_execution(), "trace_id": current_trace()}
    return {name: value for name, value in around.items() if value is not None} | fields


def _add_fields(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    record = event["_record"]
    event["request_id"] = getattr(record, "request_id", "-")
    event.update(fields_of(record))
    return event


def _quoted(value: Any) -> str:
    text = str(value)
    plain = text and not any(sign.isspace() or sign in '"=' for sign in text)
    return text if plain else '"' + text.replace('"', "'").replace("\n", " ") + '"'
