"""Who sees what: another hotel is not there, and what a person may not do has no button."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Person
from tests.browser.live import Site, Visit

pytestmark = pytest.mark.once
NOT_THERE = "Failed to load resource: the server responded with a status of 404 (Not Found)"


@pytest.mark.parametrize(
    "path", ["/admin/jobs/jobexecution/1/change/", "/admin/run/check-no-shows/?hotel=lisbon"]
)
def test_another_hotel_is_not_there(path: str, site: Site, visits: Callable[..., Visit]) -> None:
    visit = visits(site, by="outsider")

    page = visit.goto(path)

    if "run" in path:
        expect(page.get_by_role("checkbox")).to_have_count(1)
        expect(page.get_by_label("Harbour House")).not_to_be_checked()
    else:
        expect(page.get_by_role("heading", level=1)).to_have_text("Not found")
        visit.complaints.remove(f"{NOT_THERE} {page.url}")


def test_a_form_that_is_refused_says_so(site: Site, visits: Callable[..., Visit]) -> None:
    visit = visits(site, by="administrator")
    page = visit.goto("/admin/housekeeping/?hotel=lisbon")
    # As after logging in again in another tab.
    visit.context.add_cookies([{"name": "csrftoken", "value": "x" * 32, "url": site.url}])

    form = page.locator("form.give").first
    form.get_by_role("combobox").select_option("nobody")
    form.get_by_role("button").click()

    expect(page.get_by_text("This form has expired")).to_be_visible()
    visit.complaints.clear()  # of the answers 403


def test_who_only_sees_is_offered_no_run(as_person: Person) -> None:
    page = as_person("viewer")

    expect(page.get_by_role("article")).to_have_count(5)
    expect(page.get_by_role("link", name="Run now")).to_have_count(0)
    expect(page.get_by_role("button", name="Preview")).to_have_count(0)


def test_a_manager_is_offered_the_hotels_they_manage(as_person: Person) -> None:
    page = as_person("manager", "/admin/run/check-no-shows/")

    expect(page.get_by_label("Miradouro Lisboa")).to_be_checked()
    expect(page.get_by_label("Sumida Garden Tokyo")).to_be_checked()
    expect(page.get_by_label("Hudson House New York")).to_have_count(0)
