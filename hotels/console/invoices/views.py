"""Invoices and credit notes: list, detail page and PDF."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext_lazy, override

from hotels.billing import payment_terms
from hotels.billing.document_titles import title_of
from hotels.billing.invoice_pdf import account_of, pdf_of, service_dates
from hotels.console.base import ConsolePage, HotelsPage
from hotels.console.invoices.queries import (
    InvoiceFilter,
    count_deposits,
    count_uninvoiced,
    deposit_of,
    outstanding,
    payment_badge,
    read_deposits,
    read_invoices,
    read_uninvoiced,
)
from hotels.console.keyset import key_param
from hotels.console.payments.links import payment_links, record_link
from hotels.console.query_params import choice_param
from hotels.models import Folio, Invoice
from hotels.money import ZERO
from hotels.roles import Action

LONGEST_SEARCH = 100


class Invoices(HotelsPage):
    """`/admin/invoices/?hotel=code&show=due&q=text&before=key`: the newest documents first."""

    title = gettext_lazy("Invoices")
    only_active = False
    template_name = "hotels/console/invoices/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the outstanding amounts and a page of documents.

        Raises Http404 when `before` is not a document of these hotels.
        """
        show = choice_param(self.request, "show", among=InvoiceFilter.values)
        chosen = InvoiceFilter(show) if show else None
        search = self.request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
        before = key_param(self.request)
        hotels = self.selected_hotels
        try:
            page = read_invoices(hotels=hotels, chosen=chosen, search=search, before=before)
        except Invoice.DoesNotExist as error:
            raise Http404 from error
        return super().get_context_data(
            rows=[(document, payment_badge(document)) for document in page.rows],
            older=page.older,
            outstanding=outstanding(hotels=hotels),
            uninvoiced=count_uninvoiced(hotels=hotels),
            deposits=count_deposits(hotels=hotels),
            chosen=chosen,
            choices=InvoiceFilter.choices,
            search=search,
            before=before,
            **kwargs,
        )


class NotInvoiced(HotelsPage):
    """`/admin/invoices/not-invoiced/?hotel=code&after=key`: folios with open charges."""

    title = gettext_lazy("Charges not invoiced")
    only_active = False
    template_name = "hotels/console/invoices/not_invoiced.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of folios, the longest waiting first, and the hotels whose folios may change.

        Raises Http404 when `after` is not one of these folios.
        """
        after = key_param(self.request, "after")
        try:
            page = read_uninvoiced(hotels=self.selected_hotels, after=after, now=self.now)
        except Folio.DoesNotExist as error:
            raise Http404 from error
        context: dict[str, Any] = {
            "rows": page.rows,
            "next": page.next,
            "after": after,
            "may_credit": {
                hotel.pk for hotel in self.selected_hotels if self.may(Action.CHARGE, hotel)
            },
        }
        return super().get_context_data(**kwargs | context)


class DepositsToRefund(HotelsPage):
    """`/admin/invoices/deposits/?hotel=code&before=key`: money that no stay will use."""

    title = gettext_lazy("Deposits to refund")
    only_active = False
    template_name = "hotels/console/invoices/deposits.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add a page of folios, the newest first, and the actions on their payments."""
        before = key_param(self.request)
        page = read_deposits(hotels=self.selected_hotels, before=before)
        back = self.request.get_full_path()
        rows = []
        for each in map(deposit_of, page.rows):
            may = self.may(Action.CHARGE, each.folio.hotel)
            links = [(payment, payment_links(payment, back=back)) for payment in each.payments]
            rows.append((each, links if may else [(payment, ()) for payment, _ in links]))
        context: dict[str, Any] = {"rows": rows, "older": page.older, "before": before}
        return super().get_context_data(**kwargs | context)


class OneInvoice(ConsolePage):
    """`/admin/invoices/<pk>/`: a document with lines, taxes, payments and credit notes."""

    template_name = "hotels/console/invoices/invoice.html"

    @cached_property
    def invoice(self) -> Invoice:
        """The document with everything shown. Raises Http404 when it is of another hotel."""
        rows = self.access.narrow(Invoice.objects.all(), action=self.required_action)
        found = (
            rows.select_related("hotel", "folio__booking", "corrects", "first_invoice")
            .prefetch_related(
                "lines",
                "taxes",
                Prefetch("credit_notes", Invoice.objects.order_by("pk")),
                Prefetch("further_invoices", Invoice.objects.order_by("pk")),
                "folio__payments",
            )
            .filter(pk=self.kwargs["pk"])
            .first()
        )
        if found is None:
            raise Http404
        return found

    def _payments(self) -> dict[str, Any]:
        """The payments with the links to their actions, if the user may take them."""
        folio, may = self.invoice.folio, self.may(Action.CHARGE, self.invoice.hotel)
        back = reverse("hotels:invoice", args=[self.invoice.pk])
        return {
            "payments": [
                (payment, payment_links(payment, back=back) if may else ())
                for payment in folio.payments.all()
            ],
            "record_link": record_link(folio, back=back) if may else None,
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the document, its balance and the languages of the PDF."""
        account = account_of(self.invoice)
        return super().get_context_data(
            **{"title": str(self.invoice)},
            **self._payments(),
            invoice=self.invoice,
            document_title=title_of(self.invoice),
            due=payment_terms.due(self.invoice),
            service_dates=service_dates(self.invoice),
            payment=payment_badge(self.invoice),
            account=account,
            overpaid=max(-account.balance, ZERO),
            may_credit=self._may_credit(),
            languages=settings.LANGUAGES,
            language=get_language(),
            **kwargs,
        )

    def _may_credit(self) -> bool:
        """Return whether something is left to credit and the user may do it."""
        invoice = self.invoice
        left = invoice.kind == Invoice.Kind.INVOICE and invoice.live
        return left and self.may(Action.CHARGE, invoice.hotel)


class InvoicePdf(OneInvoice):
    """`/admin/invoices/<pk>/pdf/?language=de`: the PDF, by default in the user's language."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the PDF for display in the browser, named by the document's number."""
        known = {code for code, _ in settings.LANGUAGES}
        language = choice_param(request, "language", among=known) or get_language()
        with override(language):
            pdf = pdf_of(self.invoice, now=self.now)
        name = f"{self.invoice.number}.pdf"
        answer = HttpResponse(pdf, content_type="application/pdf")
        shown = content_disposition_header(as_attachment=False, filename=name)
        answer["Content-Disposition"] = shown or "inline"
        return answer
