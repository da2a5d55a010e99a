"""Invoices and credit notes: the list, one of them with its account, and its printable PDF."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext_lazy, override

from hotels.billing.paper import account_of, pdf_of
from hotels.console.base import ConsolePage, HotelsPage
from hotels.console.invoices.queries import InvoiceFilter, outstanding, payment_badge, read_invoices
from hotels.console.keyset import key_param
from hotels.console.query_params import choice_param
from hotels.models import Invoice

LONGEST_SEARCH = 100


class Invoices(HotelsPage):
    """`/admin/invoices/`: `?hotel=code&show=due&q=text&before=key`, the newest first."""

    title = gettext_lazy("Invoices")
    template_name = "hotels/console/invoices/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What is outstanding of the hotels, and the documents asked for."""
        chosen = choice_param(self.request, "show", among=InvoiceFilter.values)
        wanted = InvoiceFilter(chosen) if chosen else None
        search = self.request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
        before = key_param(self.request)
        hotels = self.wanted_hotels
        try:
            part = read_invoices(hotels=hotels, wanted=wanted, search=search, before=before)
        except Invoice.DoesNotExist as error:
            raise Http404 from error
        return super().get_context_data(
            rows=[(document, payment_badge(document)) for document in part.rows],
            older=part.older,
            outstanding=outstanding(hotels=hotels),
            wanted=wanted,
            choices=InvoiceFilter.choices,
            search=search,
            before=before,
            **kwargs,
        )


class OneInvoice(ConsolePage):
    """`/admin/invoices/<pk>/`: lines, tax, payments, corrections; others' documents are a 404."""

    template_name = "hotels/console/invoices/invoice.html"

    @cached_property
    def invoice(self) -> Invoice:
        """The document with all that stands on it."""
        rows = self.access.narrow(Invoice.objects.all(), action=self.needs)
        found = (
            rows.select_related("hotel", "folio__booking", "corrects")
            .prefetch_related(
                "lines",
                "taxes",
                Prefetch("credit_notes", Invoice.objects.order_by("pk")),
                "folio__payments",
            )
            .filter(pk=self.kwargs["pk"])
            .first()
        )
        if found is None:
            raise Http404
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The document, and the languages it can be printed in."""
        return super().get_context_data(
            **{"title": str(self.invoice)},
            invoice=self.invoice,
            look=payment_badge(self.invoice),
            account=account_of(self.invoice),
            languages=settings.LANGUAGES,
            language=get_language(),
            **kwargs,
        )


class InvoicePdf(OneInvoice):
    """`/admin/invoices/<pk>/pdf/?language=de`: to print, in the person's language without one."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The PDF, shown by the browser, saved under the document's number."""
        known = {code for code, _ in settings.LANGUAGES}
        language = choice_param(request, "language", among=known) or get_language()
        with override(language):
            pdf = pdf_of(self.invoice, now=self.now)
        name = f"{self.invoice.number}.pdf"
        answer = HttpResponse(pdf, content_type="application/pdf")
        shown = content_disposition_header(as_attachment=False, filename=name)
        answer["Content-Disposition"] = shown or "inline"
        return answer
