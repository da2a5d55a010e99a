"""Requests generated from the schema: every response must match it, without server errors."""

from typing import Any

import pytest

from hotels.models import ApiToken, Hotel
from tests.factories import HotelFactory, UserFactory
from tests.jobs.api import fuzzing

EXAMPLES = 12
SECRET = "the-cron-secret-of-the-tests"
pytestmark = pytest.mark.django_db
OPERATIONS = fuzzing.operations()


@pytest.fixture
def _unthrottled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotels.http.throttling._ConfiguredRate.get_rate", lambda self: None)


@pytest.mark.parametrize("label", sorted(OPERATIONS))
@pytest.mark.usefixtures("_unthrottled")
def test_every_response_matches_the_schema(label: str, hotel: Hotel, settings: Any) -> None:
    settings.CRON_SECRET = [SECRET]
    HotelFactory()
    user = UserFactory(is_superuser=True)

    def headers() -> dict[str, str]:
        if "/cron/" in label:
            return {"Authorization": f"Bearer {SECRET}"}
        return {"Authorization": f"Token {ApiToken.issue(user=user)[1]}"}

    assert fuzzing.hammer(OPERATIONS[label], examples=EXAMPLES, headers=headers) > 0
