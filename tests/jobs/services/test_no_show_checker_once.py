"""No-show check: second run, bad rows, crash, concurrent runs."""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, transaction

from hotels import availability
from hotels.models import BookingRoom, FolioLine, Hotel, Message, NoShowRecord
from hotels.no_shows import apply, candidates, manager_actions
from jobs import registry, runner
from jobs.base import JobContext
from jobs.services.no_show_checker import NoShowResult, check_and_process_no_shows
from tests.concurrency import in_thread, run_together
from tests.dumps import every_row
from tests.factories import PolicyFactory, RoomFactory, UserFactory
from tests.jobs.runner.test_executor import pending
from tests.jobs.services.no_shows import missed
from tests.jobs.services.refusals import refuse
from tests.waiting import TIMEOUT

Run = Callable[..., NoShowResult]


@pytest.fixture
def run(hotel: Hotel, now: datetime) -> Run:
    """Run the service at `now`, or some time later."""
    return lambda later=timedelta(0): check_and_process_no_shows(
        JobContext(hotel=hotel, now=now + later)
    )


def a_bit_of_everything(hotel: Hotel) -> None:
    """A no-show, a release, a decision, a room with activity, a room not due."""
    missed(hotel, room=RoomFactory(hotel=hotel))
    missed(hotel, policy=PolicyFactory(hotel=hotel, guaranteed=False))
    missed(hotel, booking=missed(hotel, status="CHECKED_IN").booking)
    missed(hotel, staff_hold=True)
    missed(hotel, arrival=date(2026, 7, 15))


class TestRunningAgain:
    def test_a_second_run_writes_nothing(self, hotel, run, now) -> None:
        a_bit_of_everything(hotel)
        availability.recalculate(hotel=hotel, now=now)
        run()
        before = every_row()

        result = run(later=timedelta(hours=2))

        assert every_row() == before
        assert (result.no_shows_detected, result.released, result.review) == (0, 0, 0)
        assert result.problems == ()

    def test_a_reinstated_room_is_not_picked_up_again(self, hotel, run, now) -> None:
        room = missed(hotel, room=RoomFactory(hotel=hotel))
        run()
        manager_actions.reinstate(record=NoShowRecord.objects.get(), user=UserFactory(), now=now)

        result = run(later=timedelta(hours=2))

        room.refresh_from_db()
        assert room.status == "CONFIRMED"
        assert NoShowRecord.objects.count() == 1
        assert "a manager kept the booking" in result.skipped[0].reason

    def test_a_reinstated_room_is_a_no_show_again_if_a_new_arrival_is_missed(
        self, hotel, run, now
    ) -> None:
        room = missed(hotel, nights_count=4, room=RoomFactory(hotel=hotel))
        run()
        manager_actions.reinstate(record=NoShowRecord.objects.get(), user=UserFactory(), now=now)
        BookingRoom.objects.filter(pk=room.pk).update(arrival_date=date(2026, 7, 15))

        result = run(later=timedelta(days=1))

        assert result.no_shows_detected == 1
        assert list(
            FolioLine.objects.filter(reverses=None, gross__gt=0)
            .order_by("pk")
            .values_list("source_key", flat=True)
        ) == [f"no-show:{room.pk}:1", f"no-show:{room.pk}:2"]

    def test_a_note_on_the_earlier_record_is_kept(self, hotel, run, now) -> None:
        room = missed(hotel, nights_count=4, room=RoomFactory(hotel=hotel))
        run()
        record = NoShowRecord.objects.get()
        manager_actions.reinstate(record=record, user=UserFactory(), now=now, note="Late flight.")
        BookingRoom.objects.filter(pk=room.pk).update(arrival_date=date(2026, 7, 15))

        run(later=timedelta(days=1))

        record.refresh_from_db()
        assert (record.decision_note, record.decided_at) == ("Late flight.", now)

    def test_a_room_confirmed_by_hand_while_its_fee_stands_is_a_problem(self, hotel, run) -> None:
        room = missed(hotel, nights_count=4)
        run()
        BookingRoom.objects.filter(pk=room.pk).update(
            status="CONFIRMED", arrival_date=date(2026, 7, 13)
        )

        result = run(later=timedelta(days=1))

        assert result.problems[0].what == str(room)
        assert "is still charged" in result.problems[0].reason
        assert FolioLine.objects.count() == 1


