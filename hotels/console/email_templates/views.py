"""Texts and look of a hotel's e-mails, and addresses that get none."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels.console.base import HotelPage
from hotels.console.outgoing_mail.views import folder
from hotels.errors import ActionRefused
from hotels.models import EmailTemplate, Hotel, SuppressedAddress
from hotels.notifications.email.editing import change_look, reset_template, save_template
from hotels.notifications.email.kinds import KINDS, MailKind
from hotels.notifications.email.previews import examples, preview, with_logo
from hotels.notifications.email.rendering import COLOUR, Written, look_of, template_of
from hotels.notifications.email.sandbox import TemplateFailed
from hotels.notifications.email.suppression import allow_again
from hotels.notifications.email.templates import MailTemplate, languages, own_template
from hotels.parsing import parse_key
from hotels.roles import Action

SHOWN = 200
LANGUAGES = dict(settings.LANGUAGES)
# The page is a foreign text: it runs no script and loads nothing.
_ISOLATED = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"


class _Page(HotelPage):
    """Base: managers and administrators, one hotel."""

    required_action = Action.CONFIGURE

    @property
    def own_hotel(self) -> Hotel:
        """The hotel; raises Http404 for a user without an active one."""
        if self.hotel is None:
            raise Http404
        return self.hotel

    def to_list(self) -> HttpResponse:
        """Go to the list of the hotel's templates."""
        page = reverse("hotels:email-templates")
        return redirect(f"{page}?hotel={self.own_hotel.code}")


class EmailTemplates(_Page):
    """`/admin/email-templates/`: the templates, the look, and suppressed addresses."""

    title = _("E-mails")
    template_name = "hotels/console/email_templates/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add which templates are the hotel's own."""
        if self.hotel is None:
            return super().get_context_data(**kwargs)
        own = set(EmailTemplate.objects.of_hotel(self.hotel).values_list("kind", "language"))
        look = look_of(self.hotel)
        context = {
            "languages": LANGUAGES.items(),
            "kinds": [
                (kind, [(code, name, (kind.name, code) in own) for code, name in LANGUAGES.items()])
                for kind in KINDS.values()
            ],
            "colour": (look.colour if look else "") or COLOUR,
            "has_logo": bool(look and look.logo),
            "in_files": folder() is not None and self.may(Action.GRANT, self.hotel),
            "suppressed": SuppressedAddress.objects.of_hotel(self.hotel)[:SHOWN],
        }
        return super().get_context_data(**kwargs | context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Change colour and logo."""
        file = request.FILES.get("logo")
        logo = file.read() if file else (b"" if request.POST.get("no_logo") else None)
        try:
            change_look(
                hotel=self.own_hotel,
                colour=request.POST.get("colour", "").strip(),
                logo=logo,
                by=self.user,
                now=self.now,
            )
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, gettext("Saved."))
        return self.to_list()


class AllowAddress(_Page):
    """Take an address off the suppression list."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *, pk: int) -> HttpResponse:
        """Allow it; raises Http404 for an address of another hotel."""
        rows = self.access.narrow(SuppressedAddress.objects.all(), action=Action.CONFIGURE)
        row: Any = get_object_or_404(rows.select_related("hotel"), pk=pk)
        allow_again(row=row, by=self.user, now=self.now)
        messages.success(request, gettext("Messages go to %(address)s again.") % {"address": row})
        return redirect(f"{reverse('hotels:email-templates')}?hotel={row.hotel.code}")


class EditTemplate(_Page):
    """`/admin/email-templates/<kind>/<language>/`: edit, preview, save and reset a template."""

    template_name = "hotels/console/email_templates/edit.html"

    @cached_property
    def kind(self) -> MailKind:
        """The kind; raises Http404 for an unknown kind or language."""
        kind = KINDS.get(self.kwargs["kind"])
        if kind is None or self.language not in languages():
            raise Http404
        return kind

    @property
    def language(self) -> str:
        """The code of the template's language."""
        return str(self.kwargs["language"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the template as typed, else as it is; the variables, examples and preview."""
        hotel, kind = self.own_hotel, self.kind
        current = template_of(kind=kind, language=self.language, hotel=hotel)
        context = {
            "kind": kind,
            "title": kind.label,
            "language_name": LANGUAGES[self.language],
            "template": current,
            "is_own": own_template(kind=kind.name, language=self.language, hotel=hotel) is not None,
            "variables": list(kind.all_variables()),
            "examples": examples(kind=kind, hotel=hotel),
            "list_url": f"{reverse('hotels:email-templates')}?hotel={hotel.code}",
        }
        shown = {name: value for name, value in kwargs.items() if name not in self.kwargs}
        return super().get_context_data(**context | shown)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Save, reset or preview; a wrong template is shown with the line and the problem."""
        typed = MailTemplate(
            subject=request.POST.get("subject", "").strip(),
            # Browsers send lines as CRLF.
            body=request.POST.get("body", "").replace("\r\n", "\n"),
        )
        of: dict[str, Any] = {"kind": self.kind, "language": self.language, "hotel": self.own_hotel}
        choice = request.POST.get("choice")
        try:
            if choice == "reset":
                reset_template(**of, by=self.user, now=self.now)
                messages.success(request, gettext("The default text is used again."))
                return self.to_list()
            if choice == "save":
                save_template(typed, **of, by=self.user, now=self.now)
                messages.success(request, gettext("Saved. New messages use this text."))
                return self.to_list()
            example = parse_key(request.POST.get("example", ""))
            written = preview(typed, **of, example=example)
        except (ActionRefused, TemplateFailed) as refusal:
            return self._again(typed, refused=str(refusal))
        if choice == "html":
            return self._html(written)
        return self._again(typed, written=written, example=example)

    def _again(self, typed: MailTemplate, **more: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(template=typed, **more))

    def _html(self, written: Written) -> HttpResponse:
        """The message as mail programs show it, as a page of its own."""
        response = HttpResponse(with_logo(written, hotel=self.own_hotel))
        response.headers["Content-Security-Policy"] = _ISOLATED
        response.headers["Cache-Control"] = "private, no-store"
        return response
