"""Transactions that meet crosswise: the known crossings are gone, all others are repeated.

On PostgreSQL: SQLite has only one writer at a time.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hotels.models import Hotel, HousekeepingTask, NoShowRecord, Payment
from jobs import runner
from jobs.base import JobContext
from jobs.dispatch import RunRequest, open_run
from jobs.models import JobExecution, JobSchedule, Status, Tick, Trigger
from jobs.runner import NewExecution
from jobs.scheduling import changes
from jobs.scheduling.local_times import set_local_times
from jobs.scheduling.opening import open_due
from jobs.services.housekeeping_round import run_housekeeping_round
from tests.concurrency import in_thread, waits_for_us
from tests.deadlocking import deadlock, deadlock_error, pauses
from tests.factories import (
    HotelFactory,
    MembershipFactory,
    PaymentFactory,
    RoomFactory,
    RoomTypeFactory,
)
from tests.hotels.admin.books import form_of, page
from tests.hotels.billing.issued import completed, invoice_of
from tests.hotels.console.no_shows.books import decide, outcome_of, to_review
from tests.hotels.http.clients import client_of
from tests.jobs import fakes
from tests.jobs.engine import claimed, of_slot, only_job, own_schedule, waiting
from tests.jobs.http_cron.calling import SECRET, call
from tests.jobs.services.housekeeping import task_in
from tests.waiting import TIMEOUT

__all__ = ["pauses"]

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
FOUR = datetime(2026, 7, 15, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def manager(hotel: Hotel) -> User:
    return MembershipFactory(hotel=hotel).user


@pytest.fixture
def browser(manager: User) -> Client:
    browser = Client()
    browser.force_login(manager)
    return browser


@pytest.fixture
def task(hotel: Hotel) -> HousekeepingTask:
    return task_in(RoomFactory(hotel=hotel, cleanliness="DIRTY"))


def finish(browser: Client, task: HousekeepingTask) -> int:
    """Finish the task on its page; returns the status of the response."""
    answer = browser.post(page("change", task), form_of(task, status="DONE"))
    return answer.status_code


def schedule_form(row: JobSchedule) -> dict[str, Any]:
    fields = ("hotel_id", "job_name", "clock", "catch_up", "attempts")
    form = {name.removesuffix("_id"): getattr(row, name) for name in fields}
    return form | {"enabled": "on", "expression": "30 5 * * *", "longest_lateness_minutes": ""}


class TestKnownCrossings:
    def test_a_task_is_finished_while_the_round_works(
        self, hotel: Hotel, task: HousekeepingTask, browser: Client, pauses: list[int]
    ) -> None:
        with time_machine.travel(FOUR, tick=False), transaction.atomic():
            Hotel.objects.locked().get(pk=hotel.pk)  # as the round begins
            person = in_thread(lambda: finish(browser, task))
            waited = waits_for_us(person)
            run_housekeeping_round(JobContext(hotel=hotel, now=FOUR))

        assert (person.result(TIMEOUT), waited, pauses) == (302, False, [])

    def test_a_schedule_is_saved_while_a_tick_opens_its_slot(
        self, hotel: Hotel, browser: Client, pauses: list[int]
    ) -> None:
        with only_job():
            row = own_schedule(hotel, clock="UTC")
            form = schedule_form(row)
            with time_machine.travel(FOUR, tick=False):
                open_due(now=FOUR - MINUTE)
                with transaction.atomic():
                    opened = open_due(now=FOUR)
                    person = in_thread(lambda: browser.post(page("change", row), form).status_code)
                    assert waits_for_us(person)
                status = person.result(TIMEOUT)

        assert (opened.due, status, pauses) == (1, 302, [])

    def test_a_schedule_is_deleted_while_a_job_works_in_its_hotel(
        self, hotel: Hotel, manager: User
    ) -> None:
        """Otherwise the lock of all ticks would be held as long as the job takes."""
        with only_job():
            row = own_schedule(hotel, clock="UTC")
            open_due(now=FOUR - MINUTE)
            with transaction.atomic():
                Hotel.objects.locked().get(pk=hotel.pk)
                person = in_thread(
                    lambda: changes.delete_schedule(schedule=row, now=timezone.now(), by=manager)
                )
                waited = waits_for_us(person)
            person.result(TIMEOUT)

        assert not waited

    @pytest.mark.parametrize("change", ["save", "delete", "local times"])
    def test_the_lock_of_the_ticks_comes_last(
        self, hotel: Hotel, manager: User, change: str
    ) -> None:
        rows = [
            JobSchedule.objects.create(
                hotel=hotel,
                job_name=name,
                expression="0 14 * * *",
                clock="HOTEL",
                counts_from=FOUR,
                created_at=FOUR,
                updated_at=FOUR,
            )
            for name in ("daily-housekeeping", "maintenance-schedule")
        ]
        now = timezone.now()
        open_due(now=now)
        act: dict[str, Callable[[], object]] = {
            "save": lambda: changes.save_schedule(schedule=rows[0], now=now, by=manager),
            "delete": lambda: changes.delete_schedule(schedule=rows[0], now=now, by=manager),
            "local times": lambda: set_local_times(hotel=hotel, now=now, by=manager),
        }

        with CaptureQueriesContext(connection) as queries:
            act[change]()

        locks = [q["sql"] for q in queries if "FOR NO KEY UPDATE" in q["sql"]]
        tables = list(dict.fromkeys(sql.rpartition('OF "')[2].strip('"') for sql in locks))
        assert tables[-2:] == ["jobs_jobschedule", "jobs_tick"]


class TestEveryDoor:
    """A transaction that is rolled back because of a deadlock is carried out again."""

    def test_a_form_of_the_admin(self, task: HousekeepingTask, browser: Client) -> None:
        first = 'FROM "hotels_housekeepingtask".* FOR NO KEY'

        with (
            time_machine.travel(FOUR, tick=False),
            deadlock(after=first, holds=task.room, wants=task) as pauses,
        ):
            status = finish(browser, task)

        task.room.refresh_from_db()
        assert (status, task.room.cleanliness, pauses) == (302, "CLEAN", [1])

    def test_a_decision_in_the_console(self, hotel: Hotel, browser: Client) -> None:
        record = to_review(hotel)
        first = 'FROM "hotels_bookingroom".* FOR NO KEY'

        with (
            time_machine.travel(FOUR, tick=False),
            deadlock(after=first, holds=record, wants=record.booking_room) as pauses,
        ):
            answer = decide(browser, record, "keep")

        assert len(answer.context["messages"]) == 1
        assert (outcome_of(record), pauses) == (NoShowRecord.Outcome.REVERSED, [1])

    def test_a_payment_over_the_api(self, hotel: Hotel, manager: User) -> None:
        payment = PaymentFactory(folio=invoice_of(completed(hotel, 100)).folio)
        client, path = client_of(manager), f"/api/payments/{payment.pk}/refunds"
        body = {"amount": "10.00", "reason": "Too much"}
        first = 'FROM "hotels_folio".* FOR UPDATE'

        with deadlock(after=first, holds=payment, wants=payment.folio) as pauses:
            answer = client.post(path, body, format="json", headers={"Idempotency-Key": "k"})

        assert (answer.status_code, pauses) == (200, [1])
        assert Payment.objects.get().refunded_amount == 10

    def test_the_opening_of_slots_by_the_tick(self, hotel: Hotel) -> None:
        with only_job():
            own_schedule(hotel, clock="UTC")
            open_due(now=FOUR - MINUTE)
            last = Tick.objects.get()

            with deadlock(
                after='FROM "jobs_tick".* FOR', holds=hotel, wants=last, exclusive=True
            ) as pauses:
                opened = open_due(now=FOUR)

        assert (opened.due, JobExecution.objects.count(), pauses) == (1, 1, [1])

    def test_a_job_in_one_hotel_called_over_http(self, hotel: Hotel, settings: Any) -> None:
        settings.CRON_SECRET = [SECRET]
        room = RoomFactory(hotel=hotel)

        with (
            only_job(clean_rooms),
            deadlock(after='FROM "hotels_hotel".* FOR NO KEY', holds=room, wants=hotel) as pauses,
        ):
            answer = call()

        assert (answer.status_code, answer.json()["success"], pauses) == (200, True, [1])
        assert JobExecution.objects.get().result["guestsGreeted"] == 1

    def test_a_job_in_one_hotel_run_by_a_command(self, hotel: Hotel) -> None:
        kind = RoomTypeFactory(hotel=hotel)
        first = 'FROM "hotels_roomtype".* FOR NO KEY'

        with deadlock(after=first, holds=hotel, wants=kind) as pauses:
            call_command("recalc_availability")

        assert (JobExecution.objects.get().status, pauses) == (Status.COMPLETED, [1])


def clean_rooms(context: JobContext) -> fakes.Greetings:
    hotel = Hotel.objects.locked().get(pk=context.hotel.pk)
    hotel.rooms.update(cleanliness="CLEAN")
    return fakes.greet(context)


class TestARun:
    def test_its_executions_are_stored_in_order_of_the_hotels_and_again_after_a_deadlock(
        self, hotel: Hotel, pauses: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        second = HotelFactory()
        store, stored = runner.store, []

        def unlucky_at_first(*, executions: list[NewExecution]) -> None:
            stored.append([row.hotel_id for row in executions])
            store(executions=executions)
            if len(stored) == 1:
                raise deadlock_error()

        monkeypatch.setattr(runner, "store", unlucky_at_first)

        request = RunRequest(
            job=fakes.make_job(fakes.greet), now=FOUR, trigger=Trigger.COMMAND, slot=None
        )
        run = open_run(request=request, hotel_ids=[second.pk, hotel.pk])

        assert (stored, pauses) == ([[hotel.pk, second.pk]] * 2, [1])
        assert list(run.executions.order_by("pk").values_list("hotel_id", flat=True)) == stored[0]
        assert JobExecution.objects.count() == 2


class TestAfterTheLastTry:
    def test_an_execution_fails_and_its_next_attempt_is_stored(
        self, hotel: Hotel, pauses: list[int]
    ) -> None:
        def unlucky(context: JobContext) -> fakes.Greetings:
            fakes.greet(context)
            raise deadlock_error()

        row = claimed(of_slot(hotel, FOUR))

        outcome = runner.perform(execution=row, job=fakes.make_job(unlucky))

        assert (outcome.status, pauses) == (Status.FAILED, [1, 2, 3])
        assert outcome.error == "Unexpected error (OperationalError)."
        row.refresh_from_db()
        assert "deadlock detected" in row.traceback
        assert not hotel.guests.exists()
        attempts = JobExecution.objects.order_by("attempt").values_list("attempt", "status")
        assert list(attempts) == [(1, Status.FAILED), (2, Status.PENDING)]

    def test_the_result_of_an_earlier_try_is_forgotten(
        self, hotel: Hotel, pauses: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The service returned, and the deadlock came when its result was stored."""
        stored = runner.executor.complete
        met: list[int] = []

        def complete(**columns: Any) -> bool:
            met.append(1)
            if len(met) == 1:
                raise deadlock_error()
            return stored(**columns)

        counted: list[int] = []

        def service(context: JobContext) -> fakes.Greetings:
            counted.append(1)
            return fakes.Greetings(hotel_id=context.hotel.pk, guests_greeted=len(counted), done=1)

        monkeypatch.setattr("jobs.runner.executor.complete", complete)
        runner.perform(execution=claimed(waiting(hotel)), job=fakes.make_job(service))

        assert JobExecution.objects.get().result["guestsGreeted"] == 2


def test_a_preview_is_repeated(hotel: Hotel, pauses: list[int]) -> None:
    errors = [deadlock_error()]

    def service(context: JobContext) -> fakes.Greetings:
        if errors:
            raise errors.pop()
        return fakes.greet(context)

    outcome = runner.preview(job=fakes.make_job(service), hotel=hotel, now=FOUR)

    assert (outcome.status, pauses) == (Status.COMPLETED, [1])
