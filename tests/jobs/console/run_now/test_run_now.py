"""Run now: choosing hotels, preview and confirmation."""

from collections.abc import Iterator
from itertools import chain, repeat
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
from jobs.dispatch import requests
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
def _synchronous_threads() -> Iterator[None]:
    with worked_at_once():
        yield


def confirm(client: Client, *hotels: Hotel, key: str = "") -> HttpResponse:
    data = {"hotel": [hotel.code for hotel in hotels], "key": key or str(uuid4())}
    response: HttpResponse = client.post(START, data)
    return response


def preview_of(*hotels: Hotel) -> str:
    """Return the URL of the preview in these hotels."""
    return f"{PREVIEW}?hotels={'.'.join(str(hotel.pk) for hotel in hotels)}"


def test_the_user_s_own_hotels_are_preselected(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    page = manager.get(CHOOSE)

    assert page.context["selected"] == {hotel.pk}
    assert f'value="{hotel.code}" checked' in page.content.decode()


def test_hotels_in_the_query_are_preselected_instead(
    greetings: Job, manager: Client, hotel: Hotel, owner: object
) -> None:
    other = MembershipFactory(user=owner).hotel

    page = manager.get(CHOOSE, {"hotel": other.code})

    assert page.context["selected"] == {other.pk}


def test_a_preview_shows_the_changes_and_stores_nothing(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    page = manager.post(PREVIEW, {"hotel": hotel.code}, follow=True).content.decode()

    assert "1 greeted" in page
    assert "Guest greeted: 1" in page
    assert not Guest.objects.exists()
    assert not JobExecution.objects.exists()


def test_a_preview_shows_that_the_job_would_fail(manager: Client, hotel: Hotel) -> None:
    with only_job(fakes.fail_after_writing):
        page = manager.post(PREVIEW, {"hotel": hotel.code}, follow=True).content.decode()

    assert "Would fail:" in page
    assert "the lobby is closed" in page


def test_a_preview_stops_at_its_time_budget_and_says_so(
    greetings: Job, manager: Client, hotel: Hotel, owner: object
) -> None:
    other = MembershipFactory(user=owner).hotel

    with mock.patch.object(previews, "BUDGET", -previews.BUDGET):
        page = manager.post(PREVIEW, {"hotel": [hotel.code, other.code]}, follow=True)

    assert len(page.context["previews"].shown) == 1
    assert "The job will also run for 1 more hotel, without a preview" in page.content.decode()


def test_a_preview_is_a_page_that_can_be_loaded_again(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    address = manager.post(PREVIEW, {"hotel": hotel.code})["Location"]

    assert address == preview_of(hotel)
    assert "Guest greeted: 1" in manager.get(address).content.decode()
    assert manager.get(address).context["choose_url"] == address.replace(PREVIEW, CHOOSE)


def test_confirmation_and_totals_stand_above_the_hotels(
    greetings: Job, manager: Client, hotel: Hotel, owner: object
) -> None:
    other = MembershipFactory(user=owner).hotel

    page = manager.post(PREVIEW, {"hotel": [hotel.code, other.code]}, follow=True)

    text = page.content.decode()
    assert page.context["previews"].totals == [("guest greeted", 2)]
    assert text.index("Run now for 2 hotels") < text.index("In 2 previewed hotels")
    assert text.index("In 2 previewed hotels") < text.index("Expected result:")


def test_nothing_is_ticked_again_when_no_hotel_was_chosen(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    page = manager.post(PREVIEW, {}, follow=True)

    assert page.context["selected"] == set()


@pytest.mark.parametrize(("own", "status"), [(True, 403), (False, 404)])
def test_a_preview_of_other_hotels_by_url_is_refused(
    greetings: Job, manager: Client, owner: object, elsewhere: Hotel, own: bool, status: int
) -> None:
    other = MembershipFactory(user=owner, role="VIEWER").hotel if own else elsewhere

    assert manager.get(preview_of(other)).status_code == status


def test_a_preview_of_no_list_of_hotels_is_a_404(greetings: Job, manager: Client) -> None:
    assert manager.get(PREVIEW, {"hotels": "1-"}).status_code == 404


def test_a_preview_without_a_hotel_is_refused(greetings: Job, manager: Client) -> None:
    page = manager.post(PREVIEW, {}, follow=True).content.decode()

    assert "Choose at least one hotel." in page


def test_a_confirmed_run_is_executed_and_redirects_to_its_execution(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    confirmed = confirm(manager, hotel)

    execution = JobExecution.objects.get()
    assert execution.status == Status.COMPLETED
    assert execution.trigger == Trigger.ADMIN
    assert execution.run.requested_by_name == "owner"
    shown = manager.get(confirmed["Location"])
    assert shown["Location"] == reverse("admin:jobs_jobexecution_change", args=[execution.pk])


def test_a_run_is_worked_at_once_if_the_first_worker_comes_just_after_it_was_stored(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    with mock.patch("jobs.queue.is_attended", side_effect=chain([False], repeat(True))):
        confirm(manager, hotel)

    assert JobExecution.objects.get().status == Status.COMPLETED


def test_a_double_click_starts_one_run(greetings: Job, manager: Client, hotel: Hotel) -> None:
    key = str(uuid4())

    first, second = confirm(manager, hotel, key=key), confirm(manager, hotel, key=key)

    assert first["Location"] == second["Location"]
    assert JobRun.objects.count() == Guest.objects.count() == 1


def test_another_user_s_key_starts_no_run(
    greetings: Job, manager: Client, outsider: Client, hotel: Hotel, elsewhere: Hotel
) -> None:
    key = str(uuid4())
    confirm(manager, hotel, key=key)

    answer = confirm(outsider, elsewhere, key=key)

    assert answer["Location"] == preview_of(elsewhere)
    assert JobRun.objects.count() == 1


@pytest.mark.parametrize("key", ["", "7", "not-a-key"])
def test_a_confirmation_without_a_valid_key_starts_no_run(
    greetings: Job, manager: Client, hotel: Hotel, key: str
) -> None:
    answer = manager.post(START, {"hotel": hotel.code, "key": key})

    assert answer["Location"] == preview_of(hotel)
    assert not JobRun.objects.exists()


def test_a_hotel_where_the_job_is_running_is_skipped(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    claimed(waiting(hotel))

    confirm(manager, hotel)

    assert JobExecution.objects.first().skip_reason == "overlapped"
    assert not Guest.objects.exists()


def test_a_failure_in_one_hotel_does_not_stop_the_others(
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
    assert "Finished: failed in 1 hotel." in page


@pytest.mark.parametrize("address", [PREVIEW, START])
def test_a_viewer_is_refused(greetings: Job, viewer: Client, hotel: Hotel, address: str) -> None:
    answer = viewer.post(address, {"hotel": hotel.code, "key": str(uuid4())})

    assert answer.status_code == 403
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("address", [PREVIEW, START])
def test_a_manager_is_refused_in_a_hotel_where_they_are_a_viewer(
    greetings: Job, manager: Client, owner: object, address: str
) -> None:
    other = MembershipFactory(user=owner, role="VIEWER").hotel

    answer = manager.post(address, {"hotel": other.code, "key": str(uuid4())})

    assert answer.status_code == 403
    assert not JobRun.objects.exists()


@pytest.mark.parametrize("address", [PREVIEW, START])
def test_another_group_s_hotel_is_a_404(
    greetings: Job, outsider: Client, hotel: Hotel, address: str
) -> None:
    answer = outsider.post(address, {"hotel": hotel.code, "key": str(uuid4())})

    assert answer.status_code == 404
    assert not JobRun.objects.exists()


def test_an_impossible_hotel_code_is_a_404(greetings: Job, manager: Client) -> None:
    assert manager.post(PREVIEW, {"hotel": "\x00"}).status_code == 404


def test_an_unknown_job_is_a_404(greetings: Job, manager: Client) -> None:
    assert manager.get(reverse("jobs:run-now", args=["no-such-job"])).status_code == 404


def test_anonymous_users_are_sent_to_the_login(
    greetings: Job, client: Client, hotel: Hotel
) -> None:
    assert "login" in client.get(CHOOSE)["Location"]
    assert "login" in confirm(client, hotel)["Location"]


def test_a_run_is_left_to_the_next_tick_if_the_background_cannot_start(
    greetings: Job, manager: Client, hotel: Hotel, caplog: pytest.LogCaptureFixture
) -> None:
    with mock.patch.object(requests, "work", side_effect=RuntimeError("no more threads")):
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
def test_posting_after_the_session_expired_leads_back_to_the_form(
    greetings: Job, form: str, back: str, client: Client
) -> None:
    answer = client.post(START, headers={"Referer": form})

    assert parse_qs(urlsplit(answer["Location"]).query) == {"next": [back]}


def test_opening_the_preview_url_redirects_to_the_choice_of_hotels(
    greetings: Job, manager: Client
) -> None:
    assert manager.get(PREVIEW)["Location"] == CHOOSE


def test_a_preview_shows_the_number_of_problems(manager: Client, hotel: Hotel) -> None:
    with only_job(fakes.handle_some):
        page = manager.post(PREVIEW, {"hotel": hotel.code}, follow=True).content.decode()

    assert "The job would complete with 1 problem." in page
