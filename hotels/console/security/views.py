"""The page on which users see and end what can act in their name."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from hotels.audit import Via
from hotels.console.base import ConsolePage
from hotels.console.security.forms import TokenForm
from hotels.errors import ActionRefused
from hotels.http import sessions, tokens
from hotels.models import Hotel
from hotels.notifications.push.devices import devices_of
from hotels.notifications.push.keys import site_key
from hotels.roles import Action


class _OwnPage(ConsolePage):
    needs_hotel = False

    @property
    def session_key(self) -> str | None:
        """Key of the session of this request."""
        return self.request.session.session_key


@method_decorator(sensitive_post_parameters(), name="dispatch")
class Security(_OwnPage):
    """`/admin/security/`: the user's password, sessions, API tokens and devices."""

    title = _("Security")
    template_name = "hotels/console/security/page.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add sessions, tokens, devices and the form for a new token."""
        hotels: Any = self.access.narrow(Hotel.objects.all(), action=Action.SEE)
        zones = set(hotels.order_by().values_list("timezone", flat=True).distinct()[:2])
        rows = sessions.sessions_of(user=self.user, now=self.now)
        context: dict[str, Any] = {
            "sessions": [
                {
                    "row": row,
                    "browser": sessions.browser_name(row.browser),
                    "public_id": sessions.public_id_of(row),
                    "current": row.pk == self.session_key,
                }
                for row in rows
            ],
            "zone": ZoneInfo(zones.pop() if len(zones) == 1 else "UTC"),
            "tokens": tokens.tokens_of(user=self.user, now=self.now).prefetch_related("hotels"),
            "form": kwargs.get("form") or self._form(),
            "devices": devices_of(owner=self.user),
            "push_key": site_key(now=self.now).public,
        }
        return super().get_context_data(**kwargs | context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Create a token and show it once; refusals are shown in the form."""
        form = self._form(request.POST)
        text = None
        if form.is_valid():
            try:
                _row, text = tokens.issue(
                    user=self.user,
                    by=self.user,
                    via=Via.ADMIN,
                    now=self.now,
                    **form.token_options(),
                )
            except ActionRefused as refusal:
                form.add_error(None, str(refusal))
        if text is None:
            return self.render_to_response(self.get_context_data(form=form))
        response = self.render_to_response(
            self.get_context_data(text=text, label=form.cleaned_data["label"])
        )
        add_never_cache_headers(response)
        return response

    def _form(self, data: Any = None) -> TokenForm:
        hotels: Any = self.access.narrow(Hotel.objects.order_by("name", "pk"), action=Action.SEE)
        return TokenForm(data, request=self.request, hotels=hotels)


class LogOut(_OwnPage):
    """Log out of one other session, or of all others."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """End the session named in the form, or without one all other sessions."""
        who: dict[str, Any] = {"user": self.user, "via": Via.ADMIN, "now": self.now}
        public_id = request.POST.get("session")
        if public_id is None:
            ended = sessions.log_out_elsewhere(keep=self.session_key, **who)
        else:
            ended = int(sessions.log_out_session(public_id=public_id, **who))
        done = ngettext("%(count)s session has ended.", "%(count)s sessions have ended.", ended)
        messages.success(request, done % {"count": ended})
        return redirect("hotels:security")


class RevokeToken(_OwnPage):
    """Revoke one of the user's API tokens."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *, pk: uuid.UUID) -> HttpResponse:
        """Revoke the token; raises Http404 unless it is the user's own."""
        token = tokens.tokens_of(user=self.user, now=self.now).filter(public_id=pk).first()
        if token is None:
            raise Http404
        tokens.revoke(token=token, by=self.user, via=Via.ADMIN, now=self.now)
        messages.success(request, gettext("The token no longer works."))
        return redirect("hotels:security")
