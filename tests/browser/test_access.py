"""Access: other hotels are not found, and forbidden actions have no button."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.live import Site, Visit

pytestmark = pytest.mark.once
NOT_FOUND = "Failed to load resource: the server responded with a status of 404 (Not Found)"


@pytest.mark.parametrize(
    "path", ["/admin/jobs/jobexecution/1/change/", "/admin/run/check-no-shows/?hotel=lisbon"]
)
def test_another_hotel_is_not_found(path: str, site: Site, visits: Callable[..., Visit]) -> None:
    visit = visits(site, by="outsider")

    page = visit.goto(path)

    if "run" in path:
        expect(page.get_by_role("checkbox")).to_have_count(1)
        expect(page.get_by_label("Harbour House")).not_to_be_checked()
    else:
        expect(page.get_by_role("heading", level=1)).to_have_text("Not found")
        visit.errors.remove(f"{NOT_FOUND} {page.url}")


def test_a_refused_form_shows_a_message(site: Site, visits: Callable[..., Visit]) -> None:
    visit = visits(site, by="administrator")
    page = visit.goto("/admin/housekeeping/?hotel=lisbon")
    # As after logging in again in another tab.
    visit.context.add_cookies([{"name": "csrftoken", "value": "x" * 32, "url": site.url}])

    form = page.locator("form.assign").first
    form.get_by_role("combobox").select_option("unassigned")
    form.get_by_role("button").click()

    expect(page.get_by_text("This form has expired")).to_be_visible()
    visit.errors.clear()  # the 403 responses


def test_a_viewer_has_no_button_to_run_jobs(open_as: OpenPage) -> None:
    page = open_as("viewer")

    expect(page.get_by_role("article")).to_have_count(5)
    expect(page.get_by_role("link", name="Run now")).to_have_count(0)
    expect(page.get_by_role("button", name="Preview")).to_have_count(0)


def test_a_manager_may_choose_only_the_hotels_they_manage(open_as: OpenPage) -> None:
    page = open_as("manager", "/admin/run/check-no-shows/")

    expect(page.get_by_label("Miradouro Lisboa")).to_be_checked()
    expect(page.get_by_label("Sumida Garden Tokyo")).to_be_checked()
    expect(page.get_by_label("Hudson House New York")).to_have_count(0)
