"""API tokens: the credentials with which programs act for a user."""

import uuid
from collections.abc import Collection
from datetime import timedelta
from typing import Self

from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from knox.models import AbstractAuthToken

from hotels.models.property import Hotel

DEFAULT_LIFETIME = timedelta(days=90)
LONGEST_LIFETIME_DAYS = 366


class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # knox has no types
    """Token of a user, stored as a hash. It can be read-only, and limited to some hotels."""

    public_id = models.UUIDField(_("public ID"), default=uuid.uuid4, unique=True, editable=False)
    label = models.CharField(
        _("label"), max_length=80, blank=True, help_text=_("What the token is used for.")
    )
    read_only = models.BooleanField(_("read only"), default=False)
    # Stored apart from the list of hotels: a limited token whose hotels were all deleted must not
    # turn into one that reaches every hotel.
    limited = models.BooleanField(_("limited to hotels"), default=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    hotels = models.ManyToManyField(Hotel, blank=True, related_name="+", verbose_name=_("hotels"))

    class Meta:
        db_table = "jobs_apitoken"  # the table was made by the app jobs and keeps its name
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created"]

    def __str__(self) -> str:
        return f"{self.user}: {self.label or self.token_key[:4]}…"

    @classmethod
    @transaction.atomic
    def issue(
        cls,
        *,
        user: AbstractBaseUser,
        hotels: Collection[Hotel] | None = None,
        read_only: bool = False,
        lifetime: timedelta | None = DEFAULT_LIFETIME,
        label: str = "",
    ) -> tuple[Self, str]:
        """A new token and its text, which is not stored; `hotels` None means all of the user's."""
        row, text = cls.objects.create(
            user,
            expiry=lifetime,
            read_only=read_only,
            limited=hotels is not None,
            label=label,
        )
        row.hotels.set(hotels or ())
        return row, text

    def hotel_ids(self) -> frozenset[int] | None:
        """Keys of the hotels the token is limited to; None for an unlimited token."""
        return frozenset(self.hotels.values_list("pk", flat=True)) if self.limited else None
