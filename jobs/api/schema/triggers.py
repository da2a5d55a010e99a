"""OpenAPI descriptions of the routes below /api/jobs/trigger."""

from drf_spectacular.utils import OpenApiParameter, extend_schema

from hotels.http.openapi import describe_actions, with_problems
from jobs.api.serializers import TriggeredSerializer, TriggerSerializer

_IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description=(
        "A key you choose for this request. A request repeated with the same key within 24 hours "
        "gets the stored answer and is not carried out again; 422 if the key was used for a "
        "different request."
    ),
)

triggers = describe_actions(
    create=extend_schema(
        tags=["jobs"],
        operation_id="triggerJob",
        summary="Run a job now",
        description="Run a job for one hotel, or preview what it would do (`dryRun`); for the "
        "hotel's managers and administrators. `job` is the execution. A failed job is answered "
        "with 500 and the same members, one that has not ended yet with 202; one completed with "
        "problems with 200 and `success: false`, because it has not failed: what it did is stored.",
        parameters=[_IDEMPOTENCY_KEY],
        request=TriggerSerializer,
        responses=with_problems(
            {200: TriggeredSerializer, 202: TriggeredSerializer, 500: TriggeredSerializer},
            *(404, 409, 413, 415, 422),
        ),
    )
)
