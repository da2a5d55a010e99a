"""Base view for row actions: lock the row, authorise, apply, show a message, redirect."""

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from hotels import audit
from hotels.audit import Verb
from hotels.console.base import ConsolePage
from hotels.console.query_params import own_path
from hotels.errors import ActionRefused
from hotels.models import Hotel, StaffMember
from hotels.models.scoping import HotelScoped
from hotels.parsing import parse_key
from hotels.roles import Action, hotel_id_of

UNASSIGNED = "unassigned"


class PageWithRowActions(ConsolePage):
    """Base of the pages with row actions, posted by htmx or, without scripts, as plain forms.

    htmx gets the page without the admin's layout. The styles of the layout carry the nonce of a
    different response, so the Content-Security-Policy of the page would refuse them.
    """

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the template to extend."""
        part = bool(self.request.headers.get("HX-Request"))
        frame = "hotels/console/part.html" if part else "hotels/console/page.html"
        return super().get_context_data(frame=frame, **kwargs)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Make caches keep the two forms of the page apart."""
        response = super().render_to_response(context, **kwargs)
        patch_vary_headers(response, ["HX-Request"])
        return response


class RowActionPage(ConsolePage):
    """One action on one row of `model`, for users who may do `action` in its hotel.

    A row of another hotel is a 404, a role that does not allow the action a 403. An action that
    does not fit the row is refused with a message.
    """

    http_method_names = ["post", "options"]
    model: ClassVar[type[HotelScoped]]
    action: ClassVar[Action]
    verb: ClassVar[Verb]
    back: ClassVar[str]

    def post(self, request: HttpRequest, *, pk: int) -> HttpResponse:
        """Apply the action in one transaction and redirect to the page it was posted from."""
        try:
            with transaction.atomic():
                success, warnings = self._act_and_record(self.locked(pk))
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, success)
            for warning in warnings:
                messages.warning(request, warning)
        return redirect(self._next_url())

    def _act_and_record(self, row: HotelScoped) -> tuple[str, tuple[str, ...]]:
        """Apply the action and, if it changed the row, add an entry to the audit trail."""
        before = audit.snapshot(row)
        result = self.act(row)
        after = audit.snapshot(row)
        if before != after:
            audit.record(
                by=self.user,
                verb=self.verb,
                row=row,
                before=before,
                after=after,
                note=self.note(),
                now=self.now,
            )
        return result

    def note(self) -> str:
        """Return the user's note on the action, for the audit trail."""
        return ""

    def act(self, row: Any) -> tuple[str, tuple[str, ...]]:
        """Apply the action; return the success message and any warnings.

        Raises ActionRefused when the action does not fit the row.
        """
        raise NotImplementedError

    def locked(self, pk: int) -> HotelScoped:
        """Return the row, read under a lock: a job or another user may have changed it.

        Raises Http404 for a row of another hotel, PermissionDenied for a role that does not allow
        the action.
        """
        rows = self.model.objects.visible_to(self.user)
        row: HotelScoped = get_object_or_404(rows.locked(), pk=pk)
        if not self.access.may(action=self.action, hotel_id=hotel_id_of(row)):
            raise PermissionDenied
        return row

    def chosen_staff(self, *, hotel: Hotel) -> StaffMember | None:
        """Return the staff member chosen in the form; None for "Unassigned".

        Raises ActionRefused when the choice is not a staff member of `hotel`.
        """
        key = self.request.POST.get("assignee", "")
        if key == UNASSIGNED:
            return None
        pk = parse_key(key)
        person = pk and StaffMember.objects.of_hotel(hotel).filter(pk=pk).first()
        if not person:
            raise ActionRefused(_("Choose a staff member of this hotel or “Unassigned”."))
        return person

    def _next_url(self) -> str:
        """Return the URL of the posted form's page; `back` for a URL of another site."""
        return own_path(self.request, self.request.POST.get("next", "")) or self.back
