"""Request rate limits, counted in the cache that all processes share (docs/adr/0012)."""

from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle


class _ConfiguredRate(SimpleRateThrottle):
    """Reads its rate from the settings at each use, so that a changed setting applies at once."""

    def get_rate(self) -> str | None:
        rates: dict[str, Any] = api_settings.DEFAULT_THROTTLE_RATES
        rate: str | None = rates[str(self.scope)]
        return rate


class RequestsPerUser(_ConfiguredRate, UserRateThrottle):
    """All requests of a signed-in user; anonymous requests by address."""

    scope = "user"


class _PerAddress(_ConfiguredRate):
    def get_cache_key(self, request: Request | HttpRequest, view: Any) -> str | None:
        """One counter for each address; TRUSTED_PROXIES limits which proxies are believed."""
        ident = self.get_ident(request)  # type: ignore[arg-type]  # both have META
        return self.cache_format % {"scope": self.scope, "ident": ident}


class LoginsPerAddress(_PerAddress):
    """All logins from one address, successful ones included."""

    scope = "login"


class FailuresPerAddress(_PerAddress):
    """Requests with wrong credentials from one address.

    Past the rate, requests with right credentials are refused too. Only failures are counted, so
    that a successful request costs a single read of the cache.
    """

    scope = "failure"

    def refuse_if_exceeded(self, request: Request | HttpRequest) -> None:
        """Raise Throttled if too many requests from this address had wrong credentials."""
        if self._limited and not self._below_rate(request):
            raise Throttled(wait=self.wait())

    def count_failure(self, request: Request | HttpRequest) -> None:
        """Count one request with wrong credentials."""
        if self._limited and self._below_rate(request):
            self.throttle_success()

    @property
    def _limited(self) -> bool:
        return self.rate is not None

    def _below_rate(self, request: Request | HttpRequest) -> bool:
        allowed, seconds = self.parse_rate(self.rate)
        self.key = self.get_cache_key(request, None)
        self.now = self.timer()
        times = self.cache.get(self.key, [])
        self.history = [at for at in times if at > self.now - (seconds or 0)]
        return len(self.history) < (allowed or 0)
