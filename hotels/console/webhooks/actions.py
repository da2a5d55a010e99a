"""Actions on a webhook endpoint: test, new secret, off and on, delete, replay; all are posted."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotels.console.webhooks.base import EndpointPage
from hotels.console.webhooks.forms import ReplayForm
from hotels.console.webhooks.views import show_secret
from hotels.errors import ActionRefused
from hotels.models import WebhookEndpoint
from hotels.notifications.webhooks.deliveries import replay, send_test
from hotels.notifications.webhooks.endpoints import change_endpoint, delete_endpoint, rotate_secret


class _EndpointAction(EndpointPage):
    """Base: carry out the action, show a message, and return to the endpoint."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Carry out the action; raises Http404 for an endpoint that was deleted meanwhile."""
        try:
            return self.carry_out()
        except WebhookEndpoint.DoesNotExist:
            raise Http404 from None
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
            return self.back()

    def carry_out(self) -> HttpResponse:
        """Carry out the action and return the answer. Raises ActionRefused."""
        raise NotImplementedError

    def back(self) -> HttpResponse:
        """Return to the page of the endpoint."""
        return redirect("hotels:webhook", self.endpoint.public_id)


class TestEndpoint(_EndpointAction):
    """Send a test event and show its delivery."""

    __test__ = False  # no class of tests

    def carry_out(self) -> HttpResponse:
        """Store the test event."""
        message = send_test(endpoint=self.endpoint, **self.actor)
        messages.success(
            self.request, _("The test event is sent within a minute. Reload to see the answer.")
        )
        return redirect("hotels:webhook-delivery", message.public_id)


class RotateSecret(_EndpointAction):
    """Give the endpoint a new secret and show it once."""

    def carry_out(self) -> HttpResponse:
        """Store and show the secret."""
        return show_secret(self, rotate_secret(endpoint=self.endpoint, **self.actor))


class SwitchEndpoint(_EndpointAction):
    """Switch the endpoint off (`active=no`) or on (`active=yes`)."""

    def carry_out(self) -> HttpResponse:
        """Store it; what waits for an endpoint that is switched off is cancelled."""
        active = self.request.POST.get("active") == "yes"
        change_endpoint(endpoint=self.endpoint, active=active, **self.actor)
        done = _("The endpoint is on.") if active else _("The endpoint is switched off.")
        messages.success(self.request, done)
        return self.back()


class DeleteEndpoint(_EndpointAction):
    """Delete the endpoint with its deliveries."""

    def carry_out(self) -> HttpResponse:
        """Delete it and return to the list."""
        delete_endpoint(endpoint=self.endpoint, **self.actor)
        messages.success(self.request, _("Endpoint deleted."))
        return redirect("hotels:webhooks")


class ReplayEvents(_EndpointAction):
    """Send again what happened in a period."""

    def carry_out(self) -> HttpResponse:
        """Let the messages be sent."""
        form = ReplayForm(self.request.POST)
        if not form.is_valid():
            errors = [str(text) for texts in form.errors.values() for text in texts]
            raise ActionRefused(errors[0])
        count = replay(endpoint=self.endpoint, **form.options(zone=self.zone), **self.actor)
        done = ngettext(
            "%(count)s message is sent again.", "%(count)s messages are sent again.", count
        )
        messages.success(self.request, done % {"count": count})
        return self.back()
