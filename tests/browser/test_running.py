"""What a person does with jobs: look, confirm, watch, read, try again."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Person
from tests.browser.group import PASSWORD
from tests.browser.live import Site, Visit

RECEIPT = re.compile(r"/jobexecution/\d+/change/$")


def _look(page: Page, job: str) -> None:
    page.goto(re.sub(r"/admin/.*", f"/admin/run/{job}/", page.url))
    page.get_by_role("button", name="Preview").click()


def _confirm(page: Page) -> None:
    page.get_by_role("button", name="Run now for").click()


def _executions(page: Page) -> int:
    """How many there are of the person's hotels."""
    page.goto(re.sub(r"/admin/.*", "/admin/jobs/jobexecution/", page.url))
    return page.locator("#result_list tbody tr").count()


def test_a_manager_logs_in_reads_the_night_and_runs_a_job(
    site: Site, visits: Callable[..., Visit]
) -> None:
    page = visits(site).goto("/")
    page.get_by_label("Username").fill("owner of harbour")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    card = page.get_by_role("article", name="No-show check")
    expect(card).to_contain_text("never")

    card.get_by_role("link", name="Run now").click()
    expect(page.get_by_label("Harbour House")).to_be_checked()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("2 no-shows, fees 295.55 EUR")).to_be_visible()
    _confirm(page)

    page.wait_for_url(RECEIPT)
    expect(page.get_by_role("status")).to_contain_text("2 no-shows, fees 295.55 EUR")
    page.locator("ul.links a").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert re.search(r"/admin/hotels/\w+/\d+/change/$", page.url)


def test_home_says_how_the_night_went(as_person: Person) -> None:
    page = as_person("manager")

    card = page.get_by_role("article", name="Invoice generation")
    expect(card).to_contain_text("All 3 hotels done at 02:05 UTC")


def test_a_preview_changes_nothing(as_person: Person) -> None:
    page = as_person("owner of garden")

    _look(page, "daily-housekeeping")
    expect(page.get_by_text("Nothing has been done yet.")).to_be_visible()

    assert _executions(page) == 0
    page.goto(re.sub(r"/admin/.*", "/admin/hotels/housekeepingtask/", page.url))
    assert page.locator("#result_list tbody tr").count() == 0


def test_a_double_click_runs_a_job_once(as_person: Person) -> None:
    page = as_person("owner of meadow")
    _look(page, "recalc-availability")

    page.get_by_role("button", name="Run now for").dblclick()
    page.wait_for_url(RECEIPT)

    assert _executions(page) == 1


def test_a_run_is_seen_to_go_on_and_ends_on_its_receipt(site: Site, as_person: Person) -> None:
    page = as_person("owner of slow")
    _look(page, "check-no-shows")
    with site.held("slow"):
        _confirm(page)
        expect(page.get_by_role("status")).to_contain_text("0 of 1 hotels")

    page.wait_for_url(RECEIPT)
    expect(page.get_by_role("status")).to_contain_text("2 no-shows")


def test_a_failed_job_says_why_and_is_tried_again(as_person: Person) -> None:
    page = as_person("owner of flooded")
    _look(page, "maintenance-schedule")
    expect(page.get_by_text("Would fail:")).to_be_visible()
    _confirm(page)
    page.wait_for_url(RECEIPT)
    first = page.url
    expect(page.get_by_role("status")).to_contain_text("The boiler room is under water.")

    page.get_by_role("button", name="Retry now").click()

    page.wait_for_url(lambda url: url != first)
    expect(page.get_by_role("status")).to_contain_text("The boiler room is under water.")
    expect(page.get_by_role("row", name="2 (this one)")).to_be_visible()
