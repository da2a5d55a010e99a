"""Request rate limits, counted in what all processes share (docs/adr/0012)."""

from datetime import datetime, timedelta
from typing import Any

from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle

from hotels.http.address import address_of
from hotels.http.attempts import Limit


class _ConfiguredRate(SimpleRateThrottle):
    """Reads its rate from the settings at each use, so that a changed setting applies at once."""

    def get_rate(self) -> str | None:
        rates: dict[str, Any] = api_settings.DEFAULT_THROTTLE_RATES
        rate: str | None = rates[str(self.scope)]
        return rate


class RequestsPerUser(_ConfiguredRate, UserRateThrottle):
    """All requests of a signed-in user; anonymous requests by address."""

    scope = "user"


# Requests with a wrong token from one address. Those with a valid token are never refused.
WRONG_TOKENS = Limit(name="token", allowed=30, window=timedelta(minutes=5))


def wrong_token(request: Request, *, now: datetime) -> Throttled | None:
    """Count a request with a wrong token; return the refusal if there were too many."""
    wait = WRONG_TOKENS.take(address_of(request), now=now)
    return Throttled(wait=wait) if wait else None
