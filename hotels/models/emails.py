"""A hotel's e-mails: its own templates, their look, and addresses it must not write to."""

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hotels.models.messages import message_label
from hotels.models.property import Hotel
from hotels.models.scoping import HotelScoped

LARGEST_LOGO = 64 * 1024  # bytes
LOGO_TYPES = ("image/png", "image/jpeg", "image/gif")


class EmailTemplate(HotelScoped):
    """A hotel's own text for a kind of e-mail in a language; without one the project's is used."""

    hotel = models.ForeignKey(
        Hotel, on_delete=models.CASCADE, related_name="email_templates", verbose_name=_("hotel")
    )
    kind = models.CharField(_("kind"), max_length=60)
    language = models.CharField(_("language"), max_length=10)
    subject = models.CharField(_("subject"), max_length=400)
    body = models.TextField(_("text"))
    changed_at = models.DateTimeField(_("changed at"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("changed by"),
    )

    class Meta:
        verbose_name = _("e-mail template")
        verbose_name_plural = _("e-mail templates")
        ordering = ["hotel", "kind", "language"]
        constraints = [
            models.UniqueConstraint(
                fields=["hotel", "kind", "language"], name="email_template_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.language})"


class EmailLook(HotelScoped):
    """Colour and logo of a hotel's e-mails.

    The logo travels in each message: a reader sees it without loading anything from a server,
    which mail programs refuse or ask about, and which would say when the message was read.
    """

    hotel = models.OneToOneField(
        Hotel, on_delete=models.CASCADE, related_name="email_look", verbose_name=_("hotel")
    )
    colour = models.CharField(
        _("colour"),
        max_length=7,
        blank=True,
        validators=[RegexValidator(r"\A#[0-9a-fA-F]{6}\Z", _("Write a colour such as #1f5c7a."))],
        help_text=_("Of the heading and buttons, such as #1f5c7a."),
    )
    logo = models.BinaryField(_("logo"), max_length=LARGEST_LOGO, blank=True, default=b"")
    logo_type = models.CharField(_("type of the logo"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("look of e-mails")
        verbose_name_plural = _("looks of e-mails")
        constraints = [
            models.CheckConstraint(
                condition=Q(logo_type__in=["", *LOGO_TYPES]), name="email_logo_type_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.hotel)


class SuppressedAddress(HotelScoped):
    """An address to which a hotel sends no e-mail, or none of one kind, and why."""

    class Reason(models.TextChoices):
        BOUNCED = "BOUNCED", _("the address does not exist or refuses messages")
        COMPLAINED = "COMPLAINED", _("the recipient reported a message as spam")
        UNSUBSCRIBED = "UNSUBSCRIBED", _("the recipient unsubscribed")

    hotel = models.ForeignKey(
        Hotel,
        on_delete=models.CASCADE,
        related_name="suppressed_addresses",
        verbose_name=_("hotel"),
    )
    address = models.CharField(_("e-mail address"), max_length=254)
    kind = models.CharField(
        _("kind"), max_length=60, blank=True, help_text=_("Empty: all messages.")
    )
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices)
    detail = models.CharField(_("detail"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        ordering = ["hotel", "address", "kind"]
        constraints = [
            models.UniqueConstraint(
                fields=["hotel", "address", "kind"], name="suppressed_address_once"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["BOUNCED", "COMPLAINED", "UNSUBSCRIBED"]),
                name="suppressed_reason_known",
            ),
        ]

    def __str__(self) -> str:
        return self.address

    @property
    def kind_label(self) -> str:
        """The kind of messages that are not sent; empty if none are."""
        return message_label(self.kind) if self.kind else ""
