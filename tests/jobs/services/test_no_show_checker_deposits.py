"""No-show check: rooms that a deposit guarantees, and deposits on several folios of a booking."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hotels.models import (
    BookingRoom,
    Folio,
    FolioLine,
    Hotel,
    NoShowPolicy,
    NoShowRecord,
    Payment,
)
from jobs.services.no_show_checker import NoShowResult
from tests.factories import (
    BookingFactory,
    FolioFactory,
    PaymentFactory,
    PolicyFactory,
    stay,
)
from tests.jobs.services.no_shows import TODAY, YESTERDAY, check, missed, status_of

pytestmark = pytest.mark.django_db

EVENING = timedelta(hours=11)  # from the fixture's 07:00 in Lisbon to 18:00
DAY_CLOSE = timedelta(hours=20)
Run = Callable[..., NoShowResult]


@pytest.fixture
def run(hotel: Hotel, now: datetime) -> Run:
    """Run the check at `now`, or some time later."""
    return lambda later=timedelta(0): check(hotel, now + later)


@pytest.fixture
def flexible(hotel: Hotel) -> NoShowPolicy:
    """A policy without guarantee: one night, held until 18:00."""
    return PolicyFactory(hotel=hotel, name="Flexible", guaranteed=False)


def deposit(folio: Folio, amount: str | int, **fields: Any) -> Payment:
    return PaymentFactory(folio=folio, amount=Decimal(amount), is_deposit=True, **fields)


class TestGuaranteedByADeposit:
    @pytest.mark.parametrize("paid", ["100", "130"])
    def test_a_room_with_a_deposit_is_held_until_day_close_and_then_charged(
        self, hotel, run, flexible, paid: str
    ) -> None:
        room = stay(hotel, arrival=TODAY, policy=flexible)
        deposit(room.folio, paid)

        at_release_time = run(later=EVENING)
        just_before = (run(later=DAY_CLOSE - timedelta(seconds=1)), status_of(room))[1]
        result = run(later=DAY_CLOSE)

        assert at_release_time.skipped[0].reason == (
            "a deposit guarantees the room until 16 Jul 2026, 03:00 (Lisbon time)"
        )
        assert (just_before, status_of(room)) == ("CONFIRMED", "NO_SHOW")
        assert result.total_penalty == 100
        record = NoShowRecord.objects.get()
        assert record.deposit_surplus == Decimal(paid) - 100
        assert record.rule == "no-show-guaranteed-by-deposit"
        assert record.reason == (
            "The booking was guaranteed by a deposit and the guest had not checked in by "
            "16 Jul 2026, 03:00 (Lisbon time). "
            "The fee is 100.00 EUR: 1 night, under the policy “Flexible”."
        )

    def test_a_deposit_below_the_fee_and_the_first_night_guarantees_nothing(
        self, hotel, run, flexible
    ) -> None:
        room = stay(hotel, arrival=TODAY, policy=flexible)
        deposit(room.folio, "99.99")

        run(later=EVENING)

        assert status_of(room) == "RELEASED"

    def test_the_fee_is_at_most_the_deposit_that_guarantees_the_room(self, hotel, run) -> None:
        policy = PolicyFactory(hotel=hotel, guaranteed=False, penalty_type="FULL_STAY", taxed=True)
        Hotel.objects.update(accommodation_tax_rate=6)
        hotel.refresh_from_db()
        room = missed(hotel, nights_count=3, policy=policy)
        deposit(room.folio, "150")

        run()

        line = FolioLine.objects.get()
        assert (line.net, line.tax, line.gross) == (Decimal("141.51"), Decimal("8.49"), 150)
        assert "and at most the deposit" in NoShowRecord.objects.get().reason

    def test_a_deposit_guarantees_a_day_use_room_for_its_price(self, hotel, run, flexible) -> None:
        room = missed(hotel, nights_count=0, day_use_price=Decimal(80), policy=flexible)
        deposit(room.folio, "80")

        assert run().total_penalty == 80

    @pytest.mark.parametrize(
        "fields",
        [
            {"status": "AUTHORIZED"},
            {"status": "PENDING"},
            {"status": "REFUNDED", "refunded_amount": 100},
            {"refunded_amount": Decimal("0.01")},
        ],
    )
    def test_money_not_received_or_paid_back_guarantees_nothing(
        self, hotel, run, flexible, fields: dict[str, Any]
    ) -> None:
        room = stay(hotel, arrival=TODAY, policy=flexible)
        deposit(room.folio, "100", **fields)

        run(later=EVENING)

        assert status_of(room) == "RELEASED"

    def test_a_deposit_for_one_of_two_rooms_guarantees_one(self, hotel, run, flexible) -> None:
        first = missed(hotel, policy=flexible)
        second = missed(hotel, policy=flexible, booking=first.booking, folio=first.folio)
        deposit(first.folio, "150")

        result = run()

        assert (status_of(first), status_of(second)) == ("NO_SHOW", "RELEASED")
        assert result.total_penalty == 100

    def test_a_deposit_guarantees_two_rooms_if_it_covers_both(self, hotel, run, flexible) -> None:
        first = missed(hotel, policy=flexible)
        second = missed(hotel, policy=flexible, booking=first.booking)
        deposit(first.folio, "200")

        result = run()

        assert (status_of(first), status_of(second)) == ("NO_SHOW", "NO_SHOW")
        assert set(FolioLine.objects.values_list("folio", "gross")) == {(first.folio_id, 100)}
        assert FolioLine.objects.count() == 2
        assert result.attention() == ()


class TestDepositsOnOtherFolios:
    def test_the_fee_goes_to_the_folio_with_the_deposit(self, hotel, run) -> None:
        room = missed(hotel)
        other = FolioFactory(booking=room.booking)
        deposit(other, "130")

        run()

        assert FolioLine.objects.get().folio == other
        assert BookingRoom.objects.get(pk=room.pk).folio == other
        assert NoShowRecord.objects.get().deposit_surplus == 30

    def test_the_empty_folio_the_room_leaves_is_voided(self, hotel, run) -> None:
        room = missed(hotel)
        deposit(FolioFactory(booking=room.booking), "100")

        run()

        assert Folio.objects.get(pk=room.folio_id).status == "VOID"
        assert not Folio.objects.filter(status="OPEN").exists()

    def test_the_empty_folio_stays_open_for_another_room(self, hotel, run) -> None:
        room = missed(hotel)
        stay(hotel, arrival=TODAY, booking=room.booking, folio=room.folio)
        deposit(FolioFactory(booking=room.booking), "100")

        run()

        assert Folio.objects.get(pk=room.folio_id).status == "OPEN"

    def test_the_folio_that_pays_the_whole_fee_is_preferred(self, hotel, run) -> None:
        room = missed(hotel)
        small = FolioFactory(booking=room.booking)
        enough = FolioFactory(booking=room.booking)
        deposit(small, "30")
        deposit(enough, "100")

        result = run()

        assert FolioLine.objects.get().folio == enough
        note = (
            f"Not used of the deposits of the booking: 30.00 EUR on folio {small}. "
            "Please move or refund it."
        )
        assert result.attention() == (f"{room}: {note}",)
        assert NoShowRecord.objects.get().reason.endswith(note)

    def test_a_folio_with_charges_keeps_the_fee_and_the_other_deposit_is_reported(
        self, hotel, run
    ) -> None:
        room = missed(hotel)
        deposit(room.folio, "20")
        other = FolioFactory(booking=room.booking)
        deposit(other, "80")

        result = run()

        assert FolioLine.objects.get().folio == room.folio
        assert f"80.00 EUR on folio {other}" in result.attention()[0]

    def test_the_deposit_of_a_room_still_expected_is_not_used_but_reported(
        self, hotel, run
    ) -> None:
        room = missed(hotel)
        expected = stay(hotel, arrival=TODAY, booking=room.booking)
        deposit(expected.folio, "100")

        result = run()

        assert FolioLine.objects.get().folio == room.folio
        assert f"100.00 EUR on folio {expected.folio}" in result.attention()[0]

    def test_many_unused_deposits_are_named_with_as_many_queries_as_one(self, hotel, now) -> None:
        queries = []
        for bookings in (1, 4):
            for _ in range(bookings):
                room = missed(hotel)
                deposit(room.folio, "20")
                deposit(FolioFactory(booking=room.booking), "80")
            with CaptureQueriesContext(connection) as captured:
                assert len(check(hotel, now).attention()) == bookings
            queries.append(len(captured))

        assert queries[0] == queries[1]

    def test_a_deposit_pays_one_of_two_fees(self, hotel, run) -> None:
        booking = BookingFactory(hotel=hotel)
        first, second = (missed(hotel, booking=booking) for _ in range(2))
        other = FolioFactory(booking=first.booking)
        deposit(other, "100")

        run()

        folios = dict(FolioLine.objects.values_list("booking_room", "folio"))
        assert folios == {first.pk: other.pk, second.pk: second.folio_id}

    def test_the_deposit_on_another_folio_of_a_released_room_is_a_surplus(
        self, hotel, run, flexible
    ) -> None:
        room = missed(hotel, policy=flexible)
        other = FolioFactory(booking=room.booking)
        deposit(other, "40")

        run()

        assert NoShowRecord.objects.get().deposit_surplus == 40
        assert BookingRoom.objects.get(pk=room.pk).folio == other

    def test_a_deposit_of_another_booking_is_not_used(self, hotel, run) -> None:
        room = missed(hotel)
        deposit(FolioFactory(booking=BookingFactory(hotel=hotel)), "100")

        result = run()

        assert FolioLine.objects.get().folio == room.folio
        assert result.attention() == ()

    def test_the_folio_of_a_departed_guest_is_completed_with_the_last_room_released(
        self, hotel, run, flexible
    ) -> None:
        room = missed(hotel, policy=flexible)
        left = missed(hotel, status="CHECKED_OUT", booking=room.booking, folio=room.folio)
        FolioLine.objects.create(
            folio=left.folio,
            booking_room=left,
            business_date=YESTERDAY,
            category="ROOM",
            description="Night",
            net=50,
            tax=0,
            gross=50,
        )

        result = run()

        assert Folio.objects.get(pk=room.folio_id).status == "COMPLETED"
        assert result.attention() == ()
