"""Pages that show what moves: they ask while somebody looks and something may come, and not else.

The clock of the page is let run ahead, so that nobody waits for a poll.
"""

import time

from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Person
from tests.browser.live import Site

SHOW = """(hidden) => {
  Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def _asked(page: Page) -> list[str]:
    """The fragments asked for from now on."""
    asked: list[str] = []
    page.on("request", lambda it: asked.append(it.url) if "hx-request" in it.headers else None)
    return asked


def test_what_another_machine_runs_is_seen_to_begin_and_to_end(
    site: Site, as_person: Person
) -> None:
    page = as_person("owner of hidden")
    page.clock.install()
    page.reload()
    page.evaluate("window.stays = true")
    card = page.get_by_role("article", name="No-show check")
    expect(card).to_contain_text("never")

    with site.held("hidden"):
        running = site.start("run", "check-no-shows", "hidden")
        end = time.monotonic() + 30
        while "Runs now" not in card.inner_text() and time.monotonic() < end:
            page.clock.fast_forward(30_000)
            page.wait_for_timeout(200)
        expect(card).to_contain_text("Runs now")
    running.communicate(timeout=30)
    page.clock.fast_forward(3_000)

    expect(card).to_contain_text("Done at")
    assert running.returncode == 0
    assert page.evaluate("window.stays") is True


def test_nothing_is_asked_while_nobody_looks(as_person: Person) -> None:
    page = as_person("viewer")
    page.clock.install()
    page.reload()
    asked = _asked(page)

    page.evaluate(SHOW, True)
    page.clock.fast_forward(120_000)
    hidden = len(asked)
    page.evaluate(SHOW, False)
    page.wait_for_timeout(200)

    assert hidden == 0
    assert len(asked) == 1


def test_a_receipt_asks_no_more_once_its_execution_has_ended(as_person: Person) -> None:
    page = as_person("administrator", "/admin/jobs/jobexecution/1/change/")
    page.clock.install()
    page.reload()
    asked = _asked(page)

    page.clock.fast_forward(120_000)
    page.wait_for_timeout(200)

    assert asked == []


def test_a_poll_asks_whether_what_the_browser_has_still_holds(as_person: Person) -> None:
    page = as_person("viewer")
    sent: list[Request] = []
    page.on("request", lambda it: sent.append(it) if "hx-request" in it.headers else None)

    for _ in range(2):
        page.evaluate("htmx.trigger(document.querySelector('[data-poll]'), 'poll')")
        page.wait_for_timeout(500)

    first, second = (request.all_headers().get("if-none-match") for request in sent)
    assert first is None
    assert second is not None
