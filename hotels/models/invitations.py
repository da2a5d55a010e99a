"""Invitations to hotels: the only way in which a membership arises without a superuser."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels.models.people import Membership
from hotels.models.property import Hotel
from hotels.models.scoping import HotelScoped

if TYPE_CHECKING:
    from hotels.models.scoping import HotelScopedQuerySet


class Invitation(HotelScoped):
    """An offer of a role in a hotel, accepted by the person who opens its link.

    Only a hash of the link's secret is stored.
    """

    class Status(models.TextChoices):
        OPEN = "OPEN", _("open")
        ACCEPTED = "ACCEPTED", _("accepted")
        DECLINED = "DECLINED", _("declined")
        REVOKED = "REVOKED", _("revoked")

    hotel = models.ForeignKey(
        Hotel, on_delete=models.CASCADE, related_name="invitations", verbose_name=_("hotel")
    )
    role = models.CharField(_("role"), max_length=12, choices=Membership.Role.choices)
    recipient = models.CharField(
        _("recipient"),
        max_length=254,
        blank=True,
        help_text=_("Name or e-mail address of the person, to distinguish several links."),
    )
    digest = models.CharField(_("hash"), max_length=64, unique=True, editable=False)
    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.OPEN, editable=False
    )
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("invited by"),
    )
    created_at = models.DateTimeField(_("created"), editable=False)
    expires_at = models.DateTimeField(_("expires"), editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("accepted by"),
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["hotel", "status"], name="invitations_of_hotel")]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    role__in=[
                        "ADMIN",
                        "MANAGER",
                        "FRONT_DESK",
                        "HOUSEKEEPING",
                        "MAINTENANCE",
                        "VIEWER",
                    ]
                ),
                name="invitation_role_known",
            ),
            models.CheckConstraint(
                condition=Q(status="OPEN", closed_at=None)
                | Q(status__in=["ACCEPTED", "DECLINED", "REVOKED"], closed_at__isnull=False),
                name="invitation_closed_once",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by=None) | Q(status="ACCEPTED"),
                name="invitation_accepted_by_person",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="invitation_expires_later"
            ),
        ]

    def __str__(self) -> str:
        named = {"role": capfirst(self.get_role_display()), "hotel": self.hotel}
        if not self.recipient:
            return gettext("%(role)s at %(hotel)s") % named
        named["recipient"] = self.recipient
        return gettext("%(role)s at %(hotel)s, for %(recipient)s") % named

    @classmethod
    def open_at(cls, now: datetime) -> "HotelScopedQuerySet[Invitation]":
        """Return the invitations that can be accepted at `now`."""
        return cls.objects.filter(status=cls.Status.OPEN, expires_at__gt=now)
