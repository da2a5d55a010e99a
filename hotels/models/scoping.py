"""Access to rows by hotel: `visible_to(user)` for every model, closed by default."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.encoding import force_str
from django.utils.translation import get_language

from hotels.models.locking import LockableQuerySet, Row
from hotels.text import refuse_unprintable

if TYPE_CHECKING:
    from hotels.models.property import Hotel

Person = AbstractBaseUser | AnonymousUser


class HotelScopedQuerySet(LockableQuerySet[Row]):
    """Rows that belong to a hotel through the model's `hotel_path`."""

    def visible_to(self, user: Person) -> Self:
        """Rows of the hotels `user` is an active member of; all for an active superuser."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if getattr(user, "is_superuser", False):
            return self
        # A subquery instead of a join, so that each row appears once.
        membership = apps.get_model("hotels", "Membership")
        hotels = membership.objects.filter(user_id=user.pk, active=True).values("hotel_id")
        return self.filter(**{f"{hotel_lookup(self.model)}__in": hotels})

    def of_hotel(self, hotel: Hotel) -> Self:
        """Rows of one hotel."""
        return self.filter(**{hotel_lookup(self.model): hotel.pk})


def hotel_lookup(model: type[models.Model]) -> str:
    """The lookup of the hotel's key from a row: `hotel_id`, `staff__hotel_id` or `pk`."""
    path: str = getattr(model, "hotel_path", "hotel")
    return f"{path}_id" if path else "pk"


@lru_cache(maxsize=1024)
def _labels(field: models.Field[Any, Any]) -> dict[Any, Any]:
    """The labels of a field's choices, which are few and never change."""
    return dict(field.flatchoices)


@lru_cache(maxsize=4096)
def _label(field: models.Field[Any, Any], value: Any, _language: str | None) -> Any:
    """The label of a value in the active language; the value itself if it is no choice."""
    return force_str(_labels(field).get(value, value), strings_only=True)


class HotelScoped(models.Model):
    """Base of models that belong to a hotel through `hotel_path`."""

    hotel_path: ClassVar[str] = "hotel"

    objects = HotelScopedQuerySet.as_manager()

    class Meta:
        abstract = True

    def _get_FIELD_display(self, field: models.Field[Any, Any]) -> Any:  # noqa: N802  Django's name
        # Django makes the dictionary again at each call: a third of the cost of a list of tasks.
        return _label(field, getattr(self, field.attname), get_language())

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """Check each field, and that each text can be printed as it was typed."""
        errors: dict[str, list[ValidationError]] = {}
        try:
            super().clean_fields(exclude=exclude)
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        for field in self._meta.concrete_fields:
            if field.name in errors or field.name in (exclude or ()):
                continue
            if isinstance(field, (models.CharField, models.TextField)):
                try:
                    refuse_unprintable(getattr(self, field.attname) or "")
                except ValidationError as error:
                    errors[field.name] = error.error_list
        if errors:
            raise ValidationError(errors)
