"""When jobs are due for hotels; one is addressed by its hotel and job, row or no row."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as Invalid
from django.db import IntegrityError
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from hotels.audit import Via
from hotels.models import Hotel
from hotels.roles import Action
from jobs import registry, scheduling
from jobs.api.base import ApiViewSet
from jobs.api.filters import JobAndHotel
from jobs.api.pagination import PAGE, Pages
from jobs.api.schema import schedules as described
from jobs.api.serializers import ScheduleChangeSerializer, ScheduleSerializer
from jobs.models import JobExecution
from jobs.scheduling import EffectiveSchedule, changes
from jobs.web.problem import Conflict


@described
class ScheduleViewSet(ApiViewSet):
    """Every hotel of the caller times every job: the hotel's own schedule, or the declared one."""

    page_key = "schedules"
    needs: ClassVar[dict[str, Action]] = {
        "partial_update": Action.CONFIGURE,
        "destroy": Action.CONFIGURE,
    }
    parameters: ClassVar[dict[str, frozenset[str]]] = {"list": PAGE | {"jobName", "hotelId"}}

    def list(self, request: Request) -> Response:
        """Hotel by hotel, job by job."""
        wanted = self._wanted(request)
        jobs = [wanted["jobName"]] if wanted["jobName"] else list(registry.all_jobs())
        hotels: Any = self.access.narrow(Hotel.objects.order_by("code"), action=Action.SEE)
        if wanted["hotelId"]:
            hotels = hotels.filter(pk=self.hotel(wanted["hotelId"]).pk)
        pages = Pages()
        pages.key = self.page_key
        pages.read(request)
        pages.total = hotels.count() * len(jobs)
        # Only the hotels on this page are looked at: there may be thousands.
        first, skipped = divmod(pages.offset, len(jobs))
        last = (pages.offset + pages.limit - 1) // len(jobs)
        shown = list(hotels[first : last + 1])
        terms = scheduling.effective_schedules(hotels=shown, jobs=jobs)
        return Response(pages.page(_told(terms[skipped : skipped + pages.limit], hotels=shown)))

    def retrieve(self, request: Request, hotel_id: int, job_name: str) -> Response:
        """What holds for one job in one hotel."""
        hotel, terms = self._terms(hotel_id, job_name)
        return Response(_told([terms], hotels=[hotel])[0])

    def partial_update(self, request: Request, hotel_id: int, job_name: str) -> Response:
        """Set the hotel's own schedule; what was due before the change is opened first."""
        hotel, terms = self._terms(hotel_id, job_name)
        self.require(action=Action.CONFIGURE, hotel_id=hotel.pk)
        body = ScheduleChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            changes.save_schedule(
                schedule=body.applied_to(terms), now=timezone.now(), by=self.person, via=Via.API
            )
        except Invalid as error:
            raise ValidationError(error.message_dict) from None
        except IntegrityError:
            raise Conflict("Somebody else set this schedule at the same moment.") from None
        return self.retrieve(request, hotel_id, job_name)

    def destroy(self, request: Request, hotel_id: int, job_name: str) -> Response:
        """Let the declared schedule hold again."""
        hotel, terms = self._terms(hotel_id, job_name)
        self.require(action=Action.CONFIGURE, hotel_id=hotel.pk)
        if terms.own is not None:
            now = timezone.now()
            changes.delete_schedule(schedule=terms.own, now=now, by=self.person, via=Via.API)
        return self.retrieve(request, hotel_id, job_name)

    def _terms(self, hotel_id: int, job_name: str) -> tuple[Hotel, EffectiveSchedule]:
        job = self.job(job_name)
        hotel = self.hotel(hotel_id)
        return hotel, scheduling.effective_schedule(hotel=hotel, job=job)

    def _wanted(self, request: Request) -> dict[str, Any]:
        """The filters of a list, checked as those of executions are."""
        checked = JobAndHotel(request.query_params, queryset=JobExecution.objects.none())
        if not checked.is_valid():
            raise ValidationError(checked.errors)
        cleaned = checked.form.cleaned_data
        name = cleaned["jobName"]
        return {**cleaned, "jobName": registry.get(name) if name else None}


def _told(terms: Sequence[EffectiveSchedule], *, hotels: Sequence[Hotel]) -> list[dict[str, Any]]:
    context = {"hotels": {hotel.pk: hotel for hotel in hotels}, "now": timezone.now()}
    return [dict(ScheduleSerializer(each, context=context).data) for each in terms]
