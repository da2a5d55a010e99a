"""How answers are described in the OpenAPI schema."""

from typing import Any

from rest_framework import serializers

from jobs.web.problem import CONTENT_TYPE

EVERYWHERE = (400, 401, 403, 406, 429, 503)


class FieldErrorSerializer(serializers.Serializer[Any]):
    """What is wrong with one field."""

    field = serializers.CharField(allow_blank=True)
    detail = serializers.CharField()
    code = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """An error, as RFC 9457 says."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField(help_text="One sentence.")
    instance = serializers.CharField()
    errors = FieldErrorSerializer(  # type: ignore[assignment]  # a member of that name
        many=True, required=False
    )


def answers(success: dict[int, Any], *also: int) -> dict[Any, Any]:
    """The answers of an operation: those of success, and problems."""
    problems = {
        (status, CONTENT_TYPE): ProblemSerializer for status in sorted({*EVERYWHERE, *also})
    }
    return (
        {(status, "application/json"): shown for status, shown in success.items() if shown}
        | {status: shown for status, shown in success.items() if shown is None}
        | problems
    )
