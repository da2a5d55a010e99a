"""Sessions know their user, browser and last use, and end with the password."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from hotels.http.sessions import PRECISION, browser_name, log_out_elsewhere
from hotels.models import AuditEntry, Hotel, UserSession
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEW = "a-Long-secret-9"


@pytest.fixture
def ana(hotel: Hotel) -> User:
    return MembershipFactory(hotel=hotel, user__username="ana").user


def logged_in(username: str = "ana", agent: str = FIREFOX) -> Client:
    client = Client(headers={"User-Agent": agent})
    client.post("/admin/login/", {"username": username, "password": "secret"})
    return client


def is_in(client: Client) -> bool:
    return client.get("/admin/security/").status_code == 200


def test_a_login_stores_user_and_browser_with_the_session(ana: User) -> None:
    logged_in()

    row = UserSession.objects.get()
    assert (row.user, row.browser) == (ana, FIREFOX)


@pytest.mark.parametrize(
    ("step", "stored", "headers"),
    [
        (timedelta(seconds=40), [0, 80, 80], {}),
        (PRECISION / 2, [0, 300, 300], {"HX-Request": "true"}),
    ],
    ids=["activity: once a minute", "polls: once in five minutes"],
)
def test_the_last_use_is_not_stored_with_every_request(
    ana: User, now: datetime, step: timedelta, stored: list[int], headers: dict[str, str]
) -> None:
    with time_machine.travel(now, tick=False) as clock:
        client = logged_in()
        seen = []
        for _ in range(3):
            clock.shift(step)
            assert client.get("/admin/security/", headers=headers).status_code == 200
            seen.append((UserSession.objects.get().last_used_at - now).total_seconds())

    assert seen == stored
    assert UserSession.objects.get().created_at == now


def test_a_changed_password_ends_the_other_sessions(ana: User) -> None:
    here, there = logged_in(), logged_in()
    body = {"old_password": "secret", "new_password1": NEW, "new_password2": NEW}

    here.post("/admin/password_change/", body)

    assert (is_in(here), is_in(there)) == (True, False)
    assert UserSession.objects.filter(user=ana).count() == 1


def test_a_password_set_by_a_superuser_ends_all_sessions_of_the_user(ana: User) -> None:
    UserFactory(username="root", is_superuser=True)
    there, root = logged_in(), logged_in("root")
    body = {"password1": NEW, "password2": NEW, "usable_password": "true"}

    root.post(f"/admin/auth/user/{ana.pk}/password/", body)

    assert (is_in(root), is_in(there)) == (True, False)


def test_logging_out_elsewhere_ends_only_the_users_own_other_sessions(
    ana: User, now: datetime
) -> None:
    MembershipFactory(user__username="eve")
    here, there, eve = logged_in(), logged_in(), logged_in("eve")

    ended = log_out_elsewhere(user=ana, keep=here.session.session_key, via="ADMIN", now=now)  # type: ignore[arg-type]

    assert ended == 1
    assert (is_in(here), is_in(there), is_in(eve)) == (True, False, True)
    assert AuditEntry.objects.latest("pk").verb == "log_out"


def test_a_deleted_user_has_no_sessions(ana: User) -> None:
    client = logged_in()

    ana.delete()

    assert not UserSession.objects.exists()
    assert not is_in(client)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox, Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        ("curl/8.5", "curl/8.5"),
        ("", ""),
    ],
)
def test_a_browser_is_named_by_its_header(agent: str, name: str) -> None:
    assert browser_name(agent) == name
