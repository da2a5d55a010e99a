"""The audit trail: actions of users."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hotels.models.property import Hotel
from hotels.models.scoping import HotelScoped

LABEL_KEPT = 200
VERB_LENGTH = 20


class AuditEntry(HotelScoped):
    """One action of a user, recorded by `hotels.audit` and never changed.

    If the user or hotel is deleted, their names stay. Triggers of the table refuse any other change
    and any deletion.
    """

    class Via(models.TextChoices):
        ADMIN = "ADMIN", _("console")
        API = "API", _("API")
        COMMAND = "COMMAND", _("command")

    at = models.DateTimeField(_("time"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("user"),
    )
    username = models.CharField(_("user name"), max_length=150, blank=True)
    hotel = models.ForeignKey(
        Hotel,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # the first index below starts with it
        verbose_name=_("hotel"),
        help_text=_("Empty for actions outside a hotel, which only superusers see."),
    )
    hotel_name = models.CharField(_("hotel"), max_length=LABEL_KEPT, blank=True)
    via = models.CharField(_("source"), max_length=7, choices=Via.choices)
    verb = models.CharField(_("action"), max_length=VERB_LENGTH)
    model = models.CharField(_("type of object"), max_length=100)
    object_id = models.CharField(_("object number"), max_length=40)
    object_label = models.CharField(_("object"), max_length=LABEL_KEPT)
    before = models.JSONField(_("before"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(_("after"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit trail")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["hotel", "-at", "-id"], name="audit_by_hotel"),
            models.Index(fields=["-at", "-id"], name="audit_by_time"),
            models.Index(fields=["model", "object_id"], name="audit_by_object"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(via__in=["ADMIN", "API", "COMMAND"]), name="audit_via_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.username} {self.verb} {self.object_label}"
