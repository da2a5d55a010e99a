"""Job and hotels selected on the pages of "Run now"."""

from collections.abc import Sequence
from functools import cached_property

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from hotels.console.base import ConsolePage
from hotels.models import Hotel, Membership
from jobs import registry
from jobs.base import Job
from jobs.registry import UnknownJob
from jobs.roles import RUN_JOBS


class InvalidSelection(Exception):
    """No hotel was selected; the message is for the user."""


class JobPage(ConsolePage):
    """Base of the pages for starting a job; requires the right to run jobs in some hotel."""

    required_action = RUN_JOBS

    @cached_property
    def job(self) -> Job:
        """Job of the URL. Raises Http404 for an unknown one."""
        try:
            return registry.get(self.kwargs["job_name"])
        except UnknownJob:
            raise Http404 from None

    def own(self) -> set[int]:
        """Return the ids of the hotels the user is a member of."""
        memberships = Membership.objects.filter(user_id=self.user.pk, active=True)
        return set(memberships.values_list("hotel_id", flat=True))

    def chosen(self, request: HttpRequest) -> list[Hotel]:
        """Return the posted hotels, or the preselected ones if `own` is posted.

        Raises InvalidSelection if there are none, PermissionDenied for a hotel in which the user
        may not run jobs, Http404 for a hotel the user may not see.
        """
        codes = set(request.POST.getlist("hotel"))
        if "own" in request.POST:
            codes = {hotel.code for hotel in self.preselected()}
        if not codes:
            raise InvalidSelection(_("Choose at least one hotel."))
        found = [hotel for hotel in self.hotels if hotel.code in codes]
        if len(found) == len(codes):
            return found
        # Compared in Python: the posted text may be invalid in the database, for example NUL.
        if codes <= set(Hotel.objects.visible_to(self.user).values_list("code", flat=True)):
            raise PermissionDenied
        raise Http404

    def preselected(self) -> Sequence[Hotel]:
        """Return the hotels of the query string, or else the user's own ones."""
        if codes := self.request.GET.getlist("hotel"):
            return [hotel for hotel in self.hotels if hotel.code in codes]
        own = self.own()
        return [hotel for hotel in self.hotels if hotel.pk in own]
