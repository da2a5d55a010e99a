"""Devices on which the user gets notices: added by the page's script, tested and removed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_post_parameters

from hotels.audit import Via
from hotels.console.base import ConsolePage
from hotels.errors import ActionRefused
from hotels.http.sessions import browser_name
from hotels.models import ChatChannel
from hotels.notifications.chat.channels import delete_channel, send_test
from hotels.notifications.push.devices import add_device, devices_of


@method_decorator(sensitive_post_parameters(), name="dispatch")
class AddDevice(ConsolePage):
    """Store the subscription that the browser made."""

    needs_hotel = False
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Store the device and send it a test; refusals are shown on the page."""
        try:
            device = add_device(
                owner=self.user,
                given=request.POST,
                name=browser_name(request.headers.get("User-Agent", "")),
                via=Via.ADMIN,
                now=self.now,
            )
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            send_test(channel=device, by=self.user, now=self.now)
            done = gettext("This device gets a test notice within a minute.")
            messages.success(request, done)
        return redirect("hotels:security")


class RemoveDevice(ConsolePage):
    """Remove one of the user's devices."""

    needs_hotel = False
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Delete the device; raises Http404 unless it is the user's own."""
        device: ChatChannel | None = (
            devices_of(owner=self.user).filter(public_id=kwargs["public_id"]).first()
        )
        if device is None:
            raise Http404
        delete_channel(channel=device, by=self.user, via=Via.ADMIN, now=self.now)
        messages.success(request, gettext("The device gets no more notices."))
        return redirect("hotels:security")
