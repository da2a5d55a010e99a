"""Bodies that are sent in chunks, as proxies forward them: read, and limited like all others."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from hotels.models import ApiToken, Hotel
from jobs.models import JobExecution
from pms.request_limits import RequestSizeMiddleware
from tests.factories import UserFactory

TRIGGER = "/api/jobs/trigger/check-no-shows"


class _Malformed(BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise OSError("Invalid chunk size")


def chunked(
    body: bytes = b"", *, stream: type[BytesIO] = BytesIO, content_type: str = "application/json"
) -> dict[str, Any]:
    """Environment of a POST whose body comes in chunks, as gunicorn passes it on."""
    return {
        "wsgi.input": stream(body),
        "wsgi.input_terminated": True,
        "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_TYPE": content_type,
    }


@pytest.fixture
def api(hotel: Hotel) -> Client:
    """A client that sends a superuser's token."""
    text = ApiToken.issue(user=UserFactory(is_superuser=True))[1]
    return Client(headers={"Authorization": f"Token {text}"})


@pytest.mark.django_db
def test_a_preview_requested_in_chunks_is_a_preview(api: Client, hotel: Hotel) -> None:
    body = json.dumps({"hotelId": hotel.pk, "dryRun": True}).encode()

    answer = api.generic("POST", TRIGGER, **chunked(body))

    assert answer.status_code == 200, answer.json()
    assert not JobExecution.objects.exists()


@pytest.mark.django_db
def test_an_unreadable_body_in_chunks_starts_nothing(api: Client) -> None:
    answer = api.generic("POST", TRIGGER, **chunked(b"not json"))

    assert answer.status_code == 400
    assert not JobExecution.objects.exists()


@pytest.mark.django_db
def test_a_form_in_chunks_is_read(client: Client) -> None:
    user = UserFactory(is_superuser=True, is_staff=True)
    user.set_password("of the test")
    user.save()

    body = f"username={user.username}&password=of+the+test".encode()
    form = chunked(body, content_type="application/x-www-form-urlencoded")
    answer = client.generic("POST", "/admin/login/", **form)

    assert answer.status_code == 302, answer.content


@pytest.mark.parametrize("path", ["/api/nowhere", "/admin/login/"])
@pytest.mark.parametrize(
    ("environment", "status"),
    [
        (lambda: chunked(b"12345678901"), 413),
        (lambda: chunked() | {"wsgi.input_terminated": False}, 411),
        (lambda: chunked(stream=_Malformed), 400),
    ],
    ids=["too large", "without an end", "malformed"],
)
def test_chunks_without_a_readable_end_within_the_limit_are_refused(
    client: Client,
    settings: Any,
    path: str,
    environment: Callable[[], dict[str, Any]],
    status: int,
) -> None:
    settings.MAX_REQUEST_BYTES = settings.MAX_API_REQUEST_BYTES = 10

    assert client.generic("POST", path, **environment()).status_code == status


def test_a_body_in_chunks_is_given_its_length(rf: RequestFactory) -> None:
    request = rf.generic("POST", "/", **chunked(b"a=1"))

    RequestSizeMiddleware(lambda _: HttpResponse())(request)

    assert (request.META["CONTENT_LENGTH"], request.body) == ("3", b"a=1")
