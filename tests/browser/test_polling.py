"""Pages that show what moves: they ask while somebody looks and something may come, and not else.

The clock of the page is let run ahead, so that nobody waits for a poll.
"""

from collections.abc import Callable

from playwright.sync_api import Page, Request, Response, expect

from tests.browser.conftest import Person
from tests.browser.live import Site, Visit
from tests.waiting import TIMEOUT, wait_until

SHOW = """(hidden) => {
  Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def _is_poll(sent: Request | Response) -> bool:
    headers = sent.request.headers if isinstance(sent, Response) else sent.headers
    return "hx-request" in headers


def _asked(page: Page) -> list[Request]:
    """The fragments asked for from now on."""
    asked: list[Request] = []
    page.on("request", lambda sent: asked.append(sent) if _is_poll(sent) else None)
    return asked


def _notice_all(page: Page) -> None:
    """Return when every request that the page has sent so far was noticed: they come in order."""
    with page.expect_request("**/healthz"):
        page.evaluate("() => { fetch('/healthz'); }")


def _poll(page: Page, *, ahead: int) -> None:
    """Move the clock of the page ahead by so many milliseconds, and await what it then asks for."""
    with page.expect_response(_is_poll) as answer:
        page.clock.fast_forward(ahead)
    answer.value.finished()


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

        def runs_now() -> bool:
            _poll(page, ahead=30_000)
            return "Runs now" in card.inner_text()

        wait_until(runs_now, what="the page says that the check runs")
    running.communicate(timeout=TIMEOUT)
    _poll(page, ahead=3_000)

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
    _notice_all(page)
    hidden = len(asked)
    page.evaluate(SHOW, False)
    _notice_all(page)

    assert hidden == 0
    assert len(asked) == 1


def test_a_receipt_asks_no_more_once_its_execution_has_ended(as_person: Person) -> None:
    page = as_person("administrator", "/admin/jobs/jobexecution/1/change/")
    page.clock.install()
    page.reload()
    asked = _asked(page)

    page.clock.fast_forward(120_000)
    _notice_all(page)

    assert asked == []


def test_a_poll_asks_whether_what_the_browser_has_still_holds(
    site: Site, visits: Callable[..., Visit]
) -> None:
    visit = visits(site, by="viewer")
    asked = _asked(visit.page)
    visit.page.clock.install()
    page = visit.goto("/admin/")

    for _ in range(2):
        _poll(page, ahead=30_000)

    first, *_, last = (request.all_headers().get("if-none-match") for request in asked)
    assert first is None
    assert last is not None
