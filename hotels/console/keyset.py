"""Keyset pagination, newest rows first: no row is counted or skipped, however many there are."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest

from hotels.parsing import parse_key

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, kw_only=True)
class Slice(Generic[Row]):
    """One page of rows; `older` is the key after which the next page starts, None on the last."""

    rows: tuple[Row, ...]
    older: int | None


def key_param(request: HttpRequest, name: str = "before") -> int | None:
    """Return the key of `?before=key`; None without one. Raises Http404 for anything else."""
    text = request.GET.get(name, "")
    if not text:
        return None
    key = parse_key(text)
    if key is None:
        raise Http404
    return key


def older_than(rows: Any, *, by: str, before: int | None) -> Any:
    """Return the rows that follow the row `before` in the order of `newest`; all rows for None.

    Raises the model's DoesNotExist when `before` is not the key of one of `rows`.
    """
    if before is None:
        return rows
    at = rows.values_list(by, flat=True).get(pk=before)
    return rows.filter(Q(**{f"{by}__lte": at}), Q(**{f"{by}__lt": at}) | Q(pk__lt=before))


def newest(rows: QuerySet[Row], *, by: str, size: int) -> Slice[Row]:
    """Return the first `size` rows, the latest `by` first; equal ones with the newest key first."""
    found = list(rows.order_by(f"-{by}", "-pk")[: size + 1])
    more = len(found) > size
    return Slice(rows=tuple(found[:size]), older=found[size - 1].pk if more else None)
