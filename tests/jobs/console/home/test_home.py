"""Home page: the rows of the jobs, polling, and the number of queries."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from hotels.models import Hotel, Membership
from jobs.base import Job
from jobs.models import SkipReason, Status
from jobs.statistics import daily
from tests.factories import HotelFactory, MembershipFactory, UserFactory
from tests.jobs.console.home.runs import BEFORE, NOW, SLOT, failed, ran

pytestmark = pytest.mark.django_db

HOME = reverse("admin:index")


@pytest.fixture(autouse=True)
def _frozen_clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_a_card_shows_the_latest_and_the_next_run_in_hotel_time(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    ran(hotel)

    page = manager.get(HOME).content.decode()

    assert 'title="15 Jul 2026, 04:03:00 UTC">05:03</time>' in page
    assert 'title="16 Jul 2026, 04:00:00 UTC">16 Jul 2026, 05:00</time>' in page
    assert "1 of 1 execution succeeded" in page


def test_the_latest_run_is_shown_while_the_next_attempt_waits(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    failed(hotel)
    at = NOW + timedelta(minutes=2)
    ran(hotel, status=Status.PENDING, attempt=2, not_before=at, started_at=None)

    assert ">05:03</time>" in manager.get(HOME).context["cards"][0].last_run


def test_the_latest_run_is_that_of_any_hotel_and_no_skipped_slot(
    greetings: Job, manager: Client, owner: User, hotel: Hotel
) -> None:
    ran(hotel, completed_at=SLOT + timedelta(minutes=5))
    tokyo = HotelFactory(timezone="Asia/Tokyo")
    MembershipFactory(user=owner, hotel=tokyo)
    ran(tokyo)
    at = SLOT + timedelta(minutes=9)
    ran(
        tokyo,
        at,
        status=Status.SKIPPED,
        skip_reason=SkipReason.MISSED,
        completed_at=at,
        started_at=None,
    )

    page = manager.get(HOME)

    assert ">04:05 UTC</time>" in page.context["cards"][0].last_run
    assert "All times: UTC" in page.content.decode()


def test_days_still_being_counted_are_not_shown_as_a_total(
    greetings: Job, manager: Client, hotel: Hotel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daily, "EXECUTIONS_PER_REQUEST", 1)
    ran(hotel)

    page = manager.get(HOME)
    again = manager.get(HOME, {"counting": 1}, headers={"HX-Request": "true"})

    assert "still being counted" in page.content.decode()
    assert "succeeded" not in page.content.decode()
    assert page.context["poll"] == 3000
    assert "?counting=1" in again.content.decode()


def test_buttons_are_shown_to_users_who_may_run_jobs(
    greetings: Job, manager: Client, viewer: Client
) -> None:
    assert "Run now" in manager.get(HOME).content.decode()
    assert "Run now" not in viewer.get(HOME).content.decode()


def test_a_user_sees_only_their_own_hotels(greetings: Job, outsider: Client, hotel: Hotel) -> None:
    failed(hotel)

    page = outsider.get(HOME)

    assert hotel not in page.context["hotels"]
    assert page.context["action_items"] == []
    assert "Not run yet." in page.content.decode()


def test_a_failed_job_needs_attention(greetings: Job, manager: Client, hotel: Hotel) -> None:
    row = failed(hotel)

    page = manager.get(HOME).content.decode()

    assert reverse("admin:jobs_jobexecution_change", args=[row.pk]) in page
    assert "Greetings failed" in page


def test_a_user_without_a_hotel_is_refused(client: Client) -> None:
    client.force_login(UserFactory())

    assert client.get(HOME).status_code == 403


def test_a_superuser_without_an_active_hotel_gets_a_hint(client: Client) -> None:
    client.force_login(UserFactory(is_superuser=True))
    HotelFactory(active=False)

    assert "You have no active hotel. Ask" in client.get(HOME).content.decode()


def test_home_polls_more_often_while_a_job_is_running(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    assert manager.get(HOME).context["poll"] == 30_000
    ran(hotel, status=Status.PENDING, started_at=None)

    assert manager.get(HOME).context["poll"] == 3000


def test_polling_an_unchanged_page_takes_few_queries(
    greetings: Job,
    manager: Client,
    hotel: Hotel,
    queries_of: Callable[[Callable[[], Any]], int],
) -> None:
    ran(hotel, status=Status.PENDING, started_at=None)
    first = manager.get(HOME, headers={"HX-Request": "true"})
    headers = {"HX-Request": "true", "If-None-Match": first["ETag"]}

    def again() -> None:
        assert manager.get(HOME, headers=headers).status_code == 304

    # Session, user, roles, hotels, unfinished executions, latest execution.
    assert queries_of(again) == 6


def test_a_browser_may_cache_the_fragment_and_not_the_page(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    whole, part = manager.get(HOME), manager.get(HOME, headers={"HX-Request": "true"})
    headers = {"HX-Request": "true", "If-None-Match": part["ETag"]}
    unchanged = manager.get(HOME, headers=headers)

    assert "no-store" in whole["Cache-Control"]
    assert part["Cache-Control"] == unchanged["Cache-Control"] == "private, no-cache"
    assert unchanged["ETag"] == part["ETag"]
    assert all("HX-Request" in answer["Vary"] for answer in (whole, part, unchanged))


def test_the_fragment_is_sent_again_when_the_user_s_role_changes(
    greetings: Job, manager: Client, owner: User, hotel: Hotel
) -> None:
    first = manager.get(HOME, headers={"HX-Request": "true"})
    Membership.objects.filter(user=owner).update(role=Membership.Role.VIEWER)

    headers = {"HX-Request": "true", "If-None-Match": first["ETag"]}
    assert manager.get(HOME, headers=headers).status_code == 200


def test_the_fragment_is_sent_again_when_an_execution_is_added(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    first = manager.get(HOME, headers={"HX-Request": "true"})
    ran(hotel)

    again = manager.get(HOME, headers={"HX-Request": "true", "If-None-Match": first["ETag"]})

    assert again.status_code == 200
    assert again["ETag"] != first["ETag"]
    assert "<html" not in again.content.decode()


def test_home_takes_as_many_queries_for_many_hotels_as_for_few(
    greetings: Job, manager: Client, owner: User, queries_of: Callable[[Callable[[], Any]], int]
) -> None:
    def queries() -> int:
        manager.get(HOME)  # stores the statistics of past days once
        cache.clear()
        return queries_of(lambda: manager.get(HOME))

    ran(MembershipFactory(user=owner).hotel)
    few = queries()
    for _ in range(20):
        ran(MembershipFactory(user=owner, role=Membership.Role.MANAGER).hotel)

    assert queries() == few <= 23


def test_polling_after_the_session_expired_redirects_the_whole_page_to_the_login(
    greetings: Job, client: Client, hotel: Hotel
) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{HOME}"}

    answer = client.get(HOME, headers=headers)

    assert answer["HX-Redirect"] == HOME
    assert not answer.content
    assert "login" in client.get(answer["HX-Redirect"])["Location"]


@pytest.mark.parametrize(
    ("shown", "page"),
    [
        ("http://testserver/admin/work-orders/?hotel=porto", "/admin/work-orders/?hotel=porto"),
        ("http://testserver//evil.example/", "/evil.example/"),
        ("http://[", HOME),
        ("", HOME),
    ],
)
def test_logging_in_again_leads_back_to_the_page_with_its_query(
    shown: str, page: str, client: Client
) -> None:
    answer = client.get(HOME, headers={"HX-Request": "true", "HX-Current-URL": shown})

    assert answer["HX-Redirect"] == page


def test_an_execution_with_problems_is_no_success_of_the_last_30_days(
    greetings: Job, manager: Client, hotel: Hotel
) -> None:
    ran(hotel, BEFORE)
    ran(hotel, problems=1)

    assert "1 of 2 executions succeeded" in manager.get(HOME).content.decode()


def test_problems_need_attention(greetings: Job, manager: Client, hotel: Hotel) -> None:
    execution = ran(hotel, problems=2)

    (item,) = manager.get(HOME).context["action_items"]

    assert item.text == "Greetings: 2 problems"
    assert item.url == reverse("admin:jobs_jobexecution_change", args=[execution.pk])
