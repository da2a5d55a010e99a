"""Page "Local times": schedules that make no sense, and the action that sets better ones."""

from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from hotels.models import Hotel
from jobs.console.local_times import views
from jobs.models import JobSchedule
from tests.dumps import every_row
from tests.factories import HotelFactory, MembershipFactory

pytestmark = pytest.mark.django_db

PAGE = reverse("jobs:local-times")


@pytest.fixture
def hotel(db: None) -> Hotel:
    return HotelFactory(code="new-york", name="Hudson House", timezone="America/New_York")


def set_url(hotel: Hotel) -> str:
    return reverse("jobs:set-local-times", args=[hotel.pk])


def items(client: Client) -> list[tuple[str, str]]:
    found = client.get(reverse("admin:index")).context["action_items"]
    return [(str(item.text), item.url) for item in found]


def said(response: object) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]  # type: ignore[attr-defined]


def test_the_page_shows_job_local_time_and_the_better_schedule(manager: Client) -> None:
    page = manager.get(PAGE).content.decode()

    assert "runs at 19:00, 20:00 local time; it should run between 00:00 and 07:00." in page
    assert "Now: At 00:00, UTC. Better: At 04:00, hotel time." in page
    assert "Set local times" in page


def test_the_action_sets_the_times_and_home_is_silent(manager: Client, hotel: Hotel) -> None:
    before = items(manager)

    response = manager.post(set_url(hotel))

    assert before == [
        (
            "4 jobs run at unsuitable local times or not often enough",
            "/admin/local-times/?hotel=new-york",
        )
    ]
    assert said(response) == ["4 schedules of Hudson House were set to local time."]
    assert items(manager) == []
    assert "All schedules make sense" in manager.get(response["Location"]).content.decode()


def test_a_second_click_changes_nothing_and_says_so(manager: Client, hotel: Hotel) -> None:
    manager.post(set_url(hotel))
    before = every_row()

    response = manager.post(set_url(hotel))

    assert "Nothing was changed" in said(response)[-1]
    assert every_row() == before


def test_a_viewer_sees_the_page_and_may_not_set(viewer: Client, hotel: Hotel) -> None:
    page = viewer.get(PAGE).content.decode()

    assert "A manager of the hotel can set the local times." in page
    assert set_url(hotel) not in page
    assert viewer.post(set_url(hotel)).status_code == 403
    assert not JobSchedule.objects.exists()


def test_another_hotel_does_not_exist_for_an_outsider(outsider: Client, hotel: Hotel) -> None:
    assert "Hudson House" not in outsider.get(PAGE).content.decode()
    assert outsider.get(PAGE, {"hotel": hotel.code}).status_code == 404
    assert outsider.post(set_url(hotel)).status_code == 404


def test_without_login_the_action_leads_to_the_login(client: Client, hotel: Hotel) -> None:
    assert "/login/" in client.post(set_url(hotel))["Location"]


def test_a_plain_link_does_not_set_anything(manager: Client, hotel: Hotel) -> None:
    assert manager.get(set_url(hotel)).status_code == 405


def test_the_form_of_the_hotel_shows_the_advice(manager: Client, hotel: Hotel) -> None:
    url = reverse("admin:hotels_hotel_change", args=[hotel.pk])
    before = manager.get(url).content.decode()

    manager.post(set_url(hotel))

    assert "it should run between 00:00 and 07:00" in before
    assert "/admin/local-times/?hotel=new-york" in before
    assert "should run between" not in manager.get(url).content.decode()


def test_saving_an_unsuitable_schedule_warns(manager: Client, hotel: Hotel) -> None:
    data = {
        "hotel": hotel.pk,
        "job_name": "daily-housekeeping",
        "enabled": "on",
        "expression": "0 20 * * *",
        "clock": "HOTEL",
        "catch_up": "ONCE",
        "attempts": 3,
    }

    response = manager.post(reverse("admin:jobs_jobschedule_add"), data)

    assert response.status_code == 302
    assert any("runs at 20:00 local time" in each for each in said(response))


def test_the_queries_do_not_grow_with_hotels(manager: Client, owner, queries_of) -> None:  # type: ignore[no-untyped-def]
    def add(count: int) -> None:
        for hotel in HotelFactory.create_batch(count, timezone="Asia/Tokyo"):
            MembershipFactory(user=owner, hotel=hotel)

    manager.get(PAGE)
    add(2)
    few = queries_of(lambda: manager.get(PAGE))
    add(20)

    assert queries_of(lambda: manager.get(PAGE)) == few


def test_only_the_hotels_shown_are_described(
    manager: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = Mock(wraps=views.HotelAdvice)
    monkeypatch.setattr(views, "HotelAdvice", built)
    monkeypatch.setattr(views, "HOTELS_SHOWN", 2)
    for hotel in HotelFactory.create_batch(5, timezone="Asia/Tokyo"):
        MembershipFactory(user=owner, hotel=hotel)

    page = manager.get(PAGE)

    assert (built.call_count, page.context["more"]) == (2, 4)
