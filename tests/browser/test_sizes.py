"""Sites without hotels and with five hundred."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.group import CHAIN, PASSWORD
from tests.browser.live import Site, Visit

pytestmark = pytest.mark.once


def test_a_new_site_says_that_there_is_no_hotel(
    bare_site: Site, visits: Callable[..., Visit]
) -> None:
    page = visits(bare_site).goto("/")
    page.get_by_label("Username").fill("superuser")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_text("You have no active hotel. Ask")).to_be_visible()
    page.goto(bare_site.url + "/admin/run/check-no-shows/")
    expect(page.get_by_text("You have no active hotel in which you may run")).to_be_visible()


def test_a_new_hotel_shows_that_there_are_no_executions(open_as: OpenPage) -> None:
    page = open_as("owner of unrun")

    expect(page.get_by_role("article")).to_have_count(5)
    expect(page.get_by_role("article").filter(has_text="no executions yet")).to_have_count(5)


def test_home_fits_a_desk_without_scrolling(open_as: OpenPage) -> None:
    page = open_as("owner of unrun")
    page.set_viewport_size({"width": 1280, "height": 720})

    page.get_by_role("link", name="Executions").last.wait_for()

    foot = 40
    bottom = page.locator("#home").evaluate("(home) => home.getBoundingClientRect().bottom")
    assert bottom <= 720 - foot


def test_home_stays_short_for_five_hundred_hotels(open_as: OpenPage) -> None:
    page = open_as("head of the chain")

    expect(page.get_by_role("article")).to_have_count(5)
    assert page.locator(".action-items li").count() <= 50
    assert len(page.get_by_role("article").first.inner_text()) < 1000


def test_five_hundred_hotels_can_be_selected_at_once(open_as: OpenPage) -> None:
    page = open_as("head of the chain", "/admin/run/check-no-shows/")
    boxes = page.locator("[name=hotel]")
    expect(boxes).to_have_count(CHAIN)

    page.get_by_label("All 500 hotels").check()

    expect(page.locator("[name=hotel]:checked")).to_have_count(CHAIN)
    assert page.locator(".ticks").evaluate("(list) => list.clientHeight") < 900
