"""Lists over tables that grow without end: counted to a thousand, narrowed by a span of days."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateFilter
from unfold.contrib.filters.forms import RangeDateForm

if TYPE_CHECKING:
    Pages = Paginator[Any]
    ModelAdmin = admin.ModelAdmin[Any]
else:
    Pages = Paginator
    ModelAdmin = object

COUNTED = 1000
# What a database refuses in a comparison: PostgreSQL a NUL, SQLite a whole number beyond its own.
_REFUSED = re.compile(r"\x00|\d{19}")
_KEY = re.compile(r"[0-9]{1,18}")


class FilteredAdmin(ModelAdmin):
    """An admin that asks its lists and searches for nothing on which the database would fail."""

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list; raises IncorrectLookupParameters, as for other filters that fit nothing."""
        for name, values in request.GET.lists():
            if name != SEARCH_VAR and any(_REFUSED.search(value) for value in values):
                raise IncorrectLookupParameters
        return super().get_changelist_instance(request)

    def response_action(self, request: HttpRequest, queryset: Any, *args: Any, **more: Any) -> Any:
        """What the chosen action answers; a row is chosen by its key, all else is no request."""
        if not all(_KEY.fullmatch(key) for key in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            raise BadRequest
        return super().response_action(request, queryset, *args, **more)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """The rows that are searched for, without what no database takes."""
        return super().get_search_results(request, queryset, search_term.replace("\x00", ""))


class BoundedPaginator(Pages):
    """Pages of the first thousand rows; of what lies further nobody leafs: one narrows.

    Counting all rows reads them all, and so does a page far behind.
    """

    template_name = "admin/bounded_pages.html"  # unfold's pages ask for it

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        # The order does not matter, and a count of ordered rows would sort them.
        return int(rows.order_by()[: COUNTED + 1].count())

    @cached_property
    def count(self) -> int:
        """How many rows the pages hold."""
        return min(self._counted, COUNTED)

    @property
    def has_more(self) -> bool:
        """Whether there are rows beyond."""
        return self._counted > COUNTED


class DaysForm(RangeDateForm):  # type: ignore[misc]  # unfold has no types
    """The browser's own choice of a day, with a name for whoever does not see it."""

    def __init__(self, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(name, *args, **kwargs)
        for end, label in (("from", _("From")), ("to", _("To"))):
            widget = self.fields[f"{name}_{end}"].widget
            widget.input_type = "date"
            widget.attrs["aria-label"] = label
            widget.attrs["class"] = widget.attrs["class"].replace("vCustomDateField", "")


class DaysFilter(RangeDateFilter):  # type: ignore[misc]  # unfold has no types
    """From a day to a day, both included; days of instants are those of UTC, as in the API."""

    form_class = DaysForm

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The rows of these days; what is no date narrows nothing."""
        first, last = self._day("from"), self._day("to")
        if first is not None:
            queryset = queryset.filter(**{f"{self.field_path}__gte": self._begins(first)})
        if last is not None:
            after = self._begins(last + timedelta(days=1))
            queryset = queryset.filter(**{f"{self.field_path}__lt": after})
        return queryset

    def _day(self, end: str) -> date | None:
        text = self.used_parameters.get(f"{self.field_path}_{end}")
        try:
            day = date.fromisoformat(str(text))
        except ValueError:
            return None
        return day if 1900 <= day.year <= 9000 else None

    def _begins(self, day: date) -> date | datetime:
        if isinstance(self.field, models.DateTimeField):
            return datetime.combine(day, time.min, tzinfo=UTC)
        return day
