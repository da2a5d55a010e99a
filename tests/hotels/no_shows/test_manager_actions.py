"""Managers' decisions about a no-show: reinstate, waive, keep."""

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
        absent = stay(hotel, **{"arrival": YESTERDAY, "nights_count": 3, "room": room} | fields)
        check(hotel, now)
        return NoShowRecord.objects.get(booking_room=absent)

    return make


@pytest.fixture
def flexible(hotel: Hotel) -> NoShowPolicy:
    return PolicyFactory(hotel=hotel, guaranteed=False)


@pytest.fixture
def decide(now: datetime) -> Callable[..., NoShowRecord]:
    """Carry out a decision by some user, an hour later."""
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

    def test_a_reversal_line_cancels_the_fee(self, no_show, decide) -> None:
        decide(manager_actions.reinstate, no_show())

        fee, reversal = FolioLine.objects.order_by("pk")
        assert reversal.reverses == fee
        assert (reversal.net, reversal.tax, reversal.gross) == (-fee.net, -fee.tax, -fee.gross)
        assert (reversal.folio, reversal.category) == (fee.folio, fee.category)
        assert reversal.source_key == f"{fee.source_key}:reversed"

    def test_the_folio_is_open_again(self, no_show, decide) -> None:
        record = decide(manager_actions.reinstate, no_show())

        folio = Folio.objects.get(pk=record.booking_room.folio_id)
        assert (folio.status, folio.completed_at) == ("OPEN", None)

    def test_a_released_room_is_reinstated_with_its_void_folio(
        self, no_show, decide, flexible
    ) -> None:
        record = decide(manager_actions.reinstate, no_show(policy=flexible))

        assert BookingRoom.objects.get().status == "CONFIRMED"
        assert Folio.objects.get().status == "OPEN"
        assert record.outcome == "REVERSED"
        assert not FolioLine.objects.exists()

    def test_a_waived_no_show_is_reinstated_without_a_second_reversal_line(
        self, no_show, decide
    ) -> None:
        record = decide(manager_actions.waive, no_show())

        decide(manager_actions.reinstate, record)

        assert BookingRoom.objects.get().status == "CONFIRMED"
        assert FolioLine.objects.count() == 2
        assert NoShowRecord.objects.get().decision_note == "He rang.\nHe rang."

    def test_the_availability_of_the_rebooked_nights_is_updated(
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

    def test_nights_released_before_the_date_of_the_decision_stay_released(
        self, no_show, decide
    ) -> None:
        record = no_show()
        record.booking_room.nights.filter(date=YESTERDAY).update(released=True)

        decide(manager_actions.reinstate, record)

        released = record.booking_room.nights.filter(released=True)
        assert list(released.values_list("date", flat=True)) == [YESTERDAY]

    def test_a_reversed_no_show_is_refused_in_one_sentence(self, no_show, decide) -> None:
        record = decide(manager_actions.reinstate, no_show())

        with pytest.raises(
            manager_actions.ReversalRefused, match=r"^This room cannot .*: reversed\.$"
        ):
            decide(manager_actions.reinstate, record)

    def test_a_room_whose_status_changed_is_refused(self, no_show, decide) -> None:
        record = no_show()
        BookingRoom.objects.update(status="CANCELLED")

        with pytest.raises(manager_actions.ReversalRefused, match="Its status is now: cancelled"):
            decide(manager_actions.reinstate, record)

    def test_the_guest_gets_the_assigned_room_again(self, room, no_show, decide) -> None:
        record = decide(manager_actions.reinstate, no_show())

        assert set(record.booking_room.nights.values_list("room", flat=True)) == {room.pk}


class TestRebooking:
    def test_when_its_room_is_sold_any_room_of_the_type_is_enough(
        self, hotel, room, no_show, decide
    ) -> None:
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

    def test_a_room_now_out_of_order_is_not_assigned(self, hotel, room, no_show, decide) -> None:
        RoomFactory(hotel=hotel, room_type=room.room_type)
        record = no_show()
        RoomBlock.objects.create(
            room=room, kind="OUT_OF_ORDER", start_date=TODAY, end_date=date(2026, 7, 16)
        )

        decide(manager_actions.reinstate, record)

        assert set(
            record.booking_room.nights.filter(date__gte=TODAY).values_list("room", flat=True)
        ) == {None}

    def test_a_room_back_in_order_on_the_day_is_assigned(self, room, no_show, now) -> None:
        record = no_show()
        tomorrow = date(2026, 7, 16)
        RoomBlock.objects.create(
            room=room, kind="OUT_OF_ORDER", start_date=TODAY, end_date=tomorrow
        )

        manager_actions.reinstate(record=record, user=UserFactory(), now=now + timedelta(days=1))

        nights = record.booking_room.nights.filter(date__gte=TODAY).order_by("date")
        assert list(nights.values_list("room", flat=True)) == [None, room.pk]

    def test_an_inactive_room_is_not_assigned(self, hotel, room, no_show, decide) -> None:
        RoomFactory(hotel=hotel, room_type=room.room_type)
        record = no_show()
        Room.objects.filter(pk=room.pk).update(active=False)

        decide(manager_actions.reinstate, record)

        record.booking_room.refresh_from_db()
        assert record.booking_room.room is None

    @pytest.mark.parametrize("assigned", [True, False])
    def test_when_the_type_is_sold_out_it_is_refused_and_nothing_changes(
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

        with pytest.raises(manager_actions.NoRoomAvailable, match="available on 15 Jul 2026"):
            decide(manager_actions.reinstate, record)

        assert BookingRoom.objects.get(pk=record.booking_room_id).status == "NO_SHOW"
        assert NoShowRecord.objects.get().outcome == "APPLIED"
        assert FolioLine.objects.count() == 1

    def test_an_upgraded_guest_gets_the_booked_type_when_the_room_is_sold(
        self, hotel, room, no_show, decide
    ) -> None:
        booked = RoomFactory(hotel=hotel).room_type
        record = no_show(room_type=booked)
        stay(hotel, arrival=TODAY, nights_count=1, room=room)

        decide(manager_actions.reinstate, record)

        record.booking_room.refresh_from_db()
        assert record.booking_room.room is None
        assert record.booking_room.status == "CONFIRMED"

    def test_a_past_night_needs_no_available_room(self, hotel, room, no_show, now) -> None:
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

    def test_waiving_again_is_refused_in_one_sentence(self, no_show, decide) -> None:
        record = decide(manager_actions.waive, no_show())

        with pytest.raises(
            manager_actions.ReversalRefused, match=r"^There is no fee .*: fee waived\.$"
        ):
            decide(manager_actions.waive, record)

        assert FolioLine.objects.count() == 2

    def test_the_database_refuses_a_second_reversal_line(self, no_show, decide) -> None:
        decide(manager_actions.waive, no_show())
        reversal = FolioLine.objects.exclude(reverses=None).get()
        reversal.pk, reversal.source_key = None, None

        with pytest.raises(IntegrityError), transaction.atomic():
            reversal.save(force_insert=True)

    def test_a_no_show_without_a_fee_has_none_to_waive(self, no_show, decide) -> None:
        record = no_show(price=Decimal(0))

        with pytest.raises(manager_actions.ReversalRefused, match="none was charged"):
            decide(manager_actions.waive, record)

    def test_a_deposit_that_had_paid_the_fee_becomes_a_surplus(
        self, hotel, no_show, decide
    ) -> None:
        folio = stay(hotel, arrival=TODAY, status="CANCELLED").folio
        PaymentFactory(folio=folio, amount=Decimal(100), is_deposit=True)
        record = no_show(folio=folio, booking=folio.booking)
        before = record.deposit_surplus

        decide(manager_actions.waive, record)

        assert (before, NoShowRecord.objects.get().deposit_surplus) == (0, 100)

    def test_a_deposit_that_other_rooms_use_is_no_surplus(self, hotel, no_show, decide) -> None:
        folio = stay(hotel, arrival=TODAY).folio
        PaymentFactory(folio=folio, amount=Decimal(100), is_deposit=True)
        record = no_show(folio=folio, booking=folio.booking)

        decide(manager_actions.waive, record)

        assert NoShowRecord.objects.get().deposit_surplus == 0

    def test_a_release_has_no_fee_to_waive(self, no_show, decide, flexible) -> None:
        with pytest.raises(manager_actions.ReversalRefused, match="released without a fee"):
            decide(manager_actions.waive, no_show(policy=flexible))


class TestKeep:
    @pytest.fixture
    def review(self, hotel: Hotel, no_show: Given) -> NoShowRecord:
        kind = RoomTypeFactory(hotel=hotel)
        there = stay(hotel, arrival=YESTERDAY, status="CHECKED_IN", room_type=kind)
        return no_show(booking=there.booking)

    def test_a_room_that_needs_a_decision_stays_booked(self, review, decide) -> None:
        record = decide(manager_actions.keep_room, review)

        record.booking_room.refresh_from_db()
        assert (record.outcome, record.booking_room.status) == ("REVERSED", "CONFIRMED")
        assert not FolioLine.objects.exists()

    def test_no_second_decision_is_asked_for(self, hotel, review, decide, now) -> None:
        decide(manager_actions.keep_room, review)

        result = check(hotel, now + timedelta(hours=2))

        assert result.review == 0

    def test_a_room_that_needs_a_decision_cannot_be_reinstated(self, review, decide) -> None:
        with pytest.raises(manager_actions.ReversalRefused, match="needs a decision"):
            decide(manager_actions.reinstate, review)

    def test_a_charged_no_show_cannot_be_kept(self, no_show, decide) -> None:
        with pytest.raises(manager_actions.ReversalRefused, match="No decision is needed"):
            decide(manager_actions.keep_room, no_show())
