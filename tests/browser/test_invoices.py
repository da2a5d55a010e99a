"""Finding an invoice and opening its PDF."""

from collections.abc import Callable

import pytest

from tests.browser.live import Site, Visit

pytestmark = pytest.mark.once


def test_the_pdf_of_an_invoice_opens_in_a_new_tab(site: Site, visits: Callable[..., Visit]) -> None:
    visit = visits(site, by="administrator")
    page = visit.goto("/admin/invoices/?show=due")
    number = page.locator("table.documents tbody th a").first.inner_text()
    page.get_by_role("link", name=number, exact=True).first.click()
    page.get_by_label("PDF language").select_option(label="Português")

    with visit.context.expect_event("response", lambda answer: "/pdf/" in answer.url) as found:
        page.get_by_role("button", name="Open PDF").click()

    answer = found.value
    assert answer.status == 200
    assert answer.url.endswith("?language=pt")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'inline; filename="{number}.pdf"'
