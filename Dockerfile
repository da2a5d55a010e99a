# One image for the site, the tick and the workers; the command says which: docs/howto/scale-out.md
ARG PYTHON=3.13

FROM python:${PYTHON}-slim-bookworm AS build
WORKDIR /srv/hotel
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY constraints.txt ./
RUN python -m venv .venv \
    && .venv/bin/pip install --require-hashes -r constraints.txt
COPY manage.py ./
COPY pms pms
COPY hotels hotels
COPY jobs jobs
COPY templates templates
RUN .venv/bin/python -m compileall -q .venv manage.py pms hotels jobs

# PgBouncer for compose.yaml: `docker build --target pgbouncer .`
FROM debian:bookworm-slim AS pgbouncer
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --no-install-recommends -y pgbouncer \
    && rm -rf /var/lib/apt/lists/*
USER postgres
EXPOSE 6432
CMD ["pgbouncer", "/etc/pgbouncer/pgbouncer.ini"]

FROM python:${PYTHON}-slim-bookworm AS hotel
# Time zones as Debian updates them, and fonts for guest names on invoices.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --no-install-recommends -y fonts-droid-fallback tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin hotel
WORKDIR /srv/hotel
COPY --from=build /srv/hotel ./
ENV PATH="/srv/hotel/.venv/bin:$PATH" PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as web; web.urlopen('http://127.0.0.1:8000/healthz', timeout=3)"]
CMD ["gunicorn", "--config", "python:pms.gunicorn", "--bind", "0.0.0.0:8000", "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "pms.wsgi"]
