"""Accessibility of every page of the console, in light and dark mode and on a phone."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ViewportSize
from playwright.sync_api import Page as Tab

from tests.browser.live import Site, Visit, visit
from tests.browser.pages import PAGES, Page
from tests.pms.serving import ROOT

pytestmark = pytest.mark.once
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# Rules of WCAG levels A and AA; violations that axe rates minor or moderate are ignored.
RUN = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
  const found = await axe.run(document, {runOnly: tags, resultTypes: ["violations"]});
  return found.violations
    .filter((each) => ["serious", "critical"].includes(each.impact))
    .map((each) => [each.id, each.nodes.map((node) => node.html + " " + node.failureSummary)]);
}"""
# The controls whose border is fainter than 3 : 1, in the colours that the browser computed.
BORDERS = Path(__file__).with_name("borders.js").read_text()
# Dates and times that are not written like `15 Jul 2026, 02:14`.
OTHER_DATES = re.compile(
    r"\b\d{4}-\d\d-\d\d\b|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b|\b\d{1,2}:\d\d ?[AaPp]\.?[Mm]\b"
    r"|\b(?:January|February|March|April|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.? \d{1,2}\b"
    r"|\b\d{1,2} (?:January|February|March|April|June|July|August|September|October|November"
    r"|December|Sept)\b"
)
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
Open = Callable[[Page], Tab]
DESKTOP, PHONE = ViewportSize(width=1280, height=720), ViewportSize(width=390, height=844)


@pytest.fixture(scope="module")
def visit_as(browser: Browser, site: Site) -> Iterator[Callable[[str], Visit]]:
    """Opens one visit per user and reuses it, so that styles are loaded once."""
    with ExitStack() as stack:

        @cache
        def visit_of(name: str) -> Visit:
            return stack.enter_context(visit(browser, site, by=name, reduced_motion="reduce"))

        yield visit_of


@pytest.fixture
def opened(visit_as: Callable[[str], Visit]) -> Iterator[Open]:
    """Opens a page as its user; the test fails if the page reported an error."""
    used: list[Visit] = []

    def go(page: Page) -> Tab:
        used.append(visit_as(page.by))
        used[0].errors.clear()
        used[0].page.set_viewport_size(DESKTOP)
        return page.open(used[0])

    yield go
    assert [error for each in used for error in each.errors] == []


def _violations(tab: Tab) -> Any:
    return tab.evaluate(RUN)


@each_page
def test_a_page_is_accessible_has_one_date_format_and_fits_a_phone(
    page: Page, opened: Open
) -> None:
    """Opened once for all checks, as opening a page takes longest."""
    tab = opened(page)
    tab.evaluate(AXE.read_text())

    found = {"light": _violations(tab), "light borders": tab.evaluate(BORDERS)}
    tab.evaluate("document.documentElement.classList.add('dark')")
    found |= {"dark": _violations(tab), "dark borders": tab.evaluate(BORDERS)}
    found["dates"] = OTHER_DATES.findall(tab.locator("body").inner_text())
    tab.set_viewport_size(PHONE)

    assert not any(found.values()), json.dumps(found, indent=1)
    # Charts are redrawn a moment after the page became narrow.
    tab.wait_for_function("document.documentElement.scrollWidth <= 390")
