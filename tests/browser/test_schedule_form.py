"""The form of an own schedule shows its next runs while it is filled in."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.once


def test_a_choice_of_hotel_refreshes_the_next_runs(open_as: OpenPage) -> None:
    page = open_as("administrator", "/admin/jobs/jobschedule/add/")
    page.locator("#id_expression").press_sequentially("30 4 * * *")
    expect(page.locator("#next-runs")).to_contain_text("Choose a hotel")

    page.locator(".field-hotel .select2-selection").click()
    page.locator(".select2-results__option", has_text="Sumida Garden Tokyo").click()

    expect(page.locator("#next-runs")).to_contain_text("Tokyo time")
