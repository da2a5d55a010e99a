"""The form of an alert rule shows what counts for the chosen kind."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.once


def test_fields_of_other_kinds_and_hotels_that_do_not_count_are_hidden(open_as: OpenPage) -> None:
    page = open_as("administrator", "/admin/alerts/rules/add/")
    expect(page.get_by_label("Failures in a row")).to_be_visible()
    expect(page.get_by_label("Digest at")).to_be_hidden()

    page.get_by_label("Alert when").select_option("digest")
    page.get_by_label("All hotels that I manage").check()

    expect(page.get_by_label("Failures in a row")).to_be_hidden()
    expect(page.get_by_label("Digest at")).to_be_visible()
    expect(page.get_by_role("group", name="Hotels")).to_be_hidden()
    expect(page.get_by_text("If it is not acknowledged")).to_be_hidden()
    about_workers = page.get_by_text("JOBS_EXECUTOR is not set to queue")
    expect(about_workers).to_be_hidden()
    page.get_by_label("Alert when").select_option("worker")
    expect(about_workers).to_be_visible()
