"""Polling: pages poll only while they are visible and something may change.

The page's clock is fast-forwarded, so that tests do not wait for a poll.
"""

from collections.abc import Callable

from playwright.sync_api import Page, Request, Response, expect

from tests.browser.conftest import OpenPage
from tests.browser.live import Site, Visit
from tests.waiting import TIMEOUT, wait_until

SHOW = """(hidden) => {
  Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def _is_poll(sent: Request | Response) -> bool:
    headers = sent.request.headers if isinstance(sent, Response) else sent.headers
    return "hx-request" in headers


def _polls(page: Page) -> list[Request]:
    """The fragments polls for from now on."""
    polls: list[Request] = []
    page.on("request", lambda sent: polls.append(sent) if _is_poll(sent) else None)
    return polls


def _notice_all(page: Page) -> None:
    """Return when every request that the page has sent so far was noticed: they come in order."""
    with page.expect_request("**/healthz"):
        page.evaluate("() => { fetch('/healthz'); }")


def _poll(page: Page, *, ahead: int) -> None:
    """Move the clock of the page ahead by so many milliseconds, and await what it then asks for."""
    with page.expect_response(_is_poll) as answer:
        page.clock.fast_forward(ahead)
    answer.value.finished()


def test_a_job_on_another_machine_is_shown_from_start_to_end(site: Site, open_as: OpenPage) -> None:
    page = open_as("owner of hidden")
    page.clock.install()
    page.reload()
    page.evaluate("window.stays = true")
    card = page.get_by_role("article", name="No-show check")
    expect(card).to_contain_text("never")

    with site.held("hidden"):
        running = site.start("run", "check-no-shows", "hidden")

        def runs_now() -> bool:
            _poll(page, ahead=30_000)
            return "Running now" in card.inner_text()

        wait_until(runs_now, what="the page says that the check runs")
    running.communicate(timeout=TIMEOUT)
    _poll(page, ahead=3_000)

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
    _notice_all(page)
    hidden = len(polls)
    page.evaluate(SHOW, False)
    _notice_all(page)

    assert hidden == 0
    assert len(polls) == 1


def test_a_page_of_an_ended_execution_does_not_poll(open_as: OpenPage) -> None:
    page = open_as("administrator", "/admin/jobs/jobexecution/1/change/")
    page.clock.install()
    page.reload()
    polls = _polls(page)

    page.clock.fast_forward(120_000)
    _notice_all(page)

    assert polls == []


def test_the_second_poll_sends_the_etag_of_the_first(
    site: Site, visits: Callable[..., Visit]
) -> None:
    visit = visits(site, by="viewer")
    polls = _polls(visit.page)
    visit.page.clock.install()
    page = visit.goto("/admin/")

    for _ in range(2):
        _poll(page, ahead=30_000)

    first, *_, last = (request.all_headers().get("if-none-match") for request in polls)
    assert first is None
    assert last is not None
