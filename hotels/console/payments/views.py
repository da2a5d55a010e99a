"""Pages that record a payment, refund it, move it to another folio, or settle an authorisation."""

import uuid
from collections.abc import Callable
from decimal import Decimal
from functools import cached_property, partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hotels import formats
from hotels.billing.payment_actions import (
    move_payment,
    record_payment,
    record_refund,
    settle_payment,
)
from hotels.console.payments import links
from hotels.console.payments.base import PaymentPage, StoredPaymentPage, Values, allowed
from hotels.console.payments.forms import (
    ChoiceForm,
    ConfirmRecordForm,
    MoveForm,
    RecordForm,
    RefundForm,
)
from hotels.models import Folio, Payment
from hotels.no_shows.folio_settlement import FolioAccount, accounts_of
from hotels.roles import Action


class RecordPayment(PaymentPage):
    """`/admin/payments/record/<folio>/`: record money received on a folio."""

    title = links.RECORD
    confirm_class = ConfirmRecordForm

    @cached_property
    def folio(self) -> Folio:
        """The folio.

        Raises Http404 when it is of another hotel, PermissionDenied when the user's role does not
        allow changing folios.
        """
        rows = self.access.narrow(Folio.objects.all(), action=Action.SEE)
        found: Folio = allowed(
            self, rows.select_related("hotel", "booking", "payer"), key=self.kwargs["pk"]
        )
        return found

    @cached_property
    def account(self) -> FolioAccount:
        """The amounts due and received on the folio."""
        return accounts_of([self.folio])[self.folio.pk]

    def choice(self, data: Any, *, plain: bool = False) -> ChoiceForm:
        """Return the form for amount and method; the amount is what is still due."""
        due: Decimal = self.account.due - self.account.received
        return RecordForm(data, plain=plain, folio=self.folio, due=due)

    def action(self, values: Values, confirmed: Values) -> Callable[[], Payment]:
        """Return the action that records the payment."""
        key = confirmed.get("key")
        return partial(
            record_payment,
            folio=self.folio,
            amount=values["amount"],
            currency=self.folio.currency,
            method=values["method"],
            is_deposit=values["is_deposit"],
            by=self.user,
            now=self.now,
            note=confirmed["reason"],
            source_key=f"form:{key}" if key else None,
            version=confirmed["version"],
        )

    def sentences(self, values: Values) -> list[str]:
        """Return what will happen."""
        shown = {"amount": self._amount(values), "folio": self.folio, "method": values["method"]}
        if values["method"]:
            text = _("A payment of %(amount)s (%(method)s) is recorded on folio %(folio)s.")
        else:
            text = _("A payment of %(amount)s is recorded on folio %(folio)s.")
        deposit = [_("It is a deposit: it can guarantee the rooms of the booking.")]
        return [text % shown, *(deposit if values["is_deposit"] else [])]

    def done(self, payment: Payment, values: Values) -> str:
        """Return the message of success."""
        text = _("Payment of %(amount)s recorded on folio %(folio)s.")
        return text % {"amount": self._amount(values), "folio": self.folio}

    def more(self, values: Values | None) -> dict[str, Any]:
        """Add the amounts due and received, and a new key for the form that confirms."""
        return {"account": self.account, "key": uuid.uuid4() if values is not None else None}

    def _amount(self, values: Values) -> str:
        return formats.amount(values["amount"], currency=self.folio.currency)


class RefundPayment(StoredPaymentPage):
    """`/admin/payments/<pk>/refund/`: record that a payment, or a part of it, was paid back."""

    title = links.REFUND

    def choice(self, data: Any, *, plain: bool = False) -> ChoiceForm:
        """Return the form for the amount."""
        return RefundForm(data, plain=plain, payment=self.payment)

    def action(self, values: Values, confirmed: Values) -> Callable[[], Payment]:
        """Return the action that records the refund."""
        return partial(
            record_refund,
            payment=self.payment,
            amount=values["amount"],
            by=self.user,
            now=self.now,
            **_reason_and_version(confirmed),
        )

    def sentences(self, values: Values) -> list[str]:
        """Return what will happen, and what will not."""
        amount = formats.amount(values["amount"], currency=self.payment.currency)
        return [
            _("%(amount)s of the payment is recorded as paid back.") % {"amount": amount},
            _("No money is paid out automatically: pay the guest yourself."),
        ]

    def done(self, payment: Payment, values: Values) -> str:
        """Return the message of success."""
        amount = formats.amount(values["amount"], currency=payment.currency)
        return _("Refund of %(amount)s recorded.") % {"amount": amount}


