"""Checks of passwords: one limit for all doors, and few hashes at once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from hotels.http import login
from hotels.http.login import (
    PER_ACCOUNT,
    PER_ACCOUNT_AND_ADDRESS,
    PER_ADDRESS,
    TooManyAttempts,
    check_password,
)
from hotels.models import ApiToken, AuditEntry, Hotel
from tests.factories import MembershipFactory, UserFactory
from tests.hotels.http.clients import client_of, client_with

Door = Callable[..., Any]
NEW = "a-Long-secret-9"


def form(path: str) -> Door:
    """Logs in on a page; the answer has the form's errors where it is refused."""

    def enter(username: str, password: str, **more: Any) -> Any:
        return Client().post(path, {"username": username, "password": password}, **more)

    return enter


def api(username: str, password: str, **more: Any) -> Any:
    body = {"username": username, "password": password}
    return APIClient().post("/api/auth/login", body, format="json", **more)


def change(username: str, password: str, **more: Any) -> Any:
    client = Client()
    client.force_login(User.objects.get(username=username))
    body = {"old_password": password, "new_password1": NEW, "new_password2": NEW}
    return client.post("/admin/password_change/", body, **more)


DOORS = {
    "console": form("/admin/login/"),
    "browsable API": form("/session/login/"),
    "API": api,
    "password change": change,
}
each_door = pytest.mark.parametrize("name", DOORS)


@pytest.fixture
def ana(hotel: Hotel) -> User:
    return MembershipFactory(hotel=hotel, user__username="ana", user__is_staff=True).user


def exhaust(ana: User, *, door: Door = api) -> None:
    for _ in range(PER_ACCOUNT_AND_ADDRESS.allowed):
        door("ana", "wrong")


def is_refused(answer: Any) -> bool:
    return b"Too many wrong passwords. Try again in 15 minutes." in answer.content


@pytest.mark.django_db
@each_door
def test_after_too_many_wrong_passwords_at_one_door_all_doors_are_closed(
    name: str, ana: User
) -> None:
    exhaust(ana)

    assert is_refused(DOORS[name]("ana", "secret"))


@pytest.mark.django_db
@each_door
def test_wrong_passwords_of_every_door_count(name: str, ana: User) -> None:
    exhaust(ana, door=DOORS[name])

    answer = api("ana", "secret")

    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert 0 < int(answer["Retry-After"]) <= PER_ACCOUNT.window.total_seconds() + 1


@pytest.mark.django_db
def test_other_accounts_and_other_spellings_of_the_same_one(ana: User) -> None:
    UserFactory(username="bruno")
    exhaust(ana)

    assert api("bruno", "secret").status_code == 201
    assert api("ANA", "secret").status_code == 429


@pytest.mark.django_db
def test_an_address_that_guesses_for_many_accounts_waits_and_others_do_not(ana: User) -> None:
    for n in range(PER_ADDRESS.allowed):
        api(f"guest-{n}", "wrong")

    assert api("ana", "secret").status_code == 429
    assert api("ana", "secret", REMOTE_ADDR="203.0.113.7").status_code == 201


@pytest.mark.django_db
def test_an_account_closed_at_one_address_is_open_at_others(ana: User) -> None:
    """A stranger who knows a user name does not keep its owner out."""
    exhaust(ana)

    assert api("ana", "secret").status_code == 429
    assert api("ana", "secret", REMOTE_ADDR="203.0.113.7").status_code == 201


@pytest.mark.django_db
def test_wrong_passwords_from_many_addresses_close_the_account_everywhere(rf: Any) -> None:
    def attempt(address: str) -> bool:
        request = rf.get("/", REMOTE_ADDR=address)
        return check_password(request=request, account="ana", matches=lambda: False)

    for n in range(PER_ACCOUNT.allowed):
        attempt(f"203.0.113.{n}")

    with pytest.raises(TooManyAttempts):
        attempt("198.51.100.1")


@pytest.mark.django_db
def test_right_passwords_do_not_count(ana: User) -> None:
    for _ in range(PER_ACCOUNT_AND_ADDRESS.allowed + 1):
        assert api("ana", "secret").status_code == 201


@pytest.mark.django_db
def test_a_refused_password_is_not_hashed(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    exhaust(ana)
    hashed: list[str] = []
    monkeypatch.setattr(User, "check_password", lambda self, raw: hashed.append(raw))

    api("ana", "secret")

    assert hashed == []


@pytest.mark.django_db
def test_tokens_work_while_their_address_is_refused(ana: User) -> None:
    """Guests in the lobby, behind the address of the hotel, must not stop its programs."""
    token = client_of(ana)
    exhaust(ana)
    wrong = [client_with("wrong").get("/api/auth/me").status_code for _ in range(32)]

    assert wrong == [401] * 30 + [429] * 2
    assert token.get("/api/auth/me").status_code == 200


@pytest.mark.django_db
def test_requests_without_credentials_do_not_count(ana: User) -> None:
    for _ in range(40):
        assert APIClient().get("/api/auth/me").status_code == 401

    assert client_with("wrong").get("/api/auth/me").status_code == 401


@pytest.mark.django_db
def test_logins_and_wrong_passwords_are_in_the_audit_trail(ana: User) -> None:
    api("ana", "wrong")
    form("/admin/login/")("ana", "secret")
    api("nobody", "secret")

    entries = AuditEntry.objects.order_by("pk").values_list("verb", "via", "username", "object_id")
    assert list(entries) == [
        ("fail_login", "API", "", str(ana.pk)),
        ("log_in", "ADMIN", "ana", str(ana.pk)),
    ]


@pytest.mark.django_db
def test_tokens_end_with_the_password_that_the_user_changes(ana: User) -> None:
    token = client_of(ana)

    change("ana", "secret")

    assert token.get("/api/auth/me").status_code == 401
    assert api("ana", NEW).status_code == 201


@pytest.mark.django_db
def test_tokens_end_with_the_password_that_an_administrator_sets(ana: User) -> None:
    token = client_of(ana)
    root = Client()
    root.force_login(UserFactory(is_superuser=True, is_staff=True))

    body = {"password1": NEW, "password2": NEW, "usable_password": "true"}
    root.post(f"/admin/auth/user/{ana.pk}/password/", body)

    assert token.get("/api/auth/me").status_code == 401
    assert not ApiToken.objects.exists()


@pytest.mark.django_db
def test_more_passwords_at_once_than_the_server_bears_are_refused(ana: User) -> None:
    admitted = [login._admitted.acquire(blocking=False) for _ in range(4)]
    try:
        answers = {name: door("ana", "secret") for name, door in DOORS.items()}
    finally:
        for _ in admitted:
            login._admitted.release()

    assert (answers["API"].status_code, answers["API"]["Retry-After"]) == (503, "5")
    for name in ("console", "browsable API", "password change"):
        assert b"Many people are logging in." in answers[name].content
    assert api("ana", "secret").status_code == 201


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_no_connection_is_kept_while_a_password_is_hashed(rf: Any) -> None:
    """The pool of connections exists on PostgreSQL alone."""
    UserFactory()
    kept = []

    check_password(
        request=rf.get("/"),
        account="ana",
        matches=lambda: kept.append(connection.connection is not None) or True,
    )

    assert kept == [False]


@pytest.mark.django_db
def test_an_unknown_account_takes_a_hash_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the time of the answer would tell which accounts exist."""
    hashed: list[str] = []
    monkeypatch.setattr(User, "set_password", lambda self, raw: hashed.append(raw))

    assert api("nobody", "x").status_code == 401
    assert hashed == ["x"]
