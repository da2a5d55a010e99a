"""Pages are in the user's language; stored texts, commands and the API are in English."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from hotels.models import AuditEntry, Hotel, HousekeepingTask
from jobs import runner
from jobs.base import JobContext, JobResult
from jobs.models import JobExecution
from tests.factories import MembershipFactory, RoomFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, waiting

pytestmark = pytest.mark.django_db
WORDS = {
    "No-show check": "Verificação de não comparências",
    "departure clean": "limpeza de saída",
    "cancelled.": "anulada.",
}


@pytest.fixture
def _in_portuguese(tmp_path: Path, settings: Any) -> Iterator[None]:
    """The active language is Portuguese, with a catalogue of a few words."""
    catalogue = Catalog(locale="pt")
    for english, portuguese in WORDS.items():
        catalogue.add(english, portuguese)
    folder = tmp_path / "pt" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, catalogue)
    settings.LOCALE_PATHS = [tmp_path]
    with translation.override("pt"):
        yield


@pytest.fixture
def client() -> Client:
    """A browser that asks for Portuguese."""
    return Client(headers={"accept-language": "pt"})


@pytest.fixture
def task(hotel: Hotel, now: datetime) -> HousekeepingTask:
    return HousekeepingTask.objects.create(
        hotel=hotel,
        room=RoomFactory(hotel=hotel, number="101"),
        date=date(2026, 7, 15),
        kind=HousekeepingTask.Kind.DEPARTURE,
        credits=30,
        created_at=now,
    )


@pytest.mark.usefixtures("_in_portuguese")
def test_a_label_is_shown_in_the_users_language(task: HousekeepingTask) -> None:
    assert str(task) == "limpeza de saída 101, 15/07/2026"


@pytest.mark.usefixtures("_in_portuguese")
def test_a_page_shows_job_titles_in_the_users_language(client: Client, hotel: Hotel) -> None:
    client.force_login(MembershipFactory(hotel=hotel).user)

    page = client.get(reverse("admin:jobs_jobexecution_changelist")).content.decode()

    assert "Verificação de não comparências" in page


@pytest.mark.usefixtures("_in_portuguese")
def test_an_execution_stores_its_changes_in_english(hotel: Hotel, task: HousekeepingTask) -> None:
    def report(context: JobContext) -> JobResult:
        context.changed("task", [task])
        return fakes.Greetings(hotel_id=hotel.pk, done=1)

    execution = claimed(waiting(hotel))
    runner.perform(execution=execution, job=fakes.make_job(report))

    (kept,) = JobExecution.objects.get().effects["task"]["objects"]
    assert kept["label"] == "departure clean 101, 15 Jul 2026"


@pytest.mark.usefixtures("_in_portuguese")
def test_a_preview_lists_its_changes_in_english(
    hotel: Hotel, task: HousekeepingTask, now: datetime
) -> None:
    def report(context: JobContext) -> JobResult:
        context.changed("task", [task])
        return fakes.Greetings(hotel_id=hotel.pk, done=1)

    outcome = runner.preview(job=fakes.make_job(report), hotel=hotel, now=now)

    (shown,) = outcome.effects["task"]["objects"]
    assert shown["label"] == "departure clean 101, 15 Jul 2026"


@pytest.mark.usefixtures("_in_portuguese")
def test_a_command_prints_job_titles_in_english() -> None:
    out = StringIO()

    call_command("jobs", "--json", stdout=out)

    titles = {row["title"] for row in json.loads(out.getvalue())["jobs"]}
    assert "No-show check" in titles


@pytest.mark.usefixtures("_in_portuguese")
def test_the_api_answers_errors_in_english(client: Client) -> None:
    answer = client.get("/api/jobs")

    assert answer.json()["detail"] == "Authentication credentials were not provided."


@pytest.mark.usefixtures("_in_portuguese")
def test_a_message_is_in_the_users_language_and_the_audit_trail_in_english(
    client: Client, hotel: Hotel
) -> None:
    client.force_login(MembershipFactory(hotel=hotel).user)
    execution = waiting(hotel)

    page = client.post(
        reverse("admin:jobs_jobexecution_changelist"),
        {"action": "cancel", "_selected_action": [execution.pk]},
        follow=True,
    )

    assert "anulada." in page.content.decode()
    assert AuditEntry.objects.get().after == {"status": "SKIPPED"}


@pytest.mark.usefixtures("_in_portuguese")
def test_djangos_log_stores_labels_in_english(client: Client, task: HousekeepingTask) -> None:
    client.force_login(MembershipFactory(hotel=task.hotel).user)
    page = reverse("admin:hotels_housekeepingtask_change", args=[task.pk])
    form = client.get(page).context["adminform"].form
    posted = {name: form.get_initial_for_field(f, name) for name, f in form.fields.items()}

    client.post(page, {k: v for k, v in posted.items() if v not in (None, False)})

    assert LogEntry.objects.get().object_repr == "departure clean 101, 15 Jul 2026"
