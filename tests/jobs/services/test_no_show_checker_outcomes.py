"""No-show check: no-show with its fee, release, decision."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hotels import availability
from hotels.models import (
    BookingNight,
    BookingRoom,
    Folio,
    FolioLine,
    Hotel,
    NoShowPolicy,
    NoShowRecord,
    RoomAvailability,
)
from jobs.base import JobContext, Reference
from jobs.services.no_show_checker import NoShowResult, check_and_process_no_shows
from tests.factories import (
    HotelFactory,
    PaymentFactory,
    PolicyFactory,
    RoomFactory,
    stay,
)
from tests.jobs.services.no_shows import TODAY, YESTERDAY, missed, status_of

EVENING = timedelta(hours=11)  # from the fixture's 07:00 in Lisbon to 18:00

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


class TestNoShow:
    def test_the_record_has_the_rule_and_the_reason(self, hotel, run, now) -> None:
        policy = PolicyFactory(hotel=hotel, name="Saver", penalty_type="FULL_STAY")
        room = missed(hotel, policy=policy)

        run()

        record = NoShowRecord.objects.get()
        assert (record.booking_room, record.outcome) == (room, "APPLIED")
        assert record.rule == "no-show-guaranteed"
        assert record.deadline == datetime(2026, 7, 15, 2, 0, tzinfo=UTC)
        assert (record.business_date, record.arrival_date) == (TODAY, YESTERDAY)
        assert (record.fee_amount, record.currency, record.created_at) == (200, "EUR", now)
        assert record.reason == (
            "The booking was guaranteed and the guest had not checked in by "
            "15 Jul 2026, 03:00 (Lisbon time). "
            "The fee is 200.00 EUR: the whole stay, under the policy “Saver”."
        )

    def test_the_fee_line_is_on_the_folio_with_its_key(self, hotel, run) -> None:
        room = missed(hotel)

        run()

        line = FolioLine.objects.get()
        assert (line.folio, line.booking_room) == (room.folio, room)
        assert (line.category, line.business_date) == ("NO_SHOW_FEE", TODAY)
        assert (line.net, line.tax, line.gross, line.tax_rate) == (100, 0, 100, 0)
        assert line.source_key == f"no-show:{room.pk}:1"
        assert NoShowRecord.objects.get().fee_line == line

    @pytest.mark.parametrize(
        ("included", "net", "gross"), [(True, "94.34", "100"), (False, "100", "106")]
    )
    def test_a_taxed_policy_charges_the_accommodation_tax(
        self, now, included: bool, net: str, gross: str
    ) -> None:
        hotel = HotelFactory(accommodation_tax_rate=Decimal(6), prices_include_tax=included)
        missed(hotel, policy=PolicyFactory(hotel=hotel, taxed=True))

        result = check_and_process_no_shows(JobContext(hotel=hotel, now=now))

        line = FolioLine.objects.get()
        assert (line.tax_rate, line.net, line.gross) == (6, Decimal(net), Decimal(gross))
        assert result.total_penalty == Decimal(gross)

    def test_an_untaxed_policy_charges_no_tax_and_has_no_rate(self, now) -> None:
        hotel = HotelFactory(accommodation_tax_rate=Decimal(6))
        missed(hotel)

        check_and_process_no_shows(JobContext(hotel=hotel, now=now))

        line = FolioLine.objects.get()
        assert (line.tax_rate, line.net, line.tax, line.gross) == (0, 100, 0, 100)

    def test_the_fee_follows_the_snapshot_after_the_policy_changed(self, hotel, run) -> None:
        policy = PolicyFactory(hotel=hotel, penalty_type="FIXED", penalty_value=Decimal(30))
        missed(hotel, policy=policy)
        NoShowPolicy.objects.update(penalty_value=Decimal(999), guaranteed=False)

        assert run().total_penalty == 30

    def test_released_nights_do_not_count_for_the_fee(self, hotel, run) -> None:
        room = missed(
            hotel, nights_count=3, policy=PolicyFactory(hotel=hotel, penalty_type="FULL_STAY")
        )
        room.nights.filter(date=date(2026, 7, 16)).update(released=True)

        assert run().total_penalty == 200

    def test_the_first_night_is_the_first_by_date(self, hotel, run) -> None:
        room = missed(hotel)
        room.nights.filter(date=YESTERDAY).update(price=Decimal(55))

        assert run().total_penalty == 55

    @pytest.mark.parametrize(
        "fields", [{"nights_count": 0}, {"price": Decimal(0)}, {"price": Decimal(-20)}]
    )
    def test_a_no_show_with_nothing_to_charge_has_no_fee_line(
        self, hotel, run, fields: dict[str, Any]
    ) -> None:
        room = missed(hotel, **fields)

        result = run()

        assert status_of(room) == "NO_SHOW"
        assert (result.no_shows_detected, result.penalties_applied) == (1, 0)
        assert not FolioLine.objects.exists()

    @pytest.mark.parametrize(
        ("policy", "fee"),
        [
            ({"penalty_type": "NIGHTS", "penalty_value": 1}, 80),
            ({"penalty_type": "NIGHTS", "penalty_value": 2}, 80),
            ({"penalty_type": "NIGHTS", "penalty_value": Decimal("0.5")}, 40),
            ({"penalty_type": "PERCENT", "penalty_value": 25}, 20),
            ({"penalty_type": "FULL_STAY"}, 80),
            ({"penalty_type": "FIXED", "penalty_value": 95}, 95),
            ({"penalty_type": "NONE"}, 0),
        ],
    )
    def test_the_fee_of_day_use_is_by_policy_over_the_day_use_price(
        self, hotel, run, policy: dict[str, Any], fee: int
    ) -> None:
        terms = PolicyFactory(hotel=hotel, **policy)
        room = missed(hotel, nights_count=0, day_use_price=Decimal(80), policy=terms)

        result = run()

        assert status_of(room) == "NO_SHOW"
        assert result.total_penalty == fee

    def test_a_day_use_no_show_without_an_agreed_price_says_so(self, hotel, run) -> None:
        missed(hotel, nights_count=0)

        run()

        reason = NoShowRecord.objects.get().reason
        assert reason.endswith("The booking has no day-use price.")

    def test_nights_outside_the_dates_of_the_stay_do_not_count_for_the_fee(
        self, hotel, run
    ) -> None:
        room = missed(
            hotel,
            arrival=date(2026, 7, 13),
            nights_count=4,
            policy=PolicyFactory(hotel=hotel, penalty_type="FULL_STAY"),
        )
        BookingRoom.objects.filter(pk=room.pk).update(
            arrival_date=YESTERDAY, departure_date=date(2026, 7, 16)
        )

        assert run().total_penalty == 200

    def test_nights_from_the_business_date_are_freed_and_earlier_ones_stay_sold(
        self, hotel, run
    ) -> None:
        room = missed(hotel, arrival=date(2026, 7, 13), nights_count=4)

        result = run()

        released = room.nights.order_by("date").values_list("released", flat=True)
        assert list(released) == [False, False, True, True]
        assert (result.rooms_freed, NoShowRecord.objects.get().nights_freed) == (1, 2)

    def test_a_single_past_night_frees_no_room(self, hotel, run) -> None:
        missed(hotel, nights_count=1)

        result = run()

        assert (result.no_shows_detected, result.rooms_freed) == (1, 0)

    def test_a_night_released_before_is_not_freed_again(self, hotel, run) -> None:
        room = missed(hotel, nights_count=3)
        room.nights.filter(date=date(2026, 7, 16)).update(released=True)

        run()

        assert NoShowRecord.objects.get().nights_freed == 1

    def test_the_room_can_be_sold_again_on_the_freed_night(self, hotel, run) -> None:
        physical = RoomFactory(hotel=hotel)
        missed(hotel, room=physical)

        run()

        assert stay(hotel, arrival=TODAY, nights_count=1, room=physical).pk

    def test_the_availability_of_freed_nights_is_updated(self, hotel, run, now) -> None:
        physical = RoomFactory(hotel=hotel)
        missed(hotel, nights_count=3, room=physical)
        availability.recalculate(hotel=hotel, now=now)
        stored = RoomAvailability.objects.filter(date__in=[TODAY, date(2026, 7, 16)])
        before = list(stored.values_list("occupied_rooms", "available_rooms"))

        run()

        assert before == [(1, 0), (1, 0)]
        assert list(stored.values_list("occupied_rooms", "available_rooms")) == [(0, 1), (0, 1)]

    def test_a_night_without_an_availability_row_gets_no_row(self, hotel, run) -> None:
        missed(hotel)

        run()

        assert not RoomAvailability.objects.exists()


class TestRelease:
    def test_an_unguaranteed_room_is_released_at_18_without_a_fee(
        self, hotel, run, flexible
    ) -> None:
        room = stay(hotel, arrival=TODAY, policy=flexible)

        run(later=EVENING - timedelta(seconds=1))
        before = status_of(room)
        result = run(later=EVENING)

        assert (before, status_of(room)) == ("CONFIRMED", "RELEASED")
        assert (result.released, result.no_shows_detected, result.penalties_applied) == (1, 0, 0)
        assert result.rooms_freed == 1
        assert not FolioLine.objects.exists()

    def test_the_policy_sets_the_release_time(self, hotel, run) -> None:
        policy = PolicyFactory(hotel=hotel, guaranteed=False, release_time=time(16, 0))
        room = stay(hotel, arrival=TODAY, policy=policy)

        run(later=timedelta(hours=9))

        assert status_of(room) == "RELEASED"

    def test_all_nights_are_freed_and_the_record_has_the_reason(self, hotel, run, flexible) -> None:
        room = stay(hotel, arrival=TODAY, policy=flexible)

        run(later=EVENING)

        record = NoShowRecord.objects.get()
        assert not room.nights.filter(released=False).exists()
        assert (record.outcome, record.rule) == ("RELEASED", "release-not-guaranteed")
        assert record.reason == (
            "The booking was not guaranteed and the guest had not checked in by "
            "15 Jul 2026, 18:00 (Lisbon time). The room was released without a fee."
        )

    def test_a_folio_without_any_lines_is_voided(self, hotel, run, flexible) -> None:
        room = stay(hotel, arrival=TODAY, policy=flexible)

        run(later=EVENING)

        assert Folio.objects.get(pk=room.folio_id).status == "VOID"

    def test_a_folio_with_a_payment_stays_open_and_needs_attention(
        self, hotel, run, flexible
    ) -> None:
        room = stay(hotel, arrival=TODAY, policy=flexible)
        PaymentFactory(folio=room.folio, amount=Decimal(40))

        result = run(later=EVENING)

        assert Folio.objects.get(pk=room.folio_id).status == "OPEN"
        assert NoShowRecord.objects.get().deposit_surplus == 40
        assert len(result.attention()) == 2
        assert "40.00 EUR were paid in advance and no fee is due." in result.attention()[1]


class TestReview:
    @pytest.fixture
    def absent(self, hotel: Hotel) -> BookingRoom:
        """A room of a booking of which another room is in house."""
        there = missed(hotel, status="CHECKED_IN")
        return missed(hotel, booking=there.booking)

    def test_a_decision_is_needed_if_others_of_the_booking_are_in_house(
        self, hotel, run, absent
    ) -> None:
        result = run()

        record = NoShowRecord.objects.get()
        assert status_of(absent) == "CONFIRMED"
        assert (record.outcome, record.booking_room, record.fee_amount) == ("REVIEW", absent, 0)
        assert (result.review, result.no_shows_detected, result.rooms_freed) == (1, 0, 0)
        assert not FolioLine.objects.exists()
        assert not BookingNight.objects.filter(released=True).exists()
        assert "other guests of the booking are in house" in result.attention()[0]
        assert [case.reference for case in result.cases] == [Reference.to(record)]

    def test_the_decision_is_not_asked_again_while_the_arrival_is_unchanged(
        self, run, absent
    ) -> None:
        run()

        result = run(later=timedelta(hours=2))

        assert NoShowRecord.objects.count() == 1
        assert result.review == 0
        assert result.skipped[0].reason == "a decision is still needed"

    def test_a_new_announced_arrival_supersedes_the_decision(self, run, absent, now) -> None:
        run()
        BookingRoom.objects.filter(pk=absent.pk).update(eta=now - timedelta(hours=3))

        run(later=timedelta(hours=2))

        new, old = NoShowRecord.objects.order_by("-pk")
        assert (new.outcome, old.outcome) == ("REVIEW", "REVERSED")
        assert old.decided_by is None
        assert "decided again" in old.decision_note

    def test_guests_in_house_of_another_booking_do_not_matter(self, hotel, run) -> None:
        missed(hotel, status="CHECKED_IN")
        room = missed(hotel)

        run()

        assert status_of(room) == "NO_SHOW"
