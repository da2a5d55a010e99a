"""What failed requests are answered, and that it says no more than it must."""

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
def test_a_path_that_is_not_there_is_answered_in_the_form_of_its_part_of_the_site(
    client: Client, path: str, kind: str
) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer["Content-Type"]) == (404, kind)


@pytest.mark.django_db
def test_a_search_that_no_page_asks_for_is_not_there(client: Client) -> None:
    client.force_login(UserFactory(is_superuser=True))

    assert client.get("/admin/search/", {"s": "room", "page": "x"}).status_code == 404


def test_a_problem_names_its_status_and_a_sentence(client: Client) -> None:
    assert client.get("/api/nowhere").json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "not_found",
        "detail": "There is nothing here.",
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
def test_a_crash_shows_neither_its_lines_nor_its_sql(path: str) -> None:
    client = Client(raise_request_exception=False)
    crash = ProgrammingError('relation "guests" in SELECT * FROM guests')

    with mock.patch("django.middleware.common.CommonMiddleware.process_request", side_effect=crash):
        answer = client.get(path)

    assert answer.status_code == 500
    assert answer["Content-Type"] == (PROBLEM if path.startswith("/api/") else HTML)
    assert b"SELECT" not in answer.content
    assert b"Traceback" not in answer.content


@pytest.mark.parametrize(("path", "kind"), [("/admin/x", HTML), ("/api/x", PROBLEM)])
def test_a_forbidden_request_is_answered_in_the_same_forms(
    rf: RequestFactory, path: str, kind: str
) -> None:
    answer = error_pages.forbidden(rf.get(path), PermissionError("of hotel 7"))

    assert (answer.status_code, answer["Content-Type"]) == (403, kind)
    assert b"hotel 7" not in answer.content


@pytest.mark.django_db
def test_a_form_without_its_token_is_told_what_to_do() -> None:
    answer = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "ana"})

    assert answer.status_code == 403
    assert b"load the page again" in answer.content


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("de", "Hier gibt es nichts."),
        ("pt-PT,pt", "Não há nada aqui."),
        ("fr", "There is nothing here."),
    ],
)
def test_a_person_is_told_in_their_language(client: Client, language: str, sentence: str) -> None:
    answer = client.get("/nowhere", headers={"Accept-Language": language})

    page = answer.content.decode()
    assert sentence in page
    assert f'<html lang="{language[:2] if language != "fr" else "en"}">' in page


def test_a_program_is_told_in_english_whatever_it_asks_for(client: Client) -> None:
    answer = client.get("/api/nowhere", headers={"Accept-Language": "de"})

    assert answer.json()["detail"] == "There is nothing here."


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere"])
def test_what_fails_early_speaks_no_language_of_the_request_before(
    client: Client, settings: Any, path: str
) -> None:
    settings.REQUEST_BYTES_AT_MOST = settings.API_BYTES_AT_MOST = 10

    with translation.override("de"):  # as the one before left it in this thread
        answer = client.post(path, b"12345678901", content_type="application/octet-stream")

    assert b"The request is too large." in answer.content


@pytest.mark.parametrize("path", ["/admin/login/", "/api/nowhere", "/nowhere"])
def test_a_request_that_is_too_large_is_refused_before_it_is_read(
    client: Client, settings: Any, path: str
) -> None:
    settings.REQUEST_BYTES_AT_MOST = settings.API_BYTES_AT_MOST = 10

    answer = client.post(path, b"12345678901", content_type="application/octet-stream")

    assert answer.status_code == 413


@pytest.mark.django_db
def test_every_kind_of_answer_carries_the_headers_that_protect_it(client: Client) -> None:
    client.force_login(UserFactory(is_superuser=True))

    for path in ("/admin/", "/nowhere", "/api/nowhere"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"], path
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_browser_asking_for_an_icon_beside_a_pdf_gets_the_sites(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"].endswith("console/icon.svg")
