"""The outbox: messages stored with the change they report and sent after its commit."""

import uuid
from datetime import datetime

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels.models.events import Event
from hotels.models.locking import LockableQuerySet
from hotels.models.property import Hotel
from hotels.models.scoping import HotelScoped, HotelScopedQuerySet, Person
from hotels.models.webhook_endpoint import WebhookEndpoint

# Labels of the values that are stored; other values are spelled out.
_LABELS: dict[str, str | Promise] = {
    "no-show": _("No-show"),
    "no-show-review": _("No-show to decide"),
    "room-released": _("Room released"),
    "no-show-waived": _("No-show fee waived"),
    "no-show-reinstated": _("Booking valid again"),
    "no-show-digest": _("No-shows and decisions"),
    "invoice": _("Invoice"),
    "credit-note": _("Credit note"),
    "clean-changed": _("Clean changed"),
    "housekeeping-list": _("Tasks of the day"),
    "maintenance-list": _("Work orders"),
    "invitation": _("Invitation"),
    "maintenance": _("Maintenance"),
    "colleague": _("Colleague"),
    "attendant": _("Attendant"),
    "front desk": _("Front desk"),
    "guest": _("Guest"),
    "program": _("Program"),
}


def label_messages(value: str, label: str | Promise) -> None:
    """Show a template or an audience as `label`; event types name their messages so."""
    _LABELS[value] = label


def message_label(value: str) -> str:
    """Return the label of a template or an audience: `No-show to decide` for `no-show-review`."""
    return str(_LABELS.get(value) or capfirst(value.replace("-", " ").replace("_", " ")))


class MessageQuerySet(HotelScopedQuerySet["Message"]):
    """Messages of hotels, and messages about several hotels, which belong to one user."""

    def visible_to(self, user: Person) -> "MessageQuerySet":
        """Messages of the user's hotels, and the user's own; all for a superuser."""
        seen = super().visible_to(user)
        if not user.is_authenticated or not user.is_active or getattr(user, "is_superuser", False):
            return seen
        return seen | self.filter(hotel=None, owner_id=user.pk)

    def due(self, *, now: datetime) -> "MessageQuerySet":
        """Messages whose next attempt is due."""
        return self.filter(status=Message.Status.WAITING, next_attempt_at__lte=now)


