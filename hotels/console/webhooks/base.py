"""Base of the pages about one webhook endpoint."""

from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404

from hotels.audit import Via
from hotels.console.base import ConsolePage
from hotels.models import WebhookEndpoint
from hotels.notifications.webhooks.access import endpoints_of
from hotels.roles import Action

UTC = ZoneInfo("UTC")


class WebhookPage(ConsolePage):
    """A page for users who manage webhooks in at least one hotel."""

    required_action = Action.INTEGRATE

    @property
    def actor(self) -> dict[str, Any]:
        """The user, for the audit trail."""
        return {"by": self.user, "via": Via.ADMIN, "now": self.now}


class EndpointPage(WebhookPage):
    """A page about the endpoint that the path names."""

    @cached_property
    def endpoint(self) -> WebhookEndpoint:
        """The endpoint. Raises Http404 unless the user manages it."""
        rows = endpoints_of(user=self.user, access=self.access)
        rows = rows.select_related("hotel", "owner", "created_by")
        found = rows.filter(public_id=self.kwargs["public_id"]).first()
        if found is None:
            raise Http404
        return found

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which times are shown."""
        return zone_of(self.endpoint)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the endpoint and the zone."""
        return super().get_context_data(endpoint=self.endpoint, zone=self.zone, **kwargs)


def zone_of(endpoint: WebhookEndpoint) -> ZoneInfo:
    """Return the zone of the endpoint's hotel; UTC for an endpoint of all hotels of a person."""
    return endpoint.hotel.zone if endpoint.hotel else UTC
