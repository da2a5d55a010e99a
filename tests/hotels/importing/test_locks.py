"""A long import keeps nobody from storing rows of its hotel."""

import pytest
from django.db import transaction
from django.utils import timezone

from hotels.importing.hotel import sandbox
from hotels.models import Equipment
from tests.concurrency import in_thread
from tests.factories import HotelFactory
from tests.waiting import TIMEOUT


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_row_of_the_hotel_can_be_stored_during_an_import() -> None:
    """SQLite locks the whole database."""
    hotel = HotelFactory(name="Beach", code="beach", is_sandbox=True)

    with transaction.atomic():
        sandbox(name=hotel.name, now=timezone.now())
        in_thread(lambda: Equipment.objects.create(hotel=hotel, name="Boiler")).result(TIMEOUT)

    assert hotel.equipment.count() == 1
