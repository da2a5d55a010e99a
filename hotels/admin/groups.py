"""Admin of hotel groups, for superusers: a group spans hotels that no other user sees together."""

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from hotels.admin.audited import RecordedAdmin
from hotels.admin.bounded_lists import FilteredAdmin
from hotels.admin.columns import LINK
from hotels.models import Hotel, HotelGroup
from hotels.property_changes import move_to_group

if TYPE_CHECKING:
    Form = forms.ModelForm[HotelGroup]

    class _Groups(FilteredAdmin, RecordedAdmin): ...

else:
    from unfold.admin import ModelAdmin

    Form = forms.ModelForm

    class _Groups(FilteredAdmin, RecordedAdmin, ModelAdmin): ...


_SEPARATORS = re.compile(r"[\s,;]+")


def _codes(text: str) -> set[str]:
    return set(_SEPARATORS.split(text)) - {""}


class HotelGroupForm(Form):
    """Form of a group; its hotels are named by their codes, since there may be thousands."""

    codes = forms.CharField(
        label=_("Hotels"),
        required=False,
        widget=UnfoldAdminTextareaWidget,
        show_hidden_initial=True,
        help_text=_("Codes of the hotels, one per line. A hotel belongs to one group at most."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            codes = self.instance.hotels.order_by("code").values_list("code", flat=True)
            self.initial["codes"] = "\n".join(codes)

    def clean_codes(self) -> list[int]:
        """Return the keys of the hotels. Raises ValidationError for codes of no hotel.

        Hotels that were moved since the form was opened stay where they are.
        """
        codes = _codes(self.cleaned_data["codes"])
        opened_with = self.data.get(self.add_initial_prefix("codes"))
        if opened_with is not None:
            shown, current = _codes(opened_with), _codes(self.initial.get("codes", ""))
            codes = (current | codes - shown) - (shown - codes)
        found = dict(Hotel.objects.filter(code__in=codes).values_list("code", "pk"))
        if unknown := sorted(codes - set(found)):
            raise ValidationError(
                _("No hotel has one of these codes: %(codes)s"),
                params={"codes": ", ".join(unknown[:10])},
            )
        return list(found.values())


@admin.register(HotelGroup)
class HotelGroupAdmin(_Groups):
    """Groups with their hotels and limits."""

    form = HotelGroupForm
    list_display = ["name", "hotels_at_once", "number_of_hotels"]
    search_fields = ["name"]
    ordering = ["name"]
    fields = ["name", "hotels_at_once", "codes"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[HotelGroup]:
        """Count the hotels."""
        rows: QuerySet[HotelGroup] = super().get_queryset(request)
        return rows.annotate(hotel_count=Count("hotels"))

    def save_model(self, request: HttpRequest, obj: HotelGroup, form: Any, change: bool) -> None:
        """Save the group, and which hotels belong to it."""
        super().save_model(request, obj, form, change)
        hotel_ids: Collection[int] = form.cleaned_data["codes"]
        move_to_group(group=obj, hotel_ids=hotel_ids, by=request.user, now=timezone.now())

    @admin.display(description=_("hotels"))
    def number_of_hotels(self, group: Any) -> SafeString:
        """Number of hotels, as a link to their list."""
        url = f"{reverse('admin:hotels_hotel_changelist')}?group={group.pk}"
        return format_html('<a class="{}" href="{}">{}</a>', LINK, url, group.hotel_count)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return _is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return _is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only."""
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Superusers only; a group with hotels is protected."""
        return _is_superuser(request)


def _is_superuser(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_superuser
