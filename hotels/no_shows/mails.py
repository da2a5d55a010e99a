"""E-mails about no-shows: to the guest, and a digest to the front desk."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotels import formats
from hotels.models import Hotel, NoShowRecord
from hotels.no_show_terms import NoShowTerms
from hotels.no_shows import rules
from hotels.notifications.outbox import (
    NewMail,
    cancel_waiting,
    hotel_language,
    language_of,
    next_guest_hour,
    queue_mails,
)

GUEST = "guest"
FRONT_DESK = "front desk"
# A guest is not written to by itself about an arrival before that.
NOTICE_AFTER_AT_MOST = timedelta(days=14)
_TOO_OLD = "The arrival was more than 14 days ago: it is sent only by hand."
_WITHDRAWN = "The decision was changed before the message was sent."
Outcome = NoShowRecord.Outcome
_TEMPLATES = {Outcome.APPLIED: "no-show", Outcome.RELEASED: "room-released"}


def decision_mails(
    records: Sequence[NoShowRecord], *, hotel: Hotel, now: datetime
) -> list[NewMail]:
    """The messages to the guests who did not arrive; none about what a person has yet to decide.

    A tentative booking that lapsed was never a booking: its guest is not written to. The message
    about an arrival long ago, as in books that were just taken over, is held back until a user
    sends it. Takes no query if the rooms, bookings and guests of the records are loaded.
    """
    ended = (r for r in records if r.outcome in _TEMPLATES and r.rule != rules.LAPSED)
    oldest = hotel.business_date(now) - NOTICE_AFTER_AT_MOST
    return [
        replace(mail, held_back=_TOO_OLD) if record.arrival_date < oldest else mail
        for record in ended
        for mail in [
            _to_guest(record, template=_TEMPLATES[Outcome(record.outcome)], hotel=hotel, now=now)
        ]
    ]


def digest_mail(records: Sequence[NoShowRecord], *, hotel: Hotel, now: datetime) -> NewMail | None:
    """One message to the front desk about the records of one check; None without records."""
    if not records:
        return None
    language = hotel_language(hotel)
    to_decide = sum(record.outcome == Outcome.REVIEW for record in records)
    keys = [record.pk for record in records]
    with translation.override(language):
        variables = {
            "date": formats.date_of(hotel.business_date(now)),
            "count": formats.number(len(records)),
            "to_decide": bool(to_decide),
            "decisions": formats.number(to_decide),
            "rooms": [_row(record) for record in records],
        }
    return NewMail(
        hotel_id=hotel.pk,
        key=f"no-show-digest:{min(keys)}-{max(keys)}",
        template="no-show-digest",
        audience=FRONT_DESK,
        recipient=hotel.email,
        name=hotel.name,
        language=language,
        variables=variables,
    )


def queue_decision(record: NoShowRecord, *, hotel: Hotel, now: datetime) -> None:
    """Write to the guest about a record that a person decided."""
    mails = [replace(mail, held_back="") for mail in decision_mails([record], hotel=hotel, now=now)]
    queue_mails(mails, now=now)


def queue_waived(record: NoShowRecord, *, now: datetime) -> None:
    """Write to the guest that the fee is waived, unless the notice of it waits unsent."""
    _queue_reversal(record, template="no-show-waived", now=now)


def queue_reinstated(record: NoShowRecord, *, now: datetime) -> None:
    """Write to the guest that the booking is valid again, unless its no-show notice waits."""
    _queue_reversal(record, template="no-show-reinstated", now=now)


def _queue_reversal(record: NoShowRecord, *, template: str, now: datetime) -> None:
    hotel, notice = record.hotel, _key(record)
    if cancel_waiting(hotel_id=hotel.pk, key=notice, reason=_WITHDRAWN, now=now):
        return
    queue_mails([_to_guest(record, template=template, hotel=hotel, now=now)], now=now)


def _to_guest(record: NoShowRecord, *, template: str, hotel: Hotel, now: datetime) -> NewMail:
    guest = record.booking_room.booking.guest
    language = language_of(guest, hotel=hotel)
    with translation.override(language):
        variables = _variables(record, template=template, hotel=hotel)
    return NewMail(
        hotel_id=hotel.pk,
        key=_key(record) if template in _TEMPLATES.values() else f"{template}:{record.pk}",
        template=template,
        audience=GUEST,
        recipient=guest.email,
        name=guest.name,
        language=language,
        variables=variables,
        about=record,
        not_before=next_guest_hour(now, zone=hotel.zone),
    )


def _key(record: NoShowRecord) -> str:
    return f"no-show:{record.pk}:{GUEST}"


def _variables(record: NoShowRecord, *, template: str, hotel: Hotel) -> dict[str, Any]:
    """The variables of a template about one record, in the active language."""
    room = record.booking_room
    known: dict[str, Any] = {
        "booking": room.booking.reference,
        "arrival": formats.date_of(record.arrival_date),
        "departure": formats.date_of(room.departure_date),
        "deadline": formats.format_instant(record.deadline, zone=hotel.zone),
        "fee": formats.amount(record.fee_amount, currency=record.currency),
        "has_fee": record.fee_amount > 0,
    }
    if template == "no-show":
        return known | _policy(room.no_show_terms, day_use=room.day_use)
    wanted = {
        "room-released": ("booking", "arrival", "departure", "deadline"),
        "no-show-waived": ("booking", "arrival", "fee"),
        "no-show-reinstated": ("booking", "arrival", "departure", "fee", "has_fee"),
    }
    return {name: known[name] for name in wanted[template]}


def _policy(stored: dict[str, Any], *, day_use: bool) -> dict[str, str]:
    """The name of the policy, and the fee in words; empty if the terms cannot be read."""
    try:
        terms = NoShowTerms.from_json(stored)
    except ValueError:
        return {"policy": "", "fee_basis": _("the agreed fee")}
    return {"policy": terms.policy, "fee_basis": fee_in_words(terms, day_use=day_use)}


def fee_in_words(terms: NoShowTerms, *, day_use: bool) -> str:
    """The basis of the fee in the active language: `the price of the first night`."""
    value = terms.penalty_value
    match terms.penalty_type:
        case "NIGHTS" if day_use:
            return _("the price of the stay")
        case "NIGHTS" if value == value.to_integral_value():
            return ngettext(
                "the price of the first night",
                "the price of the first %(count)d nights",
                int(value),
            ) % {"count": int(value)}
        case "NIGHTS":
            return _("the price of the nights: %(number)s") % {
                "number": formats.exact_number(value)
            }
        case "PERCENT":
            return _("%(percent)s of the price of the stay") % {"percent": _percent(value)}
        case "FULL_STAY":
            return _("the price of the whole stay")
        case "FIXED":
            return _("a fixed amount")
    return _("no fee")


def _percent(value: Decimal) -> str:
    return formats.percent(value, digits=2)


def _row(record: NoShowRecord) -> dict[str, str]:
    room = record.booking_room
    fee = formats.amount(record.fee_amount, currency=record.currency)
    return {
        "room": str(room),
        "guest": str(room.booking.guest),
        "arrival": formats.date_of(record.arrival_date),
        "departure": formats.date_of(room.departure_date),
        "result": str(record.get_outcome_display()),
        "fee": fee if record.fee_amount else "",
    }
