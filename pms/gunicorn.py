"""How gunicorn serves the site: `gunicorn --config python:pms.gunicorn pms.wsgi`.

Options on its command line, and GUNICORN_CMD_ARGS, outweigh what stands here.
"""

bind = "127.0.0.1:8000"
workers = 2
# Threads: a trigger may work for minutes, and a worker with threads is not killed for that.
worker_class = "gthread"
threads = 8
timeout = 60
# Work that runs when the server is stopped gets time to end; what does not is retried.
graceful_timeout = 30
limit_request_line = 8190
accesslog = None
