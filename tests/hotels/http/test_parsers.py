"""Request bodies that two programs could read differently are refused, with the member's name."""

from io import BytesIO
from typing import Any

import pytest
from rest_framework.exceptions import APIException

from hotels.http.parsers import CamelCaseJsonParser
from jobs.models import JobExecution
from tests.hotels.http.clients import member as member
from tests.hotels.http.clients import superuser as superuser


def parse(body: bytes) -> Any:
    return CamelCaseJsonParser().parse(BytesIO(body))


def test_members_are_read_in_snake_case() -> None:
    assert parse('{"dryRun": true, "parts": [{"roomNo": "Sé"}]}'.encode()) == {
        "dry_run": True,
        "parts": [{"room_no": "Sé"}],
    }


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"dryRun": true, "dryRun": false}', "dryRun"),
        (b'{"dryRun": true, "dry_run": false}', "dry_run"),
        (b'[{"a": {"b": 1, "b": 1}}]', "b"),
        (b'{"user": {"name": ["Ana", "\\ud800"]}}', "user.name"),
        (b'{"na\\udfffme": 1}', "na?me"),
    ],
)
def test_an_ambiguous_member_is_refused_by_its_name(body: bytes, field: str) -> None:
    with pytest.raises(APIException) as refused:
        parse(body)

    assert refused.value.status_code == 400
    assert list(refused.value.detail) == [field]


@pytest.mark.parametrize(
    "body",
    [b"not json", b'{"a": Infinity}', b'{"a": NaN}', b'{"a": "\xff"}', b"[" * 100_000, b"9" * 5000],
    ids=["no JSON", "Infinity", "NaN", "no UTF-8", "too deep", "too long a number"],
)
def test_a_body_that_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(APIException) as refused:
        parse(body)

    assert refused.value.status_code == 400


def test_pairs_of_surrogates_are_text() -> None:
    assert parse(b'{"name": "\\ud83d\\ude00"}') == {"name": "\N{GRINNING FACE}"}


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["utf-8", "rot13", "utf-16"])
def test_a_run_requested_twice_in_one_body_does_not_start(superuser: Any, charset: str) -> None:
    answer = superuser.post(
        "/api/jobs/trigger/check-no-shows",
        b'{"dryRun": true, "dryRun": false}',
        content_type=f"application/json; charset={charset}",
    )

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "dryRun")
    assert not JobExecution.objects.exists()
