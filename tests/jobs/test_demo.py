"""`make demo`: four hotels with work for every job."""

import io
import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import time_machine
from django.conf import LazySettings
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.test import TestCase, override_settings

from hotels.demo.group import GROUP
from hotels.models import Hotel, Membership
from jobs.models import JobExecution
from tests.dumps import ENGINE, every_row

pytestmark = pytest.mark.django_db
# Midnight in Lisbon, noon in Tokyo, nights before day close: the data must work at any hour.
HOURS = [
    datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
    datetime(2026, 7, 15, 6, 0, tzinfo=UTC),
    datetime(2026, 11, 24, 17, 45, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 10, tzinfo=UTC),
]


def run() -> str:
    """Run the command and return its output."""
    out = io.StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


def results(job: str) -> list[dict[str, Any]]:
    rows = JobExecution.objects.filter(job_name=job).order_by("hotel__pk")
    return [row.result or {} for row in rows]


@pytest.mark.parametrize("at", HOURS, ids=str)
def test_every_job_has_work_in_every_hotel_at_any_hour(
    at: datetime, tmp_path: Path, settings: LazySettings
) -> None:
    settings.BASE_DIR = tmp_path
    with time_machine.travel(at, tick=True):
        run()

    assert all(result["tasksCreated"] for result in results("daily-housekeeping"))
    assert all(result["workOrdersCreated"] for result in results("maintenance-schedule"))
    assert all(result["noShowsDetected"] for result in results("check-no-shows"))
    assert all(result["released"] for result in results("check-no-shows"))
    assert all(result["review"] for result in results("check-no-shows"))
    assert all(result["availabilityUpdated"] == 270 for result in results("recalc-availability"))
    assert all(result["invoicesGenerated"] for result in results("generate-invoices"))
    assert len(results("generate-invoices")) == len(GROUP)


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

    def test_a_second_run_changes_nothing_and_says_so(self) -> None:
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
