"""Links to the actions that fit a payment or a folio, for pages and lists."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hotels.billing.payment_actions import EXPECTED
from hotels.models import Folio, Payment

RECORD = _("Record payment")
REFUND = pgettext_lazy("action", "Refund")
MOVE = _("Move to another folio")
MARK_PAID = _("Mark as paid")
MARK_FAILED = _("Mark as failed")


@dataclass(frozen=True, kw_only=True)
class ActionLink:
    """A link to the page of an action."""

    label: str | Promise
    url: str


def record_link(folio: Folio, *, back: str = "") -> ActionLink | None:
    """The link to record a payment on the folio; None for a void one.

    `back` is the path to which the user returns; without it, the page of the folio.
    """
    if folio.status == Folio.Status.VOID:
        return None
    return _link(RECORD, "record-payment", folio.pk, back=back)


def payment_links(payment: Payment, *, back: str = "") -> tuple[ActionLink, ...]:
    """The links to the actions that fit the payment; see `record_link` for `back`."""
    names: tuple[tuple[str | Promise, str], ...] = ()
    if payment.status in EXPECTED:
        names = ((MARK_PAID, "mark-payment-paid"), (MARK_FAILED, "mark-payment-failed"))
    elif payment.received:
        names = ((REFUND, "refund-payment"), (MOVE, "move-payment"))
    return tuple(_link(label, name, payment.pk, back=back) for label, name in names)


def _link(label: str | Promise, name: str, key: int, *, back: str) -> ActionLink:
    query = f"?{urlencode({'next': back})}" if back else ""
    return ActionLink(label=label, url=f"{reverse(f'hotels:{name}', args=[key])}{query}")
