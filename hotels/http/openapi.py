"""Building blocks of the OpenAPI schema: responses, pages and parameters."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema_serializer,
    inline_serializer,
)
from rest_framework import serializers

from hotels.http.problem import CONTENT_TYPE

View = TypeVar("View")
# Problems that every operation can answer with.
COMMON_PROBLEMS = (400, 401, 403, 406, 429, 503)
NOT_MODIFIED = {304: OpenApiResponse(description="Not modified since the given ETag.")}
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="ETag of an earlier response; the answer is 304 if nothing has changed since.",
)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description=(
        "A key you choose for this request. A request repeated with the same key within 24 hours "
        "gets the stored answer and is not carried out again; 422 if the key was used for a "
        "different request."
    ),
)


class FieldErrorSerializer(serializers.Serializer[Any]):
    """Error of one field."""

    field = serializers.CharField(allow_blank=True)
    detail = serializers.CharField()
    code = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """Error response (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField(help_text="Explanation in one sentence.")
    instance = serializers.CharField()
    errors = FieldErrorSerializer(  # type: ignore[assignment]  # a member of that name
        many=True, required=False
    )


def with_problems(success: dict[int, Any], *also: int) -> dict[Any, Any]:
    """Responses of an operation: `success` by status, the common problems, and those in `also`."""
    problems = {
        (status, CONTENT_TYPE): ProblemSerializer for status in sorted({*COMMON_PROBLEMS, *also})
    }
    return (
        {(status, "application/json"): shown for status, shown in success.items() if shown}
        | {status: shown for status, shown in success.items() if shown is None}
        | problems
    )


def read_responses(success: Any, *also: int) -> dict[Any, Any]:
    """Responses of a GET operation that supports If-None-Match."""
    return with_problems({200: success}, *also) | NOT_MODIFIED


def page_of(key: str, item: type[serializers.BaseSerializer[Any]], **more: Any) -> Any:
    """Serializer of a page of `item` rows under `key`; `more` adds members."""
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
    # The generator assumes that an action named "list" returns an array; ours returns one page.
    return extend_schema_serializer(many=False)(type(page))


def describe_actions(**operations: Any) -> Callable[[type[View]], type[View]]:
    """Class decorator that applies an `extend_schema` to each named method of a viewset.

    drf-spectacular's `extend_schema_view` accepts only the method names that routers use.
    """

    def describe(view: type[View]) -> type[View]:
        for name, operation in operations.items():
            setattr(view, name, operation(getattr(view, name)))
        return view

    return describe


def page_parameters(pages: Any) -> list[Any]:
    """Query parameters of a paginator, for views that paginate without a paginator class."""
    return [
        OpenApiParameter(
            name=each["name"],
            type=each["schema"],
            location=OpenApiParameter.QUERY,
            description=each["description"],
        )
        for each in pages.get_schema_operation_parameters(None)
    ]
