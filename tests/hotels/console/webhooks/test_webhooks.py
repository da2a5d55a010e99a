"""The pages of webhook endpoints and of deliveries to them."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from hotels.models import DeliveryAttempt, Hotel, Membership, Message, WebhookEndpoint
from hotels.notifications.webhooks.endpoints import secrets_of
from tests.factories import MembershipFactory, WebhookEndpointFactory, WebhookMessageFactory
from tests.hotels.console.conftest import browser
from tests.hotels.console.reading import messages_of, text_of
from tests.hotels.notifications.webhooks.conftest import KIND, make_endpoint, ring
from tests.hotels.notifications.webhooks.conftest import _own_event_type as _own_event_type

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning")]
PAGE = "/admin/webhooks/"
URL = "https://hooks.hotel.example/in"
FORM = {"url": URL, "description": "Accounting", "events": [KIND]}


@pytest.fixture
def endpoint(hotel: Hotel) -> WebhookEndpoint:
    return WebhookEndpointFactory(hotel=hotel, events=[KIND])


def path(name: str, row: WebhookEndpoint | Message) -> str:
    return reverse(f"hotels:{name}", args=[row.public_id])


def shown_secret(answer: Any) -> str:
    found = re.search(r'id="secret" value="([^"]+)"', answer.content.decode())
    return found[1] if found else ""


def test_an_endpoint_is_added_and_its_secret_shown_once(
    manager: Client, hotel: Hotel, now: datetime
) -> None:
    answer = manager.post(f"{PAGE}add/", FORM | {"hotel": hotel.code})

    row = WebhookEndpoint.objects.get()
    assert (row.hotel, row.events, row.description) == (hotel, [KIND], "Accounting")
    assert secrets_of(row, now=now) == [shown_secret(answer)]
    assert "no-store" in answer["Cache-Control"]
    later = manager.get(path("webhook", row)).content.decode()
    assert shown_secret(answer) not in later
    assert "Accounting" in text_of(manager.get(PAGE))


def test_without_a_hotel_the_endpoint_is_of_all_hotels_of_the_user(
    manager: Client, owner: User
) -> None:
    manager.post(f"{PAGE}add/", FORM)

    row = WebhookEndpoint.objects.get()
    assert (row.hotel, row.owner) == (None, owner)
    assert "all hotels of owner" in text_of(manager.get(PAGE))
    elsewhere = MembershipFactory(user=owner).hotel
    assert "all hotels of owner" in text_of(manager.get(PAGE, {"hotel": elsewhere.code}))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"url": "https://127.0.0.1/"}, "The address is not a public one."),
        ({"events": []}, "This field is required."),
        ({"hotel": "elsewhere"}, "Select a valid choice."),
    ],
)
def test_a_wrong_value_is_shown_at_its_field(
    manager: Client, wrong: dict[str, Any], sentence: str
) -> None:
    answer = manager.post(f"{PAGE}add/", FORM | wrong)

    assert sentence in text_of(answer)
    assert not WebhookEndpoint.objects.exists()


def test_an_endpoint_is_not_added_to_a_hotel_the_user_does_not_manage(
    manager: Client, owner: User, elsewhere: Hotel
) -> None:
    MembershipFactory(user=owner, hotel=elsewhere, role=Membership.Role.FRONT_DESK)

    manager.post(f"{PAGE}add/", FORM | {"hotel": elsewhere.code})

    assert not WebhookEndpoint.objects.exists()


def test_only_managers_see_the_pages(
    desk: Client, outsider: Client, endpoint: WebhookEndpoint
) -> None:
    delivery = WebhookMessageFactory(endpoint=endpoint)
    pages = [path("webhook", endpoint), path("webhook-delivery", delivery)]
    posts = [path(f"{name}-webhook", endpoint) for name in ("test", "rotate", "switch", "delete")]

    assert [desk.get(each).status_code for each in (PAGE, *pages)] == [403] * 3
    assert [outsider.get(each).status_code for each in pages] == [404] * 2
    assert [outsider.post(each).status_code for each in posts] == [404] * 4
    assert outsider.post(path("resend-webhook-delivery", delivery)).status_code == 404
    assert "hooks.hotel.example" not in text_of(outsider.get(PAGE))


def test_the_own_endpoint_of_a_colleague_is_not_shown(
    manager: Client, hotel: Hotel, now: datetime
) -> None:
    colleague = MembershipFactory(hotel=hotel).user
    own = make_endpoint(owner=colleague, now=now).endpoint

    assert manager.get(path("webhook", own)).status_code == 404
    assert browser(colleague).get(path("webhook", own)).status_code == 200


def test_actions_need_the_token_of_a_form(owner: User, endpoint: WebhookEndpoint) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)

    assert client.post(path("delete-webhook", endpoint)).status_code == 403
    assert WebhookEndpoint.objects.exists()


def test_an_endpoint_is_changed_switched_and_deleted(
    manager: Client, endpoint: WebhookEndpoint
) -> None:
    manager.post(path("change-webhook", endpoint), FORM | {"url": f"{URL}/2"})
    manager.post(path("switch-webhook", endpoint), {"active": "no"})

    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.active) == (f"{URL}/2", False)
    assert "Switched off by a user." in text_of(manager.get(path("webhook", endpoint)))
    manager.post(path("switch-webhook", endpoint), {"active": "yes"})
    endpoint.refresh_from_db()
    assert endpoint.active
    manager.post(path("delete-webhook", endpoint))
    assert not WebhookEndpoint.objects.exists()


def test_a_new_secret_is_shown_once_and_both_sign(
    manager: Client, endpoint: WebhookEndpoint, now: datetime
) -> None:
    (old,) = secrets_of(endpoint, now=now)

    answer = manager.post(path("rotate-webhook", endpoint))

    endpoint.refresh_from_db()
    assert secrets_of(endpoint, now=now) == [shown_secret(answer), old]
    assert "also signs until" in text_of(manager.get(path("webhook", endpoint)))


def test_a_test_event_shows_its_delivery(manager: Client, endpoint: WebhookEndpoint) -> None:
    answer = manager.post(path("test-webhook", endpoint), follow=True)

    assert Message.objects.get().template == "endpoint.test"
    assert "Not sent yet." in text_of(answer)


def test_a_delivery_shows_request_answer_and_duration(
    manager: Client, endpoint: WebhookEndpoint, now: datetime
) -> None:
    message = WebhookMessageFactory(endpoint=endpoint, attempts=1)
    DeliveryAttempt.objects.create(
        message=message,
        number=1,
        started_at=now,
        duration=timedelta(milliseconds=250),
        outcome="RETRY",
        status_code=500,
        detail="The receiver answered with 500.",
        request={"url": URL, "headers": {"webhook-id": "msg_1"}},
        response="<b>sorry</b>",
    )

    text = text_of(manager.get(path("webhook-delivery", message)))

    shown = ("The receiver answered with 500.", '"webhook-id": "msg_1"', "<b>sorry</b>", "250 ms")
    assert [each for each in shown if each not in text] == []


def test_a_delivery_is_sent_again(manager: Client, endpoint: WebhookEndpoint) -> None:
    message = WebhookMessageFactory(endpoint=endpoint, status="FAILED", next_attempt_at=None)

    answer = manager.post(path("resend-webhook-delivery", message))

    message.refresh_from_db()
    assert message.status == "WAITING"
    assert messages_of(answer) == [("success", "The message is sent again within a minute.")]


def test_days_are_replayed_in_the_time_of_the_hotel(
    manager: Client, hotel: Hotel, endpoint: WebhookEndpoint, now: datetime
) -> None:
    before_midnight = now.replace(hour=22, minute=59)  # 23:59 in Lisbon
    for count, at in enumerate((before_midnight, before_midnight + timedelta(minutes=1))):
        ring(hotel, now=at, count=count)
    Message.objects.update(status="FAILED", next_attempt_at=None)

    answer = manager.post(
        path("replay-webhook", endpoint), {"first": "2026-07-15", "last": "2026-07-15"}
    )

    assert messages_of(answer) == [("success", "1 message is sent again.")]


def test_a_wrong_period_is_refused(manager: Client, endpoint: WebhookEndpoint) -> None:
    answer = manager.post(
        path("replay-webhook", endpoint), {"first": "2026-07-15", "last": "2026-07-14"}
    )

    assert messages_of(answer) == [("error", "The last day is before the first.")]


def test_deliveries_are_filtered_by_status_and_come_page_by_page(
    manager: Client, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch, queries_of: Any
) -> None:
    monkeypatch.setattr("hotels.console.webhooks.views.DELIVERIES", 2)
    page = path("webhook", endpoint)
    WebhookMessageFactory(endpoint=endpoint, status="SENT", next_attempt_at=None)
    few = queries_of(lambda: manager.get(page))
    WebhookMessageFactory.create_batch(2, endpoint=endpoint, template=KIND)

    assert queries_of(lambda: manager.get(page)) == few
    first = manager.get(page)
    assert text_of(first).count("Bell rung") == 3  # with the endpoint's events
    older = manager.get(f"{page}?before={first.context['older']}")
    assert [row.status for row, *_ in older.context["rows"]] == ["SENT"]
    sent = manager.get(f"{page}?status=SENT")
    assert [row.status for row, *_ in sent.context["rows"]] == ["SENT"]


def test_the_menu_has_the_pages_for_managers_only(manager: Client, desk: Client) -> None:
    assert f'href="{PAGE}"' in manager.get("/admin/").content.decode()
    assert f'href="{PAGE}"' not in desk.get("/admin/").content.decode()
