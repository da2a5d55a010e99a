"""Polling: pages poll only while they are visible and something may change.

The page's clock is fast-forwarded, so that tests do not wait for a poll.
"""

import time

from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import OpenPage
from tests.browser.live import Site

SHOW = """(hidden) => {
  Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def _polls(page: Page) -> list[str]:
    """Return a list to which the URLs of later polls are added."""
    urls: list[str] = []
    page.on("request", lambda it: urls.append(it.url) if "hx-request" in it.headers else None)
    return urls


def test_a_job_on_another_machine_is_shown_from_start_to_end(site: Site, open_as: OpenPage) -> None:
    page = open_as("owner of hidden")
    page.clock.install()
    page.reload()
    page.evaluate("window.stays = true")
    card = page.get_by_role("article", name="No-show check")
    expect(card).to_contain_text("never")

    with site.held("hidden"):
        running = site.start("run", "check-no-shows", "hidden")
        end = time.monotonic() + 30
        while "Running now" not in card.inner_text() and time.monotonic() < end:
            page.clock.fast_forward(30_000)
            page.wait_for_timeout(200)
        expect(card).to_contain_text("Running now")
    running.communicate(timeout=30)
    page.clock.fast_forward(3_000)

    expect(card).to_contain_text("Completed (")
    assert running.returncode == 0
    assert page.evaluate("window.stays") is True


def test_a_hidden_page_does_not_poll(open_as: OpenPage) -> None:
    page = open_as("viewer")
    page.clock.install()
    page.reload()
    polls = _polls(page)

    page.evaluate(SHOW, True)
    page.clock.fast_forward(120_000)
    hidden = len(polls)
    page.evaluate(SHOW, False)
    page.wait_for_timeout(200)

    assert hidden == 0
    assert len(polls) == 1


def test_a_page_of_an_ended_execution_does_not_poll(open_as: OpenPage) -> None:
    page = open_as("administrator", "/admin/jobs/jobexecution/1/change/")
    page.clock.install()
    page.reload()
    polls = _polls(page)

    page.clock.fast_forward(120_000)
    page.wait_for_timeout(200)

    assert polls == []


def test_the_second_poll_sends_the_etag_of_the_first(open_as: OpenPage) -> None:
    page = open_as("viewer")
    sent: list[Request] = []
    page.on("request", lambda it: sent.append(it) if "hx-request" in it.headers else None)

    for _ in range(2):
        page.evaluate("htmx.trigger(document.querySelector('[data-poll]'), 'poll')")
        page.wait_for_timeout(500)

    first, second = (request.all_headers().get("if-none-match") for request in sent)
    assert first is None
    assert second is not None
