"""One attempt to send a signed message, and how its answer is judged; uses the network only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hotels.notifications.delivery import Answer
from hotels.notifications.delivery.channels import Outcome
from hotels.notifications.webhooks.client import NoResponse, post
from hotels.notifications.webhooks.retries import GONE_STATUS, parse_retry_after
from hotels.notifications.webhooks.urls import Policy


def send(
    *, url: str, body: str, headers: Mapping[str, str], policy: Policy, now: datetime
) -> Answer:
    """Post once and return how it ended. Only a status from 200 to 299 is a success."""
    shown = {name: value for name, value in headers.items() if name != "webhook-signature"}
    request = {"method": "POST", "url": url, "headers": shown}
    try:
        response = post(url, body=body.encode(), headers=headers, policy=policy)
    except NoResponse as failure:
        return failed(str(failure), request)
    accepted = 200 <= response.status < 300
    refused = response.status == GONE_STATUS
    return Answer(
        outcome=Outcome.SENT if accepted else Outcome.REFUSED if refused else Outcome.RETRY,
        status=response.status,
        detail=_detail(response.status),
        request=request,
        response=response.text,
        retry_after=parse_retry_after(response.headers.get("retry-after", ""), now=now),
        destination_failed=response.status >= 500,
    )


def failed(reason: str, request: Mapping[str, Any]) -> Answer:
    """Return the answer of an attempt for which there was no connection, or none was tried."""
    return Answer(
        outcome=Outcome.RETRY, detail=reason, request=dict(request), destination_failed=True
    )


def _detail(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"The receiver redirects ({status}); redirects are not followed."
    if status == GONE_STATUS:
        return "The receiver does not want any more (410): the endpoint was switched off."
    return f"The receiver answered with {status}."
