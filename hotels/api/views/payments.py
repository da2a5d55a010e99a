"""Views of payments: list, record, refund, move, settle."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from django.http import Http404
from django.utils import timezone
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from hotels.api.schema.payments import payments as describe
from hotels.api.serializers import (
    MovePaymentSerializer,
    PaymentSerializer,
    RecordPaymentSerializer,
    RefundSerializer,
    SettlePaymentSerializer,
)
from hotels.api.serializers.payments import effects_body
from hotels.audit import Via
from hotels.billing.payment_actions import (
    move_payment,
    record_payment,
    record_refund,
    settle_payment,
)
from hotels.billing.payment_checks import AmountRefused, CurrencyRefused, PaymentRefused
from hotels.billing.payment_effects import carry_out
from hotels.http import idempotency
from hotels.http.idempotency import Answer
from hotels.http.pagination import PAGE, OffsetPagination
from hotels.http.problem import Conflict
from hotels.http.strict_serializers import StrictSerializer
from hotels.http.view_sets import ApiGenericViewSet
from hotels.i18n import in_english
from hotels.models import Folio, Payment
from hotels.roles import Action

# The members of a body that cause a refusal.
_MEMBERS = (
    (AmountRefused, "amount"),
    (CurrencyRefused, "currency"),
    (CurrencyRefused, "folio_id"),
)


@dataclass(frozen=True, kw_only=True)
class _Requested:
    """An action on payments of `folios`, the body that asks for it, and whether one is `new`.

    `name` says what is done to which row, such as `move 12`.
    """

    name: str
    folios: Sequence[Folio]
    action: Callable[..., Payment]
    body: dict[str, Any]
    new: bool = False

    @property
    def dry_run(self) -> bool:
        """True if only the effects are asked for."""
        return bool(self.body["dry_run"])

    @property
    def content(self) -> dict[str, str]:
        """The request as text: a repeated key must be for the same request."""
        values = {name: str(value) for name, value in self.body.items()}
        return {"action": self.name, **values}

    def refusal(self, refusal: PaymentRefused) -> APIException:
        """The response to a refusal: 400 if a member of the body causes it, else 409."""
        sentence = str(refusal).replace("\u00a0", " ")
        for kind, member in _MEMBERS:
            if isinstance(refusal, kind) and member in self.body:
                return ValidationError({member: sentence})
        return Conflict(sentence, code="refused")


@describe
class PaymentViewSet(ApiGenericViewSet):
    """Payments of a folio, and the actions on them."""

    queryset = Payment.objects.all()
    serializer_class = PaymentSerializer
    pagination_class = OffsetPagination
    page_key = "payments"
    needs: ClassVar[dict[str, Action]] = dict.fromkeys(
        ("record", "refund", "move", "settle"), Action.CHARGE
    )
    parameters: ClassVar[dict[str, frozenset[str]]] = {"list": PAGE}

    def list(self, request: Request, pk: int) -> Response:
        """A page of the folio's payments, the newest first."""
        folio = self._folio(pk)
        rows = Payment.objects.filter(folio=folio).select_related("folio__booking")
        page = self.paginate_queryset(rows.order_by("-received_at", "-pk"))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    def record(self, request: Request, pk: int) -> Response:
        """Record money received on the folio."""
        folio = self._folio(pk)
        self.require(action=Action.CHARGE, hotel_id=folio.hotel_id)
        body = _valid(RecordPaymentSerializer, request)
        action = partial(
            record_payment,
            folio=folio,
            amount=body["amount"],
            currency=body["currency"],
            method=body["method"],
            is_deposit=body["deposit"],
            note=body["note"],
        )
        return self._answer(
            request,
            _Requested(name=f"record on {pk}", folios=[folio], action=action, body=body, new=True),
        )

    def refund(self, request: Request, pk: int) -> Response:
        """Record that the payment, or a part of it, was paid back."""
        payment = self._payment(pk)
        body = _valid(RefundSerializer, request)
        action = partial(
            record_refund, payment=payment, amount=body["amount"], reason=body["reason"]
        )
        return self._answer(request, _on(payment, "refund", action, body))

    def move(self, request: Request, pk: int) -> Response:
        """Move the payment to another folio of its booking."""
        payment = self._payment(pk)
        body = _valid(MovePaymentSerializer, request)
        target = self._folio(body["folio_id"])
        action = partial(move_payment, payment=payment, to=target, reason=body["reason"])
        return self._answer(request, _on(payment, "move", action, body, target))

    def settle(self, request: Request, pk: int) -> Response:
        """Mark a pending or authorised payment as received, or as failed."""
        payment = self._payment(pk)
        body = _valid(SettlePaymentSerializer, request)
        action = partial(settle_payment, payment=payment, paid=body["paid"], reason=body["reason"])
        return self._answer(request, _on(payment, "settle", action, body))

    @in_english()
    def _answer(self, request: Request, requested: _Requested) -> Response:
        now = timezone.now()
        answer = idempotency.answer_once(
            key=idempotency.idempotency_key(request),
            user=self.current_user,
            content=requested.content,
            now=now,
            carry_out=lambda: self._carry_out(requested, now=now),
            atomic=True,
        )
        headers = {"Idempotency-Replayed": "true"} if answer.repeated else None
        return Response(answer.body, status=answer.status, headers=headers)

    def _carry_out(self, requested: _Requested, *, now: Any) -> Answer:
        action = partial(requested.action, by=self.current_user, now=now, via=Via.API)
        dry_run = requested.dry_run
        try:
            effects = carry_out(folios=requested.folios, action=action, dry_run=dry_run)
        except PaymentRefused as refusal:
            raise requested.refusal(refusal) from refusal
        body = effects_body(effects, dry_run=dry_run, new=requested.new)
        return Answer(status=201 if requested.new and not dry_run else 200, body=body)

    def _folio(self, pk: int) -> Folio:
        """A folio of the caller's hotels; raises Http404 for any other."""
        rows = self.access.narrow(Folio.objects.all(), action=Action.SEE)
        folio = rows.select_related("hotel", "booking").filter(pk=pk).first()
        if folio is None:
            raise Http404
        return folio

    def _payment(self, pk: int) -> Payment:
        """A payment the caller may change; raises Http404 if it is not of the caller's hotels."""
        rows = self.access.narrow(Payment.objects.all(), action=Action.SEE)
        payment = rows.select_related("folio__hotel", "folio__booking").filter(pk=pk).first()
        if payment is None:
            raise Http404
        self.require(action=Action.CHARGE, hotel_id=payment.folio.hotel_id)
        return payment


def _on(
    payment: Payment,
    name: str,
    action: Callable[..., Payment],
    body: dict[str, Any],
    *also: Folio,
) -> _Requested:
    key = f"{name} {payment.pk}"
    return _Requested(name=key, folios=[payment.folio, *also], action=action, body=body)


def _valid(kind: type[StrictSerializer], request: Request) -> dict[str, Any]:
    body = kind(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)
