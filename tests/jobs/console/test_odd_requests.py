"""Console pages do not fail on malformed values in URLs, queries and forms."""

import re
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client

from hotels.console import urls as hotel_urls
from jobs.console import urls as job_urls

pytestmark = pytest.mark.django_db

QUERY_FIELDS = (
    *("after", "attendant", "before", "clock", "date", "days", "expression", "floor", "from"),
    *("hotels", "hours", "next", "order", "outcome", "page", "q", "state"),
)
FORM_FIELDS = ("assignee", "done", "enabled", "hotel", "key", "next", "note")
KNOWN_PARTS = {"job_name": "check-no-shows", "choice": "waive", "key": "success"}


def _paths(key: int) -> Iterator[str]:
    """Yield every path of the console, with `key` for each number in it."""
    for pattern in (*job_urls.urlpatterns, *hotel_urls.urlpatterns):
        yield "/admin/" + re.sub(
            r"<(\w+):(\w+)>",
            lambda part: str(key) if part[1] == "int" else KNOWN_PARTS.get(part[2], "x"),
            str(pattern.pattern),
        )


@pytest.mark.parametrize("value", ["\x00", "9" * 30, "2026-02-30"], ids=ascii)
def test_no_page_fails_on_malformed_values(value: str, manager: Client) -> None:
    manager.raise_request_exception = False
    failed = []
    for path in [*_paths(1), *_paths(2**63)]:
        with transaction.atomic():
            answers = [
                manager.get(path, dict.fromkeys(QUERY_FIELDS, value)),
                manager.get(path, {"hotel": value, "job": value}),
                manager.post(path, dict.fromkeys(FORM_FIELDS, value)),
            ]
            transaction.set_rollback(True)
        failed += [path for answer in answers if answer.status_code >= 500]

    assert failed == []
