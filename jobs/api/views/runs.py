"""One firing with its parts."""

from typing import Any, ClassVar

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from hotels.roles import Action
from jobs.api.base import ApiViewSet
from jobs.api.pagination import PAGE, Pages
from jobs.api.schema import runs as described
from jobs.api.serializers import ExecutionSerializer, ProgressSerializer
from jobs.models import JobExecution, JobRun
from jobs.statistics import totals


@described
class RunViewSet(ApiViewSet):
    """A firing spans hotels; the caller sees the parts, and counts, of theirs."""

    page_key = "executions"
    parameters: ClassVar[dict[str, frozenset[str]]] = {"retrieve": PAGE}

    def retrieve(self, request: Request, pk: int) -> Response:
        """The firing, how far it is, and a page of its executions."""
        # First: of a number too large for a key the database would fail to tell the parts.
        run = JobRun.objects.filter(pk=pk).first()
        if run is None:
            raise Http404
        parts: Any = self.access.narrow(
            JobExecution.objects.filter(run=run).order_by("pk"), action=Action.SEE
        )
        counted = totals.count_by_status(rows=parts)
        if not (counted.total or self.access.everywhere):
            raise Http404
        pages = Pages()
        rows = parts.select_related("hotel", "run").defer("traceback", "result", "effects")
        page = pages.paginate_queryset(rows, request, self)
        return Response(
            {
                "id": run.pk,
                "job_name": run.job_name,
                "trigger": run.trigger,
                "scheduled_for": run.scheduled_for,
                "requested_by": run.requested_by_name or None,
                "created_at": run.created_at,
                "done": counted.done,
                "progress": ProgressSerializer(counted).data,
            }
            | pages.page(ExecutionSerializer(page, many=True).data)
        )
