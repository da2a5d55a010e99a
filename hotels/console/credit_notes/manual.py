"""The page that credits an invoice, wholly or in part, after a preview."""

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotels.billing.credit_outcomes import CreditOutcome
from hotels.billing.manual_credit import creditable_lines, issue_credit, preview_credit
from hotels.billing.remainder import remainder_of
from hotels.console.base import ConsolePage
from hotels.console.credit_notes.forms import ManualCreditForm, Part
from hotels.console.invoices.queries import balance_rows
from hotels.errors import ActionRefused
from hotels.models import Invoice
from hotels.roles import Action


class CreditInvoice(ConsolePage):
    """`/admin/invoices/<pk>/credit-note/`: choose the part, preview, then issue with a reason."""

    title = _("Issue credit note")
    template_name = "hotels/console/credit_notes/manual.html"

    @cached_property
    def invoice(self) -> Invoice:
        """The invoice.

        Raises Http404 for a credit note and for an invoice of another hotel, PermissionDenied when
        the user's role does not allow changing folios.
        """
        rows = self.access.narrow(Invoice.objects.all(), action=Action.SEE)
        rows = rows.filter(kind=Invoice.Kind.INVOICE).select_related("hotel", "folio__booking")
        found = rows.prefetch_related("lines").filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise Http404
        if not self.may(Action.CHARGE, found.hotel):
            raise PermissionDenied
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the invoice, what is left of it, and the form, the posted one if any."""
        invoice = self.invoice
        left = remainder_of(invoice)
        form = kwargs.get("form") or ManualCreditForm(invoice=invoice)
        context: dict[str, Any] = {
            "invoice": invoice,
            "folio": invoice.folio,
            "left": left,
            "rates_left": sorted(left.rates.values(), key=lambda part: part.rate),
            "lines": creditable_lines(invoice=invoice, left=left),
            "form": form,
            "chosen_lines": {str(key) for key in form["lines"].value() or ()},
            "Part": Part,
        }
        return super().get_context_data(**kwargs | context)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Preview the credit note, or issue it and show it; a refusal keeps what was entered."""
        issuing = "issue" in request.POST
        form = ManualCreditForm(request.POST, invoice=self.invoice, issuing=issuing)
        preview: CreditOutcome | None = None
        refused = ""
        try:
            if form.is_valid() and issuing:
                return self._issued(form)
            if form.errors.keys() <= {"reason"}:
                preview = preview_credit(
                    invoice=self.invoice, credit=form.credit(), by=self.user, now=self.now
                )
        except ActionRefused as refusal:
            refused = str(refusal)
        balances = balance_rows(preview.balances) if preview else ()
        context = self.get_context_data(
            form=form, preview=preview, balances=balances, refused=refused
        )
        return self.render_to_response(context)

    def _issued(self, form: ManualCreditForm) -> HttpResponse:
        note = issue_credit(
            invoice=self.invoice,
            credit=form.credit(),
            by=self.user,
            now=self.now,
            reason=form.cleaned_data["reason"],
            seen=form.cleaned_data["state"],
        ).note
        done = gettext("Credit note %(number)s for invoice %(invoice)s issued.")
        messages.success(self.request, done % {"number": note.number, "invoice": self.invoice})
        return redirect("hotels:invoice", note.pk)
