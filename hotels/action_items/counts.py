"""The objects behind the items of Home, counted by hotel in one query of each kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Aggregate, Count, Min, QuerySet, TextField
from django.db.models.expressions import Combinable

from hotels.models import Hotel


@dataclass(frozen=True, kw_only=True)
class Counted:
    """The objects of one hotel: their number, the least date, and the key of each."""

    hotel: Hotel
    number: int
    first: date
    keys: tuple[str, ...]


class _KeyList(Aggregate):
    """The values of an expression as text, separated by commas, in any order."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """PostgreSQL names it otherwise, and takes only text."""
        template = "STRING_AGG((%(expressions)s)::text, ',')"
        return self.as_sql(compiler, connection, template=template, **context)


def count_by_hotel(
    rows: QuerySet[Any],
    hotels: Mapping[int, Hotel],
    *,
    first: str,
    of: str = "pk",
    key: str | Combinable = "pk",
) -> Iterable[Counted]:
    """Yield the objects of the hotels that have rows, in the order of `hotels`. One query.

    `first` names the column of the least date, `of` the one whose distinct values are counted, and
    `key` says by what a row is known again; it must be without commas.
    """
    found = {
        hotel_id: (number, least, keys)
        for hotel_id, number, least, keys in rows.order_by()
        .values_list("hotel")
        .annotate(counted=Count(of, distinct=of != "pk"), least=Min(first), key_list=_KeyList(key))
    }
    for pk, hotel in hotels.items():
        if pk in found:
            number, least, keys = found[pk]
            yield Counted(hotel=hotel, number=number, first=least, keys=tuple(keys.split(",")))
