"""`manage.py create_token`."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from hotels.models import ApiToken, Hotel
from tests.factories import MembershipFactory, UserFactory
from tests.hotels.http.clients import client_with

pytestmark = pytest.mark.django_db


def test_it_prints_only_the_token_on_standard_output(hotel: Hotel) -> None:
    user = MembershipFactory(hotel=hotel).user
    out, err = StringIO(), StringIO()

    call_command(
        "create_token",
        user.username,
        hotel=[hotel.code],
        read_only=True,
        expires="7",
        stdout=out,
        stderr=err,
    )

    row = ApiToken.objects.get()
    assert client_with(out.getvalue().strip()).get("/api/jobs").status_code == 200
    assert (row.read_only, row.limited, row.hotels.get()) == (True, True, hotel)
    assert row.expiry is not None
    assert row.expiry < datetime.now(tz=UTC) + timedelta(days=8)
    assert f"read only, {hotel.code}" in err.getvalue()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"hotel": ["nowhere"]}, "has no access to a hotel 'nowhere'"),
        ({"expires": "0"}, "--expires must be a whole number from 1 to 366, not '0'"),
        ({"expires": "soon"}, "not 'soon'"),
        ({"label": "x" * 81}, "--label is longer than 80 characters"),
    ],
)
def test_wrong_usage_is_one_sentence_and_issues_nothing(
    options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence) as raised:
        call_command("create_token", UserFactory().username, **options)

    assert raised.value.returncode == 2
    assert not ApiToken.objects.exists()


def test_an_unknown_user_is_reported() -> None:
    with pytest.raises(CommandError, match="There is no active user 'nobody'"):
        call_command("create_token", "nobody")
