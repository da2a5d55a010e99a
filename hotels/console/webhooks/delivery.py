"""The page of one message to a webhook endpoint, and the action that sends it again."""

import json
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hotels.console.badges import Badge
from hotels.console.webhooks.badges import message_badge
from hotels.console.webhooks.base import UTC, WebhookPage
from hotels.console.webhooks.views import label_of
from hotels.errors import ActionRefused
from hotels.models import DeliveryAttempt, Message
from hotels.notifications.webhooks.access import deliveries_of
from hotels.notifications.webhooks.channel import webhook_id
from hotels.notifications.webhooks.deliveries import resend


class OneDelivery(WebhookPage):
    """`/admin/webhooks/deliveries/<id>/`: a message, its body and its attempts."""

    template_name = "hotels/console/webhooks/delivery.html"

    @cached_property
    def delivery(self) -> Message:
        """The message. Raises Http404 unless the user manages its endpoint."""
        rows = deliveries_of(user=self.user, access=self.access)
        found = (
            rows.select_related("hotel", "event", "endpoint__hotel", "endpoint__owner")
            .filter(public_id=self.kwargs["public_id"])
            .first()
        )
        if found is None:
            raise Http404
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the message, its body in lines, and its attempts, the newest first."""
        row = self.delivery
        attempts = row.delivery_attempts.order_by("-number")
        return super().get_context_data(
            title=label_of(row),
            delivery=row,
            endpoint=row.endpoint,
            badge=message_badge(row),
            webhook_id=webhook_id(row),
            body=_in_lines(row.body),
            attempts=[(each, _attempt_badge(each), _in_lines(each.request)) for each in attempts],
            zone=row.hotel.zone if row.hotel else UTC,
            may_resend=row.status != Message.Status.SENDING,
            **kwargs,
        )


class ResendDelivery(OneDelivery):
    """Send the message again; posted."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Let it be sent again and return to it."""
        try:
            resend(message=self.delivery, **self.actor)
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The message is sent again within a minute."))
        return redirect("hotels:webhook-delivery", self.delivery.public_id)


def _attempt_badge(attempt: DeliveryAttempt) -> Badge:
    outcome = DeliveryAttempt.Outcome(attempt.outcome)
    sent = outcome == DeliveryAttempt.Outcome.SENT
    return Badge(
        tone="good" if sent else "bad", icon="check" if sent else "close", text=str(outcome.label)
    )


def _in_lines(value: Any) -> str:
    """Return JSON, or its text, with a member in each line; another text as it is."""
    try:
        data = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return str(value)
    return json.dumps(data, indent=2, ensure_ascii=False) if data else ""
