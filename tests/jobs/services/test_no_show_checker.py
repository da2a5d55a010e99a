"""No-show check: result, rooms checked, activity that prevents a no-show."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hotels import availability, phrases
from hotels.models import (
    BookingRoom,
    FolioLine,
    Hotel,
    NoShowPolicy,
    NoShowRecord,
)
from jobs import registry
from jobs.base import JobContext
from jobs.services.no_show_checker import NoShowResult, check_and_process_no_shows
from tests.factories import (
    BookingFactory,
    FolioLineFactory,
    HotelFactory,
    PaymentFactory,
    PolicyFactory,
    RoomFactory,
    RoomTypeFactory,
    stay,
)
from tests.jobs.services.no_shows import TODAY, YESTERDAY, missed, status_of

pytestmark = pytest.mark.django_db

Run = Callable[..., NoShowResult]


@pytest.fixture
def run(hotel: Hotel, now: datetime) -> Run:
    """Run the service at `now`, or some time later."""
    return lambda later=timedelta(0): check_and_process_no_shows(
        JobContext(hotel=hotel, now=now + later)
    )


@pytest.fixture
def flexible(hotel: Hotel) -> NoShowPolicy:
    """A policy without guarantee: rooms are held until 18:00."""
    return PolicyFactory(hotel=hotel, guaranteed=False)


def test_it_is_registered_for_every_two_hours() -> None:
    job = registry.get("check-no-shows")

    assert (job.schedule, job.service) == ("0 */2 * * *", check_and_process_no_shows)


class TestResult:
    def test_the_payload_of_the_contract(self, hotel, run) -> None:
        missed(hotel)

        assert run().payload() == {
            "hotelId": hotel.pk,
            "problems": [],
            "noShowsDetected": 1,
            "penaltiesApplied": 1,
            "roomsFreed": 1,
            "released": 0,
            "review": 0,
            "totalPenalty": "100.00",
            "currency": "EUR",
            "skipped": [],
            "cases": [],
        }

    def test_the_summary_counts_no_shows_fees_and_rooms(self, hotel, run, flexible) -> None:
        missed(hotel)
        missed(hotel, nights_count=1, price=Decimal("62.5"))
        missed(hotel, policy=flexible)

        assert run().summary() == (
            "2 no-shows, fees 162.50 EUR, 2 rooms freed, 1 released without a fee"
        )

    def test_the_summary_without_a_no_show(self, run) -> None:
        assert run().summary() == "No no-shows"

    @pytest.mark.parametrize(("currency", "fee"), [("JPY", "101"), ("KWD", "100.500")])
    def test_the_fee_is_in_the_currency_of_the_hotel(self, now, currency: str, fee: str) -> None:
        hotel = HotelFactory(currency=currency)
        missed(hotel, price=Decimal("100.5"))

        result = check_and_process_no_shows(JobContext(hotel=hotel, now=now))

        assert result.payload()["totalPenalty"] == fee
        assert result.currency == currency

    def test_changes_are_reported_with_the_reason(self, hotel, context) -> None:
        room = missed(hotel)

        check_and_process_no_shows(context)

        record = NoShowRecord.objects.get()
        effects = context.effects()
        assert effects["no-show"]["objects"][0]["note"] == record.reason
        assert str(room) in effects["no-show"]["objects"][0]["label"]
        assert effects["folio completed"]["count"] == 1

    def test_a_hotel_with_no_room_due_is_no_failure(self, hotel, run) -> None:
        stay(hotel, arrival=TODAY)

        result = run()

        assert (result.done, result.problems, result.skipped) == (0, (), ())


class TestCandidates:
    def test_each_room_of_a_booking_is_checked_separately(self, hotel, run) -> None:
        booking = BookingFactory(hotel=hotel)
        came_later, absent = (missed(hotel, booking=booking) for _ in range(2))
        BookingRoom.objects.filter(pk=came_later.pk).update(arrival_date=TODAY)

        run()

        assert (status_of(came_later), status_of(absent)) == ("CONFIRMED", "NO_SHOW")

    @pytest.mark.parametrize(
        "status", ["TENTATIVE", "CHECKED_IN", "CHECKED_OUT", "CANCELLED", "RELEASED", "NO_SHOW"]
    )
    def test_only_confirmed_rooms_are_candidates(self, hotel, run, status: str) -> None:
        room = missed(hotel, status=status)

        result = run()

        assert status_of(room) == status
        assert result.no_shows_detected == result.done == 0

    def test_a_booking_cancelled_on_its_arrival_day_is_never_a_no_show(
        self, hotel, run, now
    ) -> None:
        room = missed(hotel, status="CANCELLED", cancelled_at=now - timedelta(hours=12))

        assert run().no_shows_detected == 0
        assert status_of(room) == "CANCELLED"

    def test_an_arrival_whose_deadline_has_not_passed_is_not_due(self, hotel, run) -> None:
        room = stay(hotel, arrival=TODAY)

        run()

        assert status_of(room) == "CONFIRMED"

    def test_a_guaranteed_room_becomes_a_no_show_exactly_at_day_close(self, hotel, run) -> None:
        room = stay(hotel, arrival=TODAY)
        day_close = timedelta(hours=20)  # 03:00 the next day in Lisbon

        run(later=day_close - timedelta(microseconds=1))
        before = status_of(room)
        run(later=day_close)

        assert (before, status_of(room)) == ("CONFIRMED", "NO_SHOW")

    def test_rooms_due_at_a_missed_run_are_checked_by_the_next(self, hotel, run) -> None:
        room = missed(hotel, arrival=TODAY - timedelta(days=40))

        assert run().no_shows_detected == 1
        assert status_of(room) == "NO_SHOW"

    def test_a_booking_made_after_its_deadline_gets_its_grace_period(self, hotel, run, now) -> None:
        late = BookingFactory(hotel=hotel, booked_at=now - timedelta(minutes=30))
        room = missed(hotel, booking=late)

        run(later=timedelta(minutes=89))
        before = status_of(room)
        run(later=timedelta(minutes=90))

        assert (before, status_of(room)) == ("CONFIRMED", "NO_SHOW")

    def test_other_hotels_are_untouched(self, hotel, run) -> None:
        elsewhere = missed(HotelFactory())

        run()

        assert status_of(elsewhere) == "CONFIRMED"


class TestActivity:
    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"checked_in_at": datetime(2026, 7, 14, 20, tzinfo=UTC)}, "has checked in"),
            ({"key_issued_at": datetime(2026, 7, 14, 20, tzinfo=UTC)}, "a key was issued"),
            ({"staff_hold": True}, "the front desk is holding the room"),
            ({"eta": datetime(2026, 7, 15, 4, 1, tzinfo=UTC)}, "the guest is expected later"),
        ],
    )
    def test_a_room_with_activity_is_skipped_with_the_reason(
        self, hotel, run, fields: dict[str, Any], reason: str
    ) -> None:
        room = missed(hotel, **fields)

        result = run()

        assert status_of(room) == "CONFIRMED"
        assert result.skipped[0].booking_room == str(room)
        assert reason in result.skipped[0].reason

    def test_two_hours_after_the_announced_arrival_the_room_is_a_no_show(
        self, hotel, run, now
    ) -> None:
        room = missed(hotel, eta=now - timedelta(hours=2))

        run()

        assert status_of(room) == "NO_SHOW"

    @pytest.mark.parametrize("category", ["EXTRA", "ROOM"])
    def test_a_charge_during_the_stay_is_activity(self, hotel, run, category: str) -> None:
        room = missed(hotel)
        FolioLineFactory(
            folio=room.folio, booking_room=room, category=category, business_date=YESTERDAY
        )

        run()

        assert status_of(room) == "CONFIRMED"

    def test_a_charge_without_a_room_counts_for_the_only_room_of_its_folio(
        self, hotel, run
    ) -> None:
        room = missed(hotel)
        FolioLineFactory(folio=room.folio, category="EXTRA", business_date=YESTERDAY)

        run()

        assert status_of(room) == "CONFIRMED"

    def test_a_charge_without_a_room_on_a_shared_folio_is_no_activity(self, hotel, run) -> None:
        room = missed(hotel)
        stay(hotel, arrival=TODAY, booking=room.booking, folio=room.folio)
        FolioLineFactory(folio=room.folio, category="EXTRA", business_date=YESTERDAY)

        run()

        assert status_of(room) == "NO_SHOW"

    def test_a_cancelled_room_no_longer_shares_its_folio(self, hotel, run) -> None:
        room = missed(hotel)
        stay(hotel, arrival=TODAY, folio=room.folio, status="CANCELLED")
        FolioLineFactory(folio=room.folio, category="EXTRA", business_date=YESTERDAY)

        run()

        assert status_of(room) == "CONFIRMED"

    @pytest.mark.parametrize(
        "line",
        [
            {"business_date": date(2026, 7, 13), "category": "ROOM"},
            {"business_date": YESTERDAY, "category": "ADJUSTMENT"},
            {"business_date": YESTERDAY, "category": "NO_SHOW_FEE"},
        ],
    )
    def test_a_charge_before_arrival_or_of_another_kind_is_no_activity(
        self, hotel, run, line: dict[str, Any]
    ) -> None:
        room = missed(hotel)
        FolioLineFactory(folio=room.folio, booking_room=room, **line)

        run()

        assert status_of(room) == "NO_SHOW"

    def test_a_reversed_charge_is_no_activity(self, hotel, run) -> None:
        room = missed(hotel)
        charge = FolioLineFactory(folio=room.folio, booking_room=room, category="EXTRA")
        FolioLineFactory(
            folio=room.folio,
            booking_room=room,
            category="EXTRA",
            gross=Decimal(-100),
            reverses=charge,
        )

        run()

        assert status_of(room) == "NO_SHOW"

    def test_an_allowance_is_no_activity(self, hotel, run) -> None:
        room = missed(hotel)
        FolioLineFactory(
            folio=room.folio, booking_room=room, category="EXTRA", gross=Decimal("-5.50")
        )

        run()

        assert status_of(room) == "NO_SHOW"

    def test_a_deposit_is_no_activity(self, hotel, run) -> None:
        room = missed(hotel)
        PaymentFactory(folio=room.folio, is_deposit=True)

        run()

        assert status_of(room) == "NO_SHOW"


@pytest.mark.parametrize(("taxed", "reason"), [(False, "COMPENSATION"), (True, "")])
def test_a_fee_says_why_no_tax_is_charged_and_can_be_printed_in_any_language(
    hotel, run, taxed: bool, reason: str
) -> None:
    room = missed(hotel, policy=PolicyFactory(hotel=hotel, taxed=taxed))

    run()

    fee = FolioLine.objects.get()
    described = phrases.no_show_fee(room=str(room), arrival=room.arrival_date)
    assert (fee.zero_tax_reason, fee.phrase) == (reason, described.to_json())
    assert fee.description == described.text_in_english()


class TestQueries:
    def test_one_query_finds_that_no_room_is_overdue(self, hotel, run, queries_of) -> None:
        missed(hotel)
        run()
        for _ in range(3):
            stay(hotel, arrival=TODAY)

        assert queries_of(run) == 1

    def test_more_rooms_and_nights_take_no_more_queries(self, hotel, run, now, queries_of) -> None:
        kind = RoomTypeFactory(hotel=hotel)
        flexible = PolicyFactory(hotel=hotel, guaranteed=False)

        def fill(count: int, nights: int) -> None:
            for n in range(count):
                room = missed(
                    hotel,
                    nights_count=nights,
                    room=RoomFactory(hotel=hotel, room_type=kind),
                    policy=flexible if n % 2 else None,
                )
                PaymentFactory(folio=room.folio, amount=Decimal(5000))
            there = missed(hotel, status="CHECKED_IN")
            missed(hotel, booking=there.booking)
            missed(hotel, folio=None)
            availability.recalculate(hotel=hotel, now=now)

        fill(2, nights=2)
        run()  # leaves rooms to decide, which every later check looks at
        fill(2, nights=2)
        few = queries_of(run)
        fill(24, nights=9)

        assert queries_of(run) == few <= 41
