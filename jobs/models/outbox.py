"""Outbox: messages stored with the change they report and sent after its commit."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels.models import Hotel
from hotels.models.scoping import HotelScoped
from jobs.models.execution import JobExecution

# Labels of the values that the jobs store; other values are spelled out.
_LABELS: dict[str, str | Promise] = {
    "no-show": _("No-show"),
    "no-show-review": _("No-show to decide"),
    "room-released": _("Room released"),
    "clean-changed": _("Clean changed"),
    "attendant": _("Attendant"),
    "front desk": _("Front desk"),
    "guest": _("Guest"),
}


def message_label(value: str) -> str:
    """Return the label of a topic or an audience: `No-show to decide` for `no-show-review`."""
    return str(_LABELS.get(value) or capfirst(value.replace("-", " ").replace("_", " ")))


class OutboxMessage(HotelScoped):
    """One message to a guest or the staff. `key` is unique per hotel, so none is stored twice."""

    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="outbox_messages", verbose_name=_("hotel")
    )
    execution = models.ForeignKey(
        JobExecution,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="outbox_messages",
        verbose_name=_("execution"),
    )
    key = models.CharField(_("key"), max_length=120)
    topic = models.CharField(_("topic"), max_length=60)
    audience = models.CharField(_("for"), max_length=20)
    recipient = models.CharField(_("recipient"), max_length=254, blank=True)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("body"))
    payload = models.JSONField(
        _("technical data"), default=dict, blank=True, encoder=DjangoJSONEncoder
    )
    created_at = models.DateTimeField(_("created at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["hotel", "key"], name="outbox_message_once"),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(sent_at__isnull=True),
                name="outbox_unsent",
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(topic)s (to %(recipient)s)") % {
            "topic": message_label(self.topic),
            "recipient": self.recipient or message_label(self.audience),
        }
