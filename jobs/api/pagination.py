"""Pages of a list: `limit` and `offset`, or a cursor for pages far down. Strict: no clamping."""

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

LIMIT = 50
MOST = 200
DEEPEST = 2**31 - 1
PAGE = frozenset({"limit", "offset"})
CURSOR = frozenset({"cursor"})
# The key the page before ended at. It opens nothing: rows are narrowed before it is applied.
_CURSOR = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class Pages(BasePagination):
    """`{<the view's page_key>: […], total, limit, offset}`."""

    limit = LIMIT
    offset = 0
    total = 0

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: Any = None
    ) -> list[Any]:
        """The rows of the page asked for."""
        self.key = view.page_key
        self.read(request)
        self.total = queryset.count() if isinstance(queryset, QuerySet) else len(queryset)
        return list(queryset[self.offset : self.offset + self.limit])

    def read(self, request: Request) -> None:
        """Take `limit` and `offset` from the request; raises ValidationError."""
        self.limit = _whole(request, "limit", default=LIMIT, least=1, most=MOST)
        self.offset = _whole(request, "offset", default=0, least=0, most=DEEPEST)

    def get_paginated_response(self, data: Any) -> Response:
        """The page with its place in the whole."""
        return Response(self.page(data))

    def page(self, data: Any) -> dict[str, Any]:
        """The members of the answer."""
        return {self.key: data, "total": self.total, "limit": self.limit, "offset": self.offset}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """How the schema says it."""
        return [
            _parameter("limit", 1, MOST, f"How many at once; {LIMIT} unless said."),
            _parameter("offset", 0, DEEPEST, "How many to leave out first."),
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page; each view names its own list, so the schema is made there."""
        return schema


class CursorPages(Pages):
    """The same, newest first, with a `cursor` that costs the same however deep the page lies."""

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: Any = None
    ) -> list[Any]:
        """The rows of the page asked for; `queryset` is ordered by falling key."""
        assert isinstance(queryset, QuerySet)
        self.key = view.page_key
        self.read(request)
        self.total = queryset.count()
        if self.cursor is not None:
            queryset = queryset.filter(pk__lt=self.cursor)
        # One row more than the page tells whether there is a next one.
        rows = list(queryset[self.offset : self.offset + self.limit + 1])
        self.next_cursor = str(rows[self.limit - 1].pk) if len(rows) > self.limit else None
        return rows[: self.limit]

    def read(self, request: Request) -> None:
        """Take the cursor too; raises ValidationError."""
        super().read(request)
        text = request.query_params.get("cursor")
        self.cursor = None if text is None else _cursor(text)

    def page(self, data: Any) -> dict[str, Any]:
        """With the cursor of the page after this one."""
        return super().page(data) | {"next_cursor": self.next_cursor}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The cursor is nobody's to make: clients pass on `nextCursor`."""
        schema = {"type": "string", "pattern": f"^{_CURSOR.pattern}$"}
        about = "`nextCursor` of the page before, instead of an offset."
        cursor = {"name": "cursor", "in": "query", "description": about, "schema": schema}
        return [*super().get_schema_operation_parameters(view), cursor]


def _cursor(text: str) -> int:
    if not _CURSOR.fullmatch(text):
        raise ValidationError({"cursor": "It is not a cursor this API gave."})
    return int(text)


def _whole(request: Request, name: str, *, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and least <= int(text) <= most):
        raise ValidationError({name: f"It is a whole number from {least} to {most}."})
    return int(text)


def _parameter(name: str, least: int, most: int, about: str) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": least, "maximum": most}
    return {"name": name, "in": "query", "description": about, "schema": schema}
