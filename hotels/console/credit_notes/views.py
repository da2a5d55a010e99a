"""The page that previews the proposed credit note of a folio and issues it with a reason."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from hotels.billing.credit_outcomes import CreditOutcome
from hotels.billing.proposals import issue_proposed_credit, preview_proposed_credit
from hotels.console.base import ConsolePage
from hotels.console.credit_notes.forms import CreditNoteForm
from hotels.console.invoices.queries import balance_rows
from hotels.errors import ActionRefused
from hotels.models import Folio
from hotels.roles import Action


class IssueCreditNote(ConsolePage):
    """`/admin/invoices/not-invoiced/<folio>/credit-note/`: preview, then issue with a reason."""

    title = _("Issue credit note")
    template_name = "hotels/console/credit_notes/issue.html"

    @cached_property
    def folio(self) -> Folio:
        """The folio.

        Raises Http404 when it is of another hotel, PermissionDenied when the user's role does not
        allow changing folios.
        """
        rows = self.access.narrow(Folio.objects.all(), action=Action.SEE)
        rows = rows.select_related("hotel", "booking", "payer")
        found = rows.filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        if not self.may(Action.CHARGE, found.hotel):
            raise PermissionDenied
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the folio, the preview and the form, the posted one if any."""
        preview: CreditOutcome | None = None
        refused = ""
        try:
            preview = preview_proposed_credit(folio=self.folio, by=self.user, now=self.now)
        except ActionRefused as refusal:
            refused = str(refusal)
        context: dict[str, Any] = {
            "folio": self.folio,
            "preview": preview,
            "balances": balance_rows(preview.balances) if preview else (),
            "refused": refused,
            "form": kwargs.get("form") or CreditNoteForm(),
            "list_url": _list_url(self.folio),
        }
        return super().get_context_data(**kwargs | context)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Issue the credit note and show it, or show the form again when the reason is missing."""
        folio, form = self.folio, CreditNoteForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form))
        seen, reason = form.cleaned_data["state"], form.cleaned_data["reason"]
        try:
            notes = issue_proposed_credit(
                folio=folio, by=self.user, now=self.now, reason=reason, seen=seen
            ).notes
        except ActionRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(_list_url(folio))
        done = ngettext(
            "Credit note %(numbers)s for folio %(folio)s issued.",
            "Credit notes %(numbers)s for folio %(folio)s issued.",
            len(notes),
        )
        numbers = ", ".join(note.number for note in notes)
        messages.success(request, done % {"numbers": numbers, "folio": folio})
        return redirect("hotels:invoice", notes[0].pk)


def _list_url(folio: Folio) -> str:
    return f"{reverse('hotels:not-invoiced')}?{urlencode({'hotel': folio.hotel.code})}"
