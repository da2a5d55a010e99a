"""View that runs a job now."""

from typing import ClassVar

from django.utils import timezone
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from hotels.http import idempotency
from hotels.http.view_sets import ApiViewSet
from hotels.models import Hotel
from hotels.roles import Action
from jobs.api.job_lookup import find_job
from jobs.api.schema.triggers import triggers as describe
from jobs.api.serializers import TriggerSerializer
from jobs.api.triggering import TriggerRequest, in_present_form, trigger_job
from jobs.roles import RUN_JOBS


@describe
class TriggerViewSet(ApiViewSet):
    """Runs a job for one hotel at the request of its manager."""

    needs: ClassVar[dict[str, Action]] = {"create": RUN_JOBS}

    def create(self, request: Request, job_name: str) -> Response:
        """Run the job, or preview what it would do."""
        job = find_job(job_name)
        body = TriggerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        hotel = self._hotel(body.validated_data.get("hotel_id"))
        self.require(action=RUN_JOBS, hotel_id=hotel.pk)
        if not hotel.active:
            raise ValidationError({"hotel_id": "The hotel is inactive; jobs do not run for it."})
        requested = TriggerRequest(job=job, hotel=hotel, dry_run=body.validated_data["dry_run"])
        now = timezone.now()
        answer = idempotency.answer_once(
            key=idempotency.idempotency_key(request),
            user=self.current_user,
            content={"job": job.name, "hotel": hotel.pk, "dry_run": requested.dry_run},
            now=now,
            carry_out=lambda: trigger_job(requested=requested, by=self.current_user, now=now),
        )
        headers = {"Idempotency-Replayed": "true"} if answer.repeated else None
        return Response(in_present_form(answer).body, status=answer.status, headers=headers)

    def _hotel(self, hotel_id: int | None) -> Hotel:
        if hotel_id is not None:
            return self.hotel(hotel_id)
        own = list(self.access.narrow(Hotel.objects.all(), action=Action.SEE)[:2])
        if not own:
            raise PermissionDenied("You do not belong to any hotel.")
        if len(own) > 1:
            raise ValidationError({"hotel_id": "You belong to several hotels; specify one."})
        return own[0]
