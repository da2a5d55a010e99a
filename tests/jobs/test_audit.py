"""What people decide about jobs, in the console and at the server, is in the audit trail."""

from datetime import datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from hotels import audit
from hotels.models import ApiToken, AuditEntry, Hotel, Membership
from jobs import dispatch
from jobs.models import JobExecution, JobSchedule, Status, Trigger
from jobs.scheduling import changes
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.jobs import fakes
from tests.jobs.api.executions import execution, failed
from tests.jobs.engine import only_job, own_schedule
from tests.jobs.threads import worked_at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(hotel: Hotel, client: Client) -> Client:
    client.force_login(MembershipFactory(hotel=hotel, user__username="ana").user)
    return client


def decide(client: Client, action: str, *rows: JobExecution) -> None:
    chosen = {"action": action, "_selected_action": [row.pk for row in rows]}
    client.post(reverse("admin:jobs_jobexecution_changelist"), chosen)


def test_a_retry_is_of_what_was_retried(hotel: Hotel, manager: Client) -> None:
    row = failed(hotel)

    with worked_at_once():
        decide(manager, "retry", row)

    entry = AuditEntry.objects.get()
    attempt = JobExecution.objects.get(attempt=2)
    assert (entry.verb, entry.via, entry.username) == ("retry", "ADMIN", "ana")
    assert entry.object_id == str(row.pk)
    assert str(attempt.pk) in entry.note


def test_a_cancelled_execution_is_told_before_and_after(hotel: Hotel, manager: Client) -> None:
    row = execution(hotel, status="PENDING")

    decide(manager, "cancel", row)

    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.object_id) == ("cancel", str(row.pk))
    assert (entry.before, entry.after) == ({"status": "PENDING"}, {"status": "SKIPPED"})


def test_what_there_is_not_to_decide_is_no_act(hotel: Hotel, manager: Client) -> None:
    done = execution(hotel)

    decide(manager, "retry", done)
    decide(manager, "cancel", done)

    assert not AuditEntry.objects.exists()


def test_a_role_that_may_not_decide_leaves_no_entry(hotel: Hotel, manager: Client) -> None:
    elsewhere = HotelFactory()
    ana = Membership.objects.get().user
    MembershipFactory(user=ana, hotel=elsewhere, role=Membership.Role.VIEWER)

    decide(manager, "cancel", execution(elsewhere, status="PENDING"))

    assert not AuditEntry.objects.exists()


def test_a_run_for_many_hotels_is_an_entry_each(now: datetime, hotel: Hotel) -> None:
    hotels = [hotel, HotelFactory()]

    dispatch.run(
        job=fakes.make_job(fakes.greet),
        hotels=hotels,
        now=now,
        trigger=Trigger.ADMIN,
        requested_by=UserFactory(username="ana"),
    )

    found = AuditEntry.objects.values_list("hotel", "verb", "via", "username")
    assert set(found) == {(each.pk, "run", "ADMIN", "ana") for each in hotels}


def test_what_nobody_asked_for_is_no_act(now: datetime, hotel: Hotel) -> None:
    dispatch.run(job=fakes.make_job(fakes.greet), hotels=[hotel], now=now, trigger=Trigger.CRON)

    assert JobExecution.objects.get().status == Status.COMPLETED
    assert not AuditEntry.objects.exists()


def test_a_token_made_at_the_server_names_the_account(
    monkeypatch: pytest.MonkeyPatch, db: Any
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "deploy")
    UserFactory(username="ana")

    call_command("create_token", "ana")

    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.via, entry.username) == ("issue", "COMMAND", "deploy")
    assert entry.user is None
    assert entry.after["user"].startswith("ana")


def test_an_account_without_a_name_makes_tokens_too(
    monkeypatch: pytest.MonkeyPatch, db: Any
) -> None:
    def nameless() -> str:
        raise KeyError

    monkeypatch.setattr("getpass.getuser", nameless)
    UserFactory(username="ana")

    call_command("create_token", "ana")

    assert AuditEntry.objects.get().username == ""


def test_a_token_is_not_made_where_that_cannot_be_recorded(
    monkeypatch: pytest.MonkeyPatch, db: Any
) -> None:
    def crash(**_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(audit, "record", crash)
    UserFactory(username="ana")

    with pytest.raises(RuntimeError):
        call_command("create_token", "ana")
    assert not ApiToken.objects.exists()


def test_a_schedule_is_removed_as_it_stood_and_not_as_somebody_had_read_it(
    hotel: Hotel, now: datetime
) -> None:
    read = own_schedule(hotel, "0 4 * * *")
    JobSchedule.objects.update(expression="0 5 * * *")

    with only_job():
        changes.delete_schedule(schedule=read, now=now, by=UserFactory())

    assert AuditEntry.objects.get().before["expression"] == "0 5 * * *"


def test_a_schedule_is_removed_by_one_person_only(hotel: Hotel, now: datetime) -> None:
    read = own_schedule(hotel)

    with only_job():
        for _ in range(2):
            changes.delete_schedule(schedule=read, now=now, by=UserFactory())

    assert AuditEntry.objects.count() == 1
