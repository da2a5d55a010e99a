"""Base classes of the hotel admins: limited to the user's hotels, closed by default.

Permissions come from the table `ROLES` of `hotels.roles` and are checked per object, not per model.
Django's own permissions of groups and users are not used. In short:

==============  =================================================================================
superuser       everything, except what is immutable
ADMIN           changes the rows of the hotel, including staff access
MANAGER         changes the rows of the hotel except staff access; waives fees
FRONT_DESK      bookings, guests, cleaning opt-outs, folios, payments; reinstates no-shows
HOUSEKEEPING    housekeeping tasks
MAINTENANCE     work orders
VIEWER          reads only
==============  =================================================================================

Every member can read all rows of their hotels. ADMIN and MANAGER may delete rows of models that
allow deletion. A row of another hotel is treated like one that does not exist.
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
from hotels.admin.inline_counts import CountedFormSet
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
    """Row scoping, form choices and permissions, shared by admins and inlines.

    `needs` is the action required to add and change rows, `needs_to_delete` the one to delete them.
    `adds`, `changes` and `deletes` switch each of these off for everyone when False.
    """

    needs: ClassVar[Action] = Action.CONFIGURE
    needs_to_delete: ClassVar[Action] = Action.CONFIGURE
    adds: ClassVar[bool] = True
    changes: ClassVar[bool] = True
    deletes: ClassVar[bool] = True

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Return the rows of the user's hotels."""
        rows: Any = super().get_queryset(request)
        return rows.visible_to(request.user)  # type: ignore[no-any-return]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only rows of hotels in which the user may save this model; others are invalid."""
        target = db_field.related_model
        if issubclass(target, HotelScoped):
            kwargs.setdefault(
                "queryset", request_access(request).narrow(target.objects.all(), action=self.needs)
            )
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", HotelAutocompleteSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Every member may read the rows of their hotels."""
        return self.allows(request, Action.SEE, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user may add rows, to any hotel or to the parent `obj`."""
        return self.adds and self.allows(request, self.needs, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user may change the row, or without one, a row of any hotel."""
        return self.changes and self.allows(request, self.needs, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user may delete the row, or without one, a row of any hotel."""
        return self.deletes and self.allows(request, self.needs_to_delete, obj)

    def allows(self, request: HttpRequest, action: Action, obj: Any = None) -> bool:
        """Return whether the user may do `action` to `obj`, or without one, in any hotel."""
        # A new object has no hotel yet: its form checks the hotel that is chosen.
        hotel_id = hotel_id_of(obj) if obj is not None else None
        if hotel_id is None:
            return request_access(request).somewhere(action=action)
        return request_access(request).may(action=action, hotel_id=hotel_id)


class HotelScopedAdmin(HotelScopedOptions, FilteredAdmin, RecordedAdmin, ModelAdmin):
    """Base of the admins of hotel rows.

    `list_dates` names the date field by which its list is filtered, with `days_filter`.
    """

    form = OneHotelForm
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # facets count the whole table for every choice
    list_per_page = 50
    list_dates: ClassVar[str] = ""
    days_filter: ClassVar[type[DaysFilter]] = DaysFilter

    @property
    def list_filter_submit(self) -> bool:
        """True where filters are typed or chosen from a select, which needs a submit button."""
        return bool(self.list_dates or self.model.hotel_path)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the app to every user who belongs to a hotel."""
        return self.allows(request, Action.SEE)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Return the row; when it is about to be saved, lock it and read it again.

        Saving writes every column. A row read before a job changed it would undo the job's changes
        and, for example, confirm a room again that was charged as a no-show.
        """
        row = super().get_object(request, object_id, from_field)
        if row is None or request.method != "POST" or not connection.in_atomic_block:
            return row
        locked = self.model._default_manager.locked()
        if locked.filter(pk=row.pk).first() is None:
            return None
        return super().get_object(request, object_id, from_field)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """Return the filters: the user's own hotels first, then the dates, then the admin's own."""
        path = self.model.hotel_path
        own: list[Any] = [(path, OwnRowsFilter)] if path else []
        dates: list[Any] = [(self.list_dates, self.days_filter)] if self.list_dates else []
        return [*own, *dates, *super().get_list_filter(request)]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Make the hotel of a stored row read-only."""
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
        """Show and read the times of a stored row in its hotel's time zone."""
        row = self.get_object(request, unquote(object_id)) if object_id else None
        if row is None:
            return super().changeform_view(request, object_id, form_url, extra_context)
        with timezone.override(self.zone_of(row)):
            response = super().changeform_view(request, object_id, form_url, extra_context)
            if isinstance(response, TemplateResponse):
                response.render()  # now, while the hotel's time zone is active
        return response

    def zone_of(self, row: Any) -> ZoneInfo:
        """Return the time zone in which the row's times are shown."""
        return hotel_of(row).zone


class ReadOnlyOptions(Options):
    """Rows written by code only: no user may add, change or delete them."""

    adds = changes = deletes = False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Return all fields shown, including computed columns."""
        return [*super().get_readonly_fields(request, obj), *(self.fields or ())]


class ReadOnlyAdmin(ReadOnlyOptions, HotelScopedAdmin):
    """Base of the read-only admins."""


class HotelScopedInline(HotelScopedOptions, TabularInline):
    """Base of the inlines; the `obj` of the permission methods is the parent."""

    form = OneHotelForm
    formset = CountedFormSet
    extra = 0
    show_change_link = True


class ReadOnlyInline(ReadOnlyOptions, HotelScopedInline):
    """Base of the read-only inlines."""
