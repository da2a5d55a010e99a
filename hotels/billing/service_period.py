"""The period of the services on an invoice (EU VAT Directive Art. 226 No. 7). Pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from hotels.billing.open_charges import OpenCharge
from hotels.models import FolioLine, Invoice


@dataclass(frozen=True, kw_only=True)
class ServicePeriod:
    """First and last date of the services, such as arrival and departure."""

    start: date
    end: date


def service_period_of(invoice: Invoice) -> ServicePeriod | None:
    """The period of an issued document, for its credit notes; None for a document without one."""
    if invoice.service_start_date is None or invoice.service_end_date is None:
        return None
    return ServicePeriod(start=invoice.service_start_date, end=invoice.service_end_date)


def service_period(lines: Iterable[FolioLine | OpenCharge]) -> ServicePeriod | None:
    """The period of these charges; None without charges.

    A night lasts until the next date, but not beyond the departure: the nights of a stay give
    arrival to departure. Other charges, and room charges without a room, count on their date.
    """
    periods = [_period(line) for line in lines]
    if not periods:
        return None
    return ServicePeriod(start=min(s for s, _ in periods), end=max(e for _, e in periods))


def _period(line: FolioLine | OpenCharge) -> tuple[date, date]:
    start, room = line.business_date, line.booking_room
    if room is None or line.category != FolioLine.Category.ROOM:
        return start, start
    return start, max(start, min(start + timedelta(days=1), room.departure_date))
