"""Webhook endpoints: the list, the forms to add and change one, and the page of one."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _

from hotels.console.base import HotelsPage
from hotels.console.keyset import key_param, newest, older_than
from hotels.console.query_params import choice_param
from hotels.console.webhooks.badges import endpoint_badge, message_badge
from hotels.console.webhooks.base import EndpointPage, WebhookPage, zone_of
from hotels.console.webhooks.forms import EndpointForm, NewEndpointForm, ReplayForm
from hotels.errors import ActionRefused
from hotels.models import Hotel, Message, WebhookEndpoint
from hotels.notifications.outbox import event_types
from hotels.notifications.webhooks.access import deliveries_of, endpoints_of
from hotels.notifications.webhooks.bodies import TEST
from hotels.notifications.webhooks.endpoints import (
    EndpointInvalid,
    NewSecret,
    change_endpoint,
    create_endpoint,
)
from hotels.roles import Action

SHOWN = 200
DELIVERIES = 50


class Webhooks(HotelsPage):
    """`/admin/webhooks/?hotel=code`: the endpoints of the user's hotels, and the user's own."""

    title = _("Webhooks")
    required_action = Action.INTEGRATE
    template_name = "hotels/console/webhooks/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the endpoints of the chosen hotel, or of all, with the user's own."""
        found = endpoints_of(user=self.user, access=self.access)
        if self.hotel:
            # An endpoint for all hotels of a person is sent this hotel's events too.
            found = found.filter(Q(hotel=self.hotel) | Q(hotel=None))
        rows = found.select_related("hotel", "owner").order_by("-pk")[:SHOWN]
        return super().get_context_data(
            rows=[(row, endpoint_badge(row), zone_of(row)) for row in rows], **kwargs
        )


class AddEndpoint(WebhookPage):
    """`/admin/webhooks/add/`: set up an endpoint; its secret is shown once."""

    title = _("Add endpoint")
    template_name = "hotels/console/webhooks/form.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form."""
        return super().get_context_data(**{"form": self._form()} | kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Store the endpoint and show its secret, or the form with what is wrong."""
        form = self._form(request.POST)
        if form.is_valid():
            data = form.cleaned_data
            try:
                new = create_endpoint(
                    owner=None if data["hotel"] else self.user, **data, **self.actor
                )
            except ActionRefused as refusal:
                _show_refusal(form, refusal)
            else:
                return show_secret(self, new)
        return self.render_to_response(self.get_context_data(form=form))

    def _form(self, data: Any = None) -> NewEndpointForm:
        rows = self.access.narrow(Hotel.objects.filter(active=True), action=Action.INTEGRATE)
        initial = {"hotel": self.request.GET.get("hotel", "")}
        return NewEndpointForm(data, hotels=rows.order_by("name", "pk"), initial=initial)


class ChangeEndpoint(EndpointPage):
    """`/admin/webhooks/<id>/change/`: change URL, description and events."""

    title = _("Change endpoint")
    template_name = "hotels/console/webhooks/form.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the form."""
        row = self.endpoint
        stored = {"url": row.url, "description": row.description, "events": row.events}
        return super().get_context_data(**{"form": EndpointForm(initial=stored)} | kwargs)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Change the endpoint and show it, or the form with what is wrong."""
        form = EndpointForm(request.POST)
        if form.is_valid():
            try:
                change_endpoint(endpoint=self.endpoint, **form.cleaned_data, **self.actor)
            except WebhookEndpoint.DoesNotExist:
                raise Http404 from None
            except ActionRefused as refusal:
                _show_refusal(form, refusal)
            else:
                messages.success(request, _("Endpoint changed."))
                return redirect("hotels:webhook", self.endpoint.public_id)
        return self.render_to_response(self.get_context_data(form=form))


class OneEndpoint(EndpointPage):
    """`/admin/webhooks/<id>/?status=FAILED&before=key`: an endpoint and its deliveries."""

    template_name = "hotels/console/webhooks/endpoint.html"

    @cached_property
    def status(self) -> str | None:
        """The status of the deliveries that are shown; None for all."""
        return choice_param(self.request, "status", among=Message.Status.values)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of deliveries and the form of a replay.

        Raises Http404 when `before` is none of the deliveries.
        """
        before = key_param(self.request)
        rows = deliveries_of(user=self.user, access=self.access).filter(endpoint=self.endpoint)
        rows = rows.select_related("hotel")
        if self.status:
            rows = rows.filter(status=self.status)
        try:
            page = newest(
                older_than(rows, by="created_at", before=before), by="created_at", size=DELIVERIES
            )
        except Message.DoesNotExist as error:
            raise Http404 from error
        today = self.now.astimezone(self.zone).date()
        labels = {name: kind.label for name, kind in event_types().items()}
        context: dict[str, Any] = {
            "title": self.endpoint.description or self.endpoint.url,
            "badge": endpoint_badge(self.endpoint),
            "events": [(name, labels.get(name, name)) for name in self.endpoint.events],
            "rows": [(row, message_badge(row), label_of(row)) for row in page.rows],
            "older": page.older,
            "before": before,
            "statuses": Message.Status.choices,
            "status": self.status,
            "replay_form": ReplayForm(initial={"first": today, "last": today}),
            "rotating": _is_rotating(self.endpoint, now=self.now),
        }
        return super().get_context_data(**context | kwargs)


def label_of(message: Message) -> str:
    """Return the label of the type of a message's event."""
    kind = TEST if message.template == TEST.name else event_types().get(message.template)
    return str(kind.label) if kind else message.template


def show_secret(page: WebhookPage, new: NewSecret) -> HttpResponse:
    """Show a new secret, once; the answer is not kept by any cache."""
    page.template_name = "hotels/console/webhooks/secret.html"
    context = page.get_context_data(title=_("Secret of the endpoint"))
    context |= {"endpoint": new.endpoint, "secret": new.secret}
    response = page.render_to_response(context)
    add_never_cache_headers(response)
    return response


def _show_refusal(form: EndpointForm, refusal: ActionRefused) -> None:
    form.add_error(refusal.field if isinstance(refusal, EndpointInvalid) else None, str(refusal))


def _is_rotating(endpoint: WebhookEndpoint, *, now: Any) -> bool:
    until = endpoint.previous_secret_until
    return until is not None and now < until
