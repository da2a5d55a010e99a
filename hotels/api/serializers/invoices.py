"""Serializers of invoices and credit notes, and of the request for a credit note."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from hotels.api.serializers.balances import BalanceChangeSerializer
from hotels.api.serializers.money import AmountField, decimal_text
from hotels.billing.credit_outcomes import CreditOutcome
from hotels.billing.manual_credit import Credit
from hotels.billing.remainder import Remainder
from hotels.http.strict_serializers import (
    StrictAmount,
    StrictBoolean,
    StrictKey,
    StrictSerializer,
    StrictText,
)
from hotels.models import Invoice, InvoiceLine, InvoiceTax

MOST_LINES = 1000


class DocumentLineSerializer(serializers.Serializer[Any]):
    """A line of a document."""

    position = serializers.IntegerField()
    business_date = serializers.DateField()
    description = serializers.CharField()
    tax_rate = serializers.DecimalField(max_digits=7, decimal_places=4, help_text="In percent.")
    net = AmountField(currency="invoice.currency")
    tax = AmountField(currency="invoice.currency")
    gross = AmountField(currency="invoice.currency")


class DocumentTaxSerializer(serializers.Serializer[Any]):
    """The tax of a document at one rate."""

    rate = serializers.DecimalField(max_digits=7, decimal_places=4, help_text="In percent.")
    net = AmountField(currency="invoice.currency")
    tax = AmountField(currency="invoice.currency")
    gross = AmountField(currency="invoice.currency")


class InvoiceLineSerializer(DocumentLineSerializer):
    """A line of a document with the id that names it in a request for a credit note."""

    id = serializers.IntegerField(source="pk")
    credited = serializers.SerializerMethodField(
        help_text="Whether the line cannot be credited any more; true for lines of credit notes."
    )

    def get_credited(self, row: InvoiceLine) -> bool:
        """True if the line cannot be credited any more."""
        return row.pk not in self.context["creditable"]


class InvoiceTaxSerializer(DocumentTaxSerializer):
    """The tax of a document at one rate, with what can still be credited."""

    remainder = serializers.SerializerMethodField(
        help_text="Part of the gross that can still be credited; null for credit notes."
    )

    @extend_schema_field({"type": ["string", "null"]})
    def get_remainder(self, row: InvoiceTax) -> str | None:
        """The remainder at the rate as decimal text."""
        left: Remainder | None = self.context["left"]
        if left is None:
            return None
        return decimal_text(left.rates[row.rate].gross, currency=row.invoice.currency)


class CreditNoteOfInvoiceSerializer(serializers.Serializer[Any]):
    """A credit note of an invoice."""

    id = serializers.IntegerField(source="pk")
    number = serializers.CharField()
    issue_date = serializers.DateField()
    gross = AmountField()
    reason = serializers.CharField()


class InvoiceSummarySerializer(serializers.Serializer[Any]):
    """An issued invoice or credit note, without its lines."""

    id = serializers.IntegerField(source="pk")
    number = serializers.CharField()
    kind = serializers.ChoiceField(choices=Invoice.Kind.choices)
    hotel_id = serializers.IntegerField()
    folio = serializers.CharField(help_text="Reference of the booking and number of the folio.")
    payer = serializers.CharField(source="buyer.name")
    corrects = serializers.IntegerField(
        source="corrects_id",
        allow_null=True,
        help_text="Id of the invoice that a credit note corrects.",
    )
    first_invoice = serializers.IntegerField(
        source="first_invoice_id",
        allow_null=True,
        help_text="Id of the folio's first invoice, if this one is for later charges.",
    )
    reason = serializers.CharField(help_text="Why the credit note was issued.")
    issue_date = serializers.DateField()
    issued_at = serializers.DateTimeField()
    currency = serializers.CharField()
    net = AmountField()
    tax = AmountField()
    gross = AmountField()
    balance = AmountField(help_text="Total less credit notes and payments, plus refunds.")
    payment_status = serializers.ChoiceField(choices=Invoice.PaymentStatus.choices)


class InvoiceSerializer(InvoiceSummarySerializer):
    """An issued invoice or credit note.

    The context has `left`, the remainder of an invoice, None for a credit note, and `creditable`,
    the keys of the lines that can be credited.
    """

    remainder = serializers.SerializerMethodField(
        help_text="Amount that can still be credited; null for credit notes."
    )
    lines = InvoiceLineSerializer(many=True)
    taxes = InvoiceTaxSerializer(many=True)
    credit_notes = CreditNoteOfInvoiceSerializer(many=True)

    @extend_schema_field({"type": ["string", "null"]})
    def get_remainder(self, row: Invoice) -> str | None:
        """The remainder as decimal text."""
        left: Remainder | None = self.context["left"]
        return None if left is None else decimal_text(left.gross, currency=row.currency)


@extend_schema_serializer(component_name="NewCreditNote")
class CreditSerializer(StrictSerializer):
    """The part of an invoice to credit: lines, an amount, or else all that is left."""

    lines = serializers.ListField(
        child=StrictKey(),
        required=False,
        min_length=1,
        max_length=MOST_LINES,
        help_text="Ids of lines of the invoice.",
        error_messages={"min_length": "Give at least one line, or omit this member."},
    )
    amount = StrictAmount(required=False, help_text="An amount, tax included.")
    invoice_again = StrictBoolean(
        default=False,
        help_text="Credit all that is left and open the charges again: the next invoice generation "
        "invoices them. Otherwise the credited charges are reversed on the folio.",
    )
    reason = StrictText(max_length=200, help_text="Printed on the credit note.")
    dry_run = StrictBoolean(default=False, help_text="Preview only; nothing is saved.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raise ValidationError for more than one part."""
        given = {
            "lines": "lines" in attrs,
            "amount": "amount" in attrs,
            "invoice_again": attrs["invoice_again"],
        }
        parts = [name for name, is_given in given.items() if is_given]
        if len(parts) > 1:
            refusal = "Give lines, an amount, or invoiceAgain, not several of them."
            raise serializers.ValidationError({parts[-1]: refusal})
        return attrs

    @property
    def credit(self) -> Credit:
        """The part to credit."""
        lines: list[int] | None = self.validated_data.get("lines")
        amount: Decimal | None = self.validated_data.get("amount")
        return Credit(
            lines=None if lines is None else tuple(sorted(set(lines))),
            amount=amount,
            invoice_again=self.validated_data["invoice_again"],
        )


