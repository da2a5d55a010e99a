"""Asking for a job now."""

from typing import ClassVar

from django.utils import timezone
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from hotels.models import Hotel
from hotels.roles import Action
from jobs.api import idempotency
from jobs.api.base import ApiViewSet
from jobs.api.schema import triggers as described
from jobs.api.serializers import TriggerSerializer
from jobs.api.triggering import TriggerRequest, trigger_job
from jobs.roles import RUN_JOBS


@described
class TriggerViewSet(ApiViewSet):
    """A job for one hotel, because its manager's program asks."""

    needs: ClassVar[dict[str, Action]] = {"create": RUN_JOBS}

    def create(self, request: Request, job_name: str) -> Response:
        """Run it, or show what it would do."""
        job = self.job(job_name)
        body = TriggerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        hotel = self._hotel(body.validated_data.get("hotel_id"))
        self.require(action=RUN_JOBS, hotel_id=hotel.pk)
        if not hotel.active:
            raise ValidationError({"hotel_id": "The hotel is not active; no job runs for it."})
        wanted = TriggerRequest(job=job, hotel=hotel, dry_run=body.validated_data["dry_run"])
        now = timezone.now()
        answer = idempotency.once(
            key=idempotency.key_of(request),
            user=self.person,
            asked={"job": job.name, "hotel": hotel.pk, "dry_run": wanted.dry_run},
            now=now,
            work=lambda: trigger_job(wanted=wanted, by=self.person, now=now),
        )
        headers = {"Idempotency-Replayed": "true"} if answer.repeated else None
        return Response(answer.body, status=answer.status, headers=headers)

    def _hotel(self, hotel_id: int | None) -> Hotel:
        if hotel_id is not None:
            return self.hotel(hotel_id)
        own = list(self.access.narrow(Hotel.objects.all(), action=Action.SEE)[:2])
        if not own:
            raise PermissionDenied("You belong to no hotel.")
        if len(own) > 1:
            raise ValidationError({"hotel_id": "You have several hotels: say which one."})
        return own[0]
