"""Choices limited to the user's hotels: form fields, searches and list filters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.contrib.filters.forms import DropdownForm
from unfold.widgets import UnfoldAdminSelectWidget

from hotels.http.access import request_access
from hotels.models.scoping import HotelScoped
from hotels.roles import Action, hotel_id_of, hotel_of

if TYPE_CHECKING:
    Form = forms.ModelForm[Any]
else:
    Form = forms.ModelForm


_KEY = re.compile(r"[0-9]{1,18}")


class OneHotelForm(Form):
    """Model form that keeps a row and all rows it refers to in one hotel."""

    def clean(self) -> dict[str, Any]:
        """Add an error to each field that refers to a row of another hotel."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = {
            name: hotel_id_of(row) for name, row in cleaned.items() if isinstance(row, HotelScoped)
        }
        own = self._hotel_id(chosen)
        for name, hotel_id in chosen.items():
            if own is not None and hotel_id != own:
                message = _("“%(row)s” belongs to another hotel.")
                self.add_error(name, message % {"row": cleaned[name]})
        return cleaned

    def validate_unique(self) -> None:
        """Check all constraints of the row.

        Django skips constraints on fields the form does not show, so that a duplicate room number
        would fail in the database. Fields that are filled on saving are still empty here and are
        left out.
        """
        super().validate_unique()
        unset = {
            field.name
            for field in self.instance._meta.concrete_fields
            if field.name not in self.fields and getattr(self.instance, field.attname) is None
        }
        try:
            self.instance.validate_constraints(exclude={*unset, *self.errors})
        except ValidationError as error:
            known = self.non_field_errors()
            self.add_error(None, [message for message in error.messages if message not in known])

    def _hotel_id(self, chosen: dict[str, int | None]) -> int | None:
        """Return the key of the row's hotel: the stored one, else the one that was chosen."""
        row: Any = self.instance
        if row.pk or not isinstance(row, HotelScoped):
            return hotel_id_of(row) if row.pk and isinstance(row, HotelScoped) else None
        owner = type(row).hotel_path.partition("__")[0]
        return chosen.get(owner) or hotel_id_of(row)


class HotelAutocompleteSelect(AutocompleteSelect):
    """Django's autocomplete select, using HotelAutocomplete."""

    url_name = "%s:hotels_autocomplete"

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> list[Any]:
        """Return the chosen row; values that are no keys are dropped, as Django would fail."""
        keys = [key for key in value if not key or _KEY.fullmatch(key)]
        groups: list[Any] = super().optgroups(name, keys, attr)
        return groups


class HotelAutocomplete(AutocompleteJsonView):
    """Django's autocomplete view, which adds the hotel for users of several hotels.

    Django takes the rows from the admin of the searched model, which limits them to the user's.
    """

    def get_queryset(self) -> models.QuerySet[Any]:
        """Return the rows found, joined as in their list."""
        found: models.QuerySet[Any] = super().get_queryset()
        related = self.model_admin.list_select_related
        return found.select_related(*related) if isinstance(related, list | tuple) else found

    def serialize_result(self, obj: models.Model, to_field_name: str) -> dict[str, str]:
        """Return `101 · Hotel Lisboa` for a user of several hotels, `101` for one hotel."""
        entry: dict[str, str] = super().serialize_result(obj, to_field_name)
        if isinstance(obj, HotelScoped) and obj.hotel_path and self._several():
            entry["text"] += f" · {hotel_of(obj)}"
        return entry

    def _several(self) -> bool:
        reach = request_access(self.request)
        return reach.everywhere or len(reach.hotel_ids(action=Action.SEE)) > 1


class ChoiceForm(DropdownForm):  # type: ignore[misc]  # unfold has no types
    """Filter form with a native select, which works without scripts."""

    widget = UnfoldAdminSelectWidget()

    class Media:
        extend = False


class OwnRowsFilter(RelatedDropdownFilter):  # type: ignore[misc]  # unfold has no types
    """List filter on a foreign key that offers only rows of the user's hotels.

    It is a select: a link for each of five hundred hotels would fill the page.
    """

    form_class = ChoiceForm

    def has_output(self) -> bool:
        """Show the filter for several hotels, or when one is chosen so that Django applies it."""
        return self.value() is not None or bool(super().has_output())

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, Any]]:
        """Return the choices of the user's hotels."""
        own = request_access(request).narrow(field.related_model.objects.all(), action=Action.SEE)
        choices: list[tuple[str, Any]] = field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to={"pk__in": own.values("pk")},
        )
        return choices
