"""What a person may choose: the other rows of a form, and the filters of a list."""

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
    """A row and everything it points to are of one hotel, and a row never changes its hotel."""

    def clean(self) -> dict[str, Any]:
        """Refuse rows of another hotel, each at its own field."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = {
            name: hotel_id_of(row) for name, row in cleaned.items() if isinstance(row, HotelScoped)
        }
        home = self._home(chosen)
        for name, hotel_id in chosen.items():
            if home is not None and hotel_id != home:
                self.add_error(name, _("“%(row)s” is of another hotel.") % {"row": cleaned[name]})
        return cleaned

    def validate_unique(self) -> None:
        """Check the constraints of the whole row as well.

        Django leaves out those that name a field the form does not show, and a room renamed to a
        number its hotel has would be an error of the database. What is still empty is filled on
        saving and is left out.
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
            told = self.non_field_errors()
            self.add_error(None, [words for words in error.messages if words not in told])

    def _home(self, chosen: dict[str, int | None]) -> int | None:
        """The hotel of a stored row, else the one chosen, or reached by what was chosen."""
        row: Any = self.instance
        if row.pk or not isinstance(row, HotelScoped):
            return hotel_id_of(row) if row.pk and isinstance(row, HotelScoped) else None
        owner = type(row).hotel_path.partition("__")[0]
        return chosen.get(owner) or hotel_id_of(row)


class HotelAutocompleteSelect(AutocompleteSelect):
    """Django's select that searches, asking the view below."""

    url_name = "%s:hotels_autocomplete"

    def optgroups(self, name: str, value: Sequence[str], attr: Any = None) -> list[Any]:
        """The chosen row; what is no key is nobody's, and Django would fail looking it up."""
        keys = [key for key in value if not key or _KEY.fullmatch(key)]
        groups: list[Any] = super().optgroups(name, keys, attr)
        return groups


class HotelAutocomplete(AutocompleteJsonView):
    """Django's autocomplete, with the hotel named where a person has several.

    Django asks the admin of the searched model for its rows: they are the person's own.
    """

    def get_queryset(self) -> models.QuerySet[Any]:
        """The rows found, fetched with what names them: the same as in their list."""
        found: models.QuerySet[Any] = super().get_queryset()
        related = self.model_admin.list_select_related
        return found.select_related(*related) if isinstance(related, list | tuple) else found

    def serialize_result(self, obj: models.Model, to_field_name: str) -> dict[str, str]:
        """`101 · Hotel Lisboa` for a person of several hotels, `101` for one of a single hotel."""
        entry: dict[str, str] = super().serialize_result(obj, to_field_name)
        if isinstance(obj, HotelScoped) and obj.hotel_path and self._several():
            entry["text"] += f" · {hotel_of(obj)}"
        return entry

    def _several(self) -> bool:
        reach = request_access(self.request)
        return reach.everywhere or len(reach.hotel_ids(action=Action.SEE)) > 1


class ChoiceForm(DropdownForm):  # type: ignore[misc]  # unfold has no types
    """The browser's own choice of one, which finds what is typed and asks for no script."""

    widget = UnfoldAdminSelectWidget()

    class Media:
        extend = False


class OwnRowsFilter(RelatedDropdownFilter):  # type: ignore[misc]  # unfold has no types
    """A list filter over a foreign key that offers only rows of the person's hotels.

    A choice of one: a link for each of five hundred hotels would be most of the page.
    """

    form_class = ChoiceForm

    def has_output(self) -> bool:
        """With one hotel only where one is asked for: else Django would ignore which."""
        return self.value() is not None or bool(super().has_output())

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, Any]]:
        """The choices, narrowed."""
        own = request_access(request).narrow(field.related_model.objects.all(), action=Action.SEE)
        choices: list[tuple[str, Any]] = field.get_choices(
            include_blank=False,
            ordering=self.field_admin_ordering(field, request, model_admin),
            limit_choices_to={"pk__in": own.values("pk")},
        )
        return choices