class CreditNoteSerializer(serializers.Serializer[Any]):
    """A credit note that was issued, or that a preview would issue."""

    id = serializers.IntegerField(source="pk", allow_null=True, help_text="Null in a preview.")
    number = serializers.CharField(allow_null=True, help_text="Null in a preview.")
    corrects = serializers.IntegerField(source="corrects_id", help_text="Id of the invoice.")
    issue_date = serializers.DateField()
    currency = serializers.CharField()
    net = AmountField()
    tax = AmountField()
    gross = AmountField()
    lines = DocumentLineSerializer(many=True)
    taxes = DocumentTaxSerializer(many=True)


class CreditOutcomeSerializer(serializers.Serializer[Any]):
    """A credit note, and its effect on the balances of the folio's invoices.

    The context has `dry_run`, true for a preview.
    """

    dry_run = serializers.SerializerMethodField()
    credit_note = CreditNoteSerializer(source="note")
    balances = BalanceChangeSerializer(many=True)
    overpaid = serializers.SerializerMethodField(
        help_text="Amount by which payments exceed the invoices of the folio afterwards."
    )

    def get_dry_run(self, row: CreditOutcome) -> bool:
        """True for a preview."""
        preview: bool = self.context["dry_run"]
        return preview

    def get_overpaid(self, row: CreditOutcome) -> str:
        """The overpaid amount as decimal text."""
        return decimal_text(row.overpaid, currency=row.note.currency)

    def to_representation(self, instance: CreditOutcome) -> dict[str, Any]:
        """The members; the credit note of a preview has no id and number."""
        shown = super().to_representation(instance)
        if self.context["dry_run"]:
            shown["credit_note"] |= {"id": None, "number": None}
        return dict(shown)
