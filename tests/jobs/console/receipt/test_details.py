"""Retry policy and skip reason on the page of an execution."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hotels.models import Hotel
from jobs.base import Job
from jobs.console.receipt.views import retry_policy_text
from tests.jobs.engine import waiting


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (None, ""),
        ({"attempts": 1, "baseSeconds": 30.0, "longestSeconds": 900.0}, "none"),
        (
            {"attempts": 5, "baseSeconds": 0.5, "longestSeconds": 90.0},
            "up to 5 attempts, 500 ms to 1 min 30 s apart",
        ),
    ],
)
def test_a_retry_policy_is_described(policy: dict[str, Any] | None, text: str) -> None:
    assert retry_policy_text(policy) == text


@pytest.mark.django_db
def test_the_metadata_on_the_page_has_what_the_job_counted(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime
) -> None:
    result = {"hotelId": hotel.pk, "guestsGreeted": 7, "problems": []}
    row = waiting(hotel, status="COMPLETED", completed_at=now, result=result)

    page = manager.get(reverse("admin:jobs_jobexecution_change", args=[row.pk])).content.decode()

    folded = page.split("Metadata (JSON)</summary>")[1].split("</details>")[0]
    assert "&quot;guestsGreeted&quot;: 7" in folded
    assert "problems" not in folded


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("summary", "shown"),
    [
        ("Cancelled by ana", ["<p>Cancelled by ana</p>"]),
        ("stopped", ['<p class="strong">Cancelled</p>', "<p>stopped</p>"]),
    ],
)
def test_the_skip_reason_is_not_repeated(
    greetings: Job, manager: Client, hotel: Hotel, now: datetime, summary: str, shown: list[str]
) -> None:
    row = waiting(hotel, status="SKIPPED", skip_reason="cancelled", words=summary, completed_at=now)

    page = manager.get(reverse("admin:jobs_jobexecution_change", args=[row.pk])).content.decode()

    assert [each for each in shown if each not in page] == []
    assert page.count('<p class="strong">Cancelled</p>') == len(shown) - 1
