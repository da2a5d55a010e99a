"""The number of a user's tokens, their last use, and their end with the password."""

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.contrib.auth.management.commands import changepassword
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from hotels.audit import Via
from hotels.errors import ActionRefused
from hotels.http import tokens
from hotels.models import ApiToken, AuditEntry, UserSession
from tests.factories import UserFactory
from tests.hotels.http.clients import client_of, client_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana() -> User:
    return UserFactory(username="ana")


def issued(user: User, *, now: datetime) -> str:
    options: dict[str, Any] = {"hotels": None, "read_only": False, "label": ""}
    lifetime = timedelta(days=1)
    return tokens.issue(user=user, by=user, via=Via.API, now=now, lifetime=lifetime, **options)[1]


@pytest.fixture
def full(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user has as many tokens as allowed, and one that has expired."""
    monkeypatch.setattr(tokens, "MOST", 1)
    ApiToken.issue(user=ana)
    ApiToken.issue(user=ana, lifetime=timedelta(days=-1))


@pytest.mark.usefixtures("full")
def test_a_user_with_too_many_tokens_gets_no_further_one(ana: User) -> None:
    body = {"username": "ana", "password": "secret"}

    answer = APIClient().post("/api/auth/login", body, format="json")

    assert answer.status_code == 409
    assert answer.json()["detail"] == "There are 1 API tokens already. Revoke some first."


@pytest.mark.usefixtures("full")
def test_the_command_refuses_a_further_token_with_exit_code_2() -> None:
    with pytest.raises(CommandError, match="Revoke some first") as raised:
        call_command("create_token", "ana")

    assert raised.value.returncode == 2


def test_expired_tokens_do_not_count(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MOST", 1)
    ApiToken.issue(user=ana, lifetime=timedelta(days=-1))

    assert issued(ana, now=timezone.now())


def test_no_token_is_issued_for_a_password_that_was_changed_meanwhile(
    ana: User, now: datetime
) -> None:
    """A program logged in with the old password while the user changed it."""
    authenticated = User.objects.get(pk=ana.pk)
    ana.set_password("new")
    ana.save()

    with pytest.raises(ActionRefused):
        issued(authenticated, now=now)


def test_the_last_use_of_a_token_is_stored_once_in_five_minutes(ana: User, now: datetime) -> None:
    seen = []
    with time_machine.travel(now, tick=False) as clock:
        client = client_of(ana)
        for _ in range(3):
            client.get("/api/auth/me")
            seen.append(ApiToken.objects.get().last_used_at)
            clock.shift(tokens.PRECISION / 2)

    assert seen == [now, now, now + tokens.PRECISION]


def test_the_command_changepassword_ends_tokens_and_sessions(
    ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = ApiToken.issue(user=ana)[1]
    browser = APIClient()
    browser.force_login(ana)
    monkeypatch.setattr(changepassword.Command, "_get_pass", lambda *_: "a-Long-secret-9")

    call_command("changepassword", "ana", stdout=StringIO())

    assert client_with(text).get("/api/auth/me").status_code == 401
    assert not UserSession.objects.exists()
    assert User.objects.get().check_password("a-Long-secret-9")
    change = AuditEntry.objects.get(verb="change")
    assert (change.after, change.via) == ({"password": "changed"}, "COMMAND")
