"""Passwords and groups in the audit trail: that they changed, never what to."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse

from hotels import audit
from tests.factories import UserFactory
from tests.hotels.admin.acts import crash, entries, posted
from tests.hotels.admin.books import page
from tests.hotels.admin.conftest import Browser

pytestmark = pytest.mark.django_db

SECRET = "a-Long-secret-9"


def test_of_a_password_set_for_somebody_only_that_is_kept(client_: Client) -> None:
    person = UserFactory()

    set_password(client_, person)

    (entry,) = entries()
    assert (entry.object_id, entry.before, entry.after) == (
        str(person.pk),
        {},
        {"password": "changed"},
    )


def set_password(client: Client, person: User) -> None:
    client.post(
        reverse("admin:auth_user_password_change", args=[person.pk]),
        {"password1": SECRET, "password2": SECRET, "usable_password": "true"},
    )


def own_password(client: Client, old: str) -> None:
    client.post(
        reverse("admin:password_change"),
        {"old_password": old, "new_password1": SECRET, "new_password2": SECRET},
    )


def test_ones_own_new_password_is_recorded(owner: User, browser: Browser) -> None:
    own_password(browser(owner), "secret")

    (entry,) = entries()
    assert (entry.username, entry.after) == ("owner", {"password": "changed"})


def test_a_wrong_old_password_is_no_act(owner: User, browser: Browser) -> None:
    own_password(browser(owner), "wrong")

    assert entries() == []


def test_a_password_is_not_changed_where_that_cannot_be_recorded(
    superuser: User, client_: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = UserFactory()
    monkeypatch.setattr(audit, "record", crash)

    with pytest.raises(RuntimeError):
        own_password(client_, "secret")
    with pytest.raises(RuntimeError):
        set_password(client_, person)

    for each in (superuser, person):
        each.refresh_from_db()
        assert each.check_password("secret")


def test_what_a_row_has_many_of_is_told_by_name(client_: Client) -> None:
    group = Group.objects.create(name="Desk")
    permission = Permission.objects.get(codename="view_guest")

    client_.post(page("change", group), posted(group, permissions=[permission.pk]))

    (entry,) = entries()
    assert (entry.before, entry.after) == ({"permissions": []}, {"permissions": [str(permission)]})
