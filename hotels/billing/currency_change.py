"""Change of a hotel's currency: what it affects, and the change itself.

New bookings are in the new currency. Bookings made before keep theirs until they are invoiced:
amounts are never converted.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import DecimalField, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from hotels import audit, money
from hotels.audit import Verb
from hotels.billing.completed_folios import with_open_charges
from hotels.errors import ActionRefused
from hotels.models import Booking, Folio, FolioLine, Hotel, NoShowPolicy, RoomType

SHOWN = 100


@dataclass(frozen=True, kw_only=True)
class CurrencyChange:
    """The effects of a change from `old` to `new`.

    `folios` are at most SHOWN of the `folio_count` folios in another currency than `new` that are
    open or have charges to be invoiced. `room_types` have a base rate and `policies` a fixed fee,
    which are not converted.
    """

    hotel: Hotel
    old: str
    new: str
    folios: tuple[Folio, ...]
    folio_count: int
    room_types: int
    policies: int


def has_bookings(hotel: Hotel) -> bool:
    """Return True if amounts in the hotel's currency were agreed: there are bookings."""
    return Booking.objects.filter(hotel=hotel).exists()


def unsettled_folios(*, hotel: Hotel, except_in: str) -> Iterable[Folio]:
    """The folios that are open or have charges to be invoiced, in other currencies than one.

    Each has `charged`, the sum of its charges in its currency.
    """
    waiting = with_open_charges().filter(hotel=hotel).order_by().values("pk")
    lines = FolioLine.objects.filter(folio=OuterRef("pk"), currency=OuterRef("currency"))
    charged = lines.order_by().values("folio").annotate(sum=Sum("gross")).values("sum")
    amount: DecimalField[Decimal, Decimal] = DecimalField(max_digits=16, decimal_places=4)
    return (
        Folio.objects.filter(hotel=hotel)
        .filter(Q(status=Folio.Status.OPEN) | Q(pk__in=waiting))
        .exclude(currency=except_in)
        .annotate(charged=Coalesce(Subquery(charged), Value(money.ZERO), output_field=amount))
        .select_related("booking", "payer")
        .order_by("booking__reference", "number")
    )


def preview_currency_change(*, hotel: Hotel, currency: str) -> CurrencyChange:
    """Return what the change affects, without changing anything.

    Raises ActionRefused for an unknown currency and for the hotel's own.
    """
    if currency not in money.known_currencies():
        raise ActionRefused(_("%r is not an ISO 4217 currency code such as EUR.") % currency)
    if currency == hotel.currency:
        raise ActionRefused(_("The currency of the hotel is already %s.") % currency)
    folios = list(unsettled_folios(hotel=hotel, except_in=currency))
    fixed = NoShowPolicy.PenaltyType.FIXED
    return CurrencyChange(
        hotel=hotel,
        old=hotel.currency,
        new=currency,
        folios=tuple(folios[:SHOWN]),
        folio_count=len(folios),
        room_types=RoomType.objects.filter(hotel=hotel).exclude(base_rate=0).count(),
        policies=NoShowPolicy.objects.filter(hotel=hotel, penalty_type=fixed).count(),
    )


def change_currency(
    *, hotel: Hotel, old: str, currency: str, user: User, now: datetime, note: str
) -> CurrencyChange:
    """Close the hotel's currency `old` for new bookings and open `currency` for them.

    Records the change in the audit trail and returns what it affected. The caller checks that the
    user's role allows it. Raises ActionRefused as the preview does, and when the currency is no
    longer `old` because another user changed it meanwhile.
    """
    with transaction.atomic():
        locked = Hotel.objects.locked().get(pk=hotel.pk)
        if locked.currency != old:
            raise ActionRefused(_("The currency was changed to %s meanwhile.") % locked.currency)
        change = preview_currency_change(hotel=locked, currency=currency)
        before = audit.snapshot(locked)
        Hotel.objects.filter(pk=locked.pk).update(currency=currency)
        locked.currency = currency
        after = audit.snapshot(locked)
        audit.record(
            by=user, verb=Verb.CHANGE, row=locked, before=before, after=after, note=note, now=now
        )
    return change
