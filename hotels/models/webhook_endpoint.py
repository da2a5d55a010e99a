"""Endpoints of webhooks: addresses of programs that want to hear of events."""

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hotels.models.property import Hotel
from hotels.models.scoping import HotelScoped, HotelScopedQuerySet, Person


class WebhookEndpointQuerySet(HotelScopedQuerySet["WebhookEndpoint"]):
    """Endpoints of hotels, and endpoints of a person for all of that person's hotels."""

    def visible_to(self, user: Person) -> "WebhookEndpointQuerySet":
        """Endpoints of the user's hotels, and the user's own; all for a superuser."""
        seen = super().visible_to(user)
        if not user.is_authenticated or not user.is_active or getattr(user, "is_superuser", False):
            return seen
        return seen | self.filter(hotel=None, owner_id=user.pk)


class WebhookEndpoint(HotelScoped):
    """An address that gets the chosen events of one hotel, or of all hotels of `owner`.

    `secret` and `previous_secret` are encrypted; the previous one also signs until
    `previous_secret_until`. `failing_since` is the first of the failed attempts since the last
    success.
    """

    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    hotel = models.ForeignKey(
        Hotel,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="webhook_endpoints",
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
    url = models.CharField(_("URL"), max_length=2000)
    description = models.CharField(_("description"), max_length=120, blank=True)
    events = models.JSONField(_("events"), default=list)
    active = models.BooleanField(_("active"), default=True)
    disabled_reason = models.CharField(_("disabled because"), max_length=200, blank=True)
    disabled_at = models.DateTimeField(_("disabled at"), null=True, blank=True)
    failing_since = models.DateTimeField(_("failing since"), null=True, blank=True)
    secret = models.TextField(_("secret"), editable=False)
    previous_secret = models.TextField(_("previous secret"), blank=True, editable=False)
    previous_secret_until = models.DateTimeField(
        _("previous secret valid until"), null=True, blank=True
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"))

    objects = WebhookEndpointQuerySet.as_manager()  # type: ignore[misc]  # narrows the base's manager

    class Meta:
        verbose_name = _("webhook endpoint")
        verbose_name_plural = _("webhook endpoints")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(hotel__isnull=False, owner__isnull=True)
                | models.Q(hotel__isnull=True, owner__isnull=False),
                name="webhook_endpoint_of_hotel_or_owner",
            ),
        ]

    def __str__(self) -> str:
        return self.description or self.host

    @property
    def host(self) -> str:
        """The host of the URL; the rest may be known only to those who manage the endpoint."""
        return urlsplit(self.url).hostname or ""
