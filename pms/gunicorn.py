"""Configuration of gunicorn: `gunicorn --config python:pms.gunicorn pms.wsgi`.

Command-line options and GUNICORN_CMD_ARGS take precedence over these values.
"""

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
