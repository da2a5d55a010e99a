"""Pictures of the console's pages: `python -m tests.browser.screenshots`.

Into docs/screenshots, of the site the tests go through, after two weeks of nights instead of one.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.browser import live
from tests.browser.live import Site
from tests.browser.pages import PAGES, Page
from tests.crash.databases import Databases
from tests.pms.serving import ROOT

FOLDER = ROOT / "docs" / "screenshots"
NIGHTS = 14
DESK = {"width": 1280, "height": 720}
PHONE = {"width": 390, "height": 844}
HOME = next(page for page in PAGES if page.name == "home")


def main() -> None:
    """All pages as on a desk, and home in the dark and on a phone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        databases = Databases(folder, vendor="sqlite")
        live.bare(databases)
        browser = live.chromium(playwright)
        with live.serving(databases, folder, name="pictures", nights=NIGHTS) as site:
            for page in PAGES:
                _take(browser, site, page, page.name, viewport=DESK)
            _take(browser, site, HOME, "home-dark", viewport=DESK, color_scheme="dark")
            _take(browser, site, HOME, "home-phone", viewport=PHONE)
        browser.close()


def _take(browser: Browser, site: Site, page: Page, name: str, **options: Any) -> None:
    with live.visit(browser, site, by=page.by, reduced_motion="reduce", **options) as visit:
        tab = page.open(visit)
        tab.wait_for_load_state("networkidle")
        file = FOLDER / f"{name}.png"
        tab.screenshot(path=file)
        sys.stdout.write(f"{file.relative_to(ROOT)} {file.stat().st_size // 1024} kB\n")


if __name__ == "__main__":
    main()
