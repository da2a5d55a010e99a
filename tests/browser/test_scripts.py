"""Pages whose scripts and styles come from a library report no error in the browser."""

import pytest

from tests.browser.conftest import OpenPage

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("path", "by"),
    [
        ("/admin/hotels/roomblock/1/delete/", "administrator"),
        ("/admin/hotels/message/1/change/", "superuser"),
        ("/admin/hotels/invoice/1/change/", "superuser"),
        ("/admin/hotels/bookingroom/1/change/", "superuser"),
        ("/admin/hotels/room/add/", "administrator"),
        ("/admin/password_change/", "administrator"),
        ("/session/login/", ""),
        ("/api/jobs", "administrator"),
        ("/api/docs", "administrator"),
    ],
)
def test_a_page_reports_no_error(path: str, by: str, open_as: OpenPage) -> None:
    """The fixture of visits fails for errors of scripts and violations of the content policy."""
    page = open_as(by, path)

    page.wait_for_load_state("networkidle")

    assert page.title()
