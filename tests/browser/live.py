"""A running site, and Debian's Chromium in front of it."""

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
    "--no-sandbox",  # root of a container has none; nothing but our own site is loaded
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)


def chromium(playwright: Playwright) -> Browser:
    """Debian's Chromium, or the browser named in CHROMIUM, with a profile of its own."""
    found = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    assert found, "Chromium is missing: install Debian's package chromium."
    expect.set_options(timeout=MILLISECONDS)
    return playwright.chromium.launch(executable_path=found, args=list(FLAGS), timeout=MILLISECONDS)


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site: where it is, the sessions of its people by name, and what its processes are told."""

    url: str
    sessions: dict[str, str]
    told: dict[str, str]

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """Begin a command of tests.browser.site on the same books, as from another machine."""
        return _start(self.told, *arguments)

    @contextmanager
    def held(self, code: str) -> Iterator[None]:
        """No-show checks of the hotel, begun or not, end only after the block."""
        file = Path(self.told["HELD"], code)
        file.touch()
        try:
            yield
        finally:
            file.unlink()


@contextmanager
def serving(databases: Databases, folder: Path, *, name: str, nights: int = 0) -> Iterator[Site]:
    """A site on a copy of the books, which have to be `bare`; with the group for some nights."""
    told = {
        "DATABASE_URL": databases.copy(name),
        "CLOCK_BEGAN": str(time.time()),
        "HELD": str(folder),
    }
    sessions = json.loads(_out(told, "group", str(nights))) if nights else {}
    more = {key: value for key, value in told.items() if key != "DATABASE_URL"}
    with gunicorn(url=told["DATABASE_URL"], application=SITE, **more) as port:
        yield Site(url=f"http://127.0.0.1:{port}", sessions=sessions, told=told)


def bare(databases: Databases) -> None:
    """The books that sites are copied from: a superuser, and nothing else."""
    _out({"DATABASE_URL": databases.url("books"), "HELD": os.devnull}, "bare")


def _out(told: dict[str, str], *arguments: str) -> str:
    started = _start(told, *arguments)
    output, _ = started.communicate()
    assert started.returncode == 0, output
    return output


def _start(told: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", SITE, *arguments],
        cwd=ROOT,
        env=os.environ | PRODUCTION | told,
        stdout=subprocess.PIPE,
        text=True,
    )


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One person's browser: nothing kept from before, everything it complains of written down."""

    site: Site
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def goto(self, path: str) -> Page:
        """Go to a path of the site."""
        self.page.goto(self.site.url + path)
        return self.page


@contextmanager
def visit(browser: Browser, site: Site, *, by: str = "", **options: object) -> Iterator[Visit]:
    """A browser in which `by` is logged in; `options` are those of a context of Playwright."""
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
    """Note errors of scripts, what the Content-Security-Policy stopped, and requests elsewhere."""
    own, said = urlsplit(opened.site.url).netloc, opened.complaints
    opened.context.on(
        "console",
        lambda message: (
            said.append(f"{message.text} {message.location['url']}")
            if message.type == "error"
            else None
        ),
    )
    opened.context.on("weberror", lambda error: said.append(str(error.error)))
    opened.context.on(
        "request",
        lambda request: (
            said.append(f"asked another host: {request.url}")
            if urlsplit(request.url).scheme in ("http", "https")
            and urlsplit(request.url).netloc != own
            else None
        ),
    )
