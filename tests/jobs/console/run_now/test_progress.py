"""Progress of a run: its hotels, polling, and the execution that replaces it."""

import json
from collections.abc import Iterator
from datetime import datetime
from unittest import mock

import pytest
from django.test import Client
from django.urls import reverse

from hotels.models import Hotel
from jobs.base import Job, JobContext
from jobs.console.run_now import progress
from jobs.models import JobExecution, JobRun, Status
from tests.factories import MembershipFactory
from tests.jobs import fakes
from tests.jobs.console.run_now.test_run_now import confirm
from tests.jobs.engine import only_job, waiting
from tests.jobs.threads import worked_at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _synchronous_threads() -> Iterator[None]:
    with worked_at_once():
        yield


def test_a_run_shows_each_user_their_own_hotels(
    greetings: Job, manager: Client, outsider: Client, hotel: Hotel, elsewhere: Hotel
) -> None:
    mine, theirs = waiting(hotel), waiting(elsewhere)
    JobExecution.objects.filter(pk=theirs.pk).update(run=mine.run)

    page = manager.get(reverse("jobs:run", args=[mine.run_id]), {"all": 1})

    assert [row for row, _state in page.context["rows"]] == [mine]


def test_every_hotel_of_a_run_is_on_some_page(
    greetings: Job, manager: Client, hotel: Hotel, owner: object
) -> None:
    first, last = waiting(hotel), waiting(MembershipFactory(user=owner, hotel__name="Zz").hotel)
    JobExecution.objects.filter(pk=last.pk).update(run=first.run)

    with mock.patch.object(progress, "PAGE_SIZE", 1):
        page = manager.get(reverse("jobs:run", args=[first.run_id]), {"all": 1, "page": 2})

    assert [row for row, _state in page.context["rows"]] == [last]
    assert f'hx-get="{page.request["PATH_INFO"]}?all=1&amp;page=2"' in page.content.decode()


def test_a_run_of_other_hotels_is_a_404(greetings: Job, outsider: Client, hotel: Hotel) -> None:
    run = waiting(hotel).run

    assert outsider.get(reverse("jobs:run", args=[run.pk])).status_code == 404


def test_a_run_with_an_impossible_id_is_a_404(manager: Client) -> None:
    assert manager.get(reverse("jobs:run", args=[2**63])).status_code == 404


def test_a_run_polls_until_it_has_ended(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    run = waiting(hotel).run
    address = reverse("jobs:run", args=[run.pk])

    assert "data-poll" in manager.get(address).content.decode()
    JobExecution.objects.update(
        status=Status.SKIPPED, skip_reason="cancelled", completed_at="2026-07-15T06:00Z"
    )
    assert "data-poll" not in manager.get(address, {"all": 1}).content.decode()


def test_the_fragment_replaces_the_page_with_the_execution_when_the_run_has_ended(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    confirm(manager, hotel)
    execution = JobExecution.objects.get()

    answer = manager.get(
        reverse("jobs:run", args=[execution.run_id]), headers={"HX-Request": "true"}
    )

    receipt = reverse("admin:jobs_jobexecution_change", args=[execution.pk])
    assert json.loads(answer["HX-Trigger"]) == {"replacePage": {"url": receipt}}


def test_an_unchanged_run_is_a_304(greetings: Job, manager: Client, hotel: Hotel) -> None:
    address = reverse("jobs:run", args=[waiting(hotel).run_id])
    first = manager.get(address, headers={"HX-Request": "true"})

    again = manager.get(address, headers={"HX-Request": "true", "If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code) == (200, 304)


def test_the_progress_of_a_run_with_problems_does_not_say_that_all_is_well(
    manager: Client, hotel: Hotel, owner: object
) -> None:
    other = MembershipFactory(user=owner).hotel

    def service(context: JobContext) -> fakes.Greetings:
        return (fakes.handle_some if context.hotel == hotel else fakes.greet)(context)

    with only_job(service):
        confirm(manager, hotel, other)
        answer = manager.get(reverse("jobs:run", args=[JobRun.objects.get().pk]))

    page = answer.content.decode()
    assert "Completed with problems in 1 hotel." in page
    assert "Finished for all hotels." not in page
    assert [row.hotel for row, _badge in answer.context["rows"]] == [hotel, other]