class MovePayment(StoredPaymentPage):
    """`/admin/payments/<pk>/move/`: move a payment to another folio of its booking."""

    title = links.MOVE

    def choice(self, data: Any, *, plain: bool = False) -> ChoiceForm:
        """Return the form for the folio."""
        return MoveForm(data, plain=plain, folios=self._others())

    def affected(self, values: Values) -> list[Folio]:
        """Return both folios."""
        return [self.folio, values["to"]]

    def action(self, values: Values, confirmed: Values) -> Callable[[], Payment]:
        """Return the action that moves the payment."""
        return partial(
            move_payment,
            payment=self.payment,
            to=values["to"],
            by=self.user,
            now=self.now,
            **_reason_and_version(confirmed),
        )

    def sentences(self, values: Values) -> list[str]:
        """Return what will happen."""
        text = _("The payment of %(amount)s moves from folio %(source)s to folio %(target)s.")
        shown = {"amount": _amount_of(self.payment), "source": self.folio, "target": values["to"]}
        refunds = []
        if self.payment.refunded_amount:
            refunded = formats.amount(self.payment.refunded_amount, currency=self.payment.currency)
            refunds = [_("Its refund of %(amount)s moves with it.") % {"amount": refunded}]
        return [text % shown, *refunds]

    def done(self, payment: Payment, values: Values) -> str:
        """Return the message of success."""
        text = _("Payment of %(amount)s moved to folio %(folio)s.")
        return text % {"amount": _amount_of(payment), "folio": values["to"]}

    def more(self, values: Values | None) -> dict[str, Any]:
        """Add whether there is a folio to move the payment to."""
        return {"nowhere": not self._others().exists()}

    def _others(self) -> QuerySet[Folio]:
        """The other folios of the booking that are not void and in the payment's currency."""
        rows: QuerySet[Folio] = Folio.objects.filter(
            booking=self.folio.booking_id, hotel=self.folio.hotel_id, currency=self.payment.currency
        )
        others = rows.exclude(pk=self.folio.pk).exclude(status=Folio.Status.VOID)
        return others.select_related("booking", "payer").order_by("number")


class SettlePayment(StoredPaymentPage):
    """`/admin/payments/<pk>/paid/` and `/failed/`: settle a pending or authorised payment."""

    paid: ClassVar[bool]

    def action(self, values: Values, confirmed: Values) -> Callable[[], Payment]:
        """Return the action that settles the payment."""
        return partial(
            settle_payment,
            payment=self.payment,
            paid=self.paid,
            by=self.user,
            now=self.now,
            **_reason_and_version(confirmed),
        )


class MarkPaymentPaid(SettlePayment):
    """The payment was received."""

    title = links.MARK_PAID
    paid = True

    def sentences(self, values: Values) -> list[str]:
        """Return what will happen."""
        text = _("The payment of %(amount)s counts as received now.")
        return [text % {"amount": _amount_of(self.payment)}]

    def done(self, payment: Payment, values: Values) -> str:
        """Return the message of success."""
        return _("Payment of %(amount)s marked as paid.") % {"amount": _amount_of(payment)}


class MarkPaymentFailed(SettlePayment):
    """The payment will not be received."""

    title = links.MARK_FAILED
    paid = False

    def sentences(self, values: Values) -> list[str]:
        """Return what will happen."""
        text = _("The payment of %(amount)s was not received and will not count.")
        return [text % {"amount": _amount_of(self.payment)}]

    def done(self, payment: Payment, values: Values) -> str:
        """Return the message of success."""
        return _("Payment of %(amount)s marked as failed.") % {"amount": _amount_of(payment)}


def _amount_of(payment: Payment) -> str:
    return formats.amount(payment.amount, currency=payment.currency)


def _reason_and_version(confirmed: Values) -> dict[str, Any]:
    return {"reason": confirmed["reason"], "version": confirmed["version"]}
