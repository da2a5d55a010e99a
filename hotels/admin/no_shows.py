"""Admin of no-show records, with actions for the decisions of managers."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hotels.admin.base import ReadOnlyAdmin
from hotels.admin.columns import instant_column, money_column
from hotels.console.no_shows.forms import NoteForm
from hotels.http.access import request_access
from hotels.models import NoShowRecord
from hotels.no_shows.errors import ReversalRefused
from hotels.no_shows.labels import RULES, rule_label
from hotels.no_shows.manager_actions import (
    CHARGE,
    KEEP,
    REINSTATE,
    RELEASE,
    WAIVE,
    ManagerAction,
)
from hotels.roles import Action


def _currency(row: NoShowRecord) -> str:
    return row.currency


class RuleFilter(admin.SimpleListFilter):
    """Filter by rule that offers sentences instead of the stored names."""

    title = _("rule")
    parameter_name = "rule"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the rules with their sentences."""
        return list(RULES.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return the records of the chosen rule; unknown rules are ignored."""
        return queryset.filter(rule=self.value()) if self.value() in RULES else queryset


@admin.register(NoShowRecord)
class NoShowRecordAdmin(ReadOnlyAdmin):
    """Records of the no-show check; users decide reviews, reinstate guests and waive fees."""

    list_display = [
        "booking_room",
        "hotel",
        "outcome",
        instant_column("deadline"),
        money_column("fee_amount", currency=_currency),
        money_column("deposit_surplus", currency=_currency),
        instant_column("created_at"),
    ]
    list_filter = ["outcome", RuleFilter]
    list_select_related = ["hotel", "booking_room__booking"]
    list_dates = "business_date"
    ordering = ["-created_at", "-pk"]
    search_fields = ["booking_room__booking__reference", "booking_room__booking__guest__name"]
    autocomplete_fields = ["hotel", "booking_room", "fee_line"]
    fields = [
        "hotel",
        "booking_room",
        "outcome",
        "rule_sentence",
        "reason",
        "business_date",
        instant_column("deadline"),
        "arrival_date",
        instant_column("eta", label=_("expected arrival")),
        money_column("fee_amount", currency=_currency),
        money_column("deposit_surplus", currency=_currency),
        "fee_line",
        "nights_freed",
        instant_column("created_at"),
        "decided_by",
        instant_column("decided_at"),
        "decision_note",
    ]
    actions = ["reinstate", "keep", "charge", "release", "waive"]

    @admin.display(description=_("rule"))
    def rule_sentence(self, record: NoShowRecord) -> str:
        """Return the rule as a sentence."""
        return rule_label(record.rule)

    def has_reinstate_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may reinstate in any hotel; each record is checked again."""
        return self.allows(request, Action.REINSTATE)

    def has_charge_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may charge in any hotel; each record is checked again."""
        return self.allows(request, Action.CHARGE)

    def has_waive_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may waive in any hotel; each record is checked again."""
        return self.allows(request, Action.WAIVE)

    @admin.action(description=_("Reinstate (the guest arrived late)"), permissions=["reinstate"])
    def reinstate(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Reinstate each room."""
        return self._decide(request, queryset, REINSTATE)

    @admin.action(description=_("Keep the room (needs a decision)"), permissions=["reinstate"])
    def keep(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Keep each room that waits for a decision: the guest is still expected."""
        return self._decide(request, queryset, KEEP)

    @admin.action(description=_("Charge the fee (needs a decision)"), permissions=["charge"])
    def charge(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Charge the fee for each room that waits for a decision: the guest is a no-show."""
        return self._decide(request, queryset, CHARGE)

    @admin.action(
        description=_("Release without a fee (needs a decision)"), permissions=["reinstate"]
    )
    def release(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Release each room that waits for a decision."""
        return self._decide(request, queryset, RELEASE)

    @admin.action(description=_("Waive the fee"), permissions=["waive"])
    def waive(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Waive the fee of each room."""
        return self._decide(request, queryset, WAIVE)

    def _decide(
        self, request: HttpRequest, queryset: Any, decision: ManagerAction
    ) -> HttpResponse | None:
        """Ask for a note; with it, decide each record separately and return to the list."""
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
            refusal = _("%(room)s: your role in %(hotel)s does not allow this.")
            message = refusal % {"room": room, "hotel": record.hotel}
            self.message_user(request, message, messages.ERROR)
            return
        try:
            decision.carry_out(record=record, user=request.user, now=timezone.now(), note=note)
        except ReversalRefused as error:
            self.message_user(request, f"{room}: {error}", messages.ERROR)
        else:
            self.message_user(request, f"{room}: {decision.done}.", messages.SUCCESS)
