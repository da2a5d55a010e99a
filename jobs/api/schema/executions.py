"""OpenAPI descriptions of the routes below /api/jobs."""

from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    inline_serializer,
)
from rest_framework import serializers

from hotels.http.openapi import (
    IF_NONE_MATCH,
    describe_actions,
    page_of,
    page_parameters,
    read_responses,
    with_problems,
)
from hotels.http.pagination import OffsetPagination
from jobs.api.serializers import (
    EffectSerializer,
    ExecutionDetailSerializer,
    ExecutionSerializer,
    StatisticsSerializer,
    TriggeredSerializer,
)

TAGS = ["jobs"]
_COUNTS = inline_serializer(
    name="EffectCount",
    fields={"kind": serializers.CharField(), "count": serializers.IntegerField()},
    many=True,
)

executions = describe_actions(
    list=extend_schema(
        tags=TAGS,
        operation_id="listJobs",
        summary="Executions of your hotels, newest first",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(
            page_of(
                "jobs", ExecutionSerializer, next_cursor=serializers.CharField(allow_null=True)
            ),
            404,
        ),
    ),
    stats=extend_schema(
        tags=TAGS,
        operation_id="getJobStatistics",
        summary="Statistics of the last 30 days",
        parameters=[IF_NONE_MATCH],
        filters=True,
        responses=read_responses(StatisticsSerializer, 404),
    ),
    retrieve=extend_schema(
        tags=TAGS,
        operation_id="getJob",
        summary="One execution with its full metadata",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(ExecutionDetailSerializer, 404),
    ),
    effects=extend_schema(
        tags=TAGS,
        operation_id="listEffects",
        summary="Objects that an execution changed",
        description="All changes are counted; the first 100 objects of each kind are listed.",
        parameters=[
            IF_NONE_MATCH,
            *page_parameters(OffsetPagination()),
            OpenApiParameter(
                "kind",
                {"type": "string", "minLength": 1},
                description="List only this kind, one of `counts`.",
            ),
        ],
        filters=False,
        responses=read_responses(page_of("effects", EffectSerializer, counts=_COUNTS), 404),
    ),
    retry=extend_schema(
        tags=TAGS,
        operation_id="retryJob",
        summary="Start another attempt now",
        description="Run another attempt at an execution that failed, was skipped or completed "
        "with problems, and wait for its end. Answered like a trigger.",
        request=None,
        responses=with_problems(
            {200: TriggeredSerializer, 202: TriggeredSerializer, 500: TriggeredSerializer}, 404, 409
        ),
    ),
    cancel=extend_schema(
        tags=TAGS,
        operation_id="cancelJob",
        summary="Cancel an execution",
        description="A pending execution is cancelled at once, a running one at its next "
        "checkpoint.",
        request=None,
        responses=with_problems({200: ExecutionDetailSerializer}, 404, 409),
    ),
)
