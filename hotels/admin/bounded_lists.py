"""Admin lists of large tables: counted up to a thousand rows, filtered by a range of dates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.contrib.filters.forms import RangeDateForm

from hotels.parsing import parse_date

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    Pages = Paginator[Any]
    ModelAdmin = admin.ModelAdmin[Any]
else:
    Pages = Paginator
    ModelAdmin = object

COUNTED = 1000
# Values that make a comparison fail: a NUL in PostgreSQL, a too large integer in SQLite.
_REFUSED = re.compile(r"\x00|\d{19}")
_KEY = re.compile(r"[0-9]{1,18}")


class FilteredList(ChangeList):
    """A list that accepts the filters its admin declares.

    Django accepts any lookup of any local field: one with a regular expression kept a process busy
    for a minute, and others made the database fail.
    """

    def get_filters(self, request: HttpRequest) -> Any:
        """Return the filters. Raises DisallowedModelAdminLookup for parameters of no filter."""
        filters = super().get_filters(request)
        linked = getattr(self.model_admin, "linked_lookups", ())
        for lookup in filters[2]:  # the parameters that no filter has taken
            if lookup not in linked:
                raise DisallowedModelAdminLookup(f"{lookup} is no filter of this list")
        return filters


class FilteredAdmin(ModelAdmin):
    """Base of all admins: lists titled like the menu, filters and searches safe for the database.

    `empty_text` replaces the sentence shown for a list that has no rows and no filters.
    `linked_lookups` are fields without a filter by which pages link to the list.
    """

    empty_text: ClassVar[_StrOrPromise] = ""
    linked_lookups: ClassVar[Sequence[str]] = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the class of the list."""
        return FilteredList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Title the list with the plural name of its model, as in the menu."""
        title = capfirst(self.opts.verbose_name_plural)
        context = {"title": title, **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Return the list. Raises IncorrectLookupParameters for values no database accepts."""
        for name, values in request.GET.lists():
            if name != SEARCH_VAR and any(_REFUSED.search(value) for value in values):
                raise IncorrectLookupParameters
        return super().get_changelist_instance(request)

    def response_action(self, request: HttpRequest, queryset: Any, *args: Any, **more: Any) -> Any:
        """Run the chosen action. Raises BadRequest when a selected key is not a number."""
        if not all(_KEY.fullmatch(key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest
        return super().response_action(request, queryset, *args, **more)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Return the rows found, ignoring NUL characters in the search term."""
        return super().get_search_results(request, queryset, search_term.replace("\x00", ""))


class BoundedPaginator(Pages):
    """Paginator of the first thousand rows.

    Counting all rows reads the whole table, and so does a page far down. Users find later rows by
    searching and filtering.
    """

    template_name = "admin/bounded_pages.html"  # read by unfold's pagination

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        # Counting ordered rows would sort them first.
        return int(rows.order_by()[: COUNTED + 1].count())

    @cached_property
    def count(self) -> int:
        """The number of rows on all pages, at most a thousand."""
        return min(self._counted, COUNTED)

    @property
    def has_more(self) -> bool:
        """True if there are more rows than the pages show."""
        return self._counted > COUNTED


class DaysForm(RangeDateForm):  # type: ignore[misc]  # unfold has no types
    """Date range form with the browser's date picker and accessible names."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(name, *args, **kwargs)
        for end, label in (("from", _("From")), ("to", _("To"))):
            widget = self.fields[f"{name}_{end}"].widget
            widget.input_type = "date"
            widget.attrs["aria-label"] = label
            widget.attrs["class"] = widget.attrs["class"].replace("vCustomDateField", "")


class DaysFilter(RangeDateFilter):  # type: ignore[misc]  # unfold has no types
    """Filter by a range of dates, both included; times are compared by their UTC date."""

    form_class = DaysForm

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the rows of these dates; invalid dates are ignored."""
        first, last = self._day("from"), self._day("to")
        if first is not None:
            queryset = queryset.filter(**{f"{self.field_path}__gte": self._start_of(first)})
        if last is not None:
            after = self._start_of(last + timedelta(days=1))
            queryset = queryset.filter(**{f"{self.field_path}__lt": after})
        return queryset

    def _day(self, end: str) -> date | None:
        return parse_date(str(self.used_parameters.get(f"{self.field_path}_{end}")))

    def _start_of(self, day: date) -> date | datetime:
        if isinstance(self.field, models.DateTimeField):
            return datetime.combine(day, time.min, tzinfo=UTC)
        return day
