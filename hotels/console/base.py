"""What every page of the console has: the admin's frame, the person's hotels, who may see it."""

from functools import cached_property, wraps
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.views.generic import TemplateView

from hotels.http.access import request_access
from hotels.models import Hotel
from hotels.roles import Access, Action


class ConsolePage(TemplateView):
    """A page for people who may do `needs` in some hotel; others are refused, with 403.

    `now` is the one instant a page is made at.
    """

    title: ClassVar[str | Promise] = ""
    needs: ClassVar[Action] = Action.SEE

    @classmethod
    def as_page(cls, **options: Any) -> Any:
        """The view for a URL: whoever is not logged in is sent to the login first.

        A page left open overnight goes there whole: htmx would put the login into a part of it.
        From there one comes back to the page with the form, for most of what is posted is no page.
        """
        view = admin.site.admin_view(cls.as_view(**options))

        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            htmx = request.headers.get("HX-Request") == "true"
            if not (htmx or request.method == "POST") or admin.site.has_permission(request):
                return view(request, *args, **kwargs)
            if not htmx:
                return redirect_to_login(_page_of(request), reverse("admin:login"))
            headers = {"HX-Redirect": _page_of(request), "Cache-Control": "no-store"}
            return HttpResponse(headers=headers)

        return page

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Refuse whoever has no hotel for it."""
        if not request_access(request).somewhere(action=self.needs):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def now(self) -> Any:
        """The instant the page is made at."""
        return timezone.now()

    @property
    def person(self) -> AbstractBaseUser:
        """Who looks at it, logged in."""
        user = self.request.user
        assert isinstance(user, AbstractBaseUser)
        return user

    @property
    def access(self) -> Access:
        """The person's roles."""
        return request_access(self.request)

    @cached_property
    def hotels(self) -> list[Hotel]:
        """The working hotels in which the person may do what the page needs, by name."""
        rows = self.access.narrow(Hotel.objects.filter(active=True), action=self.needs)
        return list(rows.order_by("name", "pk"))

    def may(self, action: Action, hotel: Hotel) -> bool:
        """Whether the person may do it there."""
        return self.access.may(action=action, hotel_id=hotel.pk)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The frame's context, the page's title and instant."""
        frame = admin.site.each_context(self.request)
        return {**frame, "title": self.title, "now": self.now, **super().get_context_data(**kwargs)}

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """What a page shows is nobody else's, and nothing to keep."""
        response: HttpResponse = super().render_to_response(context, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


def _page_of(request: HttpRequest) -> str:
    """The page of this site on which something was asked or posted, with its choices."""
    here = request.path if request.method != "POST" else reverse("admin:index")
    shown = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    try:
        page = urlsplit(shown)
    except ValueError:
        return here
    path = "/" + page.path.lstrip("/") if page.path else here  # two would name a host
    return f"{path}?{page.query}" if page.query else path


class _ChoicePage(ConsolePage):
    """A page on which a hotel is chosen by its code."""

    @cached_property
    def asked_hotel(self) -> Hotel | None:
        """`?hotel=code`; None without it. Others' hotels are a 404."""
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
        return self.asked_hotel

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the hotel, and the others to choose from."""
        return super().get_context_data(
            hotel=self.hotel, hotels=self.hotels, hotel_options=self._options(), **kwargs
        )

    def _options(self) -> SafeString:
        """The choices of a hotel: a template takes long over five hundred."""
        chosen = self.hotel.pk if self.hotel else None
        return format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (hotel.code, SafeString(" selected" if hotel.pk == chosen else ""), hotel.name)
                for hotel in self.hotels
            ),
        )


class HotelPage(_ChoicePage):
    """A page about one hotel: the one chosen, else the first of the person's.

    There is none for a person whose hotels are all closed.
    """

    @property
    def hotel(self) -> Hotel | None:
        """The hotel the page is about."""
        return self.asked_hotel or next(iter(self.hotels), None)


class HotelsPage(_ChoicePage):
    """A page about the one hotel chosen, else about all of the person's."""

    @property
    def wanted_hotels(self) -> list[Hotel]:
        """Those the page is about, by name."""
        return [self.hotel] if self.hotel else self.hotels
