"""An audit trail and issued documents to seal."""

from datetime import datetime

import pytest
from django.contrib.auth.models import User

from hotels import audit
from hotels.audit import Verb
from hotels.models import AuditEntry, Hotel, Invoice, Room
from tests.factories import RoomFactory, UserFactory
from tests.hotels.billing.issued import completed, invoice_of


@pytest.fixture
def ana(db: None) -> User:
    return UserFactory(username="ana")


@pytest.fixture
def room(hotel: Hotel) -> Room:
    return RoomFactory(hotel=hotel, number="101")


@pytest.fixture
def entries(ana: User, room: Room, now: datetime) -> list[AuditEntry]:
    """Three entries, in the order of their keys."""
    return [
        audit.record(by=ana, verb=Verb.CHANGE, row=room, after={"floor": n}, now=now)
        for n in range(3)
    ]


@pytest.fixture
def invoice(hotel: Hotel) -> Invoice:
    """An invoice with two lines and one tax rate."""
    return invoice_of(completed(hotel, 100, 50, rate=6))
