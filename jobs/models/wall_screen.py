"""Wall screens: addresses that show the status of some hotels without a log-in."""

import hashlib
import secrets
import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from hotels.models import Hotel

TOKEN_BYTES = 24


class WallScreen(models.Model):
    """A status page for a group of hotels, reached by a token that is stored as a hash."""

    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    label = models.CharField(_("label"), max_length=80, help_text=_("Where the screen hangs."))
    digest = models.CharField(_("digest"), max_length=64, unique=True, editable=False)
    hotels = models.ManyToManyField(Hotel, related_name="+", verbose_name=_("hotels"))
    created_at = models.DateTimeField(_("created at"), editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
    )

    class Meta:
        verbose_name = _("wall screen")
        verbose_name_plural = _("wall screens")
        ordering = ["label", "pk"]

    def __str__(self) -> str:
        return self.label


def new_token() -> str:
    """Return a random token, safe in a URL."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest_of(token: str) -> str:
    """Return the hash under which a token is stored; it is random, so it needs no salt."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
