"""Take screenshots of the console: `python -m tests.browser.screenshots`.

They show the site of the tests after two weeks and are stored in docs/screenshots.
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
DESKTOP = {"width": 1280, "height": 720}
PHONE = {"width": 390, "height": 844}
HOME = next(page for page in PAGES if page.name == "home")


def main() -> None:
    """Take all pages at desktop size, and the home page in dark mode and at phone size."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        databases = Databases(folder, vendor="sqlite")
        live.bare(databases)
        browser = live.chromium(playwright)
        with live.serving(databases, folder, name="pictures", nights=NIGHTS) as site:
            for page in PAGES:
                _take(browser, site, page, page.name, viewport=DESKTOP)
            _take(browser, site, HOME, "home-dark", viewport=DESKTOP, color_scheme="dark")
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
