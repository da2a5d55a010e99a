"""Marks of people on items of Home: acknowledged, or snoozed for a while."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from hotels.models import Hotel
from hotels.models.scoping import HotelScoped


class ItemMark(HotelScoped):
    """A person acknowledged an item of Home, or snoozed it until `snoozed_until`.

    `kind` and `subject` name the item in its hotel. `keys` are the objects that it was about: an
    item with another one is not covered (`jobs.alerts.item_marks`).
    """

    hotel = models.ForeignKey(
        Hotel, on_delete=models.CASCADE, related_name="+", verbose_name=_("hotel")
    )
    kind = models.CharField(_("kind"), max_length=30)
    subject = models.CharField(_("item"), max_length=120, blank=True)
    keys = models.JSONField(_("objects"), default=list)
    marked_at = models.DateTimeField(_("marked at"))
    marked_by_name = models.CharField(_("marked by"), max_length=150)
    note = models.CharField(_("note"), max_length=300, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True)

    class Meta:
        verbose_name = _("mark on an item of Home")
        verbose_name_plural = _("marks on items of Home")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["hotel", "kind", "subject"], name="item_mark_once"),
        ]

    def __str__(self) -> str:
        return " ".join(filter(None, (self.kind, self.subject)))

    def lasts(self, *, now: datetime) -> bool:
        """False once a snooze is over."""
        return self.snoozed_until is None or self.snoozed_until > now
