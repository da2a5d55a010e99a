"""What an import came to, for people and for programs."""

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table

from hotels.importing.booking_states import Entry
from hotels.importing.data_quality import IssueTally, tallies
from hotels.importing.loading import LoadedBookings
from hotels.importing.reading import BookingFile

WIDTH = 150


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """The file, the day it was read for, and what is on the books of that day."""

    file: BookingFile
    as_of: date
    books: LoadedBookings
    entries: Sequence[Entry]

    def payload(self) -> dict[str, Any]:
        """As JSON: counts, and every oddity with its line."""
        hotel = self.books.hotel
        return {
            "hotel": {"code": hotel.code, "name": hotel.name, "timezone": hotel.timezone},
            "asOf": self.as_of.isoformat(),
            "rows": self.file.rows,
            "accepted": len(self.file.records),
            "rejected": self.rejected,
            "loaded": len(self.entries),
            "notYetMade": len(self.file.records) - len(self.entries),
            "statuses": self._statuses(),
            "roomNights": self._nights(),
            "rooms": self._rooms(),
            "oddities": [tally.payload() for tally in self._tallies()],
        }

    def text(self) -> str:
        """As a person reads it: the totals, then a table of the oddities."""
        console = Console(file=io.StringIO(), width=WIDTH, highlight=False, no_color=True)
        for line in self._sentences():
            console.print(line, markup=False)
        if self.file.oddities:
            console.print(self._table())
            console.print("Every line, with what stands there: --json.", markup=False)
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    @property
    def rejected(self) -> int:
        """How many lines of the hotel were not taken."""
        return self.file.rows - len(self.file.records)

    def _sentences(self) -> list[str]:
        rooms, statuses = self._rooms(), self._statuses()
        return [
            f"{self.file.hotel}: {self.file.rows:,} bookings in the file, "
            f"{len(self.file.records):,} accepted, {self.rejected:,} rejected.",
            f"At the end of {self.as_of}: {len(self.entries):,} made"
            + "".join(f", {count:,} {label}" for label, count in statuses.items())
            + f"; {len(self.file.records) - len(self.entries):,} not made yet.",
            f"{self._nights():,} nights; {sum(rooms.values())} rooms: "
            + ", ".join(f"{count} {code}" for code, count in rooms.items())
            + ".",
        ]

    def _table(self) -> Table:
        table = Table("Oddity", "Lines", "Decision and reason", "Which", pad_edge=False)
        table.columns[1].justify = "right"
        for tally in self._tallies():
            decision = "accepted" if tally.kind.accepted else "REJECTED"
            table.add_row(
                tally.kind.title,
                f"{len(tally.oddities):,}",
                f"{decision}: {tally.kind.reason}",
                tally.lines(),
            )
        return table

    def _tallies(self) -> Sequence[IssueTally]:
        return tallies(self.file.oddities)

    def _statuses(self) -> dict[str, int]:
        counts = Counter(str(entry.status.label) for entry in self.entries)
        return dict(sorted(counts.items()))

    def _nights(self) -> int:
        return sum(entry.record.nights for entry in self.entries)

    def _rooms(self) -> dict[str, int]:
        rooms = Counter(room.room_type.code for room in self.books.stock.rooms)
        return {code: rooms[code] for code in self.books.stock.types}
