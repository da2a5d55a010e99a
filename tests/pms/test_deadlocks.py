"""A request that ends in a deadlock is repeated as a whole, or answered with 503."""

from typing import Any
from unittest import mock

import pytest
from django.contrib import messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from rest_framework.test import APIClient

from hotels import deadlocks
from hotels.models import Guest, Hotel, KeptAnswer, Payment
from pms.deadlocks import DeadlockMiddleware
from tests.deadlocking import deadlock_error, pauses
from tests.factories import FolioFactory, MembershipFactory
from tests.hotels.http.clients import _fresh_throttles, manager, member

__all__ = ["_fresh_throttles", "manager", "member", "pauses"]

# Called by GET /api/auth/me, and by GET /admin/work-orders/.
IN_THE_API = "hotels.api.views.auth.token_of"
IN_THE_CONSOLE = "hotels.console.work_orders.views.read_orders"
FOR_EVER = [deadlock_error() for _ in range(deadlocks.TRIES)]


@pytest.fixture
def page(hotel: Hotel, client: Client) -> Client:
    client.force_login(MembershipFactory(hotel=hotel).user)
    return client


def repeated(request: HttpRequest, view: Any) -> Any:
    return DeadlockMiddleware(mock.Mock()).process_view(request, view, (), {})


@pytest.mark.django_db
def test_a_request_to_the_api_is_repeated(manager: APIClient, pauses: list[int]) -> None:
    with mock.patch(IN_THE_API, side_effect=[deadlock_error(), None]):
        answer = manager.get("/api/auth/me")

    assert (answer.status_code, pauses) == (200, [1])


@pytest.mark.django_db
def test_the_body_of_a_repeated_request_is_read_again_and_its_key_claimed_once(
    hotel: Hotel, manager: APIClient, pauses: list[int]
) -> None:
    path = f"/api/folios/{FolioFactory(hotel=hotel).pk}/payments"
    refresh = mock.Mock(side_effect=[deadlock_error(), []])

    with mock.patch("hotels.billing.payment_actions.refresh_balances", refresh):
        answer = manager.post(
            path,
            {"amount": "40.00", "currency": "EUR"},
            format="json",
            headers={"Idempotency-Key": "k"},
        )

    assert (answer.status_code, pauses) == (201, [1])
    assert Payment.objects.get().amount == 40
    assert KeptAnswer.objects.get().status == 201


@pytest.mark.django_db
def test_an_api_request_that_always_meets_a_deadlock_is_a_503(
    manager: APIClient, pauses: list[int]
) -> None:
    with mock.patch(IN_THE_API, side_effect=FOR_EVER):
        answer = manager.get("/api/auth/me")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert (answer["Content-Type"], answer.json()["code"]) == (
        "application/problem+json",
        "unavailable",
    )
    assert answer.json()["detail"] == (
        "Someone else was changing the same records, so nothing was saved. Try again."
    )
    assert len(pauses) == deadlocks.TRIES - 1


@pytest.mark.django_db
def test_a_page_that_always_meets_a_deadlock_is_a_503_in_plain_words(
    page: Client, pauses: list[int]
) -> None:
    with mock.patch(IN_THE_CONSOLE, side_effect=FOR_EVER):
        answer = page.get("/admin/work-orders/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "nothing was saved. Try again." in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_request_that_has_saved_something_is_not_repeated(
    hotel: Hotel, rf: RequestFactory, pauses: list[int]
) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        Guest.objects.create(hotel=hotel, name="Ana")
        raise deadlock_error()

    answer = repeated(rf.post("/admin/"), view)

    assert (answer.status_code, pauses) == (503, [])
    assert "only a part of this was saved" in answer.content.decode()
    assert Guest.objects.count() == 1


@pytest.mark.django_db
def test_messages_of_the_try_that_failed_are_not_shown(
    rf: RequestFactory, pauses: list[int]
) -> None:
    request = rf.post("/admin/")
    request.session = {}  # type: ignore[assignment]
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    messages.info(request, "from before")
    tries: list[int] = []

    def view(request: HttpRequest) -> HttpResponse:
        messages.success(request, "saved")
        tries.append(1)
        if len(tries) < 2:
            raise deadlock_error()
        return HttpResponse()

    repeated(request, view)

    assert [str(each) for each in messages.get_messages(request)] == ["from before", "saved"]
