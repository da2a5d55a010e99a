"""Lists read newest first, part by part: no row is counted or skipped, however many there are."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest

Row = TypeVar("Row", bound=Model)
LONGEST_KEY = 18


@dataclass(frozen=True, kw_only=True)
class Slice(Generic[Row]):
    """Some rows; `older` is the key after which the next begin, None on the last part."""

    rows: tuple[Row, ...]
    older: int | None


def key_param(request: HttpRequest, name: str = "before") -> int | None:
    """`?before=key`; None without it. What is no key is a 404."""
    text = request.GET.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_KEY):
        raise Http404
    return int(text)


def older_than(rows: Any, *, by: str, before: int | None) -> Any:
    """The rows after the one of key `before` in the order of `newest`; all of them for None.

    Raises the model's DoesNotExist when that one is none of `rows`.
    """
    if before is None:
        return rows
    at = rows.values_list(by, flat=True).get(pk=before)
    return rows.filter(Q(**{f"{by}__lte": at}), Q(**{f"{by}__lt": at}) | Q(pk__lt=before))


def newest(rows: QuerySet[Row], *, by: str, size: int) -> Slice[Row]:
    """The first `size` rows, the latest `by` first and of one instant the one made last."""
    found = list(rows.order_by(f"-{by}", "-pk")[: size + 1])
    more = len(found) > size
    return Slice(rows=tuple(found[:size]), older=found[size - 1].pk if more else None)
