"""How often somebody may ask. Counted in the cache, which all processes share (docs/adr/0012)."""

from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle


class _Rate(SimpleRateThrottle):
    """Reads its rate when it is used, so that a changed setting holds at once."""

    def get_rate(self) -> str | None:
        rates: dict[str, Any] = api_settings.DEFAULT_THROTTLE_RATES
        rate: str | None = rates[str(self.scope)]
        return rate


class PerUser(_Rate, UserRateThrottle):
    """Every request of somebody known; of anybody else by their address."""

    scope = "user"


class _ByAddress(_Rate):
    def get_cache_key(self, request: Request | HttpRequest, view: Any) -> str | None:
        """One count for each address; proxies are trusted as far as TRUSTED_PROXIES says."""
        ident = self.get_ident(request)  # type: ignore[arg-type]  # both have META
        return self.cache_format % {"scope": self.scope, "ident": ident}


class LoginAttempts(_ByAddress):
    """Logins from one address, the right ones too."""

    scope = "login"


class FailedAttempts(_ByAddress):
    """Wrong credentials from one address: past the rate even right ones are not looked at.

    Counts only failures, so what is asked in good order costs one look into the cache.
    """

    scope = "failure"

    def refuse_flooded(self, request: Request | HttpRequest) -> None:
        """Raise Throttled where too many attempts of this address failed."""
        if self._rated and not self._look(request):
            raise Throttled(wait=self.wait())

    def note(self, request: Request | HttpRequest) -> None:
        """Count one failed attempt."""
        if self._rated and self._look(request):
            self.throttle_success()

    @property
    def _rated(self) -> bool:
        return self.rate is not None

    def _look(self, request: Request | HttpRequest) -> bool:
        allowed, seconds = self.parse_rate(self.rate)
        self.key = self.get_cache_key(request, None)
        self.now = self.timer()
        known = self.cache.get(self.key, [])
        self.history = [at for at in known if at > self.now - (seconds or 0)]
        return len(self.history) < (allowed or 0)
