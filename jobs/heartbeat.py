"""The heartbeat: a call to a monitor outside after every tick, which alerts when the calls stop.

The database cannot report that its own machine is down; a monitor such as Healthchecks can.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    import httpx

TIMEOUT = 5.0  # seconds, for each step of the call
_log = logging.getLogger(__name__)


def send_heartbeat(
    *, url: str, success: bool, transport: httpx.BaseTransport | None = None
) -> bool:
    """Call `url` after a good tick, and its path with `/fail` after a bad one.

    Does nothing without a URL. Returns whether the monitor accepted the call. A failure is logged,
    without the URL, which is a secret; it never raises.
    """
    if not url:
        return False
    # Only where there is a monitor: the import takes a good part of an idle tick.
    import httpx

    try:
        with httpx.Client(timeout=TIMEOUT, transport=transport, trust_env=False) as client:
            answer = client.get(url if success else failure_url(url))
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        _log.warning("The heartbeat was not sent: %s.", type(error).__name__)
        return False
    if not answer.is_success:
        _log.warning("The heartbeat was not accepted: HTTP status %s.", answer.status_code)
    return answer.is_success


def failure_url(url: str) -> str:
    """Return the URL that reports a failure: `/fail` after the path, before the query string."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))
