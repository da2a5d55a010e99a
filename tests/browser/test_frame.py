"""Frame of all pages: theme, language, menu and keyboard control."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.once
DARK = "document.documentElement.classList.contains('dark')"
# Numbers all controls that must be reachable by keyboard, and returns their HTML.
REACHABLE = """() => [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
  .filter((each) => !each.disabled && each.tabIndex >= 0 && each.checkVisibility()
    && each.getBoundingClientRect().width > 0)
  .map((each, n) => { each.dataset.nth = n; return each.outerHTML.slice(0, 160); })"""
# Number of the focused control and whether it is outlined; unfold outlines a field's parent.
FOCUSED = """() => {
  const at = document.activeElement;
  const outlined = (each) => {
    const style = getComputedStyle(each);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  };
  return [at.dataset.nth, outlined(at) || outlined(at.parentElement)];
}"""


def _account(page: Page) -> Any:
    page.get_by_role("button", name="viewer").click()
    return page.get_by_role("navigation", name="Account")


def test_pages_are_dark_if_the_system_is(open_as: OpenPage) -> None:
    page = open_as("viewer", color_scheme="dark")

    assert page.evaluate(DARK)


def test_the_chosen_theme_is_kept(open_as: OpenPage) -> None:
    page = open_as("viewer")

    _account(page).get_by_role("button", name="Dark").click()
    chosen = page.evaluate(DARK)
    page.reload()
    kept = page.evaluate(DARK)
    _account(page).get_by_role("button", name="Light").click()

    assert (chosen, kept, page.evaluate(DARK)) == (True, True, False)


@pytest.mark.parametrize(("name", "code"), [("Deutsch", "de"), ("Português", "pt")])
def test_a_user_can_change_the_language(name: str, code: str, open_as: OpenPage) -> None:
    page = open_as("viewer")

    _account(page).get_by_role("button", name=name).click()

    expect(page.locator("html")).to_have_attribute("lang", code)


def test_the_menu_on_a_phone_opens_and_closes_by_keyboard(open_as: OpenPage) -> None:
    page = open_as("viewer", viewport={"width": 390, "height": 844})
    link = page.get_by_role("link", name="Work orders")
    expect(link).not_to_be_in_viewport()

    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    expect(link).to_be_in_viewport()
    page.get_by_role("button", name="Close the menu").focus()
    page.keyboard.press("Enter")

    expect(link).not_to_be_in_viewport()


@pytest.mark.parametrize(
    ("path", "press"),
    [
        ("/admin/", ""),
        ("/admin/run/check-no-shows/", ""),
        ("/admin/run/recalc-availability/", "Preview"),
    ],
)
def test_every_control_is_reachable_by_keyboard_and_shows_its_focus(
    path: str, press: str, open_as: OpenPage
) -> None:
    page = open_as("administrator", path)
    if press:
        with page.expect_navigation():
            page.get_by_role("button", name=press, exact=True).click()
    controls = page.evaluate(REACHABLE)

    reached = {}
    for _ in range(len(controls) + 5):
        page.keyboard.press("Tab")
        nth, outlined = page.evaluate(FOCUSED)
        reached[nth] = outlined

    missed = [html for n, html in enumerate(controls) if not reached.get(str(n))]
    assert len(controls) > 5
    assert missed == []
