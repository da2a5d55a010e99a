"""CSV responses, streamed row by row."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse

# First characters that make a spreadsheet read a cell as a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that returns each line instead of storing it."""

    def write(self, line: str) -> str:
        return line


def csv_response(*, rows: Iterable[Iterable[Any]], name: str) -> StreamingHttpResponse:
    """Return a streamed CSV file called `name`; the first of `rows` is the heading."""
    return file_response(content=csv_lines(rows), name=name)


def file_response(*, content: Iterable[str | bytes], name: str) -> StreamingHttpResponse:
    """Return the text of a CSV file, streamed piece by piece, as a file called `name`."""
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def csv_lines(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The lines of a CSV file, with their ends; no cell is a formula to a spreadsheet."""
    write = csv.writer(_Echo()).writerow
    for row in rows:
        yield write([_escape_formula(value) for value in row])  # writerow returns the line


def _escape_formula(value: Any) -> Any:
    """Put a quote before text that a spreadsheet would run as a formula; keep numbers."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value
