"""E-mail URLs: SMTP servers, hosted senders, folders."""

from pathlib import Path
from typing import Any

import pytest

from pms.email_url import SERVICES, email_settings

pytestmark = pytest.mark.once
FOLDER = Path("/srv/office")


def settings_of(url: str) -> dict[str, Any]:
    return email_settings(url, folder=FOLDER)


@pytest.mark.parametrize(
    ("url", "port", "secured"),
    [
        ("smtp://mail.example", 25, None),
        ("smtp+tls://mail.example", 587, "EMAIL_USE_TLS"),
        ("smtps://mail.example:2525", 2525, "EMAIL_USE_TLS"),
        ("smtp+ssl://mail.example", 465, "EMAIL_USE_SSL"),
    ],
)
def test_each_scheme_has_its_port_and_security(url: str, port: int, secured: str | None) -> None:
    found = settings_of(url)

    assert found["EMAIL_PORT"] == port
    assert {name for name in found if name.startswith("EMAIL_USE")} == {secured} - {None}


def test_user_name_and_password_may_be_escaped() -> None:
    found = settings_of("smtp://desk%40hotel:p%2Fw%3A@mail.example")

    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("desk@hotel", "p/w:")


def test_a_hosted_sender_has_its_options_and_the_secret_of_its_reports() -> None:
    url = "anymail+mailgun://?api_key=k%201&sender_domain=m.example&webhook_secret=u-user:0123456789abc"
    found = settings_of(url)

    assert found["EMAIL_BACKEND"] == "anymail.backends.mailgun.EmailBackend"
    assert found["ANYMAIL"]["MAILGUN_API_KEY"] == "k 1"
    assert found["ANYMAIL"]["MAILGUN_SENDER_DOMAIN"] == "m.example"
    assert found["ANYMAIL"]["WEBHOOK_SECRET"] == "u-user:0123456789abc"


def test_every_service_is_one_of_anymail() -> None:
    from importlib.util import find_spec

    assert [each for each in SERVICES if find_spec(f"anymail.backends.{each}") is None] == []


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("filemail://outgoing", "/srv/office/outgoing"),
        ("filemail:///var/mail/out", "/var/mail/out"),
    ],
)
def test_a_folder_is_relative_to_the_project(url: str, folder: str) -> None:
    assert settings_of(url)["EMAIL_FILE_PATH"] == folder
