"""The project's site, for whose throttles no time passes: `gunicorn tests.jobs.api.site`."""

from hotels.http.throttling import FailuresPerAddress
from pms.wsgi import application

__all__ = ["application"]

# However slow the machine is, all attempts are made within one minute.
FailuresPerAddress.timer = staticmethod(lambda: 0.0)
