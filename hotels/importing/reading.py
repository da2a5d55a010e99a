"""Read and check a whole file of bookings before anything is written."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hotels.i18n import counted
from hotels.importing.data_quality import DataIssue, IssueKind
from hotels.importing.records import ImportRefused, Record
from hotels.importing.rows import COLUMNS, FileRow, read_row


@dataclass(frozen=True, kw_only=True)
class BookingFile:
    """Bookings of one hotel in a file, in the order of the lines, with their data issues."""

    hotel: str
    rows: int
    records: tuple[Record, ...]
    issues: tuple[DataIssue, ...]

    @property
    def first_date(self) -> date:
        """First arrival date; raises ImportRefused if the file has no booking."""
        return min(record.arrival_date for record in self._accepted())

    @property
    def last_date(self) -> date:
        """Date of the last event; raises ImportRefused if the file has no booking."""
        return max(record.last_date for record in self._accepted())

    def _accepted(self) -> tuple[Record, ...]:
        if not self.records:
            raise ImportRefused(
                f"The file contains no booking of {self.hotel!r} that can be accepted."
            )
        return self.records


def read_bookings(*, path: Path, hotel: str | None = None) -> BookingFile:
    """Read the bookings of `hotel`; the name is optional if the file has only one hotel.

    Raises ImportRefused, naming line and column, if any line cannot be read.
    """
    rows = list(_rows(_text(path)))
    chosen = _choose(names=list(dict.fromkeys(row.hotel for row in rows)), wanted=hotel)
    records: list[Record] = []
    issues: list[DataIssue] = []
    first_seen: dict[tuple[str, ...], int] = {}
    count = 0
    for row in rows:
        if row.hotel != chosen:
            continue
        count += 1
        earlier = first_seen.setdefault(row.cells, row.line)
        if earlier != row.line:
            detail = f"line {earlier}"
            issues.append(DataIssue(kind=IssueKind.DUPLICATE, line=row.line, detail=detail))
        issues.extend(row.issues)
        if row.record is not None:
            records.append(row.record)
    return BookingFile(hotel=chosen, rows=count, records=tuple(records), issues=tuple(issues))


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ImportRefused(f"{path} cannot be read: {error.strerror or error}.") from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ImportRefused(f"Line {line}: the file is not UTF-8 text.") from error
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise ImportRefused(f"Line {line}: the file contains a NUL character; it is not text.")
    return text


def _rows(text: str) -> Iterator[FileRow]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        _check_header(header)
        empty = True
        for cells in lines:
            if not cells:
                continue  # an empty line, as at the end of many files
            if len(cells) != len(header):
                raise ImportRefused(
                    f"Line {lines.line_num}: {counted(len(cells), 'field')}, "
                    f"but the header has {len(header)}."
                )
            empty = False
            stripped = tuple(cell.strip() for cell in cells)
            yield read_row(line=lines.line_num, header=header, cells=stripped)
    except csv.Error as error:
        raise ImportRefused(f"Line {lines.line_num}: not readable as CSV: {error}.") from error
    if empty:
        raise ImportRefused("The file has a header but no bookings.")


def _check_header(header: Sequence[str]) -> None:
    if not any(header):
        raise ImportRefused("Line 1: the file is empty; add a header with the column names.")
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise ImportRefused(f"Line 1: missing column {', '.join(missing)}.")
    duplicate = sorted({name for name in header if header.count(name) > 1})
    if duplicate:
        raise ImportRefused(f"Line 1: duplicate column {', '.join(duplicate)}.")


def _choose(*, names: Sequence[str], wanted: str | None) -> str:
    listed = ", ".join(repr(name) for name in names)
    if wanted is None:
        if len(names) > 1:
            raise ImportRefused(
                f"The file contains several hotels: choose one of {listed} with --hotel."
            )
        return names[0]
    if wanted not in names:
        raise ImportRefused(
            f"The file does not contain the hotel {wanted!r}; it contains {listed}."
        )
    return wanted
