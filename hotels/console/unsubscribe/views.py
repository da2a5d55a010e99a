"""The page on which the recipient of an e-mail unsubscribes, without a log-in."""

from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import TemplateView

from hotels.notifications.email.kinds import KINDS
from hotels.notifications.email.unsubscribing import (
    LinkInvalid,
    subscription_of,
    unsubscribe,
)


# A mail program posts without having opened the page (RFC 8058); the link is the authority.
@method_decorator(csrf_exempt, name="dispatch")
class Unsubscribe(TemplateView):
    """`/mail/unsubscribe/<token>/`: opening it changes nothing, because scanners open links too."""

    template_name = "hotels/console/unsubscribe/unsubscribe.html"

    def get(self, request: HttpRequest, *, token: str) -> HttpResponse:
        """Show the hotel and the kind of message, with a button."""
        return self._page(token)

    def post(self, request: HttpRequest, *, token: str) -> HttpResponse:
        """Unsubscribe, from the page or at one click from a mail program."""
        return self._page(token, carry_out=True)

    def _page(self, token: str, *, carry_out: bool = False) -> HttpResponse:
        context: dict[str, Any] = {**admin.site.each_context(self.request), "title": _("E-mails")}
        status = HTTPStatus.OK
        try:
            found = subscription_of(token)
            context |= {"hotel": found.hotel, "address": found.address, "done": carry_out}
            context["kind"] = KINDS[found.kind].label
            if carry_out:
                unsubscribe(found, now=timezone.now())
        except LinkInvalid:
            status = HTTPStatus.NOT_FOUND
        response = self.render_to_response(context, status=status)
        add_never_cache_headers(response)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
