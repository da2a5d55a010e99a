"""Site and browser of the tests in this folder.

gunicorn serves the project on a separate database, with a group of hotels after an uneventful
night. Tests that only show pages are marked `once` and run on SQLite alone, as pages are the same
on both databases. Tests that run jobs use the engine, so they run on both.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import live
from tests.browser.live import Site, Visit, chromium
from tests.crash.databases import Databases

OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests in this folder: they open sockets on loopback and need a browser."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here:
            item.add_marker(pytest.mark.network)
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser(databases: Databases) -> Iterator[Browser]:
    """Chromium, started after the test database was created and closed after this folder.

    Its event loop would interfere with the database of other tests.
    """
    with sync_playwright() as playwright:
        opened = chromium(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder for the files of the sites."""
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="package")
def databases(folder: Path, tables: Path | None) -> Iterator[Databases]:
    """Databases of the sites, copied from an empty one."""
    made = Databases(folder, tables=tables)
    live.bare(made)
    yield made
    made.drop()


@pytest.fixture(scope="package")
def site(databases: Databases, folder: Path) -> Iterator[Site]:
    """Site with the hotel group on the morning after one night."""
    with live.serving(databases, folder, name="group", nights=1) as served:
        yield served


@pytest.fixture(scope="package")
def bare_site(databases: Databases, folder: Path) -> Iterator[Site]:
    """Site without hotels."""
    with live.serving(databases, folder, name="bare") as served:
        yield served


@pytest.fixture
def visits(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens visits to a site; the test fails if a page reported an error."""
    opened: list[Visit] = []
    with ExitStack() as stack:

        def visit(site: Site, **options: Any) -> Visit:
            opened.append(stack.enter_context(live.visit(browser, site, **options)))
            return opened[-1]

        yield visit
    assert [error for each in opened for error in each.errors] == []


@pytest.fixture
def open_as(site: Site, visits: Callable[..., Visit]) -> OpenPage:
    """Opens a page as a user: `open_as("manager", "/admin/")`."""

    def open_page(by: str, path: str = "/admin/", **options: Any) -> Page:
        return visits(site, by=by, **options).goto(path)

    return open_page
