"""OpenAPI descriptions of the routes below /api/payments and /api/folios/{id}/payments."""

from typing import Any

from drf_spectacular.utils import extend_schema

from hotels.api.serializers import (
    MovePaymentSerializer,
    PaymentEffectsSerializer,
    PaymentSerializer,
    RecordPaymentSerializer,
    RefundSerializer,
    SettlePaymentSerializer,
)
from hotels.http.openapi import (
    IDEMPOTENCY_KEY,
    IF_NONE_MATCH,
    describe_actions,
    page_of,
    read_responses,
    with_problems,
)

TAGS = ["payments"]


def _action(operation: str, summary: str, request: Any, *success: int, description: str) -> Any:
    """An action: previews answer with 200, refusals by the state of the payment with 409."""
    return extend_schema(
        tags=TAGS,
        operation_id=operation,
        summary=summary,
        description=f"{description} For managers, administrators and the front desk of the hotel.",
        parameters=[IDEMPOTENCY_KEY],
        request=request,
        responses=with_problems(
            dict.fromkeys((200, *success), PaymentEffectsSerializer), 404, 409, 413, 415, 422
        ),
    )


payments = describe_actions(
    list=extend_schema(
        tags=TAGS,
        operation_id="listPayments",
        summary="Payments of a folio",
        parameters=[IF_NONE_MATCH],
        responses=read_responses(page_of("payments", PaymentSerializer), 404),
    ),
    record=_action(
        "recordPayment",
        "Record money received on a folio",
        RecordPaymentSerializer,
        201,
        description="Records a payment and updates the balances of the folio's invoices.",
    ),
    refund=_action(
        "refundPayment",
        "Record a refund of a payment",
        RefundSerializer,
        description="Several refunds add up to the amount of the payment at most. No money is "
        "paid out.",
    ),
    move=_action(
        "movePayment",
        "Move a payment to another folio of its booking",
        MovePaymentSerializer,
        description="Moves money that was received, with its refunds, and updates the balances "
        "of the invoices of both folios.",
    ),
    settle=_action(
        "settlePayment",
        "Mark a pending or authorised payment as paid or failed",
        SettlePaymentSerializer,
        description="An authorisation counts once it is paid.",
    ),
)
