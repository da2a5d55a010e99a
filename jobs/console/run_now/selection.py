"""Job and hotels selected on the pages of "Run now"."""

from collections.abc import Iterable, Sequence
from functools import cached_property, reduce
from operator import or_
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from hotels.console.base import ConsolePage
from hotels.models import Hotel, Membership
from jobs import registry
from jobs.base import Job
from jobs.console.run_now.id_ranges import IdRange, format_ids, parse_ids
from jobs.registry import UnknownJob
from jobs.roles import RUN_JOBS


class InvalidSelection(Exception):
    """No hotel was selected; the message is for the user."""


class JobPage(ConsolePage):
    """Base of the pages for starting a job; requires the right to run jobs in some hotel.

    The hotels are in the query string, `?hotels=1-12.15`, so that Back and Reload show the page
    again. Links from elsewhere may name them by code instead: `?hotel=porto&hotel=lisbon`.
    """

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

    def in_query(self) -> list[Hotel]:
        """Return the hotels of `?hotels=…`; none if it is empty or missing.

        Raises PermissionDenied for a hotel in which the user may not run jobs, Http404 for a hotel
        the user may not see and for a text that is no list of ids.
        """
        try:
            ranges = parse_ids(self.request.GET.get("hotels", ""))
        except ValueError:
            raise Http404 from None
        found = [hotel for hotel in self.hotels if any(hotel.pk in each for each in ranges)]
        selected = sum(len(each) for each in ranges)
        if len(found) != selected:
            if self._visible(ranges) == selected:
                raise PermissionDenied
            raise Http404
        return found

    def _visible(self, ranges: Iterable[IdRange]) -> int:
        within = (Q(pk__range=(each.start, each.stop - 1)) for each in ranges)
        return Hotel.objects.visible_to(self.user).filter(reduce(or_, within)).count()

    def preselected(self) -> Sequence[Hotel]:
        """Return the hotels of the query string, or else the user's own ones."""
        if "hotels" in self.request.GET:
            return self.in_query()
        if codes := self.request.GET.getlist("hotel"):
            return [hotel for hotel in self.hotels if hotel.code in codes]
        own = self.own()
        return [hotel for hotel in self.hotels if hotel.pk in own]

    def redirect_to(self, name: str, *, hotels: Iterable[Hotel]) -> HttpResponse:
        """Redirect to a page of "Run now" with these hotels selected."""
        return redirect(self.url_of(name, hotels=hotels))

    def url_of(self, name: str, *, hotels: Iterable[Hotel]) -> str:
        """Return the URL of a page of "Run now" with these hotels selected."""
        selected = urlencode({"hotels": format_ids(hotel.pk for hotel in hotels)})
        return f"{reverse(name, args=[self.job.name])}?{selected}"
