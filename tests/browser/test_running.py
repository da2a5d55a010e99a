"""Running jobs: preview, confirmation, progress, result and retry."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.group import PASSWORD
from tests.browser.live import Site, Visit

RECEIPT = re.compile(r"/jobexecution/\d+/change/$")


def _preview(page: Page, job: str) -> None:
    page.goto(re.sub(r"/admin/.*", f"/admin/run/{job}/", page.url))
    page.get_by_role("button", name="Preview").click()


def _confirm(page: Page) -> None:
    page.get_by_role("button", name="Run now for").click()


def _executions(page: Page) -> int:
    """Return the number of executions the user sees."""
    page.goto(re.sub(r"/admin/.*", "/admin/jobs/jobexecution/", page.url))
    return page.locator("#result_list tbody tr").count()


def test_a_manager_logs_in_and_runs_a_job(site: Site, visits: Callable[..., Visit]) -> None:
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


def test_home_shows_the_result_of_the_night(open_as: OpenPage) -> None:
    page = open_as("manager")

    card = page.get_by_role("article", name="Invoice generation")
    expect(card).to_contain_text("Completed for all 3 hotels (02:05 UTC)")


def test_a_preview_changes_nothing(open_as: OpenPage) -> None:
    page = open_as("owner of garden")

    _preview(page, "daily-housekeeping")
    expect(page.get_by_text("Nothing has been done yet.")).to_be_visible()

    assert _executions(page) == 0
    page.goto(re.sub(r"/admin/.*", "/admin/hotels/housekeepingtask/", page.url))
    assert page.locator("#result_list tbody tr").count() == 0


def test_a_double_click_runs_a_job_once(open_as: OpenPage) -> None:
    page = open_as("owner of meadow")
    _preview(page, "recalc-availability")

    page.get_by_role("button", name="Run now for").dblclick()
    page.wait_for_url(RECEIPT)

    assert _executions(page) == 1


def test_a_run_shows_its_progress_then_its_execution_and_back_leads_to_the_preview(
    site: Site, open_as: OpenPage
) -> None:
    page = open_as("owner of slow")
    _preview(page, "check-no-shows")
    with site.held("slow"):
        _confirm(page)
        expect(page.get_by_role("status")).to_contain_text("Finished for 0 of 1 hotel.")

    page.wait_for_url(RECEIPT)
    expect(page.get_by_role("status")).to_contain_text("2 no-shows")

    page.go_back()
    expect(page.get_by_text("Nothing has been done yet.")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Slow Boat Inn")).to_be_checked()


def test_the_box_for_all_hotels_shows_whether_some_are_ticked(open_as: OpenPage) -> None:
    page = open_as("administrator", "/admin/run/recalc-availability/")
    every = page.get_by_role("checkbox", name=re.compile(r"All \d hotels"))
    hotels = page.locator("[name=hotel]")
    expect(every).to_be_checked()

    hotels.first.uncheck()
    expect(every).to_be_checked(indeterminate=True)
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("link", name="Choose other hotels").click()
    expect(hotels.first).not_to_be_checked()
    expect(every).to_be_checked(indeterminate=True)

    every.click()
    expect(hotels.first).to_be_checked()


def test_a_failed_job_shows_its_error_and_can_be_retried(open_as: OpenPage) -> None:
    page = open_as("owner of flooded")
    _preview(page, "maintenance-schedule")
    expect(page.get_by_text("Would fail:")).to_be_visible()
    _confirm(page)
    page.wait_for_url(RECEIPT)
    first = page.url
    expect(page.get_by_role("status")).to_contain_text("The boiler room is under water.")

    page.get_by_role("button", name="Retry now").click()

    page.wait_for_url(lambda url: url != first)
    expect(page.get_by_role("status")).to_contain_text("The boiler room is under water.")
    expect(page.get_by_role("row", name="2 (this one)")).to_be_visible()
