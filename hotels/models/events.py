"""Events: what happened in a hotel, stored with the change, for programs that listen."""

import uuid

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from hotels.models.property import Hotel
from hotels.models.scoping import HotelScoped


class Event(HotelScoped):
    """Something that happened, such as `invoice.issued`; written once for each key of a hotel.

    `data` is the payload as JSON, in the form that `version` of the type describes. `about_model`
    and `about_id` name the object. Only events that an endpoint listens to are stored.
    """

    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    hotel = models.ForeignKey(
        Hotel, on_delete=models.PROTECT, related_name="events", verbose_name=_("hotel")
    )
    type = models.CharField(_("type"), max_length=60)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    key = models.CharField(_("key"), max_length=120)
    data = models.JSONField(_("data"), default=dict, blank=True, encoder=DjangoJSONEncoder)
    about_model = models.CharField(_("model"), max_length=60, blank=True)
    about_id = models.BigIntegerField(_("object"), null=True, blank=True)
    occurred_at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["hotel", "key"], name="event_once")]
        indexes = [models.Index(fields=["occurred_at"], name="event_by_age")]

    def __str__(self) -> str:
        return f"{self.type} {self.public_id}"
