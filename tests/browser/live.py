"""Running sites, and visits to them with Debian's Chromium."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.crash.databases import Databases
from tests.pms.serving import PRODUCTION, ROOT, gunicorn
from tests.waiting import TIMEOUT

SITE = "tests.browser.site"
MILLISECONDS = TIMEOUT * 1000  # Playwright's unit
FLAGS = (
    "--no-sandbox",  # root in a container cannot use it; only our own site is loaded
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)


def chromium(playwright: Playwright) -> Browser:
    """Start Debian's Chromium, or the browser named in CHROMIUM, with a new profile."""
    found = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    assert found, "Chromium is missing: install Debian's package chromium."
    expect.set_options(timeout=MILLISECONDS)
    return playwright.chromium.launch(executable_path=found, args=list(FLAGS), timeout=MILLISECONDS)


@dataclass(frozen=True, kw_only=True)
class Site:
    """A running site: URL, session cookies by username, environment of its processes."""

    url: str
    sessions: dict[str, str]
    environment: dict[str, str]

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start a command of tests.browser.site on the same database, as another machine would."""
        return _start(self.environment, *arguments)

    @contextmanager
    def held(self, code: str) -> Iterator[None]:
        """Keep no-show checks of the hotel from ending before the block does."""
        file = Path(self.environment["HELD"], code)
        file.touch()
        try:
            yield
        finally:
            file.unlink()


@contextmanager
def serving(databases: Databases, folder: Path, *, name: str, nights: int = 0) -> Iterator[Site]:
    """Serve a site on a copy of the bare database, with the hotel group if `nights` is not 0."""
    environment = {
        "DATABASE_URL": databases.copy(name),
        "CLOCK_BEGAN": str(time.time()),
        "HELD": str(folder),
    }
    sessions = json.loads(_run(environment, "group", str(nights))) if nights else {}
    more = {key: value for key, value in environment.items() if key != "DATABASE_URL"}
    log = folder / f"{name}.log"
    with gunicorn(url=environment["DATABASE_URL"], application=SITE, log=log, **more) as port:
        yield Site(url=f"http://127.0.0.1:{port}", sessions=sessions, environment=environment)


def bare(databases: Databases) -> None:
    """Create the database that sites are copied from: tables and a superuser."""
    _run({"DATABASE_URL": databases.url("books"), "HELD": os.devnull}, "bare")


def _run(environment: dict[str, str], *arguments: str) -> str:
    started = _start(environment, *arguments)
    output, _ = started.communicate()
    assert started.returncode == 0, output
    return output


def _start(environment: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", SITE, *arguments],
        cwd=ROOT,
        env=os.environ | PRODUCTION | environment,
        stdout=subprocess.PIPE,
        text=True,
    )


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A user's browser with an empty profile; errors are collected."""

    site: Site
    context: BrowserContext
    page: Page
    errors: list[str] = field(default_factory=list)

    def goto(self, path: str) -> Page:
        """Open a path of the site and return the page."""
        self.page.goto(self.site.url + path)
        return self.page


@contextmanager
def visit(browser: Browser, site: Site, *, by: str = "", **options: object) -> Iterator[Visit]:
    """Open a browser with `by` logged in; `options` are those of a Playwright context."""
    context = browser.new_context(**options)  # type: ignore[arg-type]
    context.set_default_timeout(MILLISECONDS)
    if by:
        context.add_cookies([{"name": "sessionid", "value": site.sessions[by], "url": site.url}])
    opened = Visit(site=site, context=context, page=context.new_page())
    _listen(opened)
    try:
        yield opened
    finally:
        context.close()


def _listen(opened: Visit) -> None:
    """Collect script errors, violations of the CSP and requests to other hosts."""
    own, errors = urlsplit(opened.site.url).netloc, opened.errors
    opened.context.on(
        "console",
        lambda message: (
            errors.append(f"{message.text} {message.location['url']}")
            if message.type == "error"
            else None
        ),
    )
    opened.context.on("weberror", lambda error: errors.append(str(error.error)))
    opened.context.on(
        "request",
        lambda request: (
            errors.append(f"request to another host: {request.url}")
            if urlsplit(request.url).scheme in ("http", "https")
            and urlsplit(request.url).netloc != own
            else None
        ),
    )
