"""Views of schedules, addressed by hotel and job."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from hotels.audit import Via
from hotels.http.pagination import PAGE, OffsetPagination
from hotels.http.problem import Conflict
from hotels.http.view_sets import ApiViewSet
from hotels.models import Hotel
from hotels.roles import Action
from jobs import registry, scheduling
from jobs.api.filters import JobAndHotelFilters
from jobs.api.job_lookup import find_job
from jobs.api.schema.schedules import schedules as describe
from jobs.api.serializers import ScheduleChangeSerializer, ScheduleSerializer
from jobs.models import JobExecution
from jobs.scheduling import EffectiveSchedule, changes


@describe
class ScheduleViewSet(ApiViewSet):
    """For each of the caller's hotels and each job: its own schedule, or the default one."""

    page_key = "schedules"
    needs: ClassVar[dict[str, Action]] = {
        "partial_update": Action.CONFIGURE,
        "destroy": Action.CONFIGURE,
    }
    parameters: ClassVar[dict[str, frozenset[str]]] = {"list": PAGE | {"jobName", "hotelId"}}

    def list(self, request: Request) -> Response:
        """A page of schedules, ordered by hotel and job."""
        filters = self._filters(request)
        jobs = [filters["jobName"]] if filters["jobName"] else list(registry.all_jobs())
        hotels: Any = self.access.narrow(Hotel.objects.order_by("code"), action=Action.SEE)
        if filters["hotelId"]:
            hotels = hotels.filter(pk=self.hotel(filters["hotelId"]).pk)
        pages = OffsetPagination()
        pages.key = self.page_key
        pages.read(request)
        pages.total = hotels.count() * len(jobs)
        # Reads only the hotels on this page: there can be thousands.
        first, skipped = divmod(pages.offset, len(jobs))
        last = (pages.offset + pages.limit - 1) // len(jobs)
        shown = list(hotels[first : last + 1])
        terms = scheduling.effective_schedules(hotels=shown, jobs=jobs)
        return Response(pages.page(_content(terms[skipped : skipped + pages.limit], hotels=shown)))

    def retrieve(self, request: Request, hotel_id: int, job_name: str) -> Response:
        """The schedule in effect for one job in one hotel."""
        hotel, terms = self._terms(hotel_id, job_name)
        return Response(_content([terms], hotels=[hotel])[0])

    def partial_update(self, request: Request, hotel_id: int, job_name: str) -> Response:
        """Set the hotel's own schedule; slots due before the change keep the old one.

        Raises ValidationError for wrong values, Conflict when another request sets it meanwhile.
        """
        hotel, terms = self._terms(hotel_id, job_name)
        self.require(action=Action.CONFIGURE, hotel_id=hotel.pk)
        body = ScheduleChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            changes.save_schedule(
                schedule=body.apply_to(terms), now=timezone.now(), by=self.current_user, via=Via.API
            )
        except DjangoValidationError as error:
            raise ValidationError(error.message_dict) from None
        except IntegrityError:
            raise Conflict("Another request has just set this schedule; try again.") from None
        return self.retrieve(request, hotel_id, job_name)

    def destroy(self, request: Request, hotel_id: int, job_name: str) -> Response:
        """Delete the hotel's own schedule; the default schedule applies again."""
        hotel, terms = self._terms(hotel_id, job_name)
        self.require(action=Action.CONFIGURE, hotel_id=hotel.pk)
        if terms.own is not None:
            now = timezone.now()
            changes.delete_schedule(schedule=terms.own, now=now, by=self.current_user, via=Via.API)
        return self.retrieve(request, hotel_id, job_name)

    def _terms(self, hotel_id: int, job_name: str) -> tuple[Hotel, EffectiveSchedule]:
        job = find_job(job_name)
        hotel = self.hotel(hotel_id)
        return hotel, scheduling.effective_schedule(hotel=hotel, job=job)

    def _filters(self, request: Request) -> dict[str, Any]:
        """The filters of the list; raises ValidationError for wrong values."""
        filter_set = JobAndHotelFilters(request.query_params, queryset=JobExecution.objects.none())
        if not filter_set.is_valid():
            raise ValidationError(filter_set.errors)
        cleaned = filter_set.form.cleaned_data
        name = cleaned["jobName"]
        return {**cleaned, "jobName": registry.get(name) if name else None}


def _content(
    terms: Sequence[EffectiveSchedule], *, hotels: Sequence[Hotel]
) -> list[dict[str, Any]]:
    context = {"hotels": {hotel.pk: hotel for hotel in hotels}, "now": timezone.now()}
    return [dict(ScheduleSerializer(each, context=context).data) for each in terms]
