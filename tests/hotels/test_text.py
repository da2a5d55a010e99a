"""Text that cannot be printed as it was typed is refused at every door."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from hotels.console.no_shows.forms import NoteForm
from hotels.http.strict_serializers import StrictText
from hotels.models import Hotel
from hotels.text import refuse_unprintable
from hotels.time_zones import known_zones
from tests.factories import UserFactory

UNPRINTABLE = ["a\x00b", "a\x1b[31m", "Hotel \u202elatiP", "\u2066x", "a\ud800", "\x7f", "\x85"]
UNPRINTABLE += ["a\ufffe", "a\U0001ffff", "\ufdd0"]
INVISIBLE = ["\u200b", " \u00a0\u2060 ", "\ufeff"]
PRINTABLE = ["", "São João", "Room 1\nsecond line\twide", "مرحبا \u200fبكم", "👩\u200d🍳", "客様"]


@pytest.mark.once
@pytest.mark.parametrize("text", UNPRINTABLE + INVISIBLE)
def test_unprintable_text_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        refuse_unprintable(text)


@pytest.mark.once
@pytest.mark.parametrize("text", PRINTABLE)
def test_text_of_any_script_is_accepted(text: str) -> None:
    refuse_unprintable(text)


@pytest.mark.once
def test_the_refusal_names_the_character() -> None:
    assert NoteForm({"note": "Late \u202eflight"}).errors["note"] == [
        "Contains a character that cannot be printed: U+202E."
    ]


@pytest.mark.once
def test_the_api_refuses_it_as_well() -> None:
    with pytest.raises(Exception, match=r"U\+202E"):
        StrictText().run_validation("Late \u202eflight")


@pytest.mark.django_db
@pytest.mark.parametrize(("field", "value"), [("name", "Pal\u202eace"), ("address", "\u200b")])
def test_a_form_of_the_console_names_the_field(
    client: Client, hotel: Hotel, field: str, value: str
) -> None:
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    page = f"/admin/hotels/hotel/{hotel.pk}/change/"
    form: dict[str, Any] = client.get(page).context["adminform"].form.initial
    values = {name: "" if given is None else given for name, given in form.items()}

    answer = client.post(page, values | {field: value})

    assert field in answer.context["adminform"].form.errors
    hotel.refresh_from_db()
    assert getattr(hotel, field) != value


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["localtime", "Factory", "Europe/Atlantis", ""])
def test_a_hotel_is_in_a_time_zone_of_a_place(hotel: Hotel, name: str) -> None:
    hotel.timezone = name

    with pytest.raises(ValidationError) as refused:
        hotel.full_clean()

    assert list(refused.value.error_dict) == ["timezone"]


@pytest.mark.once
def test_the_usual_time_zones_are_known() -> None:
    assert {"Europe/Lisbon", "Asia/Tokyo", "Australia/Lord_Howe", "UTC"} <= known_zones()
