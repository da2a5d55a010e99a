"""The page Security lets a browser show notices; the push service itself is not there."""

import json

import pytest

from tests.browser.conftest import OpenPage
from tests.hotels.notifications.push.test_push import subscription
from tests.waiting import wait_until

pytestmark = pytest.mark.once

# The page's own script and service worker run; only the browser's push service is replaced.
PUSH_SERVICE = """
(subscription) => {
  Notification.requestPermission = async () => subscription ? "granted" : "denied";
  PushManager.prototype.subscribe = async function (options) {
    const worker = await navigator.serviceWorker.getRegistration("/static/console/push_worker.js");
    if (!worker.active || !options.userVisibleOnly) throw new Error("not ready");
    if (options.applicationServerKey.length !== 87) throw new Error("no key of the site");
    const { endpoint, ...keys } = subscription;
    return { toJSON: () => ({ endpoint, keys }) };
  };
}
"""
BUTTON = "Show notices on this device"


def test_a_browser_is_added_as_a_device(open_as: OpenPage) -> None:
    page = open_as("manager", "/admin/security/")
    page.evaluate(PUSH_SERVICE, subscription())

    page.get_by_role("button", name=BUTTON).click()

    page.get_by_text("This device gets a test notice within a minute.").wait_for()
    assert page.get_by_role("region", name="Devices").is_visible()


def test_a_browser_that_does_not_allow_notices_says_so(open_as: OpenPage) -> None:
    page = open_as("manager", "/admin/security/")
    page.evaluate(PUSH_SERVICE, None)

    page.get_by_role("button", name=BUTTON).click()

    page.get_by_text("The browser did not allow notices.").wait_for()


def test_the_worker_shows_what_the_push_service_delivers(open_as: OpenPage) -> None:
    page = open_as("manager", "/admin/security/")
    origin = page.evaluate("location.origin")
    page.context.grant_permissions(["notifications"], origin=origin)
    devtools = page.context.new_cdp_session(page)
    registered: list[str] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registered.extend(each["registrationId"] for each in event["registrations"]),
    )
    devtools.send("ServiceWorker.enable")
    page.evaluate(
        """async () => {
          await navigator.serviceWorker.register("/static/console/push_worker.js");
          await activeWorker("/static/console/push_worker.js");
        }"""
    )
    # The page is asked so that its events arrive.
    wait_until(lambda: page.evaluate("1") and registered, what="the worker is registered")
    notice = {"title": "Alert: Inn", "text": "No connection", "link": "/admin/", "id": "7"}
    devtools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": origin, "registrationId": registered[-1], "data": json.dumps(notice)},
    )

    shown = page.wait_for_function(
        """async () => {
          const registration = await navigator.serviceWorker.getRegistration(
            "/static/console/push_worker.js");
          const [notice] = await registration.getNotifications();
          return notice && [notice.title, notice.body, notice.data.link];
        }"""
    )
    assert shown.json_value() == ["Alert: Inn", "No connection", "/admin/"]