class Message(HotelScoped):
    """One message to one destination. `key` is unique per hotel, so none is stored twice.

    `public_id` is the message's ID at every attempt. `about_model` and `about_id` name the object
    that the message is about, `cause_model` and `cause_id` what stored it, such as an execution.
    `payload` are the variables of the template; `subject`, `body` and `html` are written at the
    first attempt. A message about several hotels has no hotel, and is its owner's.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", _("e-mail")
        WEBHOOK = "webhook", _("webhook")
        CHAT = "chat", _("chat or pager")

    class Status(models.TextChoices):
        WAITING = "WAITING", _("waiting")
        SENDING = "SENDING", _("being sent")
        SENT = "SENT", _("sent")
        FAILED = "FAILED", _("failed")
        CANCELLED = "CANCELLED", _("cancelled")
        UNDELIVERABLE = "UNDELIVERABLE", _("cannot be sent")

    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    hotel = models.ForeignKey(
        Hotel,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("hotel"),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("owner"),
    )
    key = models.CharField(_("key"), max_length=120)
    channel = models.CharField(
        _("channel"), max_length=10, choices=Channel.choices, default=Channel.EMAIL
    )
    template = models.CharField(_("kind"), max_length=60)
    audience = models.CharField(_("for"), max_length=20)
    recipient = models.CharField(_("recipient"), max_length=254, blank=True)
    recipient_name = models.CharField(_("name"), max_length=160, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("body"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    payload = models.JSONField(
        _("technical data"), default=dict, blank=True, encoder=DjangoJSONEncoder
    )
    attachments = models.JSONField(_("attachments"), default=list, blank=True)
    event = models.ForeignKey(
        Event,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="messages",
        verbose_name=_("event"),
    )
    endpoint = models.ForeignKey(
        WebhookEndpoint,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        editable=False,
        related_name="messages",
        verbose_name=_("webhook endpoint"),
    )
    about_model = models.CharField(_("model"), max_length=60, blank=True)
    about_id = models.BigIntegerField(_("object"), null=True, blank=True)
    cause_model = models.CharField(_("stored by"), max_length=60, blank=True)
    cause_id = models.BigIntegerField(_("stored by (ID)"), null=True, blank=True)

    destination = models.CharField(_("destination"), max_length=60, default="email")
    status = models.CharField(
        _("status"), max_length=13, choices=Status.choices, default=Status.WAITING
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True, blank=True, editable=False)
    token = models.UUIDField(_("token"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()  # type: ignore[misc]  # narrows the base's manager

    class Meta:
        db_table = "jobs_outboxmessage"  # the table was made by the app jobs and keeps its name
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["hotel", "key"], name="outbox_message_once"),
            models.UniqueConstraint(
                fields=["owner", "key"],
                condition=models.Q(hotel__isnull=True),
                name="outbox_message_of_owner_once",
            ),
            models.CheckConstraint(
                condition=models.Q(status="WAITING", next_attempt_at__isnull=False)
                | ~models.Q(status="WAITING"),
                name="outbox_waiting_has_next_attempt",
            ),
            models.CheckConstraint(
                condition=models.Q(status="SENDING", token__isnull=False, lease_until__isnull=False)
                | ~models.Q(status="SENDING"),
                name="outbox_sending_has_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["destination", "next_attempt_at"],
                condition=models.Q(status="WAITING"),
                name="outbox_waiting",
            ),
            models.Index(
                fields=["destination"],
                condition=models.Q(status="SENDING"),
                name="outbox_sending",
            ),
            models.Index(
                fields=["ended_at"],
                condition=models.Q(status="FAILED"),
                name="outbox_failed",
            ),
            models.Index(
                fields=["ended_at"],
                condition=models.Q(ended_at__isnull=False),
                name="outbox_ended",
            ),
            models.Index(fields=["about_model", "about_id"], name="outbox_about"),
            models.Index(fields=["cause_model", "cause_id"], name="outbox_cause"),
        ]

    def __str__(self) -> str:
        return gettext("%(topic)s (to %(recipient)s)") % {
            "topic": message_label(self.template),
            "recipient": self.recipient or message_label(self.audience),
        }


class DeliveryAttempt(HotelScoped):
    """One attempt to send a message, with what the receiver answered.

    `request` and `response` hold no secrets: headers with signatures, the first characters of the
    answer.
    """

    hotel_path = "message__hotel"

    class Outcome(models.TextChoices):
        SENT = "SENT", _("sent")
        RETRY = "RETRY", _("failed, tried again")
        REFUSED = "REFUSED", _("refused for good")

    message = models.ForeignKey(
        Message,
        on_delete=models.CASCADE,
        related_name="delivery_attempts",
        verbose_name=_("message"),
    )
    number = models.PositiveSmallIntegerField(_("attempt"))
    started_at = models.DateTimeField(_("started at"))
    duration = models.DurationField(_("duration"))
    outcome = models.CharField(_("outcome"), max_length=7, choices=Outcome.choices)
    status_code = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True)
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    request = models.JSONField(_("request"), default=dict, blank=True)
    response = models.TextField(_("text of the answer"), blank=True)

    class Meta:
        verbose_name = _("delivery attempt")
        verbose_name_plural = _("delivery attempts")
        ordering = ["message", "number"]
        constraints = [
            models.UniqueConstraint(fields=["message", "number"], name="delivery_attempt_once"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}/{self.number} {self.outcome}"


class Destination(models.Model):
    """A place that messages go to: the e-mail server, or one endpoint. Locked during a claim.

    After `failures` in a row nothing is sent there until `paused_until` (a circuit breaker).
    """

    key = models.CharField(_("key"), max_length=60, unique=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    paused_until = models.DateTimeField(_("paused until"), null=True, blank=True)
    last_failure = models.CharField(_("last failure"), max_length=300, blank=True)

    objects = LockableQuerySet.as_manager()

    class Meta:
        verbose_name = _("destination")
        verbose_name_plural = _("destinations")

    def __str__(self) -> str:
        return self.key
