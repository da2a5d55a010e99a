"""No page of the console fails on what it is asked, however odd: found by asking all of them."""

import re
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client

from hotels.console import urls as of_the_day
from jobs.console import urls as of_the_night

pytestmark = pytest.mark.django_db

ASKED = (
    *("after", "attendant", "before", "date", "days", "floor", "from", "hours", "order"),
    *("outcome", "page", "q", "state"),
)
POSTED = ("assignee", "hotel", "key", "next", "note")
KNOWN = {"job_name": "check-no-shows", "choice": "waive", "key": "success"}


def _paths(key: int) -> Iterator[str]:
    """Every address of the console, with `key` for each number in it."""
    for pattern in (*of_the_night.urlpatterns, *of_the_day.urlpatterns):
        yield "/admin/" + re.sub(
            r"<(\w+):(\w+)>",
            lambda part: str(key) if part[1] == "int" else KNOWN.get(part[2], "x"),
            str(pattern.pattern),
        )


@pytest.mark.parametrize("value", ["\x00", "9" * 30, "2026-02-30"], ids=ascii)
def test_no_page_fails_on_odd_values(value: str, manager: Client) -> None:
    manager.raise_request_exception = False
    failed = []
    for path in [*_paths(1), *_paths(2**63)]:
        with transaction.atomic():
            answers = [
                manager.get(path, dict.fromkeys(ASKED, value)),
                manager.get(path, {"hotel": value, "job": value}),
                manager.post(path, dict.fromkeys(POSTED, value)),
            ]
            transaction.set_rollback(True)
        failed += [path for answer in answers if answer.status_code >= 500]

    assert failed == []
