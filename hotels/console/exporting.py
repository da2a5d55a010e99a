"""Rows as a CSV file, sent while they are read."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

# A cell that begins so is a formula to a spreadsheet, and people name room types.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def csv_response(rows: Iterable[Sequence[object]], *, name: str) -> StreamingHttpResponse:
    """A download called `name`; the first row is the heading."""
    response = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _lines(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    for row in rows:
        yield writer.writerow([_harmless(value) for value in row])


def _harmless(value: object) -> object:
    """Text that a spreadsheet would calculate is quoted as it quotes text; figures stay."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
