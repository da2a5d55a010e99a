"""Page /admin/wall-screens/: set up and revoke status pages without a log-in."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels.audit import Via
from hotels.console.base import ConsolePage
from hotels.console.text_field import WrittenText
from hotels.errors import ActionRefused
from hotels.models import Hotel
from hotels.roles import Action
from jobs.wall_screens.screens import create_screen, revoke_screen, screens_of


class WallScreenForm(forms.Form):
    """Label and hotels of a screen."""

    label = WrittenText(label=_("Where the screen hangs"), max_length=80)
    hotels = forms.ModelMultipleChoiceField(
        label=_("Hotels"),
        queryset=Hotel.objects.none(),
        to_field_name="code",
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )

    def __init__(self, *args: Any, hotels: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        chosen = self.fields["hotels"]
        assert isinstance(chosen, forms.ModelMultipleChoiceField)
        chosen.queryset = hotels


class _AdministratorPage(ConsolePage):
    required_action = Action.GRANT


class WallScreens(_AdministratorPage):
    """The screens that show a hotel of the user, and the form for another one."""

    title = _("Wall screens")
    template_name = "jobs/console/wall_screens/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the screens, each with the hotels that the user administers, and the form."""
        rows = screens_of(self.access).prefetch_related("hotels").select_related("created_by")
        form = kwargs.pop("form", None) or self._form()
        return super().get_context_data(
            screens=[self._row(screen) for screen in rows], form=form, **kwargs
        )

    def _row(self, screen: Any) -> dict[str, Any]:
        shown = [hotel for hotel in screen.hotels.all() if self.may(Action.GRANT, hotel)]
        return {
            "row": screen,
            "hotels": ", ".join(hotel.name for hotel in shown),
            "others": len(screen.hotels.all()) - len(shown),
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Set up a screen and show its addresses once, or the form with what is wrong."""
        form = self._form(request.POST)
        if form.is_valid():
            try:
                screen, token = create_screen(
                    label=form.cleaned_data["label"],
                    hotels=list(form.cleaned_data["hotels"]),
                    by=self.user,
                    via=Via.ADMIN,
                    now=self.now,
                )
            except ActionRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                response = self.render_to_response(self.get_context_data(made=screen, **_at(token)))
                add_never_cache_headers(response)
                return response
        return self.render_to_response(self.get_context_data(form=form))

    def _form(self, data: Any = None) -> WallScreenForm:
        rows = self.access.narrow(Hotel.objects.filter(active=True), action=Action.GRANT)
        return WallScreenForm(data, hotels=rows.order_by("name", "pk"))

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """Write the addresses of a new screen with the site's own host."""
        for name in ("badge", "json"):
            if name in context:
                context[name] = self.request.build_absolute_uri(context[name])
        return super().render_to_response(context, **kwargs)


def _at(token: str) -> dict[str, str]:
    return {name: reverse(f"wall-screens:{name}", args=[token]) for name in ("badge", "json")}


class RevokeWallScreen(_AdministratorPage):
    """Revoke one screen; posted."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *, public_id: uuid.UUID) -> HttpResponse:
        """Revoke the screen; raises Http404 unless it shows a hotel of the user."""
        screen = screens_of(self.access).filter(public_id=public_id).first()
        if screen is None:
            raise Http404
        revoke_screen(screen=screen, by=self.user, via=Via.ADMIN, now=self.now)
        messages.success(request, gettext("The addresses of the screen no longer work."))
        return redirect("jobs:wall-screens")
