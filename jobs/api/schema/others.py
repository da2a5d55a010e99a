"""How triggers, runs and schedules describe themselves."""

from drf_spectacular.utils import OpenApiParameter, extend_schema

from jobs.api.pagination import Pages
from jobs.api.schema.parts import IF_NONE_MATCH, described, page_of, page_parameters, polled, tagged
from jobs.api.serializers import (
    RunSerializer,
    ScheduleChangeSerializer,
    ScheduleSerializer,
    TriggeredSerializer,
    TriggerSerializer,
)
from jobs.web.described import answers

_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description=(
        "A name of your own for this request. Sent again within 24 hours it is answered again, "
        "not done again; 422 when the key was used for another request."
    ),
)
_PAGES = page_parameters(Pages())

triggers = described(
    create=extend_schema(
        **tagged("jobs", operation_id="triggerJob", summary="Run a job now"),
        description="Its manager or administrator runs a job for one hotel, or looks what it "
        "would do (`dryRun`). 500 with the same members when the job failed.",
        parameters=[_KEY],
        request=TriggerSerializer,
        responses=answers(
            {200: TriggeredSerializer, 202: TriggeredSerializer, 500: TriggeredSerializer},
            *(404, 409, 413, 415, 422),
        ),
    )
)
runs = described(
    retrieve=extend_schema(
        **tagged("runs", operation_id="getRun", summary="One firing with its parts and progress"),
        parameters=[IF_NONE_MATCH, *_PAGES],
        responses=polled(RunSerializer, 404),
    )
)
schedules = described(
    list=extend_schema(
        **tagged("schedules", operation_id="listSchedules", summary="When jobs are due"),
        description="For each of your hotels and each job: the hotel's own schedule, or the "
        "job's declared one.",
        parameters=[
            IF_NONE_MATCH,
            *_PAGES,
            OpenApiParameter("jobName", str, description="Only this job."),
            OpenApiParameter(
                "hotelId",
                {"type": "integer", "minimum": 1, "maximum": 10**18 - 1},
                description="Only this hotel.",
            ),
        ],
        responses=polled(page_of("schedules", ScheduleSerializer), 404),
    ),
    retrieve=extend_schema(
        **tagged("schedules", operation_id="getSchedule", summary="When one job is due"),
        parameters=[IF_NONE_MATCH],
        responses=polled(ScheduleSerializer, 404),
    ),
    partial_update=extend_schema(
        **tagged("schedules", operation_id="changeSchedule", summary="Set the hotel's own"),
        description="What is left out stays as it is. What was due before by the old schedule "
        "is opened first.",
        request=ScheduleChangeSerializer,
        responses=answers({200: ScheduleSerializer}, 404, 409, 413, 415),
    ),
    destroy=extend_schema(
        **tagged("schedules", operation_id="resetSchedule", summary="Back to the declared one"),
        responses=answers({200: ScheduleSerializer}, 404),
    ),
)
