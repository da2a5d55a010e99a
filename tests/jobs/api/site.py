"""The project's site, for whose throttles no time passes: `gunicorn tests.jobs.api.site`."""

from jobs.web.throttles import FailedAttempts
from pms.wsgi import application

__all__ = ["application"]

# However slow the machine is, all attempts are made within one minute.
FailedAttempts.timer = staticmethod(lambda: 0.0)
