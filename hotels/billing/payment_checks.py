"""Checks shared by the actions on payments, and the lock they all take."""

import hashlib
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext as _

from hotels import formats, money
from hotels.billing.payments import received_on
from hotels.errors import ActionRefused
from hotels.models import Folio, Invoice, Payment
from hotels.models.currencies import CurrencyMismatch, refuse_other_currency


class PaymentRefused(ActionRefused):
    """The action does not fit the payment or the folio. The message is one sentence."""


class AmountRefused(PaymentRefused):
    """The amount cannot be recorded or refunded."""


class CurrencyRefused(PaymentRefused):
    """The amount is in another currency than the folio."""


class AlreadyRecorded(PaymentRefused):
    """The payment was recorded before, from the same form."""

    def __init__(self, payment: Payment) -> None:
        super().__init__(_("This payment is already recorded."))
        self.payment = payment


def lock_folios(keys: Iterable[int]) -> dict[int, Folio]:
    """The folios with these keys, locked in the order in which all that lock folios do so."""
    rows = Folio.objects.select_related("hotel", "booking").filter(pk__in=set(keys))
    return {folio.pk: folio for folio in rows.locked(exclusive=True)}


def version_of(folios: Iterable[Folio]) -> str:
    """A text that changes with every payment and every balance of the folios."""
    keys = sorted(folio.pk for folio in folios)
    payments = Payment.objects.filter(folio__in=keys).order_by("pk")
    invoices = Invoice.objects.filter(folio__in=keys).order_by("pk")
    content = [
        *payments.values_list("pk", "folio", "status", "amount", "refunded_amount"),
        *invoices.values_list("pk", "balance", "payment_status"),
    ]
    return hashlib.sha256(repr((keys, content)).encode()).hexdigest()[:32]


def refuse_changed(*folios: Folio, version: str) -> None:
    """Raise PaymentRefused if locked folios are no longer as in `version`; empty: not checked."""
    if version and version != version_of(folios):
        raise PaymentRefused(
            _("The payments of folio %(folio)s changed since the preview. Check them again.")
            % {"folio": folios[0]}
        )


def refuse_currency(code: str, *, folio: Folio) -> None:
    """Raise CurrencyRefused unless the folio is in the currency `code`."""
    try:
        refuse_other_currency(code, account=folio)
    except CurrencyMismatch as error:
        raise CurrencyRefused(
            _("Folio %(folio)s is in %(currency)s: a payment in %(other)s cannot be on it.")
            % {"folio": folio, "currency": folio.currency, "other": code}
        ) from error


def refuse_void(folio: Folio) -> None:
    """Raise PaymentRefused for a void folio: no invoice will ever count its payments."""
    if folio.status == Folio.Status.VOID:
        raise PaymentRefused(
            _("Folio %(folio)s is void. Choose another folio of the booking.") % {"folio": folio}
        )


def checked_amount(amount: Decimal, *, currency: str) -> Decimal:
    """The amount, if it is above zero, has no fraction of a minor unit and fits its column.

    Raises AmountRefused.
    """
    if not amount.is_finite() or amount <= 0:
        raise AmountRefused(_("Enter an amount above zero."))
    if amount >= money.TOO_LARGE:
        raise AmountRefused(_too_large(currency))
    rounded = money.round_money(amount, currency=currency)
    if rounded != amount:
        least = formats.amount(money.minor_unit(currency), currency=currency)
        raise AmountRefused(_("The smallest amount is %(least)s.") % {"least": least})
    return rounded


def refuse_too_much_on(folio: Folio, *, more: Decimal) -> None:
    """Raise AmountRefused if balances could not be stored after `more` is received on the folio."""
    if received_on(folios=[folio])[folio.pk] + more >= money.TOO_LARGE:
        raise AmountRefused(_too_large(folio.currency))


def reason_given(reason: str) -> str:
    """The reason without surrounding space; raises PaymentRefused when it is empty."""
    if not reason.strip():
        raise PaymentRefused(_("Give a reason."))
    return reason.strip()


def _too_large(currency: str) -> str:
    return _("The payments of a folio can be at most %(largest)s.") % {
        "largest": formats.amount(money.largest(currency), currency=currency)
    }
