"""Actions on payments: record one, refund it, move it to another folio, settle an authorisation.

Each locks the folios, records itself in the audit trail and updates the balances of the invoices.
With `version`, from the preview a user saw, it is refused if the payments or balances of the folios
changed since then; so a second click changes nothing.

A payment that is stored is never edited: its amount stays, its refunds add up.
"""

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hotels import audit, formats
from hotels.audit import By, Verb, Via
from hotels.billing.events import publish_payment
from hotels.billing.payment_checks import (
    AlreadyRecorded,
    AmountRefused,
    PaymentRefused,
    checked_amount,
    lock_folios,
    reason_given,
    refuse_changed,
    refuse_currency,
    refuse_too_much_on,
    refuse_void,
)
from hotels.billing.payments import refresh_balances
from hotels.models import Folio, Payment

Status = Payment.Status
EXPECTED = (Status.PENDING, Status.AUTHORIZED)


@transaction.atomic
def record_payment(
    *,
    folio: Folio,
    amount: Decimal,
    currency: str,
    by: By,
    now: datetime,
    method: str = "",
    is_deposit: bool = False,
    note: str = "",
    source_key: str | None = None,
    version: str = "",
    via: Via = Via.ADMIN,
) -> Payment:
    """Record money received on a folio at `now`; return the payment.

    `source_key` identifies the form or request it is from: a second payment with the same key is
    refused with AlreadyRecorded. An authorisation is not recorded here: terminals and imports do.
    Raises PaymentRefused for a void folio, AmountRefused for an amount that cannot be stored, and
    CurrencyRefused for another currency than that of the folio.
    """
    account = lock_folios([folio.pk])[folio.pk]
    earlier = Payment.objects.filter(source_key=source_key).first() if source_key else None
    if earlier is not None:
        raise AlreadyRecorded(earlier)
    refuse_changed(account, version=version)
    refuse_void(account)
    refuse_currency(currency, folio=account)
    amount = checked_amount(amount, currency=currency)
    refuse_too_much_on(account, more=amount)
    payment = Payment(
        folio=account,
        status=Status.SUCCEEDED,
        currency=currency,
        amount=amount,
        method=method.strip(),
        is_deposit=is_deposit,
        received_at=now,
        source_key=source_key or None,
    )
    _insert(payment)
    after = audit.snapshot(payment)
    audit.record(by=by, verb=Verb.ADD, row=payment, after=after, note=note, via=via, now=now)
    refresh_balances(folios=[account])
    publish_payment(payment, now=now)
    return payment


def _insert(payment: Payment) -> None:
    """Insert a payment; raises AlreadyRecorded if its key was just recorded on another folio."""
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
    except IntegrityError:
        earlier = Payment.objects.filter(source_key=payment.source_key).first()
        if payment.source_key and earlier is not None:
            raise AlreadyRecorded(earlier) from None
        raise


@transaction.atomic
def record_refund(
    *,
    payment: Payment,
    amount: Decimal,
    by: By,
    now: datetime,
    reason: str,
    version: str = "",
    via: Via = Via.ADMIN,
) -> Payment:
    """Record that a part of a payment, or all of it, was paid back; return the payment.

    Several refunds add up to the amount of the payment at most. Raises AmountRefused for more, or
    an amount that cannot be paid, and PaymentRefused when the payment was not received, is wholly
    refunded or was moved meanwhile, and without a reason.
    """
    reason = reason_given(reason)
    row = _locked(payment)
    refuse_changed(row.folio, version=version)
    left = _received(row, _("Only a payment that was received can be refunded."))
    if not left:
        raise PaymentRefused(_("This payment is already refunded."))
    amount = checked_amount(amount, currency=row.currency)
    if amount > left:
        most = formats.amount(left, currency=row.currency)
        raise AmountRefused(_("At most %(most)s of this payment can be refunded.") % {"most": most})
    before = audit.snapshot(row)
    row.refunded_amount += amount
    if row.refunded_amount == row.amount:
        row.status = Status.REFUNDED
    return _saved(row, before, verb=Verb.REFUND, by=by, note=reason, via=via, now=now)


