"""The key with which this site signs what it sends to push services (VAPID, RFC 8292)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class PushKey(models.Model):
    """The only row: made at the first use, as browsers subscribe to one key for good.

    `private` is a PEM, encrypted; `public` is the point that browsers get, in base64url.
    """

    KEY = 1

    private = models.TextField(_("secret key"), editable=False)
    public = models.CharField(_("public key"), max_length=100, editable=False)
    created_at = models.DateTimeField(_("created at"), editable=False)

    class Meta:
        verbose_name = _("push key")
        verbose_name_plural = _("push keys")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="push_key_only_one")]

    def __str__(self) -> str:
        return self.public
