"""Tables for other programs, written while they are read."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse

# What a spreadsheet would take for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """A file of one line: what is written comes back."""

    def write(self, line: str) -> str:
        return line


def csv_response(*, rows: Iterable[Iterable[Any]], name: str) -> StreamingHttpResponse:
    """Rows as a file of CSV called `name`, the heading being the first of them."""
    answer = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    write = csv.writer(_Line()).writerow
    for row in rows:
        yield write([_harmless(value) for value in row])  # writerow gives what write gave


def _harmless(value: Any) -> Any:
    """Text that a spreadsheet would run is quoted, `-1` too; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
