"""Sessions end after time without activity, and in any case after their lifetime."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 7, 15, 6, 0, tzinfo=UTC)
PASSWORD = "a pass phrase of the test"
MINUTE = timedelta(minutes=1)
IDLE, LIFETIME = timedelta(minutes=30), timedelta(hours=10)
POLL = {"HX-Request": "true"}
At = Callable[[timedelta], None]


@pytest.fixture(autouse=True)
def _limits(settings: Any) -> None:
    settings.SESSION_IDLE_TIMEOUT, settings.SESSION_LIFETIME = IDLE, LIFETIME
    settings.SESSION_COOKIE_AGE = int(LIFETIME.total_seconds())


@pytest.fixture
def at() -> Iterator[At]:
    """Sets the clock to a time after the log-in."""
    with mock.patch("django.utils.timezone.now", return_value=MORNING) as clock:

        def move(time: timedelta) -> None:
            clock.return_value = MORNING + time

        yield move


@pytest.fixture
def user() -> User:
    return UserFactory(is_superuser=True, is_staff=True, password=PASSWORD)


@pytest.fixture
def browser(at: At, user: User) -> Client:
    """A browser whose user has just logged in."""
    client = Client()
    log_in(client, user)
    return client


def log_in(client: Client, user: User) -> None:
    form = {"username": user.username, "password": PASSWORD}
    assert client.post(reverse("admin:login"), form).status_code == 302


def is_in(client: Client, **headers: str) -> bool:
    answer = client.get(reverse("admin:index"), headers=headers)
    assert answer.status_code in (200, 302)
    return answer.status_code == 200 and "HX-Redirect" not in answer.headers


def test_a_session_ends_after_time_without_activity(browser: Client, at: At) -> None:
    at(IDLE)
    assert is_in(browser)

    at(IDLE + IDLE + MINUTE)
    assert not is_in(browser)


def test_a_page_that_refreshes_itself_does_not_keep_a_session(browser: Client, at: At) -> None:
    at(IDLE)
    assert is_in(browser, **POLL)

    at(IDLE + MINUTE)
    assert not is_in(browser, **POLL)


def test_a_form_that_a_page_sends_is_activity(browser: Client, at: At) -> None:
    at(IDLE)
    browser.post(reverse("set_language"), {"language": "en"}, headers=POLL)

    at(IDLE + IDLE)
    assert is_in(browser)


def test_a_session_in_use_ends_after_its_lifetime(browser: Client, at: At) -> None:
    time = timedelta(0)
    while time <= LIFETIME:
        at(time)
        assert is_in(browser)
        time += IDLE

    at(LIFETIME + MINUTE)
    assert not is_in(browser)


def test_the_row_of_a_session_that_has_ended_is_deleted(browser: Client, at: At) -> None:
    at(IDLE + MINUTE)
    is_in(browser)

    assert not Session.objects.exists()


def test_a_new_log_in_begins_anew(browser: Client, at: At, user: User) -> None:
    at(LIFETIME + MINUTE)
    log_in(browser, user)

    at(LIFETIME + IDLE)
    assert is_in(browser)


def test_a_new_password_begins_anew(browser: Client, at: At) -> None:
    at(IDLE)
    passwords = {"new_password1": "another pass phrase", "new_password2": "another pass phrase"}
    form = {"old_password": PASSWORD} | passwords
    assert browser.post(reverse("admin:password_change"), form).status_code == 302

    at(IDLE + IDLE)
    assert is_in(browser)


def test_a_session_from_before_there_were_limits_keeps_its_own_end(
    at: At, user: User, client: Client
) -> None:
    client.force_login(user)

    at(LIFETIME - MINUTE)
    assert is_in(client)
    at(LIFETIME + MINUTE)
    assert not is_in(client)


def test_a_session_that_began_in_the_future_has_ended(browser: Client, at: At) -> None:
    at(-timedelta(hours=1))

    assert not is_in(browser)


def test_activity_is_stored_once_a_minute(browser: Client, at: At) -> None:
    def writes() -> int:
        with CaptureQueriesContext(connection) as captured:
            is_in(browser)
        return sum("UPDATE" in query["sql"] for query in captured)

    at(timedelta(seconds=59))
    assert writes() == 0
    at(MINUTE)
    assert [writes(), writes()] == [1, 0]


def test_an_answer_that_needs_no_session_does_not_depend_on_the_cookie(client: Client) -> None:
    answer = client.get("/api/nowhere")

    assert "Cookie" not in answer.headers.get("Vary", "")
