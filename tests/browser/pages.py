"""Pages of the console, for the page tests and the screenshots."""

from dataclasses import dataclass
from uuid import UUID

from playwright.sync_api import Page as Tab

from tests.browser.live import Visit


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page that user `by` opens at `path`, followed by a click on the button `press`.

    With `follow` it is the page that the first link of this name on `path` leads to. `name` is the
    name of its screenshot. `by` is empty for a page without login.
    """

    name: str
    path: str
    by: str = "administrator"
    press: str = ""
    follow: str = ""

    def open(self, visit: Visit) -> Tab:
        """Open the page and return its tab."""
        tab = visit.goto(self.path)
        assert tab.url.startswith(visit.site.url + self.path), f"{self.path} leads to {tab.url}"
        if self.follow:
            with tab.expect_navigation():
                tab.get_by_role("link", name=self.follow).first.click()
        if self.press:
            with tab.expect_navigation():
                tab.get_by_role("button", name=self.press, exact=True).click()
        return tab


PAGES = (
    Page(name="login", path="/admin/login/", by=""),
    Page(name="home", path="/admin/"),
    Page(name="run-choose", path="/admin/run/check-no-shows/"),
    Page(name="run-preview", path="/admin/run/recalc-availability/", press="Preview"),
    Page(
        name="run-previews-of-worker",
        path=f"/admin/run/recalc-availability/preview/?hotels=1-2&made={UUID(int=1)}",
    ),
    Page(name="run-progress", path="/admin/runs/1/?all=1"),
    Page(name="receipt", path="/admin/jobs/jobexecution/1/change/"),
    Page(name="executions", path="/admin/jobs/jobexecution/"),
    Page(
        name="export",
        path=f"/admin/exports/{UUID(int=1)}/?job=check-no-shows",
    ),
    Page(name="timeline", path="/admin/timeline/"),
    Page(name="timeline-week", path="/admin/timeline/?hours=168"),
    Page(name="night", path="/admin/timeline/night/"),
    Page(name="trends", path="/admin/trends/"),
    Page(name="local-times", path="/admin/local-times/"),
    Page(name="housekeeping", path="/admin/housekeeping/"),
    Page(name="housekeeping-lists", path="/admin/housekeeping/lists/"),
    Page(name="availability", path="/admin/availability/"),
    Page(name="work-orders", path="/admin/work-orders/"),
    Page(name="no-shows", path="/admin/no-shows/"),
    Page(name="record-payment", path="/admin/invoices/1/", follow="Record payment"),
    Page(name="record-payment-preview", path="/admin/payments/record/1/?amount=25"),
    Page(name="audit-trail", path="/admin/hotels/auditentry/"),
    Page(name="schedules", path="/admin/schedules/"),
    Page(name="housekeeping-tasks", path="/admin/hotels/housekeepingtask/"),
    Page(name="invoices", path="/admin/invoices/"),
    Page(name="invoice", path="/admin/invoices/1/"),
    Page(name="credit-invoice", path="/admin/invoices/1/credit-note/", press="Preview"),
    Page(name="not-invoiced", path="/admin/invoices/not-invoiced/"),
    Page(
        name="issue-credit-note",
        path="/admin/invoices/not-invoiced/",
        follow="Issue credit note",
    ),
    Page(name="invoice-rows", path="/admin/hotels/invoice/"),
    Page(name="deposits-to-refund", path="/admin/invoices/deposits/"),
    Page(name="home-item", path="/admin/", follow="Acknowledge or snooze"),
    Page(name="security", path="/admin/security/"),
    Page(name="invitations", path="/admin/invitations/"),
    Page(name="invitation-link", path="/admin/invitations/?hotel=lisbon", press="Create link"),
    Page(name="messages", path="/admin/hotels/message/"),
    Page(name="message", path="/admin/messages/1/"),
    Page(name="email-templates", path="/admin/email-templates/"),
    Page(name="alerts", path="/admin/alerts/"),
    Page(name="alert", path="/admin/alerts/", follow="The boiler room is under water"),
    Page(name="alert-rules", path="/admin/alerts/rules/"),
    Page(name="delete-alert-rule", path="/admin/alerts/rules/", follow="Delete"),
    Page(name="add-alert-rule", path="/admin/alerts/rules/add/"),
    Page(name="alert-channels", path="/admin/alerts/channels/"),
    Page(name="wall-screens", path="/admin/wall-screens/"),
    Page(name="webhooks", path="/admin/webhooks/"),
    Page(name="webhook", path="/admin/webhooks/", follow="Accounting"),
    Page(name="add-webhook", path="/admin/webhooks/add/"),
    Page(name="booking", path="/admin/hotels/booking/1/change/"),
    Page(name="hotel", path="/admin/hotels/hotel/1/change/"),
    Page(name="delete", path="/admin/hotels/noshowpolicy/1/delete/"),
    Page(name="hotel-groups", path="/admin/hotels/hotelgroup/", by="superuser"),
    Page(name="hotel-group", path="/admin/hotels/hotelgroup/1/change/", by="superuser"),
    Page(name="workers", path="/admin/workers/", by="superuser"),
    Page(name="users", path="/admin/auth/user/", by="superuser"),
    Page(name="user", path="/admin/auth/user/2/change/", by="superuser"),
)
