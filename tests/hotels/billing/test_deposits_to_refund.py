"""Money on folios that no stay will use and no invoice shows (domain rules 3 and 5)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from hotels.billing.deposits_to_refund import deposits_to_refund
from hotels.billing.payment_actions import record_refund
from hotels.front_desk.cancellation import cancel_room
from hotels.models import BookingRoom, Folio, Hotel
from hotels.no_shows import manager_actions
from tests.factories import (
    BookingFactory,
    FolioFactory,
    FolioLineFactory,
    PaymentFactory,
    PolicyFactory,
    UserFactory,
    stay,
)
from tests.hotels.billing.issued import completed, invoice_of
from tests.jobs.services.no_shows import TODAY, YESTERDAY, check

pytestmark = pytest.mark.django_db


def left(hotel: Hotel) -> dict[Folio, Decimal]:
    return {row: row.left.normalize() for row in deposits_to_refund(hotels=[hotel.pk])}


def released(hotel: Hotel, **fields: Any) -> BookingRoom:
    """A room that was released, with a deposit of 40 on its folio."""
    room = stay(hotel, arrival=YESTERDAY, status="RELEASED", **fields)
    PaymentFactory(folio=room.folio, amount=40, is_deposit=True)
    return room


def test_the_deposit_of_a_room_that_the_check_released_is_left(hotel: Hotel, now: datetime) -> None:
    room = stay(hotel, arrival=YESTERDAY, policy=PolicyFactory(hotel=hotel, guaranteed=False))
    PaymentFactory(folio=room.folio, amount=40, is_deposit=True)

    check(hotel, now)

    room.refresh_from_db()
    assert room.status == "RELEASED"
    assert left(hotel) == {room.folio: 40}


def test_the_deposit_of_a_no_show_without_a_fee_is_left(hotel: Hotel, now: datetime) -> None:
    policy = PolicyFactory(hotel=hotel, penalty_type="NONE")
    room = stay(hotel, arrival=YESTERDAY, policy=policy)
    PaymentFactory(folio=room.folio, amount=40, is_deposit=True)

    check(hotel, now)

    room.refresh_from_db()
    assert (room.status, room.folio.status) == ("NO_SHOW", "COMPLETED")
    assert left(hotel) == {room.folio: 40}


def test_a_fee_that_was_waived_before_the_invoice_leaves_the_deposit(
    hotel: Hotel, now: datetime
) -> None:
    room = stay(hotel, arrival=YESTERDAY)
    PaymentFactory(folio=room.folio, amount=100, is_deposit=True)
    check(hotel, now)
    assert left(hotel) == {}

    manager_actions.waive(record=room.no_show_records.get(), user=UserFactory(), now=now)

    assert left(hotel) == {room.folio: 100}


def test_the_deposit_of_a_cancelled_room_is_left(hotel: Hotel, now: datetime) -> None:
    room = stay(hotel, arrival=TODAY)
    PaymentFactory(folio=room.folio, amount=40)

    cancel_room(stay=room, now=now)

    assert left(hotel) == {room.folio: 40}


def test_a_completed_folio_without_charges_is_left_once_it_is_settled(hotel: Hotel) -> None:
    folio = completed(hotel)
    stay(hotel, arrival=YESTERDAY, status="CANCELLED", booking=folio.booking, folio=folio)
    PaymentFactory(folio=folio, amount=40)
    completed(hotel, 100)  # so that invoices are issued
    invoice_of(Folio.objects.exclude(pk=folio.pk).get())

    assert left(hotel) == {folio: 40}


def test_only_what_exceeds_the_charges_is_left(hotel: Hotel) -> None:
    room = released(hotel)
    FolioLineFactory(folio=room.folio, gross=15)

    assert left(hotel) == {room.folio: 25}


def test_a_refunded_part_is_not_left(hotel: Hotel, now: datetime) -> None:
    payment = released(hotel).folio.payments.get()
    record_refund(payment=payment, amount=Decimal(30), by="ana", now=now, reason="Left over")
    assert list(left(hotel).values()) == [10]

    record_refund(payment=payment, amount=Decimal(10), by="ana", now=now, reason="The rest")

    assert left(hotel) == {}


@pytest.mark.parametrize("status", ["PENDING", "AUTHORIZED", "FAILED"])
def test_an_authorisation_is_not_money(hotel: Hotel, status: str) -> None:
    released(hotel).folio.payments.update(status=status)

    assert left(hotel) == {}


@pytest.mark.parametrize("status", ["TENTATIVE", "CONFIRMED", "CHECKED_IN"])
def test_a_folio_that_a_room_still_uses_is_not_listed(hotel: Hotel, status: str) -> None:
    room = released(hotel)
    stay(hotel, arrival=TODAY, status=status, booking=room.booking, folio=room.folio)

    assert left(hotel) == {}


@pytest.mark.parametrize(
    ("status", "listed"), [("CONFIRMED", False), ("CHECKED_IN", True), ("CHECKED_OUT", True)]
)
def test_a_deposit_waits_for_another_room_of_the_booking_only_while_that_is_expected(
    hotel: Hotel, status: str, listed: bool
) -> None:
    room = released(hotel)
    stay(hotel, arrival=TODAY, status=status, booking=room.booking)

    assert (room.folio in left(hotel)) is listed


@pytest.mark.parametrize(("status", "listed"), [("CHECKED_IN", False), ("CHECKED_OUT", True)])
def test_a_folio_that_was_never_a_room_s_waits_until_the_guests_have_left(
    hotel: Hotel, status: str, listed: bool
) -> None:
    room = stay(hotel, arrival=YESTERDAY, status=status)
    second = PaymentFactory(folio=FolioFactory(booking=room.booking)).folio

    assert (second in left(hotel)) is listed


def test_a_booking_without_a_room_is_not_listed(hotel: Hotel) -> None:
    PaymentFactory(folio=FolioFactory(booking=BookingFactory(hotel=hotel)))

    assert left(hotel) == {}


def test_an_invoice_that_is_overpaid_is_not_listed_twice(hotel: Hotel) -> None:
    folio = completed(hotel, 60)
    room = released(hotel, booking=folio.booking, folio=folio)
    assert room.folio == folio

    invoice_of(folio)

    assert left(hotel) == {}


def test_other_hotels_are_not_listed(hotel: Hotel) -> None:
    room = released(hotel)

    assert list(deposits_to_refund(hotels=[])) == []
    assert list(deposits_to_refund(hotels=[hotel.pk + 1])) == []
    assert left(hotel) == {room.folio: 40}
