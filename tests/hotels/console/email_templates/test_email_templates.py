"""The pages for texts, look and suppressed addresses of a hotel's e-mails."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from hotels.models import AuditEntry, EmailLook, EmailTemplate, Hotel, SuppressedAddress
from hotels.notifications.email.templates import default_template
from tests.dumps import every_row
from tests.hotels.notifications.email.mails import NOON, mail_of

pytestmark = pytest.mark.django_db
USUAL = default_template(kind="no-show", language="en")


def page(hotel: Hotel, kind: str = "no-show", language: str = "en") -> str:
    return f"{reverse('hotels:email-template', args=[kind, language])}?hotel={hotel.code}"


def list_of(hotel: Hotel) -> str:
    return f"{reverse('hotels:email-templates')}?hotel={hotel.code}"


def post(client: Client, hotel: Hotel, choice: str, **data: Any) -> Any:
    typed = {"subject": "{{ hotel }}: sorry", "body": "Dear {{ name }},\r\n\r\n**{{ fee }}**"}
    return client.post(page(hotel), typed | {"choice": choice} | data)


def test_the_list_names_each_kind_and_language(hotel: Hotel, manager: Client) -> None:
    text = manager.get(list_of(hotel)).content.decode()

    assert text.count("Default text") == 33
    assert "Guest: no-show fee waived" in text


def test_the_editor_shows_the_default_text_and_the_variables(hotel: Hotel, manager: Client) -> None:
    text = manager.get(page(hotel, "no-show-digest")).content.decode()

    assert "{{ row.guest }}" in text
    assert "Reset to the default" not in text


def test_a_manager_saves_an_own_text(hotel: Hotel, manager: Client) -> None:
    response = post(manager, hotel, "save")

    row = EmailTemplate.objects.get()
    entry = AuditEntry.objects.get(model="hotels.emailtemplate")
    assert response.status_code == 302
    assert (row.hotel, row.kind, row.language) == (hotel, "no-show", "en")
    assert row.body == "Dear {{ name }},\n\n**{{ fee }}**"
    assert (entry.verb, entry.username) == ("add", "owner")


def test_a_wrong_variable_is_refused_with_line_and_sentence(hotel: Hotel, manager: Client) -> None:
    response = post(manager, hotel, "save", body="Dear {{ name }},\r\n{{ gues }}")

    text = response.content.decode()
    assert "Line 2: there is no variable “gues”" in text
    assert "{{ gues }}" in text
    assert not EmailTemplate.objects.exists()


def test_a_preview_writes_nothing(hotel: Hotel, manager: Client) -> None:
    message = mail_of(hotel)
    manager.get(page(hotel))
    before = every_row()

    response = post(manager, hotel, "preview", example=str(message.pk))

    assert "Dear Ana Silva," in response.content.decode()
    assert "120.00 EUR" in response.content.decode()
    assert every_row() == before


def test_another_hotels_message_is_no_example(
    hotel: Hotel, elsewhere: Hotel, manager: Client
) -> None:
    foreign = mail_of(elsewhere, payload={"fee": "999.00 EUR"})

    text = post(manager, hotel, "preview", example=str(foreign.pk)).content.decode()

    assert "999.00" not in text


def test_the_html_runs_no_script_and_loads_nothing(hotel: Hotel, manager: Client) -> None:
    EmailLook.objects.create(hotel=hotel, logo=b"GIF89a", logo_type="image/gif")

    response = post(manager, hotel, "html", body="<script>alert(1)</script>")

    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert "&lt;script&gt;" in response.content.decode()
    assert "data:image/gif;base64," in response.content.decode()


def test_a_reset_brings_the_default_back(hotel: Hotel, manager: Client) -> None:
    post(manager, hotel, "save")

    post(manager, hotel, "reset")

    assert not EmailTemplate.objects.exists()
    assert AuditEntry.objects.filter(model="hotels.emailtemplate", verb="delete").count() == 1


def test_the_default_text_is_not_stored_as_an_own_one(hotel: Hotel, manager: Client) -> None:
    body = USUAL.body.replace("\n", "\r\n")
    post(manager, hotel, "save", subject=USUAL.subject, body=body)

    assert not EmailTemplate.objects.exists()


@pytest.mark.parametrize("user", ["desk", "viewer"])
def test_only_managers_change_texts(
    hotel: Hotel, user: str, request: pytest.FixtureRequest
) -> None:
    client: Client = request.getfixturevalue(user)

    assert client.get(page(hotel)).status_code == 403
    assert post(client, hotel, "save").status_code == 403


def test_another_hotels_texts_are_not_found(hotel: Hotel, outsider: Client) -> None:
    assert outsider.get(page(hotel)).status_code == 404
    assert post(outsider, hotel, "save").status_code == 404
    assert not EmailTemplate.objects.exists()


@pytest.mark.parametrize(("kind", "language"), [("nothing", "en"), ("no-show", "xx")])
def test_an_unknown_kind_or_language_is_not_found(
    hotel: Hotel, manager: Client, kind: str, language: str
) -> None:
    assert manager.get(page(hotel, kind, language)).status_code == 404


def test_a_manager_chooses_colour_and_logo(hotel: Hotel, manager: Client) -> None:
    logo = SimpleUploadedFile("logo.png", b"\x89PNG\r\n\x1a\n123")

    manager.post(list_of(hotel), {"colour": "#AA0000", "logo": logo})

    look = EmailLook.objects.get()
    assert (look.colour, look.logo_type) == ("#aa0000", "image/png")


@pytest.mark.parametrize(
    ("colour", "logo"),
    [("red", b""), ("#aa0000;x", b""), ("", b"<svg/>"), ("", b"GIF89a" + b"x" * 70_000)],
)
def test_a_wrong_colour_or_logo_is_refused(
    hotel: Hotel, manager: Client, colour: str, logo: bytes
) -> None:
    data: dict[str, Any] = {"colour": colour}
    if logo:
        data["logo"] = SimpleUploadedFile("logo", logo)

    manager.post(list_of(hotel), data)

    assert not EmailLook.objects.exists()


def test_a_manager_allows_an_address_again(hotel: Hotel, manager: Client, outsider: Client) -> None:
    row = SuppressedAddress.objects.create(
        hotel=hotel, address="ana@guest.example", reason="BOUNCED", created_at=NOON
    )
    allow = reverse("hotels:allow-address", args=[row.pk])
    assert "ana@guest.example" in manager.get(list_of(hotel)).content.decode()
    assert outsider.post(allow).status_code == 404

    manager.post(allow)

    assert not SuppressedAddress.objects.exists()
