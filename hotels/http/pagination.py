"""Paginators: `limit` and `offset`, or a cursor for deep pages. Wrong values are refused."""

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from hotels.parsing import parse_whole_number

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_OFFSET = 2**31 - 1
PAGE = frozenset({"limit", "offset"})
CURSOR = frozenset({"cursor"})
# The key of the previous page's last row. A forged cursor reveals nothing: the rows are already
# restricted to the caller's hotels when it is applied.
_CURSOR = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


class OffsetPagination(BasePagination):
    """Pages of the form `{<the view's page_key>: […], total, limit, offset}`."""

    limit = DEFAULT_LIMIT
    offset = 0
    total = 0

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: Any = None
    ) -> list[Any]:
        """The rows of the requested page; raises ValidationError for a wrong limit or offset."""
        self.key = view.page_key
        self.read(request)
        self.total = queryset.count() if isinstance(queryset, QuerySet) else len(queryset)
        return list(queryset[self.offset : self.offset + self.limit])

    def read(self, request: Request) -> None:
        """Read `limit` and `offset` from the query; raises ValidationError for wrong values."""
        self.limit = _whole_number(request, "limit", default=DEFAULT_LIMIT, least=1, most=MAX_LIMIT)
        self.offset = _whole_number(request, "offset", default=0, least=0, most=MAX_OFFSET)

    def get_paginated_response(self, data: Any) -> Response:
        """The response with the page."""
        return Response(self.page(data))

    def page(self, data: Any) -> dict[str, Any]:
        """The members of a page with the given rows."""
        return {self.key: data, "total": self.total, "limit": self.limit, "offset": self.offset}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Query parameters for the OpenAPI schema."""
        return [
            _parameter("limit", 1, MAX_LIMIT, f"Rows per page; {DEFAULT_LIMIT} if absent."),
            _parameter("offset", 0, MAX_OFFSET, "Number of rows to skip."),
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """`schema` unchanged: each view describes its own page."""
        return schema


class CursorPagination(OffsetPagination):
    """Newest first, with a `cursor` that costs the same however deep the page lies."""

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: Any = None
    ) -> list[Any]:
        """The rows of the requested page; `queryset` must be ordered by descending key."""
        assert isinstance(queryset, QuerySet)
        self.key = view.page_key
        self.read(request)
        self.total = queryset.count()
        if self.cursor is not None:
            queryset = queryset.filter(pk__lt=self.cursor)
        # One row more than the page: it shows whether there is a next page.
        rows = list(queryset[self.offset : self.offset + self.limit + 1])
        self.next_cursor = str(rows[self.limit - 1].pk) if len(rows) > self.limit else None
        return rows[: self.limit]

    def read(self, request: Request) -> None:
        """Read `limit`, `offset` and `cursor`; raises ValidationError for wrong values."""
        super().read(request)
        text = request.query_params.get("cursor")
        self.cursor = None if text is None else _cursor(text)

    def page(self, data: Any) -> dict[str, Any]:
        """The members of a page, with the cursor of the next one."""
        return super().page(data) | {"next_cursor": self.next_cursor}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Query parameters for the OpenAPI schema, with the cursor."""
        schema = {"type": "string", "pattern": f"^{_CURSOR.pattern}$"}
        description = "`nextCursor` of the previous page; replaces `offset`."
        cursor = {"name": "cursor", "in": "query", "description": description, "schema": schema}
        return [*super().get_schema_operation_parameters(view), cursor]


def _cursor(text: str) -> int:
    if not _CURSOR.fullmatch(text):
        raise ValidationError({"cursor": "Invalid cursor; pass on `nextCursor` unchanged."})
    return int(text)


def _whole_number(request: Request, name: str, *, default: int, least: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    number = parse_whole_number(text, least=least, most=most)
    if number is None:
        raise ValidationError({name: f"Must be a whole number from {least} to {most}."})
    return number


def _parameter(name: str, least: int, most: int, description: str) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": least, "maximum": most}
    return {"name": name, "in": "query", "description": description, "schema": schema}
