"""OpenAPI descriptions of the routes below /api/invoices."""

from drf_spectacular.utils import OpenApiParameter, extend_schema

from hotels.api.serializers import (
    CreditOutcomeSerializer,
    CreditSerializer,
    InvoiceSerializer,
    InvoiceSummarySerializer,
)
from hotels.http.openapi import (
    HOTEL_ID,
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    describe_actions,
    page_of,
    read_responses,
    with_problems,
)

TAGS = ["invoices"]

NUMBER = OpenApiParameter(
    "number",
    {"type": "string", "minLength": 1},
    OpenApiParameter.QUERY,
    description="The exact number of a document.",
)

invoices = describe_actions(
    list=extend_schema(
        tags=TAGS,
        operation_id="listInvoices",
        summary="Invoices and credit notes",
        description="The documents of your hotels, the newest first.",
        parameters=[IF_NONE_MATCH, HOTEL_ID, NUMBER],
        responses=read_responses(page_of("invoices", InvoiceSummarySerializer), 404),
    ),
    retrieve=extend_schema(
        tags=TAGS,
        operation_id="getInvoice",
        summary="One invoice or credit note",
        description="With its lines and taxes, its credit notes, and what can still be credited.",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(InvoiceSerializer, 404),
    ),
    credit=extend_schema(
        tags=TAGS,
        operation_id="issueCreditNote",
        summary="Issue a credit note",
        description="Credit lines of an invoice, an amount, or all that is left of it, or preview "
        "it (`dryRun`); for users who may change folios. The credited charges are reversed on the "
        "folio, or with `invoiceAgain` opened to be invoiced again. 409 if the credit does not fit "
        "into what is left of the invoice.",
        parameters=[IDEMPOTENCY_KEY],
        request=CreditSerializer,
        responses=with_problems(
            {200: CreditOutcomeSerializer, 201: CreditOutcomeSerializer},
            *(404, 409, 413, 415, 422),
        ),
    ),
)
