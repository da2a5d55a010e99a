"""Which job, and for which hotels: what the pages of "Run now" are asked."""

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
    """What was posted chooses nothing that can be run; the message says why."""


class JobPage(ConsolePage):
    """A page about running one job, for those who may run it in some hotel."""

    needs = RUN_JOBS

    @cached_property
    def job(self) -> Job:
        """The job of the address; an unknown one is a 404."""
        try:
            return registry.get(self.kwargs["job_name"])
        except UnknownJob:
            raise Http404 from None

    def own(self) -> set[int]:
        """The hotels a person is a member of: what is preselected."""
        held = Membership.objects.filter(user_id=self.person.pk, active=True)
        return set(held.values_list("hotel_id", flat=True))

    def chosen(self, request: HttpRequest) -> list[Hotel]:
        """The hotels posted, or with `own` those preselected; raises ChoiceRefused for none.

        One in which the person may not run jobs is refused, one they do not see is not there.
        """
        wanted = set(request.POST.getlist("hotel"))
        if "own" in request.POST:
            wanted = {hotel.code for hotel in self.preselected()}
        if not wanted:
            raise InvalidSelection(_("Choose at least one hotel."))
        found = [hotel for hotel in self.hotels if hotel.code in wanted]
        if len(found) == len(wanted):
            return found
        # Compared here: what was posted may be text that no database takes.
        if wanted <= set(Hotel.objects.visible_to(self.person).values_list("code", flat=True)):
            raise PermissionDenied
        raise Http404

    def preselected(self) -> Sequence[Hotel]:
        """The hotels ticked at first: the one in the address, else one's own."""
        if asked := self.request.GET.getlist("hotel"):
            return [hotel for hotel in self.hotels if hotel.code in asked]
        own = self.own()
        return [hotel for hotel in self.hotels if hotel.pk in own]
