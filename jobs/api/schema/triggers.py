"""OpenAPI descriptions of the routes below /api/jobs/trigger."""

from drf_spectacular.utils import extend_schema

from hotels.http.openapi import IDEMPOTENCY_KEY, describe_actions, with_problems
from jobs.api.serializers import TriggeredSerializer, TriggerSerializer

triggers = describe_actions(
    create=extend_schema(
        tags=["jobs"],
        operation_id="triggerJob",
        summary="Run a job now",
        description="Run a job for one hotel, or preview what it would do (`dryRun`); for the "
        "hotel's managers and administrators. A failed job is answered with 500 and the same "
        "members; one completed with problems with 200 and `success: false`, because it has not "
        "failed: what it did is stored.",
        parameters=[IDEMPOTENCY_KEY],
        request=TriggerSerializer,
        responses=with_problems(
            {200: TriggeredSerializer, 202: TriggeredSerializer, 500: TriggeredSerializer},
            *(404, 409, 413, 415, 422),
        ),
    )
)
