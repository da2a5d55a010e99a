"""No-shows: the list of records, and the page on which a manager decides about one."""

from datetime import timedelta
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from hotels.console.base import ConsolePage, HotelsPage
from hotels.console.keyset import key_param
from hotels.console.no_shows.forms import NoteForm
from hotels.console.no_shows.queries import (
    TO_DECIDE_SHOWN,
    Listed,
    Outcome,
    decided,
    row_of,
    to_decide,
    with_all,
)
from hotels.models import NoShowRecord
from hotels.no_shows.errors import ReversalRefused
from hotels.no_shows.manager_actions import DECISIONS, ManagerAction
from hotels.no_shows.preview import preview_action
from hotels.roles import Action

DAYS = (7, 30, 90, 365)
DAYS_SHOWN = 30


class NoShows(HotelsPage):
    """`/admin/no-shows/?hotel=code&outcome=APPLIED&days=30&before=key`.

    Records that wait for a decision come first.
    """

    title = _("No-shows")
    only_active = False
    template_name = "hotels/console/no_shows/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the records to decide, of any age, and the other records of the chosen days.

        Raises Http404 when `before` is not a record of these hotels.
        """
        query = self.request.GET
        outcome = query.get("outcome", "")
        outcome = outcome if outcome in Outcome.values else ""
        days = next((n for n in DAYS if str(n) == query.get("days")), DAYS_SHOWN)
        before = key_param(self.request)
        try:
            lists = self._lists(outcome, days=days, before=before)
        except NoShowRecord.DoesNotExist as error:
            raise Http404 from error
        return super().get_context_data(
            outcome=outcome,
            outcomes=Outcome.choices,
            days=days,
            days_choices=DAYS,
            before=before,
            **lists,
            **kwargs,
        )

    def _lists(self, outcome: str, *, days: int, before: int | None) -> dict[str, Listed]:
        scope: dict[str, Any] = {
            "hotels": self.selected_hotels,
            "access": self.access,
            "now": self.now,
        }
        if outcome == Outcome.REVIEW:
            return {"to_decide": to_decide(before=before, **scope)}
        since = self.now - timedelta(days=days)
        lists = {"decided": decided(since=since, outcome=outcome, before=before, **scope)}
        if not outcome and before is None:
            lists["to_decide"] = to_decide(size=TO_DECIDE_SHOWN, **scope)
        return lists


class DecideNoShow(ConsolePage):
    """`/admin/no-shows/<pk>/<decision>/`: preview a decision, then carry it out with a note."""

    template_name = "hotels/console/no_shows/decide.html"

    @cached_property
    def decision(self) -> ManagerAction:
        """The decision named in the URL. Raises Http404 for an unknown one."""
        found = DECISIONS.get(self.kwargs["choice"])
        if found is None:
            raise Http404
        return found

    @cached_property
    def record(self) -> NoShowRecord:
        """The record.

        Raises Http404 when it is of another hotel, PermissionDenied when the user's role does not
        allow the decision.
        """
        rows = self.access.narrow(NoShowRecord.objects.all(), action=Action.SEE)
        found = with_all(rows).filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        if not self.may(self.decision.action, found.hotel):
            raise PermissionDenied
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the record, a preview of the decision and the form, the posted one if any."""
        user = self.user
        assert isinstance(user, User)
        preview = preview_action(
            decision=self.decision, record=self.record, user=user, now=self.now
        )
        context: dict[str, Any] = {
            "title": self.decision.button,
            "decision": self.decision,
            "row": row_of(self.record, access=self.access, now=self.now),
            "preview": preview,
            "form": kwargs.get("form") or NoteForm(),
            "list_url": _list_url(self.record),
        }
        return super().get_context_data(**kwargs | context)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Carry the decision out, or show the form again when the note is missing."""
        record, form = self.record, NoteForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        try:
            self.decision.carry_out(
                record=record, user=self.user, now=self.now, note=form.cleaned_data["note"]
            )
        except ReversalRefused as error:
            messages.error(request, f"{record.booking_room}: {error}")
        else:
            messages.success(request, f"{record.booking_room}: {self.decision.done}.")
        return redirect(_list_url(record))


def _list_url(record: NoShowRecord) -> str:
    return f"{reverse('hotels:no-shows')}?{urlencode({'hotel': record.hotel.code})}"
