"""Run now: chosen, previewed, confirmed once, worked in the background."""

from collections.abc import Iterator
from datetime import datetime
from unittest import mock
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from hotels.models import Guest, Hotel
from jobs.base import Job
from jobs.console.run_now import previews
from jobs.dispatch import running
from jobs.models import JobExecution, JobRun, Status, Trigger
from tests.factories import MembershipFactory
from tests.jobs import fakes
from tests.jobs.engine import claimed, only_job, waiting
from tests.jobs.threads import worked_at_once

pytestmark = pytest.mark.django_db

CHOOSE = reverse("jobs:run-now", args=["greet-guests"])
PREVIEW = reverse("jobs:run-preview", args=["greet-guests"])
START = reverse("jobs:run-start", args=["greet-guests"])


@pytest.fixture(autouse=True)
def _at_once() -> Iterator[None]:
    with worked_at_once():
        yield


def confirm(browser: Client, *hotels: Hotel, key: str = "") -> HttpResponse:
    data = {"hotel": [hotel.code for hotel in hotels], "key": key or str(uuid4())}
    response: HttpResponse = browser.post(START, data)
    return response


def test_one_s_own_hotels_are_chosen_at_first(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    page = manager.get(CHOOSE)

    assert page.context["ticked"] == {hotel.pk}
    assert f'value="{hotel.code}" checked' in page.content.decode()


def test_the_hotels_in_the_address_are_chosen_instead(
    greetings: Job, manager: Client, hotel: Hotel, owner: object
) -> None:
    other = MembershipFactory(user=owner).hotel

    page = manager.get(CHOOSE, {"hotel": other.code})

    assert page.context["ticked"] == {other.pk}


def test_a_preview_says_what_would_be_done_and_does_nothing(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    page = manager.post(PREVIEW, {"hotel": hotel.code}).content.decode()

    assert "1 greeted" in page
    assert "Guest greeted: 1" in page
    assert not Guest.objects.exists()
    assert not JobExecution.objects.exists()


def test_a_preview_tells_that_it_would_fail(manager: Client, hotel: Hotel) -> None:
    with only_job(fakes.fail_after_writing):
        page = manager.post(PREVIEW, {"hotel": hotel.code}).content.decode()

    assert "Would fail:" in page
    assert "the lobby is closed" in page


def test_a_preview_of_many_hotels_ends_in_time_and_says_so(
    greetings: Job, manager: Client, hotel: Hotel, owner: object
) -> None:
    other = MembershipFactory(user=owner).hotel

    with mock.patch.object(previews, "BUDGET", -previews.BUDGET):
        page = manager.post(PREVIEW, {"hotel": [hotel.code, other.code]})

    assert len(page.context["previews"].made) == 1
    assert "One more hotel is chosen and not shown" in page.content.decode()


def test_without_a_hotel_nothing_is_previewed(greetings: Job, manager: Client) -> None:
    page = manager.post(PREVIEW, {}, follow=True).content.decode()

    assert "Choose at least one hotel." in page


def test_a_confirmed_run_is_worked_and_ends_on_its_receipt(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    confirmed = confirm(manager, hotel)

    execution = JobExecution.objects.get()
    assert execution.status == Status.COMPLETED
    assert execution.trigger == Trigger.ADMIN
    assert execution.run.requested_by_name == "owner"
    shown = manager.get(confirmed["Location"])
    assert shown["Location"] == reverse("admin:jobs_jobexecution_change", args=[execution.pk])


def test_a_double_click_runs_it_once(greetings: Job, manager: Client, hotel: Hotel) -> None:
    key = str(uuid4())

    first, second = confirm(manager, hotel, key=key), confirm(manager, hotel, key=key)

    assert first["Location"] == second["Location"]
    assert JobRun.objects.count() == Guest.objects.count() == 1


def test_somebody_elses_key_confirms_nothing(
    greetings: Job, manager: Client, outsider: Client, hotel: Hotel, elsewhere: Hotel
) -> None:
    key = str(uuid4())
    confirm(manager, hotel, key=key)

    answer = confirm(outsider, elsewhere, key=key)

    assert answer["Location"] == CHOOSE
    assert JobRun.objects.count() == 1


@pytest.mark.parametrize("key", ["", "7", "not-a-key"])
def test_a_confirmation_without_its_key_runs_nothing(
    greetings: Job, manager: Client, hotel: Hotel, key: str
) -> None:
    answer = manager.post(START, {"hotel": hotel.code, "key": key})

    assert answer["Location"] == CHOOSE
    assert not JobRun.objects.exists()


def test_a_hotel_in_which_it_runs_already_is_left_out(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    claimed(waiting(hotel))

    confirm(manager, hotel)

    assert JobExecution.objects.first().skip_reason == "overlapped"
    assert not Guest.objects.exists()


def test_a_failure_in_one_hotel_stops_no_other(
    manager: Client, hotel: Hotel, owner: object
) -> None:
    other = MembershipFactory(user=owner).hotel
    broken = {hotel.pk}

    def greet_or_fail(context: object) -> object:
        if context.hotel.pk in broken:  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return fakes.greet(context)  # type: ignore[arg-type]

    with only_job(greet_or_fail):  # type: ignore[arg-type]
        page = manager.get(confirm(manager, hotel, other)["Location"]).content.decode()

    assert set(JobExecution.objects.filter(attempt=1).values_list("hotel_id", "status")) == {
        (hotel.pk, Status.FAILED),
        (other.pk, Status.COMPLETED),
    }
    assert "Ended: one hotel failed." in page


@pytest.mark.parametrize("address", [PREVIEW, START])
def test_who_only_sees_the_hotel_is_refused(
    greetings: Job, viewer: Client, hotel: Hotel, address: str
) -> None:
    answer = viewer.post(address, {"hotel": hotel.code, "key": str(uuid4())})

    assert answer.status_code == 403
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("address", [PREVIEW, START])
def test_a_manager_is_refused_where_they_only_see(
    greetings: Job, manager: Client, owner: object, address: str
) -> None:
    other = MembershipFactory(user=owner, role="VIEWER").hotel

    answer = manager.post(address, {"hotel": other.code, "key": str(uuid4())})

    assert answer.status_code == 403
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("address", [PREVIEW, START])
def test_another_hotel_is_not_there(
    greetings: Job, outsider: Client, hotel: Hotel, address: str
) -> None:
    answer = outsider.post(address, {"hotel": hotel.code, "key": str(uuid4())})

    assert answer.status_code == 404
    assert not JobRun.objects.exists()


def test_a_hotel_of_no_possible_code_is_not_there(greetings: Job, manager: Client) -> None:
    assert manager.post(PREVIEW, {"hotel": "\x00"}).status_code == 404


def test_an_unknown_job_is_not_there(greetings: Job, manager: Client) -> None:
    assert manager.get(reverse("jobs:run-now", args=["no-such-job"])).status_code == 404


def test_a_stranger_is_sent_to_the_login(greetings: Job, client: Client, hotel: Hotel) -> None:
    assert "login" in client.get(CHOOSE)["Location"]
    assert "login" in confirm(client, hotel)["Location"]


def test_a_run_shows_each_person_their_own_hotels(
    greetings: Job, manager: Client, outsider: Client, hotel: Hotel, elsewhere: Hotel
) -> None:
    mine, theirs = waiting(hotel), waiting(elsewhere)
    JobExecution.objects.filter(pk=theirs.pk).update(run=mine.run)

    page = manager.get(reverse("jobs:run", args=[mine.run_id]), {"all": 1})

    assert [row for row, _state in page.context["lines"]] == [mine]


def test_a_run_of_other_hotels_is_not_there(greetings: Job, outsider: Client, hotel: Hotel) -> None:
    run = waiting(hotel).run

    assert outsider.get(reverse("jobs:run", args=[run.pk])).status_code == 404


def test_a_run_with_an_impossible_key_is_not_there(manager: Client) -> None:
    assert manager.get(reverse("jobs:run", args=[2**63])).status_code == 404


def test_a_run_is_asked_for_again_until_it_has_ended(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    run = waiting(hotel).run
    address = reverse("jobs:run", args=[run.pk])

    assert "data-poll" in manager.get(address).content.decode()
    JobExecution.objects.update(
        status=Status.SKIPPED, skip_reason="cancelled", completed_at="2026-07-15T06:00Z"
    )
    assert "data-poll" not in manager.get(address, {"all": 1}).content.decode()


def test_the_part_that_moves_sends_the_browser_to_the_receipt_in_the_end(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    confirm(manager, hotel)
    execution = JobExecution.objects.get()

    answer = manager.get(
        reverse("jobs:run", args=[execution.run_id]), headers={"HX-Request": "true"}
    )

    assert answer["HX-Redirect"] == reverse("admin:jobs_jobexecution_change", args=[execution.pk])


def test_nothing_new_is_told_in_no_words(greetings: Job, manager: Client, hotel: Hotel) -> None:
    address = reverse("jobs:run", args=[waiting(hotel).run_id])
    first = manager.get(address, headers={"HX-Request": "true"})

    again = manager.get(address, headers={"HX-Request": "true", "If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code) == (200, 304)


def test_a_worker_that_cannot_work_leaves_the_run_to_the_next_tick(
    greetings: Job, manager: Client, hotel: Hotel, caplog: pytest.LogCaptureFixture
) -> None:
    with mock.patch.object(running, "work", side_effect=RuntimeError("no more threads")):
        confirm(manager, hotel)

    assert JobExecution.objects.get().status == Status.PENDING
    assert JobRun.objects.get().worker is None
    assert "were left to the next tick" in caplog.text


@pytest.mark.parametrize(
    ("form", "back"),
    [
        ("http://testserver/admin/work-orders/?hotel=porto", "/admin/work-orders/?hotel=porto"),
        ("", "/admin/"),
    ],
)
def test_whoever_posts_when_the_session_is_over_comes_back_to_the_form(
    greetings: Job, form: str, back: str, client: Client
) -> None:
    answer = client.post(START, headers={"Referer": form})

    assert parse_qs(urlsplit(answer["Location"]).query) == {"next": [back]}


def test_an_address_of_a_preview_leads_to_the_choice_of_hotels(
    greetings: Job, manager: Client
) -> None:
    assert manager.get(PREVIEW)["Location"] == CHOOSE
