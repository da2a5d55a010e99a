"""Base views of the console: admin layout, the user's hotels, login and role checks."""

from functools import cached_property, wraps
from typing import Any, ClassVar
from urllib.parse import urlencode, urlsplit

from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.views.generic import TemplateView

from hotels.http.access import request_access
from hotels.models import Hotel
from hotels.roles import Access, Action

REMEMBERED_HOTEL = "hotel"  # the key in the session


class ConsolePage(TemplateView):
    """Base of all console pages.

    The user must be allowed to do `required_action` in at least one hotel; anyone else gets a 403.
    Pages about the user themselves set `needs_hotel` to False and are open to every user. Pages
    about money set `only_active` to False: it is owed after a hotel was deactivated, too. So do
    pages that look back.
    """

    title: ClassVar[str | Promise] = ""
    required_action: ClassVar[Action] = Action.SEE
    needs_hotel: ClassVar[bool] = True
    only_active: ClassVar[bool] = True

    @classmethod
    def as_page(cls, **options: Any) -> Any:
        """Return the view for a URL; users who are not logged in are sent to the login page.

        When an htmx request finds the session expired, the whole page is redirected: htmx would
        otherwise put the login form into a fragment. After the login the user returns to the page
        with the form, because most URLs that accept a POST are no pages themselves.
        """
        view = admin.site.admin_view(cls.as_view(**options))

        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            htmx = request.headers.get("HX-Request") == "true"
            if not (htmx or request.method == "POST") or admin.site.has_permission(request):
                return view(request, *args, **kwargs)
            if not htmx:
                return redirect_to_login(_page_url(request), reverse("admin:login"))
            headers = {"HX-Redirect": _page_url(request), "Cache-Control": "no-store"}
            return HttpResponse(headers=headers)

        return page

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Raise PermissionDenied when the user may not do `required_action` in any hotel."""
        allowed = request_access(request).somewhere(action=self.required_action)
        if self.needs_hotel and not allowed:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def now(self) -> Any:
        """The current time, the same throughout one request."""
        return timezone.now()

    @property
    def user(self) -> AbstractBaseUser:
        """The logged-in user."""
        user = self.request.user
        assert isinstance(user, AbstractBaseUser)
        return user

    @property
    def access(self) -> Access:
        """The user's roles."""
        return request_access(self.request)

    @cached_property
    def hotels(self) -> list[Hotel]:
        """The hotels in which the user may do `required_action`, ordered by name."""
        rows = self.access.narrow(Hotel.objects.all(), action=self.required_action)
        if self.only_active:
            rows = rows.filter(active=True)
        return list(rows.order_by("name", "pk"))

    def may(self, action: Action, hotel: Hotel) -> bool:
        """Return whether the user may do `action` in `hotel`."""
        return self.access.may(action=action, hotel_id=hotel.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the admin's own context, the page's title and the current time."""
        frame = admin.site.each_context(self.request)
        return {**frame, "title": self.title, "now": self.now, **super().get_context_data(**kwargs)}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Forbid shared caches to keep the page: it shows only the user's own hotels."""
        response: HttpResponse = super().render_to_response(context, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


def _page_url(request: HttpRequest) -> str:
    """Return path and query string of the page from which the request was sent."""
    here = request.path if request.method != "POST" else reverse("admin:index")
    shown = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    try:
        page = urlsplit(shown)
    except ValueError:
        return here
    path = "/" + page.path.lstrip("/") if page.path else here  # "//" would start a host name
    return f"{path}?{page.query}" if page.query else path


class _HotelChoicePage(ConsolePage):
    """Base of the pages with a hotel choice, which the session remembers for all of them.

    A page opened without a query, as from the menu, redirects to the remembered hotel, so that
    every address says what it shows. Links on a page and files stay with what the page shows.
    `?hotel=` without a code chooses all hotels, and forgets the remembered one.
    """

    is_file: ClassVar[bool] = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Remember the choice, or redirect to the remembered one."""
        if request.method in ("GET", "HEAD") and request.headers.get("HX-Request") != "true":
            if "hotel" in request.GET:
                self._remember(request.GET["hotel"])
            elif not (request.GET or self.is_file) and (code := self._remembered()):
                return redirect(f"{request.path}?{urlencode({'hotel': code})}")
        return super().dispatch(request, *args, **kwargs)

    def _remember(self, code: str) -> None:
        session = self.request.session
        if not code:
            session.pop(REMEMBERED_HOTEL, None)
        elif session.get(REMEMBERED_HOTEL) != code and self._is_own(code):
            session[REMEMBERED_HOTEL] = code

    def _remembered(self) -> str:
        """The remembered hotel, if the user still has it and this page offers it; else empty."""
        code = str(self.request.session.get(REMEMBERED_HOTEL, ""))
        return code if code and self._is_own(code) else ""

    def _is_own(self, code: str) -> bool:
        return any(hotel.code == code for hotel in self.hotels)

    @cached_property
    def chosen_hotel(self) -> Hotel | None:
        """The hotel of `?hotel=code`; None without one.

        Raises Http404 when it is none of the user's hotels.
        """
        code = self.request.GET.get("hotel")
        if not code:
            return None
        chosen = next((hotel for hotel in self.hotels if hotel.code == code), None)
        if chosen is None:
            raise Http404
        return chosen

    @property
    def hotel(self) -> Hotel | None:
        """The hotel the page is about."""
        return self.chosen_hotel

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the hotel and the hotels to choose from."""
        return super().get_context_data(
            hotel=self.hotel, hotels=self.hotels, hotel_options=self._options(), **kwargs
        )

    def _options(self) -> SafeString:
        """Return the `<option>` elements; a template loop is slow for hundreds of hotels."""
        chosen = self.hotel.pk if self.hotel else None
        return format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (hotel.code, SafeString(" selected" if hotel.pk == chosen else ""), _name(hotel))
                for hotel in self.hotels
            ),
        )


def _name(hotel: Hotel) -> str:
    if hotel.active:
        return hotel.name
    return gettext("%(hotel)s (not active)") % {"hotel": hotel.name}


class HotelPage(_HotelChoicePage):
    """Base of the pages about one hotel: the chosen one, else the user's first."""

    @property
    def hotel(self) -> Hotel | None:
        """The hotel the page is about; None when the user has no active hotel."""
        return self.chosen_hotel or next(iter(self.hotels), None)


class HotelsPage(_HotelChoicePage):
    """Base of the pages about the chosen hotel, else about all hotels of the user."""

    @property
    def hotel(self) -> Hotel | None:
        """The chosen hotel, or the user's only one, in whose time the page then is."""
        if self.chosen_hotel is None and len(self.hotels) == 1:
            return self.hotels[0]
        return self.chosen_hotel

    @property
    def selected_hotels(self) -> list[Hotel]:
        """The hotels the page is about, ordered by name."""
        return [self.hotel] if self.hotel else self.hotels
