"""CSV files of executions: streamed in the request, or written by a worker and kept for a day.

>>> filters = ExportFilters(job_name="check-no-shows", statuses=("FAILED",))
>>> export = request_export(filters=filters, by=user, now=now)  # a worker calls write_export
>>> b"".join(file_of(export))
"""

from jobs.exports.files import file_of, find_export, latest_export
from jobs.exports.filters import ExportFilters
from jobs.exports.lines import csv_of_executions
from jobs.exports.writing import (
    MOST_ROWS,
    ask_again_if_lost,
    delete_old_exports,
    is_too_large,
    request_export,
    write_export,
)

__all__ = [
    "MOST_ROWS",
    "ExportFilters",
    "ask_again_if_lost",
    "csv_of_executions",
    "delete_old_exports",
    "file_of",
    "find_export",
    "is_too_large",
    "latest_export",
    "request_export",
    "write_export",
]
