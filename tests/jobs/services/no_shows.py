"""Stays for the tests of the no-show check."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from hotels.models import BookingRoom, Hotel
from jobs.base import JobContext
from jobs.services.no_show_checker import NoShowResult, check_and_process_no_shows
from tests.factories import stay

TODAY = date(2026, 7, 15)
YESTERDAY = date(2026, 7, 14)


def missed(hotel: Hotel, **fields: Any) -> BookingRoom:
    """A guaranteed stay of two nights at 100 that should have arrived yesterday."""
    return stay(hotel, **{"arrival": YESTERDAY} | fields)


def check(hotel: Hotel, now: datetime) -> NoShowResult:
    """Run the no-show check in a transaction, as the runner does."""
    with transaction.atomic():
        return check_and_process_no_shows(JobContext(hotel=hotel, now=now))


def status_of(room: BookingRoom) -> str:
    """The stored status of a room."""
    return BookingRoom.objects.get(pk=room.pk).status
