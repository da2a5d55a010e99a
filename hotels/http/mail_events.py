"""Reports of a hosted sender of e-mails: messages that came back, and complaints.

The routes are those of django-anymail for the service of EMAIL_URL. They exist only with a
`webhook_secret`, which each request must carry (HTTP basic authentication); anymail also checks the
signatures of the services that sign.
"""

from typing import Any
from uuid import UUID

from anymail.signals import EventType, tracking
from django.conf import settings
from django.urls import URLPattern, URLResolver
from django.utils import timezone

from hotels.models import Message, SuppressedAddress
from hotels.notifications.email.suppression import normalised, report_bounce

Reason = SuppressedAddress.Reason
_REASONS = {
    EventType.BOUNCED: Reason.BOUNCED,
    EventType.COMPLAINED: Reason.COMPLAINED,
    EventType.UNSUBSCRIBED: Reason.UNSUBSCRIBED,
}


def mail_event_routes() -> list[URLPattern | URLResolver]:
    """The routes of the hosted sender's reports; none without one or without a secret."""
    service = getattr(settings, "EMAIL_SERVICE", "")
    if not service or "WEBHOOK_SECRET" not in getattr(settings, "ANYMAIL", {}):
        return []
    from anymail.urls import urlpatterns

    ours = f"{service}_tracking_webhook", f"{service}_webhook"
    return [route for route in urlpatterns if getattr(route, "name", "") in ours]


def record_event(event: Any) -> None:
    """Suppress the recipient of a message that bounced, was complained about or unsubscribed.

    The message is found by its ID, which was sent along; events of other messages are ignored.
    """
    reason = _REASONS.get(event.event_type)
    message = _message_of(event)
    if reason is None or message is None:
        return
    if event.recipient and normalised(event.recipient) != normalised(message.recipient):
        return
    detail = event.mta_response or event.description or str(event.reject_reason or "")
    report_bounce(message=message, reason=reason, detail=detail, now=timezone.now())


def _message_of(event: Any) -> Message | None:
    try:
        public_id = UUID(str((event.metadata or {}).get("message", "")))
    except ValueError:
        return None
    return Message.objects.select_related("hotel").filter(public_id=public_id).first()


def _received(sender: Any, event: Any, **_kwargs: Any) -> None:
    record_event(event)


tracking.connect(_received, dispatch_uid="hotels.http.mail_events")
