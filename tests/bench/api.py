"""Requests to the API from its schema: all responses are valid."""

import time
from unittest import mock

from django.db import transaction

from hotels.models import ApiToken
from tests.bench import measuring
from tests.factories import HotelFactory, UserFactory
from tests.jobs.api import fuzzing

EXAMPLES = 150
SECRET = "the-cron-secret-of-the-bench"


def run() -> None:
    """Send many more valid and invalid requests to every operation than the test does."""
    user = UserFactory(is_superuser=True)
    sent, began = 0, time.perf_counter()
    unlimited = mock.patch("hotels.http.throttling._ConfiguredRate.get_rate", return_value=None)
    with unlimited, mock.patch("django.conf.settings.CRON_SECRET", [SECRET]):
        for label, operation in fuzzing.operations().items():
            cron = "/cron/" in label

            def headers(cron: bool = cron) -> dict[str, str]:
                text = SECRET if cron else ApiToken.issue(user=user)[1]
                return {"Authorization": f"{'Bearer' if cron else 'Token'} {text}"}

            with transaction.atomic():
                HotelFactory.create_batch(2)
                sent += fuzzing.hammer(operation, examples=EXAMPLES, headers=headers)
                transaction.set_rollback(True)
    seconds = time.perf_counter() - began
    measuring.console.print(
        f"Requests from the schema: {sent:,} sent in {seconds:.0f} s, all responses valid"
    )
