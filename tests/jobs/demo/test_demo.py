"""`make demo`: four hotels with work for every job."""

import io
import json
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.conf import LazySettings
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.test import TestCase, override_settings

from hotels.demo.group import GROUP
from hotels.models import (
    AuditEntry,
    Booking,
    BookingRoom,
    Hotel,
    Invoice,
    Membership,
    NoShowRecord,
)
from jobs import registry
from jobs.cli.arguments import UsageError
from jobs.management.commands import demo
from jobs.models import FailureKind, JobExecution, Status, Trigger
from tests.dumps import ENGINE, every_row
from tests.factories import HotelFactory

pytestmark = pytest.mark.django_db
# Midnight in Lisbon, noon in Tokyo, nights before day close: the data must work at any hour.
HOURS = [
    datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
    datetime(2026, 11, 24, 17, 45, tzinfo=UTC),
]
DAYS = 2
HOUR = timedelta(hours=1)


def run(**options: Any) -> str:
    """Run the command and return its output."""
    out = io.StringIO()
    call_command("demo", days=str(DAYS), stdout=out, **options)
    return out.getvalue()


def done(job: str, figure: str) -> dict[str, int]:
    """The total of a figure of a job by hotel."""
    totals = dict.fromkeys(Hotel.objects.values_list("code", flat=True), 0)
    for row in JobExecution.objects.filter(job_name=job, result__isnull=False):
        totals[row.hotel.code] += (row.result or {})[figure]
    return totals


def test_every_job_has_work_in_every_hotel_at_any_hour(
    tmp_path: Path, settings: LazySettings
) -> None:
    settings.BASE_DIR = tmp_path
    with time_machine.travel(HOURS[0], tick=True):
        run()

    assert len(done("daily-housekeeping", "tasksCreated")) == len(GROUP)
    assert all(done("daily-housekeeping", "tasksCreated").values())
    assert all(done("check-no-shows", "noShowsDetected").values())
    assert all(done("check-no-shows", "released").values())
    assert all(done("check-no-shows", "review").values())
    assert all(
        count >= 270 for count in done("recalc-availability", "availabilityUpdated").values()
    )
    assert all(done("generate-invoices", "invoicesGenerated").values())


def test_hotels_beside_others_get_no_history(tmp_path: Path, settings: LazySettings) -> None:
    settings.BASE_DIR = tmp_path
    HotelFactory()

    run()

    rows = JobExecution.objects.values_list("trigger", "scheduled_for")
    assert set(rows) == {(Trigger.COMMAND, None)}
    assert JobExecution.objects.count() == len(GROUP) * len(registry.all_jobs())


@pytest.mark.parametrize("days", ["1", "29", "x"])
def test_a_history_of_too_few_or_too_many_days_is_refused(days: str) -> None:
    with pytest.raises(UsageError, match="--days must be a whole number from 2 to 28"):
        call_command("demo", days=days)

    assert not Hotel.objects.exists()


