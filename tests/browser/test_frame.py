"""The frame of all pages: theme, language, the menu, and all of it by keyboard."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person

pytestmark = pytest.mark.once
DARK = "document.documentElement.classList.contains('dark')"
# What the keyboard has to come to, by a number each is given.
REACHABLE = """() => [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
  .filter((each) => !each.disabled && each.tabIndex >= 0 && each.checkVisibility()
    && each.getBoundingClientRect().width > 0)
  .map((each, n) => { each.dataset.nth = n; return each.outerHTML.slice(0, 160); })"""
# Where it is, and whether that can be seen; unfold outlines the box around a field.
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


def test_a_dark_system_is_shown_dark_pages(as_person: Person) -> None:
    page = as_person("viewer", color_scheme="dark")

    assert page.evaluate(DARK)


def test_the_theme_a_person_chose_stays(as_person: Person) -> None:
    page = as_person("viewer")

    _account(page).get_by_role("button", name="Dark").click()
    chosen = page.evaluate(DARK)
    page.reload()
    kept = page.evaluate(DARK)
    _account(page).get_by_role("button", name="Light").click()

    assert (chosen, kept, page.evaluate(DARK)) == (True, True, False)


@pytest.mark.parametrize(("name", "code"), [("Deutsch", "de"), ("Português", "pt")])
def test_a_person_chooses_their_language(name: str, code: str, as_person: Person) -> None:
    page = as_person("viewer")

    _account(page).get_by_role("button", name=name).click()

    expect(page.locator("html")).to_have_attribute("lang", code)


def test_the_menu_of_a_phone_is_opened_and_closed_by_keyboard(as_person: Person) -> None:
    page = as_person("viewer", viewport={"width": 390, "height": 844})
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
def test_the_keyboard_reaches_every_control_and_shows_where_it_is(
    path: str, press: str, as_person: Person
) -> None:
    page = as_person("administrator", path)
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
