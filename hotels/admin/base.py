"""The base of every admin of hotel rows: narrowed to the person's hotels, closed by default.

Who may what is the table `ROLES` of `hotels.roles`, asked for each object, not for the model; the
permissions Django keeps for groups and users are not asked. In short:

==============  =================================================================================
superuser       everything, except what is immutable
ADMIN           changes the rows of the hotel, and alone its memberships
MANAGER         changes the rows of the hotel, waives fees
FRONT_DESK      bookings, guests, cleaning opt-outs, folios, payments; reinstates no-shows
HOUSEKEEPING    housekeeping tasks
MAINTENANCE     work orders
VIEWER          sees
==============  =================================================================================

Everybody sees all rows of their hotels. Deleting is for ADMIN and MANAGER, where rows may be
deleted at all. A row of somebody else's hotel answers like one that does not exist.
"""

from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db import connection, models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from hotels.admin.audited import RecordedAdmin
from hotels.admin.bounded_lists import BoundedPaginator, DaysFilter, FilteredAdmin
from hotels.admin.form_choices import HotelAutocompleteSelect, OneHotelForm, OwnRowsFilter
from hotels.http.access import request_access
from hotels.models.scoping import HotelScoped
from hotels.roles import Action, hotel_id_of, hotel_of

if TYPE_CHECKING:
    Options = admin.options.BaseModelAdmin[Any]
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
else:
    from unfold.admin import ModelAdmin, TabularInline

    Options = object


class HotelScopedOptions(Options):
    """What admins and inlines share: which rows, which choices, and who may what.

    `needs` is the action that adding and changing asks for, `needs_to_delete` the one of deleting;
    `adds` and `deletes` say whether people may do so by hand at all.
    """

    needs: ClassVar[Action] = Action.CONFIGURE
    needs_to_delete: ClassVar[Action] = Action.CONFIGURE
    adds: ClassVar[bool] = True
    changes: ClassVar[bool] = True
    deletes: ClassVar[bool] = True

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """The rows of the person's hotels."""
        rows: Any = super().get_queryset(request)
        return rows.visible_to(request.user)  # type: ignore[no-any-return]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Choices only of hotels in which the person may save such a row: posting others fails."""
        target = db_field.related_model
        if issubclass(target, HotelScoped):
            kwargs.setdefault(
                "queryset", request_access(request).narrow(target.objects.all(), action=self.needs)
            )
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", HotelAutocompleteSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Every member sees the rows of their hotels."""
        return self.allows(request, Action.SEE, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may add such rows: to some hotel, or to the parent `obj`."""
        return self.adds and self.allows(request, self.needs, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may change this row."""
        return self.changes and self.allows(request, self.needs, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may delete this row."""
        return self.deletes and self.allows(request, self.needs_to_delete, obj)

    def allows(self, request: HttpRequest, action: Action, obj: Any = None) -> bool:
        """Whether the person may do `action` to `obj`, or without one: in some hotel."""
        # An object about to be added has no hotel yet; which one it gets is checked by its form.
        hotel_id = hotel_id_of(obj) if obj is not None else None
        if hotel_id is None:
            return request_access(request).somewhere(action=action)
        return request_access(request).may(action=action, hotel_id=hotel_id)


class HotelScopedAdmin(HotelScopedOptions, FilteredAdmin, RecordedAdmin, ModelAdmin):
    """An admin of rows that reach a hotel; `list_dates` is the date its list is narrowed by."""

    form = OneHotelForm
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # a count of the whole table for every choice
    list_per_page = 50
    list_dates: ClassVar[str] = ""

    @property
    def list_filter_submit(self) -> bool:
        """Hotels are chosen and dates typed, so the filters need a button."""
        return bool(self.list_dates or self.model.hotel_path)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The app is shown to everybody who has a hotel."""
        return self.allows(request, Action.SEE)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """The row; one about to be saved is locked and read again.

        Saving writes every column: read before a job changed it, it would put back what the job
        found, and book a room again that was charged as a no-show.
        """
        row = super().get_object(request, object_id, from_field)
        if row is None or request.method != "POST" or not connection.in_atomic_block:
            return row
        # Not the key: rows that refer to it go on being inserted.
        locked = self.model._default_manager.select_for_update(no_key=True)
        if locked.filter(pk=row.pk).first() is None:
            return None
        return super().get_object(request, object_id, from_field)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """By hotel first, with only the person's own to choose from; then by days."""
        path = self.model.hotel_path
        own: list[Any] = [(path, OwnRowsFilter)] if path else []
        dates: list[Any] = [(self.list_dates, DaysFilter)] if self.list_dates else []
        return [*own, *dates, *super().get_list_filter(request)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A stored row stays in its hotel."""
        fields: list[str] = [str(name) for name in super().get_readonly_fields(request, obj)]
        if obj is not None and self.model.hotel_path == "hotel":
            fields.append("hotel")
        return fields

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Instants of a stored row are shown and entered on its hotel's clock."""
        row = self.get_object(request, unquote(object_id)) if object_id else None
        if row is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        with timezone.override(self.zone_of(row)):
            response = super().changeform_view(request, object_id, form_url, extra_context)
            if isinstance(response, TemplateResponse):
                response.render()  # now: after this block the clock is another
        return response

    def zone_of(self, row: Any) -> ZoneInfo:
        """The clock the row's instants are read on."""
        return hotel_of(row).zone


class ReadOnlyOptions(Options):
    """Rows that only code writes: never added, changed or deleted by hand, by nobody."""

    adds = changes = deletes = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """All that is shown, computed columns too."""
        return [*super().get_readonly_fields(request, obj), *(self.fields or ())]


class ReadOnlyAdmin(ReadOnlyOptions, HotelScopedAdmin):
    """An admin of rows that are only seen."""


class HotelScopedInline(HotelScopedOptions, TabularInline):
    """Rows of a parent, under the same rules; `obj` of the permissions is the parent."""

    form = OneHotelForm
    extra = 0
    show_change_link = True


class ReadOnlyInline(ReadOnlyOptions, HotelScopedInline):
    """Rows of a parent that are only shown."""
