"""Requests made from the schema: no server error, no answer the schema does not tell of."""

from typing import Any

import pytest

from hotels.models import Hotel
from jobs.models import ApiToken
from tests.factories import HotelFactory, UserFactory
from tests.jobs.api import fuzzing
from tests.jobs.api.conftest import SECRET

EXAMPLES = 12
pytestmark = pytest.mark.django_db
OPERATIONS = fuzzing.operations()


@pytest.fixture
def _unthrottled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.web.throttles._Rate.get_rate", lambda self: None)


@pytest.mark.parametrize("label", sorted(OPERATIONS))
@pytest.mark.usefixtures("_unthrottled")
def test_every_answer_is_one_the_schema_tells_of(label: str, hotel: Hotel, settings: Any) -> None:
    settings.CRON_SECRET = [SECRET]
    HotelFactory()
    user = UserFactory(is_superuser=True)

    def headers() -> dict[str, str]:
        if "/cron/" in label:
            return {"Authorization": f"Bearer {SECRET}"}
        return {"Authorization": f"Token {ApiToken.issue(user=user)[1]}"}

    assert fuzzing.hammer(OPERATIONS[label], examples=EXAMPLES, headers=headers) > 0
