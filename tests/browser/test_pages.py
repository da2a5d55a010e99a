"""Every page of the console: for everybody, on a phone, in the dark."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize
from playwright.sync_api import Page as Tab

from tests.browser.live import Site, Visit, visit
from tests.browser.pages import PAGES, Page
from tests.pms.serving import ROOT

pytestmark = pytest.mark.once
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# Chosen are the rules of WCAG, A and AA; what axe itself calls minor or moderate is let pass.
RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const found = await axe.run(document, {runOnly: tags, resultTypes: ["violations"]});
  return found.violations
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => [each.id, each.nodes.map((node) => node.html + " " + node.failureSummary)]);
}"""
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
Open = Callable[[Page], Tab]
DESK, PHONE = ViewportSize(width=1280, height=720), ViewportSize(width=390, height=844)


@pytest.fixture(scope="module")
def people(browser: Browser, site: Site) -> Iterator[Callable[[str], Visit]]:
    """The visits of those who go from page to page, by name: a new one reads all styles anew."""
    with ExitStack() as stack:

        @cache
        def visit_of(name: str) -> Visit:
            return stack.enter_context(visit(browser, site, by=name, reduced_motion="reduce"))

        yield visit_of


@pytest.fixture
def opened(people: Callable[[str], Visit]) -> Iterator[Open]:
    """A page of the list, as its person comes to it; it may not have complained in the end."""
    here: list[Visit] = []

    def go(page: Page) -> Tab:
        here.append(people(page.by))
        here[0].complaints.clear()
        here[0].page.set_viewport_size(DESK)
        return page.open(here[0])

    yield go
    assert [words for each in here for words in each.complaints] == []


def _faults(tab: Tab) -> Any:
    return tab.evaluate(RUN)


@each_page
def test_nobody_is_kept_out_of_a_page_by_how_it_is_made(page: Page, opened: Open) -> None:
    """In the light, in the dark, and on a phone: once, since opening a page takes longest."""
    tab = opened(page)
    tab.evaluate(AXE.read_text())

    found = {"light": _faults(tab)}
    tab.evaluate("document.documentElement.classList.add('dark')")
    found["dark"] = _faults(tab)
    tab.set_viewport_size(PHONE)

    assert found == {"light": [], "dark": []}, json.dumps(found, indent=1)
    # Charts are drawn anew a moment after their page became narrow.
    tab.wait_for_function("document.documentElement.scrollWidth <= 390")