class TestAfterADemo(TestCase):
    """The demo runs once, at HOURS[1]; every test starts with its result."""

    file: Path
    saved_logins: str

    @classmethod
    def setUpClass(cls) -> None:
        folder = Path(cls.enterClassContext(TemporaryDirectory()))
        cls.enterClassContext(override_settings(BASE_DIR=folder))
        cls.enterClassContext(time_machine.travel(HOURS[1], tick=True))
        cls.file = folder / ".demo.json"
        super().setUpClass()

    @classmethod
    def setUpTestData(cls) -> None:
        run()
        cls.saved_logins = cls.file.read_text()

    def tearDown(self) -> None:
        self.file.write_text(self.saved_logins)

    def test_every_hotel_has_a_history_of_all_its_nights(self) -> None:
        rounds = JobExecution.objects.filter(job_name="daily-housekeeping", attempt=1)
        nights = Counter(rounds.exclude(scheduled_for=None).values_list("hotel__code", flat=True))
        late = JobExecution.objects.exclude(trigger__in=[Trigger.CRON, Trigger.ADMIN])

        assert len(nights) == len(GROUP)
        # In Tokyo it is before the round, after midnight.
        assert nights == dict.fromkeys(nights, DAYS) | {"tokyo": DAYS - 1}
        assert [row.trigger for row in late] == [Trigger.RETRY]
        assert not JobExecution.objects.filter(completed_at__gt=HOURS[1] + HOUR).exists()
        assert JobExecution.objects.filter(started_at__lt=HOURS[1] - HOUR).count() > 50

    def test_bookings_were_made_in_the_past_and_before_their_arrival(self) -> None:
        for stay in BookingRoom.objects.select_related("booking", "hotel"):
            booked = stay.booking.booked_at
            assert booked <= HOURS[1] + HOUR
            assert stay.hotel.local_date(booked) <= stay.arrival_date
        assert Booking.objects.values("booked_at__date").distinct().count() > 20

    def test_guests_have_left_on_their_day_and_paid(self) -> None:
        for stay in BookingRoom.objects.filter(status=BookingRoom.Status.CHECKED_IN):
            assert stay.departure_date >= stay.hotel.business_date(HOURS[1])
        paid = Counter(Invoice.objects.values_list("payment_status", flat=True))
        assert paid["PAID"] > paid["UNPAID"] > 0

    def test_the_round_of_the_night_the_server_was_restarted_was_retried(self) -> None:
        (failed,) = JobExecution.objects.filter(status=Status.FAILED)

        assert failed.failure_kind == FailureKind.INTERRUPTED
        assert [row.status for row in failed.further_attempts.all()] == [Status.COMPLETED]

    def test_a_guest_without_a_room_was_a_problem_that_the_office_solved(self) -> None:
        (problem,) = JobExecution.objects.filter(problems__gt=0)
        (again,) = JobExecution.objects.filter(trigger=Trigger.ADMIN)

        assert problem.result is not None
        assert problem.result["problems"][0]["reason"] == "checked in without a room number"
        assert again.hotel == problem.hotel
        assert again.result is not None
        assert again.result["tasksCreated"] > 0
        assert again.result["problems"] == []

    def test_the_audit_trail_shows_the_work_of_the_users(self) -> None:
        entries = AuditEntry.objects.filter(username="manager")
        verbs = set(entries.values_list("verb", flat=True))

        assert {"add", "release", "refund", "run"} <= verbs
        assert not AuditEntry.objects.filter(at__gt=HOURS[1] + HOUR).exists()

    def test_little_is_left_to_decide(self) -> None:
        undecided = NoShowRecord.objects.filter(outcome=NoShowRecord.Outcome.REVIEW)
        by_hotel = Counter(undecided.values_list("hotel__code", flat=True))

        assert by_hotel["lisbon"] == 1
        assert set(by_hotel.values()) == {1}

    def test_with_serve_the_site_is_served_with_a_tick(self) -> None:
        events: list[Any] = []

        @contextmanager
        def ticking() -> Iterator[None]:
            events.append("ticking")
            yield
            events.append("stopped")

        def serve(command: str, address: str, **_options: Any) -> None:
            events.append(f"{command} {address}")

        with patch.object(demo, "call_command", serve), patch.object(demo, "ticking", ticking):
            text = run(serve="localhost:http")

        assert events == ["ticking", "runserver localhost:http", "stopped"]
        assert "Serving on http://localhost:http/ with a tick each minute" in text

    def test_a_second_run_changes_nothing_and_says_so(self) -> None:
        run()  # what became due since the last night
        before = every_row(leave_out=ENGINE)

        text = run()

        assert "already loaded" in text
        assert every_row(leave_out=ENGINE) == before

    def test_the_users_can_log_in_and_the_file_is_private(self) -> None:
        people = {person["username"]: person for person in json.loads(self.saved_logins)["users"]}
        assert stat.S_IMODE(self.file.stat().st_mode) == 0o600
        assert set(people["manager"]) == {"username", "password", "role", "hotels"}
        for person in people.values():
            assert authenticate(username=person["username"], password=person["password"])

    def test_the_manager_belongs_to_two_hotels_and_the_administrator_to_all(self) -> None:
        roles = Membership.objects.values_list("user__username", "role", "hotel__code")
        assert {code for name, role, code in roles if (name, role) == ("manager", "MANAGER")} == {
            "lisbon",
            "tokyo",
        }
        assert (
            sum(name == "administrator" for name, _role, _code in roles)
            == Hotel.objects.count()
            == 4
        )

    def test_passwords_do_not_change_while_the_file_exists(self) -> None:
        run()

        assert self.file.read_text() == self.saved_logins

    def test_passwords_change_if_the_file_is_deleted(self) -> None:
        self.file.unlink()

        run()

        assert self.file.read_text() != self.saved_logins

    def test_missing_memberships_are_created_again(self) -> None:
        of_tokyo = Membership.objects.filter(hotel__code="tokyo")
        of_tokyo.delete()

        run()

        names = of_tokyo.values_list("user__username", flat=True)
        assert set(names) == {"manager", "administrator"}

    def test_changes_to_a_membership_are_kept(self) -> None:
        Membership.objects.filter(hotel__code="tokyo", role="MANAGER").update(active=False)

        run()

        assert not Membership.objects.get(hotel__code="tokyo", role="MANAGER").active
