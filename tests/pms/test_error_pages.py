"""Responses to failed requests, and that they reveal no internal details."""

from http import HTTPStatus
from typing import Any
from unittest import mock

import pytest
from django.db import ProgrammingError
from django.test import Client, RequestFactory
from django.utils import translation

from pms import error_pages
from tests.factories import UserFactory

HTML = "text/html; charset=utf-8"
PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/nowhere", HTML), ("/apiary", HTML), ("/api", PROBLEM), ("/api/cron/x/y", PROBLEM)],
)
def test_an_unknown_path_is_a_page_or_below_the_api_a_problem(
    client: Client, path: str, kind: str
) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer["Content-Type"]) == (404, kind)


@pytest.mark.django_db
def test_the_unused_search_of_the_admin_is_disabled(client: Client) -> None:
    client.force_login(UserFactory(is_superuser=True))

    assert client.get("/admin/search/", {"s": "room", "page": "x"}).status_code == 404


def test_a_problem_has_a_status_and_a_sentence(client: Client) -> None:
    assert client.get("/api/nowhere").json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "not_found",
        "detail": "This address does not exist.",
        "instance": "/api/nowhere",
    }


@pytest.mark.parametrize("path", ["/", "/api/nowhere"])
def test_a_host_that_is_not_allowed_is_a_400_that_does_not_repeat_it(
    client: Client, path: str
) -> None:
    answer = client.get(path, headers={"Host": "evil.example"})

    assert answer.status_code == 400
    assert b"evil" not in answer.content


@pytest.mark.parametrize("path", ["/admin/login/", "/api/nowhere"])
def test_a_server_error_shows_neither_traceback_nor_sql(path: str) -> None:
    client = Client(raise_request_exception=False)
    crash = ProgrammingError('relation "guests" in SELECT * FROM guests')

    with mock.patch("django.middleware.common.CommonMiddleware.process_request", side_effect=crash):
        answer = client.get(path)

    assert answer.status_code == 500
    assert answer["Content-Type"] == (PROBLEM if path.startswith("/api/") else HTML)
    assert b"SELECT" not in answer.content
    assert b"Traceback" not in answer.content


@pytest.mark.parametrize(("path", "kind"), [("/admin/x", HTML), ("/api/x", PROBLEM)])
def test_a_forbidden_request_is_a_page_or_below_the_api_a_problem(
    rf: RequestFactory, path: str, kind: str
) -> None:
    answer = error_pages.forbidden(rf.get(path), PermissionError("of hotel 7"))

    assert (answer.status_code, answer["Content-Type"]) == (403, kind)
    assert b"hotel 7" not in answer.content


@pytest.mark.django_db
def test_a_form_without_a_csrf_token_says_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "ana"})

    assert answer.status_code == 403
    assert b"reload the page" in answer.content


@pytest.mark.parametrize(
    ("requested", "language"), [("de", "de"), ("pt-PT,pt", "pt"), ("fr", "en")]
)
def test_an_error_page_is_in_the_language_of_the_browser(
    client: Client, requested: str, language: str
) -> None:
    with translation.override(language):
        sentence = str(error_pages.SENTENCES[HTTPStatus.NOT_FOUND])

    page = client.get("/nowhere", headers={"Accept-Language": requested}).content.decode()

    assert (sentence == "This address does not exist.") == (language == "en")
    assert sentence in page
    assert f'<html lang="{language}">' in page


def test_a_problem_is_in_english_whatever_the_client_accepts(client: Client) -> None:
    answer = client.get("/api/nowhere", headers={"Accept-Language": "de"})

    assert answer.json()["detail"] == "This address does not exist."


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere"])
def test_an_early_failure_does_not_use_the_language_of_the_previous_request(
    client: Client, settings: Any, path: str
) -> None:
    settings.MAX_REQUEST_BYTES = settings.MAX_API_REQUEST_BYTES = 10

    with translation.override("de"):  # as left in this thread by the previous request
        answer = client.post(path, b"12345678901", content_type="application/octet-stream")

    assert b"The request is too large." in answer.content


@pytest.mark.parametrize("path", ["/admin/login/", "/api/nowhere", "/nowhere"])
def test_a_request_that_is_too_large_is_refused_before_it_is_read(
    client: Client, settings: Any, path: str
) -> None:
    settings.MAX_REQUEST_BYTES = settings.MAX_API_REQUEST_BYTES = 10

    answer = client.post(path, b"12345678901", content_type="application/octet-stream")

    assert answer.status_code == 413


@pytest.mark.django_db
def test_every_kind_of_response_has_the_security_headers(client: Client) -> None:
    client.force_login(UserFactory(is_superuser=True))

    for path in ("/admin/", "/nowhere", "/api/nowhere"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "geolocation=()" in headers["Permissions-Policy"]
        assert "no-store" in headers["Cache-Control"]


def test_the_favicon_redirects_to_the_icon_of_the_site(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"].endswith("console/icon.svg")
