"""View of a run with its executions."""

from typing import Any, ClassVar

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from hotels.http.pagination import PAGE, OffsetPagination
from hotels.http.view_sets import ApiViewSet
from hotels.roles import Action
from jobs.api.listing import listed
from jobs.api.schema.runs import runs as describe
from jobs.api.serializers import ProgressSerializer
from jobs.models import JobExecution, JobRun
from jobs.statistics import totals


@describe
class RunViewSet(ApiViewSet):
    """Runs cover several hotels; the caller sees the executions and counts of their own hotels."""

    page_key = "executions"
    parameters: ClassVar[dict[str, frozenset[str]]] = {"retrieve": PAGE}

    def retrieve(self, request: Request, pk: int) -> Response:
        """The run, its progress, and a page of its executions."""
        # First: with a number too large for a key, the query for the executions would fail.
        run = JobRun.objects.filter(pk=pk).first()
        if run is None:
            raise Http404
        executions: Any = self.access.narrow(
            JobExecution.objects.filter(run=run).order_by("pk"), action=Action.SEE
        )
        progress = totals.count_by_status(rows=executions)
        if not (progress.total or self.access.everywhere):
            raise Http404
        pages = OffsetPagination()
        pages.key, pages.total = self.page_key, progress.total
        pages.read(request)
        page = executions[pages.offset : pages.offset + pages.limit]
        return Response(
            {
                "id": run.pk,
                "job_name": run.job_name,
                "trigger": run.trigger,
                "scheduled_for": run.scheduled_for,
                "requested_by": run.requested_by_name or None,
                "created_at": run.created_at,
                "done": progress.done,
                "progress": ProgressSerializer(progress).data,
            }
            | pages.page(listed(page))
        )
