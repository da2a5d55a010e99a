"""Badges of webhook endpoints and of messages to them."""

from django.utils.translation import gettext as _

from hotels.console.badges import Badge
from hotels.models import Message, WebhookEndpoint

_STATUS = {
    Message.Status.WAITING: ("wait", "schedule"),
    Message.Status.SENDING: ("wait", "sync"),
    Message.Status.SENT: ("good", "check"),
    Message.Status.FAILED: ("bad", "close"),
    Message.Status.CANCELLED: ("off", "block"),
    Message.Status.UNDELIVERABLE: ("bad", "block"),
}


def message_badge(message: Message) -> Badge:
    """Return the badge of a message's status."""
    status = Message.Status(message.status)
    tone, icon = _STATUS[status]
    return Badge(tone=tone, icon=icon, text=str(status.label))


def endpoint_badge(endpoint: WebhookEndpoint) -> Badge:
    """Return the badge of an endpoint: switched on, switched off, or failing."""
    if not endpoint.active:
        return Badge(tone="off", icon="block", text=_("switched off"))
    if endpoint.failing_since:
        return Badge(tone="warn", icon="warning", text=_("failing"))
    return Badge(tone="good", icon="check", text=_("switched on"))
