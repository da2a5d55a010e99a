"""What people do to one row of a page: posted, locked, allowed or refused, told, and back."""

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from hotels import audit
from hotels.audit import Verb
from hotels.console.base import ConsolePage
from hotels.errors import ActionRefused
from hotels.models import Hotel, StaffMember
from hotels.models.scoping import HotelScoped
from hotels.roles import Action, hotel_id_of

NOBODY = "nobody"
LONGEST_KEY = 18


class PageWithRowActions(ConsolePage):
    """A page whose forms htmx posts, to put in what changed; without script they are plain forms.

    htmx is answered without the frame: its styles carry the nonce of another answer, and the
    Content-Security-Policy of the page on which they are parsed refuses them.
    """

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the template to extend."""
        part = bool(self.request.headers.get("HX-Request"))
        frame = "hotels/console/part.html" if part else "hotels/console/page.html"
        return super().get_context_data(frame=frame, **kwargs)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Told apart by caches, too."""
        response = super().render_to_response(context, **kwargs)
        patch_vary_headers(response, ["HX-Request"])
        return response


class RowActionPage(ConsolePage):
    """One act on one row of `model`, for people who may do `action` in its hotel.

    Another hotel's row is a 404, a role that may not a 403; what does not fit the row is told.
    """

    http_method_names = ["post", "options"]
    model: ClassVar[type[HotelScoped]]
    action: ClassVar[Action]
    verb: ClassVar[Verb]
    back: ClassVar[str]

    def post(self, request: HttpRequest, *, pk: int) -> HttpResponse:
        """Do it in one transaction, the row locked, and go back to the page it was done from."""
        try:
            with transaction.atomic():
                done, concerns = self._recorded(self.locked(pk))
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, done)
            for concern in concerns:
                messages.warning(request, concern)
        return redirect(self._from())

    def _recorded(self, row: HotelScoped) -> tuple[str, tuple[str, ...]]:
        """Do it, and keep in the audit trail what it changed; nothing changed is no act."""
        before = audit.snapshot(row)
        told = self.act(row)
        after = audit.snapshot(row)
        if before != after:
            audit.record(
                by=self.person, verb=self.verb, row=row, before=before, after=after, now=self.now
            )
        return told

    def act(self, row: Any) -> tuple[str, tuple[str, ...]]:
        """Do it; returns what was done, and what the person should know. Raises Refused."""
        raise NotImplementedError

    def locked(self, pk: int) -> HotelScoped:
        """The row, read again under its lock: a job or a colleague may have changed it."""
        rows = self.model.objects.visible_to(self.person)
        row: HotelScoped = get_object_or_404(rows.select_for_update(no_key=True), pk=pk)
        if not self.access.may(action=self.action, hotel_id=hotel_id_of(row)):
            raise PermissionDenied
        return row

    def chosen_staff(self, *, hotel: Hotel) -> StaffMember | None:
        """Whom the form names; None for nobody. Raises Refused for whoever is not there."""
        key = self.request.POST.get("assignee", "")
        if key == NOBODY:
            return None
        known = key.isascii() and key.isdecimal() and len(key) <= LONGEST_KEY
        person = StaffMember.objects.of_hotel(hotel).filter(pk=key).first() if known else None
        if person is None:
            raise ActionRefused(_("Choose somebody of this hotel, or nobody."))
        return person

    def _from(self) -> str:
        """The page of this site the form stood on, by its path."""
        url = self.request.POST.get("next", "")
        own = url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )
        return url if own and url.startswith("/") else self.back
