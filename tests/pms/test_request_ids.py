"""The number of a request, in its response and in the log."""

import logging
import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from pms.request_ids import RequestIdFilter, RequestIdMiddleware

pytestmark = pytest.mark.once
OURS = r"[0-9a-f]{32}"


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/api/nowhere"])
def test_every_response_has_a_number_of_its_own(client: Client, path: str) -> None:
    first, second = (client.get(path)["X-Request-Id"] for _ in range(2))

    assert re.fullmatch(OURS, first)
    assert first != second


@pytest.mark.parametrize(
    ("proxies", "given", "kept"),
    [(1, "edge-4711", True), (0, "edge-4711", False), (1, "a b", False), (1, "x" * 65, False)],
)
def test_only_the_number_of_a_proxy_of_ours_is_taken_over(
    client: Client, settings: Any, proxies: int, given: str, kept: bool
) -> None:
    settings.TRUSTED_PROXIES = proxies

    answer = client.get("/nowhere", headers={"X-Request-Id": given})

    assert (answer["X-Request-Id"] == given) == kept


def test_lines_of_the_log_have_the_number_of_their_request(rf: RequestFactory) -> None:
    records = []

    def view(request: Any) -> HttpResponse:
        records.append(logging.LogRecord("x", logging.INFO, "", 0, "in it", (), None))
        RequestIdFilter().filter(records[0])
        return HttpResponse()

    answer = RequestIdMiddleware(view)(rf.get("/"))
    after = logging.LogRecord("x", logging.INFO, "", 0, "after", (), None)
    RequestIdFilter().filter(after)

    assert records[0].request_id == answer["X-Request-Id"]
    assert after.request_id == "-"