@transaction.atomic
def move_payment(
    *,
    payment: Payment,
    to: Folio,
    by: By,
    now: datetime,
    reason: str,
    version: str = "",
    via: Via = Via.ADMIN,
) -> Payment:
    """Move a payment, with its refunds, to another folio of its booking; return the payment.

    Only money that was received is moved: an authorisation counts on no invoice, so that there is
    nothing to move before it is paid. Raises PaymentRefused when nothing of it is left, the folio
    is void, the same, or of another booking or hotel, the payment was moved meanwhile, and without
    a reason; CurrencyRefused when the folio is in another currency.
    """
    reason = reason_given(reason)
    row = _locked(payment, to)
    source, target = row.folio, lock_folios([to.pk])[to.pk]
    refuse_changed(source, target, version=version)
    if not _received(row, _("Only a payment that was received can be moved.")):
        raise PaymentRefused(_("This payment is already refunded: there is nothing to move."))
    if source.pk == target.pk:
        raise PaymentRefused(_("The payment is already on folio %(folio)s.") % {"folio": target})
    if (source.booking_id, source.hotel_id) != (target.booking_id, target.hotel_id):
        raise PaymentRefused(
            _("Folio %(folio)s belongs to another booking: a payment stays in its booking.")
            % {"folio": target}
        )
    refuse_void(target)
    refuse_currency(row.currency, folio=target)
    refuse_too_much_on(target, more=row.received)
    before = audit.snapshot(row)
    row.folio = target
    return _saved(row, before, verb=Verb.MOVE, by=by, note=reason, via=via, now=now, left=source)


@transaction.atomic
def settle_payment(
    *,
    payment: Payment,
    paid: bool,
    by: By,
    now: datetime,
    reason: str,
    version: str = "",
    via: Via = Via.ADMIN,
) -> Payment:
    """Mark a pending or authorised payment as received at `now`, or as failed; return it.

    Raises PaymentRefused for any other payment, if it was moved meanwhile, and without a reason;
    CurrencyRefused if it is in another currency than its folio.
    """
    reason = reason_given(reason)
    row = _locked(payment)
    refuse_changed(row.folio, version=version)
    if row.status not in EXPECTED:
        raise PaymentRefused(
            _("Only a pending or authorised payment can be marked as paid or failed.")
        )
    before = audit.snapshot(row)
    if paid:
        refuse_currency(row.currency, folio=row.folio)
        refuse_too_much_on(row.folio, more=row.amount)
        row.received_at = now
    row.status = Status.SUCCEEDED if paid else Status.FAILED
    row = _saved(row, before, verb=Verb.CHANGE, by=by, note=reason, via=via, now=now)
    publish_payment(row, now=now)
    return row


def _locked(payment: Payment, *also: Folio) -> Payment:
    """The payment, read again and locked after its folio and the folios `also`.

    Raises PaymentRefused when it is no longer on the folio on which the user saw it.
    """
    lock_folios([payment.folio_id, *(folio.pk for folio in also)])
    rows = Payment.objects.select_related("folio__hotel", "folio__booking")
    row = rows.locked().get(pk=payment.pk)
    if row.folio_id != payment.folio_id:
        raise PaymentRefused(
            _("The payment was moved to folio %(folio)s meanwhile.") % {"folio": row.folio}
        )
    return row


def _received(payment: Payment, refusal: str) -> Decimal:
    """The amount received and not refunded; raises PaymentRefused if it never was received."""
    if payment.status not in (Status.SUCCEEDED, Status.REFUNDED):
        raise PaymentRefused(refusal)
    return payment.received


def _saved(
    row: Payment,
    before: dict[str, object],
    *,
    verb: Verb,
    by: By,
    note: str,
    via: Via,
    now: datetime,
    left: Folio | None = None,
) -> Payment:
    """Save and record a changed payment; update the balances, also those of a folio it left."""
    row.save(update_fields=["folio", "status", "refunded_amount", "received_at"])
    after = audit.snapshot(row)
    audit.record(by=by, verb=verb, row=row, before=before, after=after, note=note, via=via, now=now)
    refresh_balances(folios=[folio for folio in (left, row.folio) if folio is not None])
    return row
