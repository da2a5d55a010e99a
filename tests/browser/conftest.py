"""A site and a browser for the tests of this folder, which are those of its pages.

The site is the project served by gunicorn on a database of its own, with a group of hotels that had
a quiet night. What only shows pages is marked `once`: they are the same on both databases, so the
half of SQLite tries them. What a person does with jobs goes through the engine, and runs in both.
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

Person = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them open sockets, on loopback, and are of the browser."""
    here = Path(__file__).parent
    for item in items:
        if item.path.parent == here:
            item.add_marker(pytest.mark.network)
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser(databases: Databases) -> Iterator[Browser]:
    """One Chromium, after the tables of the tests were made, and gone when other folders' go on.

    Its loop would hinder their database.
    """
    with sync_playwright() as playwright:
        opened = chromium(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the sites keep what is theirs."""
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="package")
def databases(folder: Path, tables: Path | None) -> Iterator[Databases]:
    """The books of a site with nothing in it, to make copies of."""
    made = Databases(folder, tables=tables)
    live.bare(made)
    yield made
    made.drop()


@pytest.fixture(scope="package")
def site(databases: Databases, folder: Path) -> Iterator[Site]:
    """The site with the group's hotels, on the morning after one night."""
    with live.serving(databases, folder, name="group", nights=1) as served:
        yield served


@pytest.fixture(scope="package")
def bare_site(databases: Databases, folder: Path) -> Iterator[Site]:
    """A site without hotels."""
    with live.serving(databases, folder, name="bare") as served:
        yield served


@pytest.fixture
def visits(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Opens visits to a site; no page may have complained in the end."""
    opened: list[Visit] = []
    with ExitStack() as stack:

        def visit(site: Site, **options: Any) -> Visit:
            opened.append(stack.enter_context(live.visit(browser, site, **options)))
            return opened[-1]

        yield visit
    assert [words for each in opened for words in each.complaints] == []


@pytest.fixture
def as_person(site: Site, visits: Callable[..., Visit]) -> Person:
    """The page of a person who goes somewhere: `as_person("manager", "/admin/")`."""

    def go(by: str, path: str = "/admin/", **options: Any) -> Page:
        return visits(site, by=by, **options).goto(path)

    return go