class TestBadRows:
    def test_one_room_with_unreadable_terms_does_not_stop_the_other_99(self, hotel, run) -> None:
        rooms = [missed(hotel, nights_count=1) for _ in range(100)]
        broken = rooms[40]
        BookingRoom.objects.filter(pk=broken.pk).update(no_show_terms={"policy": "?"})

        result = run()

        assert result.no_shows_detected == result.done == 99
        (problem,) = result.problems
        assert problem.what == str(broken)
        assert "cannot be read" in problem.reason

    def test_an_amount_that_is_not_a_number_is_a_problem(self, hotel, run) -> None:
        room = missed(hotel)
        terms = room.no_show_terms | {"penaltyValue": "NaN"}
        BookingRoom.objects.filter(pk=room.pk).update(no_show_terms=terms)
        missed(hotel)

        result = run()

        assert [problem.what for problem in result.problems] == [str(room)]
        assert result.no_shows_detected == 1

    def test_one_fee_line_the_database_refuses_does_not_stop_the_other_99(self, hotel, run) -> None:
        refuse(FolioLine, where="gross = 13")
        rooms = [missed(hotel, nights_count=2) for _ in range(100)]
        bad = missed(hotel, price=Decimal(13))

        result = run()

        assert (result.no_shows_detected, result.penalties_applied) == (100, 100)
        assert [problem.what for problem in result.problems] == [str(bad)]
        assert "refused" in result.problems[0].reason
        assert BookingRoom.objects.filter(status="NO_SHOW").count() == len(rooms)

    def test_nothing_is_written_for_a_refused_room(self, hotel, run) -> None:
        refuse(FolioLine, where="gross = 13")
        missed(hotel, price=Decimal(13), folio=None)
        before = every_row()

        result = run()

        assert every_row() == before
        assert result.all_failed


class TestOneTransaction:
    @pytest.mark.parametrize("step", ["_post_fees", "_record", "settle_folios"])
    def test_a_crash_in_the_middle_leaves_nothing(self, hotel, run, monkeypatch, step: str) -> None:
        a_bit_of_everything(hotel)
        work = getattr(apply, step)

        def lose_the_connection(*args: Any, **options: Any) -> None:
            work(*args, **options)
            raise OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(apply, step, lose_the_connection)
        before = every_row()

        with pytest.raises(OperationalError), transaction.atomic():
            run()

        assert every_row() == before

    def test_messages_are_stored_in_the_transaction_of_the_service(self, hotel, now) -> None:
        missed(hotel)
        job = registry.get("check-no-shows")
        execution = pending(hotel, job_name=job.name)
        execution.as_of = execution.created_at = now
        execution.save(update_fields=["as_of", "created_at"])
        runner.claim(execution=execution, job=job)

        outcome = runner.perform(execution=execution, job=job)

        assert outcome.status == "COMPLETED"
        assert set(Message.objects.values_list("audience", "template")) == {
            ("front desk", "no-show-digest"),
            ("guest", "no-show"),
        }


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestTwoAtOnce:
    """PostgreSQL only: SQLite has no concurrent transactions."""

    def test_two_runs_at_once_charge_the_fee_once(self, hotel, now, monkeypatch) -> None:
        a_bit_of_everything(hotel)
        together = threading.Barrier(2, timeout=TIMEOUT)
        look = candidates.find_overdue

        def both_have_looked(**options: Any) -> candidates.OverdueRooms:
            found = look(**options)
            together.wait()
            return found

        monkeypatch.setattr(candidates, "find_overdue", both_have_looked)

        def work() -> NoShowResult:
            with transaction.atomic():
                return check_and_process_no_shows(JobContext(hotel=hotel, now=now))

        results = run_together(work, work)

        assert sorted(r.no_shows_detected for r in results) == [0, 1]
        assert sorted(r.review for r in results) == [0, 1]
        assert [r.problems for r in results] == [(), ()]
        assert FolioLine.objects.count() == 1
        assert NoShowRecord.objects.count() == 3

    def test_a_guest_who_checks_in_during_the_run_is_not_charged(
        self, hotel, now, monkeypatch
    ) -> None:
        room = missed(hotel)
        look = candidates.find_overdue

        def check_in_after_the_look(**options: Any) -> candidates.OverdueRooms:
            found = look(**options)
            in_thread(lambda: self.check_in(room, now)).result(TIMEOUT)
            return found

        monkeypatch.setattr(candidates, "find_overdue", check_in_after_the_look)

        with transaction.atomic():
            result = check_and_process_no_shows(JobContext(hotel=hotel, now=now))

        assert result.no_shows_detected == 0
        assert not FolioLine.objects.exists()

    def check_in(self, room: BookingRoom, now: datetime) -> None:
        BookingRoom.objects.filter(pk=room.pk).update(status="CHECKED_IN", checked_in_at=now)


def test_a_skipped_room_does_not_hide_that_every_due_room_failed(hotel, run) -> None:
    """A skipped room is not done: nothing that was due could be done (domain rule 0)."""
    refused = missed(hotel)
    refuse(NoShowRecord, where=f"booking_room_id = {refused.pk}")
    missed(hotel, staff_hold=True)

    result = run()

    assert (len(result.problems), len(result.skipped), result.done) == (1, 1, 0)
    assert result.all_failed
