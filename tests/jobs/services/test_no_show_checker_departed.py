"""No-show check: no stay is open for ever (domain rule 3)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from hotels.models import BookingRoom, Folio, FolioLine, Hotel, NoShowRecord
from hotels.no_shows import manager_actions
from jobs.base import JobContext
from jobs.services.no_show_checker import NoShowResult, check_and_process_no_shows
from tests.dumps import every_row
from tests.factories import (
    BookingFactory,
    FolioLineFactory,
    PolicyFactory,
    RoomFactory,
    UserFactory,
)
from tests.jobs.services.no_shows import TODAY, YESTERDAY, check, missed, status_of
from tests.jobs.services.refusals import refuse

pytestmark = pytest.mark.django_db

# The stays of these tests leave on 16 July: their departure date closes on 17 July at 03:00 in
# Lisbon, 44 hours after the fixture's 07:00 on 15 July.
DEPARTED = timedelta(hours=44)
Run = Callable[..., NoShowResult]


@pytest.fixture
def run(hotel: Hotel, now: datetime) -> Run:
    """Run the check at `now`, or some time later."""
    return lambda later=timedelta(0): check(hotel, now + later)


HELD = [
    ({"staff_hold": True}, "the front desk is holding the room"),
    ({"key_issued_at": datetime(2026, 7, 14, 20, tzinfo=UTC)}, "a key was issued"),
    ({"eta": datetime(2026, 8, 14, 20, tzinfo=UTC)}, "the guest is expected later"),
    ({"checked_in_at": datetime(2026, 7, 14, 20, tzinfo=UTC)}, "the guest has checked in"),
]


class TestDepartureDatePassed:
    @pytest.mark.parametrize(("fields", "reason"), HELD)
    def test_a_room_left_alone_until_its_departure_needs_a_decision(
        self, hotel, run, fields: dict[str, Any], reason: str
    ) -> None:
        room = missed(hotel, **fields)

        before = run(later=DEPARTED - timedelta(seconds=1))
        result = run(later=DEPARTED)

        assert (before.review, result.review) == (0, 1)
        record = NoShowRecord.objects.get()
        assert (record.outcome, record.rule) == ("REVIEW", "review-departure-passed")
        assert record.reason == (
            "The departure date, 16 Jul 2026, has passed and the guest has not checked in. The "
            f"no-show check did not decide because {reason}. Nothing was charged. "
            "Please charge or release the room."
        )
        assert status_of(room) == "CONFIRMED"
        assert result.attention() == (f"{room}: {record.reason}",)
        assert not FolioLine.objects.exists()

    def test_a_room_with_charges_of_the_stay_needs_a_decision(self, hotel, run) -> None:
        room = missed(hotel)
        FolioLineFactory(folio=room.folio, booking_room=room, category="EXTRA")

        assert run(later=DEPARTED).review == 1

    def test_a_room_whose_grace_period_ends_after_its_departure_needs_a_decision(
        self, hotel, run, now
    ) -> None:
        booking = BookingFactory(hotel=hotel, booked_at=now)
        missed(hotel, booking=booking, policy=PolicyFactory(hotel=hotel, grace_minutes=9_000))

        result = run(later=DEPARTED)

        assert result.review == 1
        assert "the guest may arrive until 21 Jul 2026" in NoShowRecord.objects.get().reason

    def test_a_kept_room_needs_a_decision_again(self, hotel, run, now) -> None:
        missed(hotel, booking=missed(hotel, status="CHECKED_IN").booking)
        run()
        manager_actions.keep_room(record=NoShowRecord.objects.get(), user=UserFactory(), now=now)

        result = run(later=DEPARTED)

        assert result.review == 1
        assert "a manager kept the booking" in NoShowRecord.objects.first().reason

    def test_a_reinstated_room_needs_a_decision(self, hotel, run, now) -> None:
        missed(hotel, room=RoomFactory(hotel=hotel))
        run()
        manager_actions.reinstate(record=NoShowRecord.objects.get(), user=UserFactory(), now=now)

        assert run(later=DEPARTED).review == 1

    def test_a_room_with_unreadable_terms_is_a_problem_and_then_needs_a_decision(
        self, hotel, run
    ) -> None:
        missed(hotel, no_show_terms={"policy": "?"})

        before, result = run(), run(later=DEPARTED)

        assert (len(before.problems), before.review) == (1, 0)
        assert (result.problems, result.review) == ((), 1)
        record = NoShowRecord.objects.get()
        assert "its no-show terms cannot be read" in record.reason
        assert record.deadline == datetime(2026, 7, 17, 2, 0, tzinfo=UTC)

    def test_a_room_whose_fee_cannot_be_calculated_needs_a_decision(self, hotel, run) -> None:
        room = missed(hotel)
        terms = room.no_show_terms | {"penaltyValue": "NaN"}
        BookingRoom.objects.update(no_show_terms=terms)

        before, result = run(), run(later=DEPARTED)

        assert (len(before.problems), before.review) == (1, 0)
        assert (result.problems, result.review) == ((), 1)

    def test_day_use_departs_with_the_close_of_its_day(self, hotel, run) -> None:
        missed(hotel, arrival=TODAY, nights_count=0, staff_hold=True)

        before = run(later=timedelta(hours=20) - timedelta(seconds=1))
        result = run(later=timedelta(hours=20))

        assert (before.review, result.review) == (0, 1)

    def test_an_expected_guest_who_never_came_is_a_no_show_without_a_decision(
        self, hotel, run
    ) -> None:
        room = missed(hotel, eta=datetime(2026, 7, 15, 22, 0, tzinfo=UTC))

        result = run(later=DEPARTED)

        assert (status_of(room), result.review) == ("NO_SHOW", 0)

    def test_the_decision_is_asked_for_once(self, hotel, run) -> None:
        missed(hotel, staff_hold=True)
        run(later=DEPARTED)
        before = every_row()

        result = run(later=DEPARTED + timedelta(days=30))

        assert every_row() == before
        assert result.review == 0

    def test_a_new_expected_arrival_is_decided_again(self, hotel, run, now) -> None:
        missed(hotel, staff_hold=True)
        run(later=DEPARTED)
        BookingRoom.objects.update(eta=now + timedelta(days=30))

        run(later=DEPARTED + timedelta(hours=2))

        new, old = NoShowRecord.objects.order_by("-pk")
        assert (new.outcome, old.outcome) == ("REVIEW", "REVERSED")

    def test_the_room_holds_no_night_from_the_business_date_on(self, hotel, run) -> None:
        room = missed(hotel, nights_count=9, staff_hold=True)
        BookingRoom.objects.update(departure_date=date(2026, 7, 16))

        result = run(later=DEPARTED)

        held = room.nights.filter(released=False).order_by("date").values_list("date", flat=True)
        assert list(held) == [YESTERDAY, TODAY, date(2026, 7, 16)]
        assert (result.rooms_freed, NoShowRecord.objects.get().nights_freed) == (1, 6)

    def test_a_room_whose_fee_still_stands_stays_a_problem(self, hotel, run) -> None:
        missed(hotel)
        run()
        BookingRoom.objects.update(status="CONFIRMED")

        result = run(later=DEPARTED)

        assert "is still charged" in result.problems[0].reason


class TestTentative:
    def test_a_tentative_room_is_released_when_its_departure_date_has_passed(
        self, hotel, run
    ) -> None:
        room = missed(hotel, status="TENTATIVE")

        before = run(later=DEPARTED - timedelta(seconds=1))
        result = run(later=DEPARTED)

        assert (before.released, result.released) == (0, 1)
        record = NoShowRecord.objects.get()
        assert (status_of(room), record.rule) == ("RELEASED", "release-tentative")
        assert record.reason == (
            "The booking was tentative and was not confirmed by its departure date, 16 Jul 2026. "
            "The room was released without a fee."
        )
        assert Folio.objects.get().status == "VOID"

    def test_its_guest_gets_no_message(self, hotel, now) -> None:
        missed(hotel, status="TENTATIVE")
        context = JobContext(hotel=hotel, now=now + DEPARTED)

        check_and_process_no_shows(context)

        assert [notice.audience for notice in context.mails] == ["front desk"]

    def test_it_no_longer_keeps_the_folio_of_a_departed_guest_open(self, hotel, run) -> None:
        room = missed(hotel, status="TENTATIVE")
        left = missed(hotel, status="CHECKED_OUT", booking=room.booking, folio=room.folio)
        FolioLineFactory(folio=left.folio, booking_room=left)

        run(later=DEPARTED)

        assert Folio.objects.get().status == "COMPLETED"


class TestOutdatedReviews:
    @pytest.fixture
    def absent(self, hotel: Hotel, run: Run) -> BookingRoom:
        """A room under review, because another room of its booking is in house."""
        room = missed(hotel, booking=missed(hotel, status="CHECKED_IN").booking)
        run()
        return room

    @pytest.mark.parametrize("status", ["CHECKED_IN", "CANCELLED", "CHECKED_OUT"])
    def test_a_room_no_longer_confirmed_needs_no_decision(
        self, run, absent, now, status: str
    ) -> None:
        BookingRoom.objects.filter(pk=absent.pk).update(status=status, checked_in_at=now)

        run(later=timedelta(hours=2))

        record = NoShowRecord.objects.get()
        assert (record.outcome, record.decided_by) == ("REVERSED", None)
        assert "No decision is needed any more" in record.decision_note

    def test_a_closed_decision_is_done_even_if_every_due_room_fails(
        self, hotel, run, absent, now
    ) -> None:
        BookingRoom.objects.filter(pk=absent.pk).update(status="CANCELLED")
        refused = missed(hotel)
        refuse(NoShowRecord, where=f"booking_room_id = {refused.pk}")

        result = run(later=timedelta(hours=2))

        assert (len(result.problems), result.done, result.all_failed) == (1, 1, False)

    def test_a_room_with_a_later_arrival_needs_no_decision_yet(self, run, absent) -> None:
        BookingRoom.objects.filter(pk=absent.pk).update(
            arrival_date=date(2026, 7, 20), departure_date=date(2026, 7, 22)
        )

        run(later=timedelta(hours=2))
        before = NoShowRecord.objects.get().outcome
        run(later=timedelta(days=6))

        assert before == "REVERSED"
        assert NoShowRecord.objects.first().outcome == "REVIEW"
