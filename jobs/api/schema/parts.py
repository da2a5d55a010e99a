"""What the descriptions are made of."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema_serializer,
    inline_serializer,
)
from rest_framework import serializers

from jobs.web.described import answers

View = TypeVar("View")
UNCHANGED = {304: OpenApiResponse(description="It has not changed since the given ETag.")}
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of the answer before: 304 while nothing changed.",
)


def polled(success: Any, *also: int) -> dict[Any, Any]:
    """The answers of a read that clients poll."""
    return answers({200: success}, *also) | UNCHANGED


def page_of(key: str, item: type[serializers.BaseSerializer[Any]], **more: Any) -> Any:
    """A page of a list under its own key."""
    page = inline_serializer(
        name=f"{key[0].upper()}{key[1:]}Page",
        fields={
            key: item(many=True),
            "total": serializers.IntegerField(),
            "limit": serializers.IntegerField(),
            "offset": serializers.IntegerField(),
        }
        | more,
    )
    # An action called list answers with one page, not with a list of pages.
    return extend_schema_serializer(many=False)(type(page))


def described(**operations: Any) -> Callable[[type[View]], type[View]]:
    """Describe the actions of a viewset, by the names of its methods.

    `extend_schema_view` knows only the methods that routers know.
    """

    def describe(view: type[View]) -> type[View]:
        for name, operation in operations.items():
            setattr(view, name, operation(getattr(view, name)))
        return view

    return describe


def page_parameters(pages: Any) -> list[Any]:
    """`limit` and `offset`, where a view pages by itself."""
    return [
        OpenApiParameter(
            name=each["name"],
            type=each["schema"],
            location=OpenApiParameter.QUERY,
            description=each["description"],
        )
        for each in pages.get_schema_operation_parameters(None)
    ]


def tagged(tag: str, **more: Any) -> dict[str, Any]:
    """Arguments every operation of a group has."""
    return {"tags": [tag]} | more
