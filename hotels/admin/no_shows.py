"""Why rooms were released or charged, and the two things a person may decide about it."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hotels.admin.access import request_access
from hotels.admin.base import ReadOnlyAdmin
from hotels.admin.columns import instant_column, money_column
from hotels.console.no_shows.forms import NoteForm
from hotels.models import NoShowRecord
from hotels.no_shows.errors import ReversalRefused
from hotels.no_shows.manager_actions import KEEP, REINSTATE, WAIVE, ManagerAction
from hotels.roles import Action


def _currency(row: NoShowRecord) -> str:
    return row.currency


@admin.register(NoShowRecord)
class NoShowRecordAdmin(ReadOnlyAdmin):
    """Made by the no-show check; people reinstate a late guest or waive a fee."""

    list_display = [
        "booking_room",
        "hotel",
        "outcome",
        "rule",
        instant_column("deadline"),
        money_column("fee_amount", currency=_currency),
        money_column("deposit_surplus", currency=_currency),
        instant_column("created_at"),
    ]
    list_filter = ["outcome", "rule"]
    list_select_related = ["hotel", "booking_room__booking"]
    list_dates = "business_date"
    ordering = ["-created_at", "-pk"]
    search_fields = ["booking_room__booking__reference", "booking_room__booking__guest__name"]
    autocomplete_fields = ["hotel", "booking_room", "fee_line"]
    fields = [
        "hotel",
        "booking_room",
        "outcome",
        "rule",
        "reason",
        "business_date",
        instant_column("deadline"),
        "arrival_date",
        instant_column("eta", label=_("announced arrival")),
        money_column("fee_amount", currency=_currency),
        money_column("deposit_surplus", currency=_currency),
        "fee_line",
        "nights_freed",
        instant_column("created_at"),
        "decided_by",
        instant_column("decided_at"),
        "decision_note",
    ]
    actions = ["reinstate", "keep", "waive"]

    def has_reinstate_permission(self, request: HttpRequest) -> bool:
        """Whether the person may reinstate in some hotel; each record is asked again."""
        return self.allows(request, Action.REINSTATE)

    def has_waive_permission(self, request: HttpRequest) -> bool:
        """Whether the person may waive in some hotel; each record is asked again."""
        return self.allows(request, Action.WAIVE)

    @admin.action(description=_("Reinstate (the guest came after all)"), permissions=["reinstate"])
    def reinstate(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Take the no-show back, room by room."""
        return self._decide(request, queryset, REINSTATE)

    @admin.action(description=_("Keep the room (left for review)"), permissions=["reinstate"])
    def keep(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Settle what the check left for a person: the guest is expected still."""
        return self._decide(request, queryset, KEEP)

    @admin.action(description=_("Waive the fee"), permissions=["waive"])
    def waive(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Take the fee back, room by room."""
        return self._decide(request, queryset, WAIVE)

    def _decide(
        self, request: HttpRequest, queryset: Any, decision: ManagerAction
    ) -> HttpResponse | None:
        """Ask for a note; with it, decide each record alone, then go back to the list."""
        form = NoteForm(request.POST if "confirmed" in request.POST else None)
        records = queryset.select_related("hotel", "booking_room__booking")
        if not form.is_valid():
            return self._ask(request, records, decision, form)
        for record in records:
            self._decide_one(request, record, decision, note=form.cleaned_data["note"])
        return None

    def _ask(
        self, request: HttpRequest, records: Any, decision: ManagerAction, form: NoteForm
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": decision.title,
            "decision": decision,
            "records": records,
            "form": form,
            "media": self.media,
            "action_checkbox_name": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/hotels/noshowrecord/decide.html", context)

    def _decide_one(
        self, request: HttpRequest, record: NoShowRecord, decision: ManagerAction, *, note: str
    ) -> None:
        room = record.booking_room
        if not request_access(request).may(action=decision.action, hotel_id=record.hotel_id):
            words = _("%(room)s: your role in %(hotel)s does not allow it.")
            told = words % {"room": room, "hotel": record.hotel}
            self.message_user(request, told, messages.ERROR)
            return
        try:
            decision.carry_out(record=record, user=request.user, now=timezone.now(), note=note)
        except ReversalRefused as error:
            self.message_user(request, f"{room}: {error}", messages.ERROR)
        else:
            self.message_user(request, f"{room}: {decision.done}.", messages.SUCCESS)
