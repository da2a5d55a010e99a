"""Result of an import, as text and as JSON."""

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rich.console import Console
from rich.table import Table

from hotels.i18n import counted
from hotels.importing.booking_states import BookingState
from hotels.importing.data_quality import IssueTally, tallies
from hotels.importing.loading import LoadedBookings
from hotels.importing.reading import BookingFile

WIDTH = 150


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """Result of an import: the file, the day loaded, and the states of its bookings."""

    file: BookingFile
    as_of: date
    loaded: LoadedBookings
    entries: Sequence[BookingState]

    def payload(self) -> dict[str, Any]:
        """Return JSON-ready data: counts, and every data issue with its line."""
        hotel = self.loaded.hotel
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
        """Return the report as text: the totals, then a table of the data issues."""
        console = Console(file=io.StringIO(), width=WIDTH, highlight=False, no_color=True)
        for line in self._sentences():
            console.print(line, markup=False)
        if self.file.issues:
            console.print(self._table())
            console.print("Use --json to list every line with the value found.", markup=False)
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue()

    @property
    def rejected(self) -> int:
        """Number of lines of the hotel that were rejected."""
        return self.file.rows - len(self.file.records)

    def _sentences(self) -> list[str]:
        rooms, statuses = self._rooms(), self._statuses()
        return [
            f"{self.file.hotel}: {counted(self.file.rows, 'booking')} in the file, "
            f"{len(self.file.records):,} accepted, {self.rejected:,} rejected.",
            f"End of {self.as_of}: {counted(len(self.entries), 'booking')} made"
            + "".join(f", {count:,} {label}" for label, count in statuses.items())
            + f"; {len(self.file.records) - len(self.entries):,} not made yet.",
            f"{counted(self._nights(), 'night')}; {counted(sum(rooms.values()), 'room')}: "
            + ", ".join(f"{count} {code}" for code, count in rooms.items())
            + ".",
        ]

    def _table(self) -> Table:
        table = Table("Data issue", "Count", "Decision", "Lines", pad_edge=False)
        table.columns[1].justify = "right"
        for tally in self._tallies():
            decision = "accepted" if tally.kind.accepted else "REJECTED"
            table.add_row(
                tally.kind.title,
                f"{len(tally.issues):,}",
                f"{decision}: {tally.kind.reason}",
                tally.lines(),
            )
        return table

    def _tallies(self) -> Sequence[IssueTally]:
        return tallies(self.file.issues)

    def _statuses(self) -> dict[str, int]:
        counts = Counter(str(entry.status.label) for entry in self.entries)
        return dict(sorted(counts.items()))

    def _nights(self) -> int:
        return sum(entry.record.nights for entry in self.entries)

    def _rooms(self) -> dict[str, int]:
        rooms = Counter(room.room_type.code for room in self.loaded.stock.rooms)
        return {code: rooms[code] for code in self.loaded.stock.types}
