"""What a person may do with a no-show: reinstate, waive, keep."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from hotels import availability
from hotels.models import (
    BookingRoom,
    Folio,
    FolioLine,
    Hotel,
    NoShowPolicy,
    NoShowRecord,
    Room,
    RoomAvailability,
    RoomBlock,
)
from hotels.no_shows import manager_actions
from tests.factories import (
    PaymentFactory,
    PolicyFactory,
    RoomFactory,
    RoomTypeFactory,
    UserFactory,
    stay,
)
from tests.jobs.services.no_shows import TODAY, YESTERDAY, check

pytestmark = pytest.mark.django_db

Given = Callable[..., NoShowRecord]


@pytest.fixture
def room(hotel: Hotel) -> Room:
    """The only room of its type."""
    return RoomFactory(hotel=hotel, number="101")


@pytest.fixture
def no_show(hotel: Hotel, room: Room, now: datetime) -> Given:
    """A stay of three nights in the room that became a no-show this morning, as its record."""

    def make(**fields: Any) -> NoShowRecord:
        came_not = stay(hotel, **{"arrival": YESTERDAY, "nights_count": 3, "room": room} | fields)
        check(hotel, now)
        return NoShowRecord.objects.get(booking_room=came_not)

    return make


@pytest.fixture
def flexible(hotel: Hotel) -> NoShowPolicy:
    return PolicyFactory(hotel=hotel, guaranteed=False)


@pytest.fixture
def decide(now: datetime) -> Callable[..., NoShowRecord]:
    """Carry out a decision an hour later, by somebody."""
    return lambda action, record: action(
        record=record, user=UserFactory(), now=now + timedelta(hours=1), note="He rang."
    )


class TestReinstate:
    def test_the_guest_is_booked_again_with_all_nights(self, no_show, decide) -> None:
        record = decide(manager_actions.reinstate, no_show())

        room = record.booking_room
        room.refresh_from_db()
        assert room.status == "CONFIRMED"
        assert not room.nights.filter(released=True).exists()

    def test_the_record_says_who_when_and_why(self, no_show, now) -> None:
        anna = UserFactory()

        manager_actions.reinstate(record=no_show(), user=anna, now=now, note="Late flight.")

        record = NoShowRecord.objects.get()
        assert (record.outcome, record.decided_by, record.decided_at) == ("REVERSED", anna, now)
        assert record.decision_note == "Late flight."

    def test_a_contra_line_stands_against_the_fee(self, no_show, decide) -> None:
        decide(manager_actions.reinstate, no_show())

        fee, contra = FolioLine.objects.order_by("pk")
        assert contra.reverses == fee
        assert (contra.net, contra.tax, contra.gross) == (-fee.net, -fee.tax, -fee.gross)
        assert (contra.folio, contra.category) == (fee.folio, fee.category)
        assert contra.source_key == f"{fee.source_key}:reversed"

    def test_the_folio_is_open_again(self, no_show, decide) -> None:
        record = decide(manager_actions.reinstate, no_show())

        folio = Folio.objects.get(pk=record.booking_room.folio_id)
        assert (folio.status, folio.completed_at) == ("OPEN", None)

    def test_a_released_room_comes_back_with_its_void_folio(
        self, no_show, decide, flexible
    ) -> None:
        record = decide(manager_actions.reinstate, no_show(policy=flexible))

        assert BookingRoom.objects.get().status == "CONFIRMED"
        assert Folio.objects.get().status == "OPEN"
        assert record.outcome == "REVERSED"
        assert not FolioLine.objects.exists()

    def test_a_waived_no_show_comes_back_without_a_second_contra_line(
        self, no_show, decide
    ) -> None:
        record = decide(manager_actions.waive, no_show())

        decide(manager_actions.reinstate, record)

        assert BookingRoom.objects.get().status == "CONFIRMED"
        assert FolioLine.objects.count() == 2
        assert NoShowRecord.objects.get().decision_note == "He rang.\nHe rang."

    def test_the_availability_of_the_nights_taken_back_is_brought_up_to_date(
        self, hotel, no_show, decide, now
    ) -> None:
        record = no_show()
        availability.recalculate(hotel=hotel, now=now)

        decide(manager_actions.reinstate, record)

        rows = RoomAvailability.objects.filter(occupied_rooms=1).order_by("date")
        assert list(rows.values_list("date", flat=True)) == [TODAY, date(2026, 7, 16)]

    def test_nights_released_before_the_no_show_stay_released(
        self, hotel, room, no_show, decide
    ) -> None:
        record = no_show()
        BookingRoom.objects.update(departure_date=date(2026, 7, 16))

        decide(manager_actions.reinstate, record)

        released = record.booking_room.nights.filter(released=True)
        assert list(released.values_list("date", flat=True)) == [date(2026, 7, 16)]

    def test_nights_given_back_before_its_day_of_decision_stay_so(self, no_show, decide) -> None:
        record = no_show()
        record.booking_room.nights.filter(date=YESTERDAY).update(released=True)

        decide(manager_actions.reinstate, record)

        released = record.booking_room.nights.filter(released=True)
        assert list(released.values_list("date", flat=True)) == [YESTERDAY]

    def test_what_was_reversed_is_refused_in_one_sentence(self, no_show, decide) -> None:
        record = decide(manager_actions.reinstate, no_show())

        with pytest.raises(
            manager_actions.ReversalRefused, match=r"^It cannot .* says reversed\.$"
        ):
            decide(manager_actions.reinstate, record)

    def test_a_room_that_was_confirmed_by_hand_is_refused(self, no_show, decide) -> None:
        record = no_show()
        BookingRoom.objects.update(status="CANCELLED")

        with pytest.raises(manager_actions.ReversalRefused, match="it is cancelled by now"):
            decide(manager_actions.reinstate, record)

    def test_it_has_the_room_it_had(self, room, no_show, decide) -> None:
        record = decide(manager_actions.reinstate, no_show())

        assert set(record.booking_room.nights.values_list("room", flat=True)) == {room.pk}


class TestStock:
    def test_with_its_room_sold_it_gets_any_of_the_type(self, hotel, room, no_show, decide) -> None:
        RoomFactory(hotel=hotel, room_type=room.room_type)
        record = no_show()
        stay(hotel, arrival=date(2026, 7, 16), nights_count=1, room=room)

        decide(manager_actions.reinstate, record)

        back = record.booking_room
        back.refresh_from_db()
        assert back.room is None
        assert list(back.nights.order_by("date").values_list("room", "released")) == [
            (room.pk, False),
            (None, False),
            (None, False),
        ]

    def test_a_room_out_of_order_by_now_is_not_given(self, hotel, room, no_show, decide) -> None:
        RoomFactory(hotel=hotel, room_type=room.room_type)
        record = no_show()
        RoomBlock.objects.create(
            room=room, kind="OUT_OF_ORDER", start_date=TODAY, end_date=date(2026, 7, 16)
        )

        decide(manager_actions.reinstate, record)

        assert set(
            record.booking_room.nights.filter(date__gte=TODAY).values_list("room", flat=True)
        ) == {None}

    def test_a_room_back_from_out_of_order_on_the_day_is_given(self, room, no_show, now) -> None:
        record = no_show()
        tomorrow = date(2026, 7, 16)
        RoomBlock.objects.create(
            room=room, kind="OUT_OF_ORDER", start_date=TODAY, end_date=tomorrow
        )

        manager_actions.reinstate(record=record, user=UserFactory(), now=now + timedelta(days=1))

        nights = record.booking_room.nights.filter(date__gte=TODAY).order_by("date")
        assert list(nights.values_list("room", flat=True)) == [None, room.pk]

    def test_a_room_closed_for_good_is_not_given(self, hotel, room, no_show, decide) -> None:
        RoomFactory(hotel=hotel, room_type=room.room_type)
        record = no_show()
        Room.objects.filter(pk=room.pk).update(active=False)

        decide(manager_actions.reinstate, record)

        record.booking_room.refresh_from_db()
        assert record.booking_room.room is None

    @pytest.mark.parametrize("assigned", [True, False])
    def test_with_the_last_room_of_the_type_sold_it_is_refused_and_nothing_changes(
        self, hotel, room, no_show, decide, assigned: bool
    ) -> None:
        record = no_show()
        stay(
            hotel,
            arrival=TODAY,
            nights_count=1,
            room=room if assigned else None,
            room_type=room.room_type,
        )

        with pytest.raises(manager_actions.NoRoomLeft, match="left on 2026-07-15"):
            decide(manager_actions.reinstate, record)

        assert BookingRoom.objects.get(pk=record.booking_room_id).status == "NO_SHOW"
        assert NoShowRecord.objects.get().outcome == "APPLIED"
        assert FolioLine.objects.count() == 1

    def test_a_guest_upgraded_before_falls_back_to_the_type_booked(
        self, hotel, room, no_show, decide
    ) -> None:
        booked = RoomFactory(hotel=hotel).room_type
        record = no_show(room_type=booked)
        stay(hotel, arrival=TODAY, nights_count=1, room=room)

        decide(manager_actions.reinstate, record)

        record.booking_room.refresh_from_db()
        assert record.booking_room.room is None
        assert record.booking_room.status == "CONFIRMED"

    def test_a_night_already_past_asks_for_no_stock(self, hotel, room, no_show, now) -> None:
        record = no_show()
        stay(hotel, arrival=TODAY, nights_count=1, room=room)

        manager_actions.reinstate(record=record, user=UserFactory(), now=now + timedelta(days=1))

        nights = record.booking_room.nights.order_by("date")
        assert list(nights.values_list("room", "released")) == [
            (room.pk, False),
            (None, False),
            (room.pk, False),
        ]


class TestWaive:
    def test_the_fee_is_reversed_and_the_room_stays_a_no_show(self, no_show, decide) -> None:
        record = decide(manager_actions.waive, no_show())

        assert record.outcome == "WAIVED"
        assert sum(FolioLine.objects.values_list("gross", flat=True)) == 0
        assert BookingRoom.objects.get().status == "NO_SHOW"
        assert record.booking_room.nights.filter(released=True).count() == 2

    def test_the_fee_stays_readable_on_the_record(self, no_show, decide) -> None:
        decide(manager_actions.waive, no_show())

        record = NoShowRecord.objects.get()
        assert (record.fee_amount, record.decision_note) == (100, "He rang.")
        assert record.fee_line is not None

    def test_a_second_time_is_refused_in_one_sentence(self, no_show, decide) -> None:
        record = decide(manager_actions.waive, no_show())

        with pytest.raises(manager_actions.ReversalRefused, match=r"^No fee .* says fee waived\.$"):
            decide(manager_actions.waive, record)

        assert FolioLine.objects.count() == 2

    def test_the_database_refuses_a_second_contra_line(self, no_show, decide) -> None:
        decide(manager_actions.waive, no_show())
        contra = FolioLine.objects.exclude(reverses=None).get()
        contra.pk, contra.source_key = None, None

        with pytest.raises(IntegrityError), transaction.atomic():
            contra.save(force_insert=True)

    def test_a_no_show_without_a_fee_has_none_to_waive(self, no_show, decide) -> None:
        record = no_show(price=Decimal(0))

        with pytest.raises(manager_actions.ReversalRefused, match="none was charged"):
            decide(manager_actions.waive, record)

    def test_a_deposit_the_fee_had_used_up_is_flagged(self, hotel, no_show, decide) -> None:
        folio = stay(hotel, arrival=TODAY, status="CANCELLED").folio
        PaymentFactory(folio=folio, amount=Decimal(100), is_deposit=True)
        record = no_show(folio=folio, booking=folio.booking)
        before = record.deposit_surplus

        decide(manager_actions.waive, record)

        assert (before, NoShowRecord.objects.get().deposit_surplus) == (0, 100)

    def test_a_deposit_that_others_still_use_is_not_flagged(self, hotel, no_show, decide) -> None:
        folio = stay(hotel, arrival=TODAY).folio
        PaymentFactory(folio=folio, amount=Decimal(100), is_deposit=True)
        record = no_show(folio=folio, booking=folio.booking)

        decide(manager_actions.waive, record)

        assert NoShowRecord.objects.get().deposit_surplus == 0

    def test_a_release_has_no_fee_to_waive(self, no_show, decide, flexible) -> None:
        with pytest.raises(manager_actions.ReversalRefused, match="released, no fee"):
            decide(manager_actions.waive, no_show(policy=flexible))


class TestKeep:
    @pytest.fixture
    def review(self, hotel: Hotel, no_show: Given) -> NoShowRecord:
        kind = RoomTypeFactory(hotel=hotel)
        there = stay(hotel, arrival=YESTERDAY, status="CHECKED_IN", room_type=kind)
        return no_show(booking=there.booking)

    def test_a_room_left_for_review_stays_booked(self, review, decide) -> None:
        record = decide(manager_actions.keep_room, review)

        record.booking_room.refresh_from_db()
        assert (record.outcome, record.booking_room.status) == ("REVERSED", "CONFIRMED")
        assert not FolioLine.objects.exists()

    def test_it_is_not_laid_before_a_person_again(self, hotel, review, decide, now) -> None:
        decide(manager_actions.keep_room, review)

        result = check(hotel, now + timedelta(hours=2))

        assert result.review == 0

    def test_it_is_nothing_to_reinstate(self, review, decide) -> None:
        with pytest.raises(manager_actions.ReversalRefused, match="for the front desk to decide"):
            decide(manager_actions.reinstate, review)

    def test_a_no_show_is_not_kept(self, no_show, decide) -> None:
        with pytest.raises(manager_actions.ReversalRefused, match="not up for review"):
            decide(manager_actions.keep_room, no_show())
