"""Outcomes of a run, kept in a temporary file until they are printed.

Those of fifty thousand executions would fill the memory.
"""

import pickle
from collections.abc import Iterator, Sequence
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

from hotels.models import Hotel
from jobs.runner import Outcome

IN_MEMORY = 2 * 1024**2  # bytes; more goes to the file


class OutcomeSpool:
    """Adds outcomes as they come and gives them again; its file ends with the block."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  closed by __exit__
        self._places: list[tuple[int, int]] = []  # hotel, offset

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._places)

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome; call it from one thread."""
        self._places.append((outcome.hotel.pk, self._file.tell()))
        pickle.dump(outcome, self._file)

    def read(self, *, order: Sequence[Hotel] | None = None) -> Iterator[Outcome]:
        """The outcomes as they came, or in the order of these hotels."""
        places = self._places
        if order is not None:
            rank = {hotel.pk: number for number, hotel in enumerate(order)}
            places = sorted(places, key=lambda place: rank[place[0]])
        for _, offset in places:
            self._file.seek(offset)
            yield pickle.load(self._file)  # noqa: S301  we wrote it
