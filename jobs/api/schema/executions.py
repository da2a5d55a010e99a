"""How the routes below /api/jobs describe themselves."""

from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    inline_serializer,
)
from rest_framework import serializers

from jobs.api.pagination import Pages
from jobs.api.schema.parts import IF_NONE_MATCH, described, page_of, page_parameters, polled, tagged
from jobs.api.serializers import (
    EffectSerializer,
    ExecutionDetailSerializer,
    ExecutionSerializer,
    StatisticsSerializer,
    TriggeredSerializer,
)
from jobs.web.described import answers

_TAG = "jobs"
_COUNTS = inline_serializer(
    name="EffectCount",
    fields={"kind": serializers.CharField(), "count": serializers.IntegerField()},
    many=True,
)

executions = described(
    list=extend_schema(
        **tagged(_TAG, operation_id="listJobs", summary="Executions of your hotels, newest first"),
        parameters=[IF_NONE_MATCH],
        responses=polled(
            page_of(
                "jobs", ExecutionSerializer, next_cursor=serializers.CharField(allow_null=True)
            ),
            404,
        ),
    ),
    stats=extend_schema(
        **tagged(_TAG, operation_id="getJobStatistics", summary="Figures of the last 30 days"),
        parameters=[IF_NONE_MATCH],
        filters=True,
        responses=polled(StatisticsSerializer, 404),
    ),
    retrieve=extend_schema(
        **tagged(_TAG, operation_id="getJob", summary="One execution, metadata whole"),
        parameters=[IF_NONE_MATCH],
        responses=polled(ExecutionDetailSerializer, 404),
    ),
    effects=extend_schema(
        **tagged(_TAG, operation_id="listEffects", summary="What an execution changed"),
        description="All are counted; the first hundred objects of each kind are named.",
        parameters=[
            IF_NONE_MATCH,
            *page_parameters(Pages()),
            OpenApiParameter(
                "kind",
                {"type": "string", "minLength": 1},
                description="Only this kind, one of `counts`.",
            ),
        ],
        filters=False,
        responses=polled(page_of("effects", EffectSerializer, counts=_COUNTS), 404),
    ),
    retry=extend_schema(
        **tagged(_TAG, operation_id="retryJob", summary="Another attempt now"),
        request=None,
        responses=answers(
            {200: TriggeredSerializer, 202: TriggeredSerializer, 500: TriggeredSerializer}, 404, 409
        ),
    ),
    cancel=extend_schema(
        **tagged(_TAG, operation_id="cancelJob", summary="Call it off"),
        description="What waits ends at once, what runs at its next checkpoint.",
        request=None,
        responses=answers({200: ExecutionDetailSerializer}, 404, 409),
    ),
)
