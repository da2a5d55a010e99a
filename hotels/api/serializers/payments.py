"""Serializers of payments, of the actions on them, and of their effects."""

from typing import Any

from rest_framework import serializers

from hotels.api.serializers.balances import BalanceChangeSerializer
from hotels.api.serializers.money import AmountField
from hotels.billing.payment_effects import PaymentEffects
from hotels.http.strict_serializers import (
    StrictAmount,
    StrictBoolean,
    StrictKey,
    StrictSerializer,
    StrictText,
)
from hotels.models import Payment

LONGEST_REASON = 400
_DRY_RUN: dict[str, Any] = {
    "default": False,
    "help_text": "Preview: show the effects without storing anything.",
}


class PaymentSerializer(serializers.Serializer[Any]):
    """A payment on a folio."""

    id = serializers.IntegerField(source="pk", allow_null=True, help_text="Null in a preview.")
    hotel_id = serializers.IntegerField(source="folio.hotel_id")
    folio_id = serializers.IntegerField()
    folio = serializers.CharField(help_text="Reference of the booking and number of the folio.")
    status = serializers.ChoiceField(choices=Payment.Status.values)
    currency = serializers.CharField()
    amount = AmountField()
    refunded_amount = AmountField(help_text="Part of the amount that was paid back.")
    method = serializers.CharField()
    deposit = serializers.BooleanField(source="is_deposit")
    received_at = serializers.DateTimeField()


class ReceiptsSerializer(serializers.Serializer[Any]):
    """The amount received on a folio, less refunds, before and after an action."""

    folio_id = serializers.IntegerField(source="folio.pk")
    folio = serializers.CharField()
    currency = serializers.CharField(source="folio.currency")
    before = AmountField(currency="folio.currency")
    after = AmountField(currency="folio.currency")


class PaymentEffectsSerializer(serializers.Serializer[Any]):
    """A payment after an action, and what the action changed."""

    dry_run = serializers.BooleanField()
    payment = PaymentSerializer()
    folios = ReceiptsSerializer(many=True)
    balances = BalanceChangeSerializer(many=True, help_text="The invoices that changed.")


def effects_body(effects: PaymentEffects, *, dry_run: bool, new: bool) -> dict[str, Any]:
    """The members of the response; a `new` payment has no id in a dry run."""
    body = PaymentEffectsSerializer(
        {
            "dry_run": dry_run,
            "payment": effects.payment,
            "folios": effects.folios,
            "balances": effects.balances,
        }
    ).data
    if dry_run and new:
        body["payment"]["id"] = None
    return dict(body)


class RecordPaymentSerializer(StrictSerializer):
    """Money received on a folio."""

    amount = StrictAmount(help_text="Above zero, with at most the decimals of the currency.")
    currency = serializers.RegexField(
        r"^[A-Z]{3}$", help_text="Currency of the amount; must be that of the folio."
    )
    method = StrictText(max_length=40, allow_blank=True, default="")
    deposit = StrictBoolean(default=False, help_text="Paid before arrival.")
    note = StrictText(max_length=LONGEST_REASON, allow_blank=True, default="")
    dry_run = StrictBoolean(**_DRY_RUN)


class RefundSerializer(StrictSerializer):
    """A refund of a payment, or of a part of it."""

    amount = StrictAmount(help_text="At most what was received and not refunded yet.")
    reason = StrictText(max_length=LONGEST_REASON)
    dry_run = StrictBoolean(**_DRY_RUN)


class MovePaymentSerializer(StrictSerializer):
    """The folio to which a payment is moved."""

    folio_id = StrictKey(help_text="Another folio of the same booking.")
    reason = StrictText(max_length=LONGEST_REASON)
    dry_run = StrictBoolean(**_DRY_RUN)


class SettlePaymentSerializer(StrictSerializer):
    """The outcome of a pending or authorised payment."""

    paid = StrictBoolean(help_text="True: it was received now. False: it failed.")
    reason = StrictText(max_length=LONGEST_REASON)
    dry_run = StrictBoolean(**_DRY_RUN)
