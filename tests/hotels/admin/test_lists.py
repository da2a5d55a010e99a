"""Every admin list: its title, and its sentence when it has no rows."""

import html
import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.utils.text import capfirst

from hotels.models import Invoice, Room
from pms.theme import MENU
from tests.hotels.admin.books import page
from tests.hotels.admin.conftest import Browser

pytestmark = pytest.mark.django_db
ADMINS: list[type[Model]] = sorted(admin.site._registry, key=lambda model: model.__name__)
each_list = pytest.mark.parametrize("model", ADMINS, ids=lambda model: model.__name__)
# A search that finds no rows in any list.
NO_MATCH = {"q": "qqzzqq"}


def text_of(response: HttpResponse) -> str:
    text = html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))
    return " ".join(text.split())


def searched(client: Client, model: type[Model]) -> str:
    return text_of(client.get(page("changelist", model), NO_MATCH))


@each_list
def test_a_list_is_titled_with_the_plural_name_of_its_model(
    model: type[Model], superuser: User, browser: Browser
) -> None:
    response = browser(superuser).get(page("changelist", model))

    title = re.search(r"<title>(.*?)</title>", response.content.decode(), re.DOTALL)
    assert title
    name = capfirst(model._meta.verbose_name_plural)
    assert html.unescape(title[1]).strip().startswith(f"{name} | ")


@each_list
def test_a_search_without_results_shows_one_sentence(
    model: type[Model], superuser: User, browser: Browser
) -> None:
    shown = searched(browser(superuser), model)

    assert f"No {model._meta.verbose_name_plural} found with these filters." in shown
    assert "This page yielded" not in shown
    assert "No results found" not in shown


@each_list
def test_only_a_list_one_may_add_to_offers_adding(
    model: type[Model], superuser: User, browser: Browser, rf: Any
) -> None:
    request = rf.get("/")
    request.user = superuser
    may_add = admin.site.get_model_admin(model).has_add_permission(request)

    shown = searched(browser(superuser), model)

    assert (f"Add {model._meta.verbose_name}" in shown) == may_add


@pytest.mark.parametrize(
    ("model", "sentence"), [(Invoice, "No invoices yet."), (Room, "No rooms yet.")]
)
def test_an_empty_list_says_that_there_are_no_rows_yet(
    model: type[Model], sentence: str, superuser: User, browser: Browser
) -> None:
    assert sentence in text_of(browser(superuser).get(page("changelist", model)))


def test_an_admin_may_have_its_own_sentence_for_an_empty_list(
    superuser: User, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = admin.site.get_model_admin(Room)
    monkeypatch.setattr(options, "empty_text", "No rooms yet: import them.")

    assert "No rooms yet: import them." in text_of(browser(superuser).get(page("changelist", Room)))


CONSOLE_PAGES = [
    item
    for group in MENU
    for item in group["items"]
    if re.fullmatch(r"/admin/[a-z-]+/", str(item["link"]))
]


@pytest.mark.parametrize("item", CONSOLE_PAGES, ids=lambda item: str(item["title"]))
def test_a_console_page_is_titled_like_its_menu_entry(
    item: dict[str, Any], superuser: User, browser: Browser
) -> None:
    response = browser(superuser).get(str(item["link"]))

    assert str(response.context["title"]) == str(item["title"])
