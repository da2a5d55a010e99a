"""Views of invoices and credit notes."""

from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar

from django.http import Http404
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from hotels.api.schema.invoices import invoices as describe
from hotels.api.serializers import (
    CreditOutcomeSerializer,
    CreditSerializer,
    InvoiceSerializer,
    InvoiceSummarySerializer,
)
from hotels.audit import Via
from hotels.billing.credit import WrongAmount
from hotels.billing.credit_outcomes import CreditOutcome
from hotels.billing.manual_credit import WrongLine, creditable_lines, issue_credit, preview_credit
from hotels.billing.remainder import remainder_of
from hotels.errors import ActionRefused
from hotels.http import idempotency
from hotels.http.idempotency import Answer
from hotels.http.pagination import PAGE, OffsetPagination
from hotels.http.problem import Conflict
from hotels.http.view_sets import ApiGenericViewSet
from hotels.i18n import in_english
from hotels.models import Invoice
from hotels.roles import Action


@describe
class InvoiceViewSet(ApiGenericViewSet):
    """Invoices and credit notes of the caller's hotels."""

    queryset = Invoice.objects.all()
    serializer_class = InvoiceSummarySerializer
    pagination_class = OffsetPagination
    page_key = "invoices"
    needs: ClassVar[dict[str, Action]] = {"credit": Action.CHARGE}
    parameters: ClassVar[dict[str, frozenset[str]]] = {"list": PAGE | {"hotelId", "number"}}

    def get_queryset(self) -> Any:
        """The documents of the caller's hotels."""
        rows = Invoice.objects.select_related("hotel", "folio__booking")
        return self.access.narrow(rows, action=Action.SEE)

    def list(self, request: Request) -> Response:
        """A page of documents, the newest first."""
        # In the order of the index `invoice_newest`.
        rows = self.get_queryset().order_by("-issue_date", "-pk")
        hotel_id, number = self.hotel_id_filter(), request.query_params.get("number")
        if hotel_id is not None:
            rows = rows.filter(hotel=hotel_id)
        if number is not None:
            rows = rows.filter(number=number.replace("\0", ""))
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @in_english()
    def retrieve(self, request: Request, pk: int) -> Response:
        """One document."""
        rows = self.get_queryset().prefetch_related("lines", "taxes", "credit_notes")
        invoice = self._invoice(pk, rows)
        left, creditable = None, frozenset[int]()
        if invoice.kind == Invoice.Kind.INVOICE:
            left = remainder_of(invoice)
            lines = creditable_lines(invoice=invoice, left=left)
            creditable = frozenset(each.line.pk for each in lines if not each.credited)
        context = {"left": left, "creditable": creditable}
        return Response(InvoiceSerializer(invoice, context=context).data)

    @in_english()
    def credit(self, request: Request, pk: int) -> Response:
        """Issue a credit note of an invoice, or preview it."""
        invoice = self._invoice(pk, self.get_queryset())
        self.require(action=Action.CHARGE, hotel_id=invoice.hotel_id)
        body = CreditSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        now = timezone.now()
        answer = idempotency.answer_once(
            key=idempotency.idempotency_key(request),
            user=self.current_user,
            content={"invoice": invoice.pk} | body.data,
            now=now,
            carry_out=lambda: self._credited(invoice, body, now=now),
            atomic=True,
        )
        headers = {"Idempotency-Replayed": "true"} if answer.repeated else None
        return Response(answer.body, status=answer.status, headers=headers)

    def _credited(self, invoice: Invoice, body: CreditSerializer, *, now: datetime) -> Answer:
        """The answer with the credit note; raises ValidationError or Conflict when refused."""
        dry_run = body.validated_data["dry_run"]
        try:
            outcome = self._outcome(invoice, body, now=now)
        except WrongLine as refusal:
            raise ValidationError({"lines": str(refusal)}) from refusal
        except WrongAmount as refusal:
            raise ValidationError({"amount": str(refusal)}) from refusal
        except ActionRefused as refusal:
            raise Conflict(str(refusal), code="refused") from refusal
        shown = CreditOutcomeSerializer(outcome, context={"dry_run": dry_run}).data
        return Answer(status=HTTPStatus.OK if dry_run else HTTPStatus.CREATED, body=dict(shown))

    def _outcome(self, invoice: Invoice, body: CreditSerializer, *, now: datetime) -> CreditOutcome:
        by, credit = self.current_user, body.credit
        if body.validated_data["dry_run"]:
            return preview_credit(invoice=invoice, credit=credit, by=by, now=now)
        reason = body.validated_data["reason"]
        return issue_credit(
            invoice=invoice, credit=credit, by=by, now=now, reason=reason, via=Via.API
        )

    def _invoice(self, pk: int, rows: Any) -> Invoice:
        invoice: Invoice | None = rows.filter(pk=pk).first()
        if invoice is None:
            raise Http404
        return invoice
