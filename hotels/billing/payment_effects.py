"""An action on a payment together with its effects; a preview is the same, rolled back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from hotels import money
from hotels.billing.balance_changes import BalanceChange, balance_changes, invoices_on
from hotels.billing.payment_checks import lock_folios, version_of
from hotels.billing.payments import received_on
from hotels.models import Folio, Payment


@dataclass(frozen=True, kw_only=True)
class FolioReceipts:
    """The amount received on a folio before and after an action, in its currency."""

    folio: Folio
    before: Decimal
    after: Decimal


@dataclass(frozen=True, kw_only=True)
class PaymentEffects:
    """A payment after an action, and what changed: receipts of folios, balances of invoices.

    `version` identifies the payments and balances before the action; pass it to the action to have
    it refused if they changed since.
    """

    payment: Payment
    folios: tuple[FolioReceipts, ...]
    balances: tuple[BalanceChange, ...]
    version: str


def carry_out(
    *, folios: Sequence[Folio], action: Callable[[], Payment], dry_run: bool = False
) -> PaymentEffects:
    """Carry out an action on a payment of `folios` and return its effects.

    A dry run is rolled back; the key of a payment it records is not final. Raises PaymentRefused as
    the action does.
    """
    with transaction.atomic():
        locked = list(lock_folios(folio.pk for folio in folios).values())
        version = version_of(locked)
        received, before = received_on(folios=locked), invoices_on(folios=locked)
        payment = action()
        now_received = received_on(folios=locked)
        effects = PaymentEffects(
            payment=payment,
            folios=tuple(
                FolioReceipts(
                    folio=folio,
                    before=received.get(folio.pk, money.ZERO),
                    after=now_received.get(folio.pk, money.ZERO),
                )
                for folio in locked
            ),
            balances=balance_changes(before=before, after=invoices_on(folios=locked)),
            version=version,
        )
        if dry_run:
            transaction.set_rollback(True)
    return effects
