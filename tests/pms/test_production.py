"""Production settings: checked by Django, and served by gunicorn without a proxy."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from tests.pms.serving import PRODUCTION, ROOT, gunicorn
from tests.waiting import TIMEOUT

pytestmark = pytest.mark.once


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | PRODUCTION | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_deployment_check_of_django_has_no_warnings(tmp_path: Path) -> None:
    done = manage(
        "check",
        "--deploy",
        "--fail-level=WARNING",
        DATABASE_URL=f"sqlite:///{tmp_path / 'db.sqlite3'}",
        HTTPS="",
    )

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_cookies_are_bound_to_the_host_over_tls() -> None:
    names = (
        "from django.conf import settings as s; print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME)"
    )
    done = manage("shell", "--verbosity", "0", "--command", names, HTTPS="true")

    assert done.stdout.split() == ["__Host-sessionid", "__Host-csrftoken"], done.stderr


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory, tables: Path | None) -> Iterator[int]:
    """A gunicorn on an empty SQLite database, whatever the tests run on: it shows no books."""
    file = tmp_path_factory.mktemp("production") / "db.sqlite3"
    url = f"sqlite:///{file}"
    if tables:
        shutil.copy(tables, file)
    else:
        assert manage("migrate", "--verbosity=0", DATABASE_URL=url).returncode == 0
    with gunicorn(url=url) as number:
        yield number


def get(port: int, path: str, **headers: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


@pytest.mark.network
def test_gunicorn_alone_serves_the_admin_with_its_styles_and_scripts(port: int) -> None:
    page, body = get(port, "/admin/login/")
    style, _ = get(port, "/static/unfold/css/styles.css")
    script, _ = get(port, "/static/console/console.js")

    assert (page.status, style.status, script.status) == (200, 200, 200)
    assert b'href="/static/unfold/css/styles.css"' in body
    assert "max-age" in str(style.getheader("Cache-Control"))
    assert style.getheader("X-Content-Type-Options") == "nosniff"


@pytest.mark.network
def test_no_response_reveals_a_version_or_a_path(port: int) -> None:
    for path in ("/nowhere", "/api/nowhere", "/readyz", "/static/../pms/settings.py"):
        _, body = get(port, path)
        assert str(ROOT).encode() not in body
        assert b"Django" not in body
        assert b"Traceback" not in body


@pytest.mark.network
def test_a_new_server_is_live_and_not_ready(port: int) -> None:
    assert get(port, "/healthz")[0].status == 200
    assert get(port, "/readyz")[0].status == 503


@pytest.mark.network
def test_a_host_that_is_not_allowed_gets_only_the_health_endpoints(port: int) -> None:
    assert get(port, "/admin/login/", Host="evil.example")[0].status == 400
    assert get(port, "/healthz", Host="evil.example")[0].status == 200


@pytest.mark.network
def test_gunicorn_passes_on_a_body_in_chunks(port: int) -> None:
    """Read as empty, it would lack both members."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    parts = (b'{"username": "an', b'a", "pass', b'word": "x"}')
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/api/auth/login", iter(parts), headers, encode_chunked=True)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()

    assert (answer.status, json.loads(body)["code"]) == (401, "authentication_failed"), body
