"""OpenAPI descriptions of the routes below /api/schedules."""

from drf_spectacular.utils import OpenApiParameter, extend_schema

from hotels.http.openapi import (
    IF_NONE_MATCH,
    describe_actions,
    page_of,
    page_parameters,
    read_responses,
    with_problems,
)
from hotels.http.pagination import OffsetPagination
from jobs.api.serializers import ScheduleChangeSerializer, ScheduleSerializer

TAGS = ["schedules"]

schedules = describe_actions(
    list=extend_schema(
        tags=TAGS,
        operation_id="listSchedules",
        summary="Schedules of your hotels",
        description="For each of your hotels and each job: the hotel's own schedule, or the job's "
        "default schedule.",
        parameters=[
            IF_NONE_MATCH,
            *page_parameters(OffsetPagination()),
            OpenApiParameter("jobName", str, description="Name or alias of the job."),
            OpenApiParameter(
                "hotelId",
                {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
                description="One of your hotels.",
            ),
        ],
        responses=read_responses(page_of("schedules", ScheduleSerializer), 404),
    ),
    retrieve=extend_schema(
        tags=TAGS,
        operation_id="getSchedule",
        summary="Schedule of one job in one hotel",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(ScheduleSerializer, 404),
    ),
    partial_update=extend_schema(
        tags=TAGS,
        operation_id="changeSchedule",
        summary="Set the hotel's own schedule",
        description="Members that are absent stay unchanged. Slots that were due before the "
        "change are still run under the old schedule.",
        request=ScheduleChangeSerializer,
        responses=with_problems({200: ScheduleSerializer}, 404, 409, 413, 415),
    ),
    destroy=extend_schema(
        tags=TAGS,
        operation_id="resetSchedule",
        summary="Return to the default schedule",
        responses=with_problems({200: ScheduleSerializer}, 404),
    ),
)
