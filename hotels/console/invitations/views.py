"""The page on which administrators invite people and revoke invitations."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels.audit import Via
from hotels.console.base import ConsolePage, HotelsPage
from hotels.console.invitations.forms import InvitationForm
from hotels.errors import ActionRefused
from hotels.memberships.invitations import invite, revoke
from hotels.models import Hotel, Invitation
from hotels.roles import Action

SHOWN = 200


class Invitations(HotelsPage):
    """`/admin/invitations/`: invite a person; open invitations of the user's hotels."""

    title = _("Invitations")
    required_action = Action.GRANT
    template_name = "hotels/console/invitations/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form, the open invitations and, once, the link of a new one."""
        rows = Invitation.open_at(self.now).filter(hotel__in=self.selected_hotels)
        context: dict[str, Any] = {
            "form": kwargs.get("form") or self._form(),
            "invitations": rows.select_related("hotel", "invited_by")[:SHOWN],
            "several": len(self.hotels) > 1,
        }
        return super().get_context_data(**kwargs | context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Store the invitation and show its link; refusals are shown in the form."""
        form, made = self._form(request.POST), None
        if form.is_valid():
            try:
                made = invite(
                    link_of=partial(link_of, request),
                    by=self.user,
                    via=Via.ADMIN,
                    now=self.now,
                    **form.cleaned_data,
                )
            except ActionRefused as refusal:
                form.add_error(None, str(refusal))
        if made is None:
            return self.render_to_response(self.get_context_data(form=form))
        context = self.get_context_data(made=made.invitation, link=link_of(request, made.secret))
        response = self.render_to_response(context)
        add_never_cache_headers(response)
        return response

    def _form(self, data: Any = None) -> InvitationForm:
        hotels = self.access.narrow(Hotel.objects.filter(active=True), action=Action.GRANT)
        # No hotel is proposed that the user did not choose: the wrong one would be opened.
        initial = {"hotel": self.hotel.code if self.hotel else "", "role": "VIEWER"}
        return InvitationForm(data, hotels=hotels.order_by("name", "pk"), initial=initial)


class RevokeInvitation(ConsolePage):
    """Revoke an open invitation."""

    http_method_names = ["post", "options"]
    required_action = Action.GRANT

    def post(self, request: HttpRequest, *, pk: int) -> HttpResponse:
        """Revoke it; raises Http404 unless the user may grant memberships of its hotel."""
        rows = self.access.narrow(Invitation.objects.all(), action=Action.GRANT)
        invitation: Any = get_object_or_404(rows.select_related("hotel"), pk=pk)
        try:
            revoke(invitation=invitation, by=self.user, via=Via.ADMIN, now=self.now)
        except ActionRefused:
            messages.error(request, gettext("This invitation is not open any more."))
        else:
            messages.success(request, gettext("The link of this invitation no longer works."))
        return redirect("hotels:invitations")


def link_of(request: HttpRequest, secret: str) -> str:
    """Return the URL on which the person answers the invitation."""
    return request.build_absolute_uri(reverse("hotels:answer-invitation", args=[secret]))
