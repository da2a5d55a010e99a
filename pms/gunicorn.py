"""Configuration of gunicorn: `gunicorn --config python:pms.gunicorn pms.wsgi`.

Command-line options and GUNICORN_CMD_ARGS take precedence over these values.
"""

from typing import Any

bind = "127.0.0.1:8000"
workers = 2
# With threads, a request that runs a job for minutes does not trigger the worker timeout.
worker_class = "gthread"
threads = 8
timeout = 60
# Time for running jobs to end when the server stops; interrupted ones are retried.
graceful_timeout = 30
limit_request_line = 8190
accesslog = None


def post_worker_init(worker: Any) -> None:
    """Answer probes on HEALTH_ADDRESS, if it is set, also while all threads are held."""
    # Imported in the worker: the main process must not keep settings that a reload should change.
    from django.conf import settings

    from pms import health_listener

    health_listener.start(settings.HEALTH_ADDRESS)
