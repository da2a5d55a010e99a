"""Messages to be sent after commit, written in the transaction that makes them true."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from hotels.models import Hotel
from hotels.models.scoping import HotelScoped
from jobs.models.execution import JobExecution


class OutboxMessage(HotelScoped):
    """One notice to a guest or to the front desk. `key` makes it unique: never sent twice."""

    hotel = models.ForeignKey(Hotel, on_delete=models.PROTECT, related_name="outbox_messages")
    execution = models.ForeignKey(
        JobExecution,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="outbox_messages",
    )
    key = models.CharField(max_length=120)
    topic = models.CharField(max_length=60)
    audience = models.CharField(max_length=20)
    recipient = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    payload = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
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
        return f"{self.topic} to {self.recipient or self.audience}"
