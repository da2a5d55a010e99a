"""Chat channels: addresses of chats, pagers and SMS gateways that get a person's alerts."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ChatChannel(models.Model):
    """A service that gets messages, such as a Slack channel.

    `address` is its URL as Apprise writes it, encrypted, as it holds secrets; it is never shown
    again. `service` is the part that can be shown. With the service `WEB_PUSH` the channel is a
    browser that shows notices, `address` its subscription, and `fingerprint` the SHA-256 of the URL
    in it: a browser belongs to one person.
    """

    WEB_PUSH = "Web Push"

    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("owner"),
    )
    name = models.CharField(_("name"), max_length=80)
    service = models.CharField(_("service"), max_length=40)
    address = models.TextField(_("secret address"), editable=False)
    fingerprint = models.CharField(_("fingerprint"), max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), editable=False)

    class Meta:
        verbose_name = _("chat channel")
        verbose_name_plural = _("chat channels")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint"],
                condition=~Q(fingerprint=""),
                name="browser_of_one_person",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_device(self) -> bool:
        """True for a browser that shows notices."""
        return self.service == self.WEB_PUSH

    @property
    def destination(self) -> str:
        """The destination of its messages in the outbox."""
        return f"chat:{self.pk}"
