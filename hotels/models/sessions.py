"""Sessions of logged-in users, stored with the user so that they can be listed and ended."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

BROWSER_LENGTH = 300


class UserSession(models.Model):
    """A browser's session; without a user until a login. `hotels.http.sessions` writes the rows."""

    session_key = models.CharField(_("session key"), max_length=40, primary_key=True)
    session_data = models.TextField(_("session data"))
    expire_date = models.DateTimeField(_("expires"), db_index=True)
    # Without a constraint in the database: a request of a user who was deleted in the same moment
    # must not fail.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("user"),
    )
    browser = models.CharField(_("browser"), max_length=BROWSER_LENGTH, blank=True)
    created_at = models.DateTimeField(_("logged in"))
    last_used_at = models.DateTimeField(_("last used"))

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["-last_used_at"]

    def __str__(self) -> str:
        return f"{self.user}, {self.browser}"  # not the key, which is a secret
