"""OpenAPI descriptions of the routes below /api/runs."""

from drf_spectacular.utils import extend_schema

from hotels.http.openapi import IF_NONE_MATCH, describe_actions, page_parameters, read_responses
from hotels.http.pagination import OffsetPagination
from jobs.api.serializers import RunSerializer

runs = describe_actions(
    retrieve=extend_schema(
        tags=["runs"],
        operation_id="getRun",
        summary="One run with its progress and executions",
        parameters=[IF_NONE_MATCH, *page_parameters(OffsetPagination())],
        responses=read_responses(RunSerializer, 404),
    )
)
