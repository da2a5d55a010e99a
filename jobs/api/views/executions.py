"""Views of executions: lists, statistics, details, retry and cancel."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from django.http import Http404
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django_filters.utils import translate_validation
from djangorestframework_camel_case.util import camelize
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from hotels import read_replica
from hotels.audit import Via
from hotels.http.pagination import CURSOR, PAGE, OffsetPagination
from hotels.http.problem import Conflict
from hotels.http.view_sets import ApiGenericViewSet
from hotels.roles import Action
from jobs import dispatch, runner
from jobs.api.filters import FILTERS, ExecutionFilters, JobAndHotelFilters
from jobs.api.pagination import ExecutionPagination
from jobs.api.schema.executions import executions as describe
from jobs.api.serializers import (
    EffectSerializer,
    ExecutionDetailSerializer,
    ExecutionSerializer,
)
from jobs.api.triggering import answer_of
from jobs.counts import Selection
from jobs.models import JobExecution, JobExecutionQuerySet
from jobs.roles import RUN_JOBS
from jobs.runner import NotCancellable, NotRetryable
from jobs.statistics import totals
from jobs.statistics.totals import Statistics

PERIOD = timedelta(days=30)
PERIOD_NAME = "30_days"


@describe
class ExecutionViewSet(ApiGenericViewSet):
    """Executions of the caller's hotels."""

    queryset = JobExecution.objects.all()
    serializer_class = ExecutionSerializer
    pagination_class = ExecutionPagination
    page_key = "jobs"
    needs: ClassVar[dict[str, Action]] = {"retry": RUN_JOBS, "cancel": RUN_JOBS}
    parameters: ClassVar[dict[str, frozenset[str]]] = {
        "list": FILTERS | PAGE | CURSOR,
        "summary": FILTERS | PAGE | CURSOR,
        "stats": frozenset({"jobName", "hotelId"}),
        "effects": PAGE | {"kind"},
    }

    def get_queryset(self) -> JobExecutionQuerySet:
        """The executions of the caller's hotels."""
        rows = JobExecution.objects.select_related("hotel", "run").defer("traceback")
        narrowed: Any = self.access.narrow(rows, action=Action.SEE)
        return narrowed  # type: ignore[no-any-return]

    @property
    def filterset_class(self) -> Any:
        """The filters of the action: statistics cover all statuses, so they take fewer."""
        return JobAndHotelFilters if self.action == "stats" else ExecutionFilters

    def list(self, request: Request) -> Response:
        """A page of executions, newest first."""
        pages = ExecutionPagination()
        rows = read_replica.read(
            lambda: pages.select(self._selection(), request=request, view=self)
        )
        return pages.get_paginated_response(rows)

    def summary(self, request: Request) -> Response:
        """Statistics of the last 30 days as headers: the response to HEAD has no body."""
        ExecutionPagination().read(request)
        total, _ = self._statistics()
        return Response(
            headers={
                "X-Total-Jobs": str(total.total),
                "X-Completed-Jobs": str(total.completed),
                "X-Completed-With-Problems": str(total.completed_with_problems),
                "X-Failed-Jobs": str(total.failed),
                "X-Success-Rate": f"{total.success_rate:g}",
                "X-Period": PERIOD_NAME,
            }
        )

    def stats(self, request: Request) -> Response:
        """Statistics of the last 30 days, in total and by job."""
        total, by_job = self._statistics()
        content = _figures(total) | {"period": PERIOD_NAME}
        content["by_job"] = [{"job_name": job.job_name} | _figures(job) for job in by_job]
        return Response(content)

    def retrieve(self, request: Request, pk: int) -> Response:
        """One execution."""
        return Response(ExecutionDetailSerializer(self._execution(pk)).data)

    def effects(self, request: Request, pk: int) -> Response:
        """A page of the objects that an execution changed.

        Raises ValidationError for a kind of which it changed none.
        """
        execution = self._execution(pk)
        kind = request.query_params.get("kind")
        if kind is not None and kind not in execution.effects:
            kinds = ", ".join(execution.effects) or "none"
            raise ValidationError({"kind": f"Unknown kind; this execution has: {kinds}."})
        objects = [
            item | {"kind": name, "admin_url": _admin_url(item)}
            for name, effect in execution.effects.items()
            if kind in (None, name)
            for item in effect["objects"]
        ]
        pages = OffsetPagination()
        self.page_key = "effects"
        page = pages.paginate_queryset(objects, request, self)
        counts = {name: effect["count"] for name, effect in execution.effects.items()}
        # The renderer does not camelize members named "effects", since jobs store data under it.
        content = pages.page(camelize(EffectSerializer(page, many=True).data))
        return Response(content | {"counts": [{"kind": k, "count": n} for k, n in counts.items()]})

    def retry(self, request: Request, pk: int) -> Response:
        """Run another attempt at an execution that failed, was skipped or had problems.

        Raises Conflict for others.
        """
        execution = self._manageable(pk)
        try:
            _attempt, outcome = dispatch.retry_now(
                execution=execution, by=self.current_user, via=Via.API, wait=True
            )
        except NotRetryable as error:
            raise Conflict(str(error), code="not_retryable") from None
        assert outcome is not None, "it was waited for"
        answer = answer_of(outcome)
        return Response(answer.body, status=answer.status)

    def cancel(self, request: Request, pk: int) -> Response:
        """Cancel a pending execution at once, a running one at its next checkpoint.

        Raises Conflict when it has ended.
        """
        try:
            row = runner.cancel(execution=self._manageable(pk), by=self.current_user, via=Via.API)
        except NotCancellable as error:
            raise Conflict(str(error), code="not_cancellable") from None
        return Response(ExecutionDetailSerializer(row).data)

    def _statistics(self) -> tuple[Statistics, Sequence[Statistics]]:
        return read_replica.read(lambda: totals.statistics(of=self._recent()))

    def _selection(self) -> Selection:
        """The executions that the filters choose; raises ValidationError for wrong values."""
        given = self.filterset_class(
            self.request.query_params, queryset=JobExecution.objects.none(), request=self.request
        )
        if not given.is_valid():
            raise translate_validation(given.errors)
        selection: Selection = given.selection()
        return selection

    def _recent(self) -> Selection:
        chosen, since = self._selection(), timezone.now() - PERIOD
        return replace(chosen, since=max(chosen.since or since, since))

    def _execution(self, pk: int) -> JobExecution:
        row = self.get_queryset().filter(pk=pk).first()
        if row is None:
            raise Http404
        return row

    def _manageable(self, pk: int) -> JobExecution:
        row = self._execution(pk)
        self.require(action=RUN_JOBS, hotel_id=row.hotel_id)
        return row


def _figures(figures: Statistics) -> dict[str, Any]:
    average = figures.average_duration
    return {
        "total_jobs": figures.total,
        "completed_jobs": figures.completed,
        "completed_with_problems": figures.completed_with_problems,
        "failed_jobs": figures.failed,
        "success_rate": figures.success_rate,
        "average_duration_ms": None if average is None else round(average.total_seconds() * 1000),
    }


def _admin_url(item: dict[str, Any]) -> str | None:
    name = f"admin:{item['model'].replace('.', '_')}_change"
    try:
        return reverse(name, args=[item["id"]])
    except NoReverseMatch:
        return None
