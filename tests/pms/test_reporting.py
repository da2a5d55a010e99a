"""Traces and reports of crashes, sent to collectors of our own."""

import gzip
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpResponse
from django.test import RequestFactory
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from hotels import tracing
from pms.reporting import without_private_data
from pms.request_traces import RequestTraceMiddleware
from tests.hotels.notifications.webhooks.receiver import Received, receiving
from tests.waiting import TIMEOUT

pytestmark = pytest.mark.once

# Runs a job of one hotel, which crashes with the name of a guest in its text.
CRASH = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "pms.settings"
import django; django.setup()
from dataclasses import replace
from hotels.models import Hotel
from jobs import registry
from pms.command_line import execute

def crash(context):
    guest = "Local Variable"
    raise LookupError("Ana Silva")

Hotel.objects.create(code="inn", name="Inn", timezone="UTC")
registry._jobs["check-no-shows"] = replace(registry.get("check-no-shows"), service=crash)
execute(["manage.py", "check_no_shows"])
"""


def run_reporting(script: str, *, books: Path, port: int) -> "subprocess.CompletedProcess[str]":
    """Run a script whose spans and crashes go to collectors on a port of this machine."""
    place = f"127.0.0.1:{port}"
    return subprocess.run(
        [sys.executable, "-c", script],
        cwd=project.BASE_DIR,
        env={
            "PATH": os.environ["PATH"],
            "SECRET_KEY": "x" * 50,
            "DATABASE_URL": f"sqlite:///{books}",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{place}",
            "SENTRY_DSN": f"http://key@{place}/1",
            "LOG_FORMAT": "json",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
    )


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory, tables: Path | None) -> list[Received]:
    """What collectors of traces and crashes got of a job that crashed."""
    assert tables, "these tests run on SQLite"
    books = tmp_path_factory.mktemp("reporting") / "books.sqlite3"
    shutil.copy(tables, books)
    with receiving() as collector:
        done = run_reporting(CRASH, books=books, port=collector.port)
        assert done.returncode == 1, done.stderr
        return collector.received


def body_of(received: list[Received], path: str) -> bytes:
    (found,) = [each for each in received if each.path == path]
    packed = {name.lower(): value for name, value in found.headers.items()}
    return gzip.decompress(found.body) if "content-encoding" in packed else found.body


@pytest.mark.network
def test_an_execution_is_a_span_with_its_ids(received: list[Received]) -> None:
    body = body_of(received, "/v1/traces")
    spans = [
        span
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]

    (span,) = [each for each in spans if each.name == "job check-no-shows"]
    attributes = {each.key: each.value.string_value for each in span.attributes}
    assert (attributes["hotel"], attributes["status"]) == ("inn", "FAILED")
    assert span.status.message == "Unexpected error (LookupError)."
    assert b"Ana Silva" not in body


@pytest.mark.network
def test_a_crash_is_reported_once_without_variables(received: list[Received]) -> None:
    body = body_of(received, "/api/1/envelope/")

    assert body.count(b'"type":"LookupError"') == 1
    assert b'"value":"Ana Silva"' not in body
    assert b'"hotel":"inn"' in body
    assert b"Local Variable" not in body.replace(b'guest = \\"Local Variable\\"', b"")


# A worker process of the supervisor has a span and a crash, then all stop.
WORKER = """
import os, signal
os.environ["DJANGO_SETTINGS_MODULE"] = "pms.settings"
import django; django.setup()
from hotels import tracing
from jobs.worker import Supervisor

def work(parent):
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    # Written by the system's handler: Python's does not run if the signal comes just before a read.
    signal.set_wakeup_fd(writing)
    signal.signal(signal.SIGTERM, lambda *_: None)
    with tracing.span("of a worker"):
        tracing.report_crash(LookupError())
    os.kill(os.getppid(), signal.SIGTERM)
    os.read(reading, 1)
    return 0

raise SystemExit(Supervisor(processes=1, work=work).run())
"""


@pytest.mark.network
def test_a_worker_sends_its_last_spans_and_crashes(tmp_path: Path) -> None:
    with receiving() as collector:
        done = run_reporting(WORKER, books=tmp_path / "none", port=collector.port)

    assert done.returncode == 0, done.stderr
    assert b"of a worker" in body_of(collector.received, "/v1/traces")
    assert b'"type":"LookupError"' in body_of(collector.received, "/api/1/envelope/")


def test_a_report_has_no_address_text_or_command_line() -> None:
    """Unsubscribe links and wall screens carry their secret in the path."""
    event = {
        "request": {"method": "GET", "url": "https://x/u/secret", "query_string": "q=Ana"},
        "transaction": "/u/secret",
        "transaction_info": {"source": "url"},
        "extra": {"sys.argv": ["manage.py", "--guest", "Ana"]},
        "user": {"ip_address": "192.0.2.1"},
        "exception": {"values": [{"type": "IntegrityError", "value": "row contains (Ana)"}]},
    }

    assert without_private_data(event) == {
        "request": {"method": "GET"},
        "transaction_info": {"source": "url"},
        "exception": {"values": [{"type": "IntegrityError", "value": ""}]},
    }


@pytest.fixture
def spans(settings: Any) -> Iterator[InMemorySpanExporter]:
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://collector.example"
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.trace_with(provider.get_tracer("tests"))
    yield exporter
    tracing.trace_with(None)


def test_a_request_is_a_span_named_by_its_route(
    spans: InMemorySpanExporter, rf: RequestFactory
) -> None:
    def view(request: Any) -> HttpResponse:
        request.resolver_match = type("Match", (), {"route": "status/<str:token>.svg"})()
        return HttpResponse(status=503)

    RequestTraceMiddleware(view)(rf.get("/status/secret.svg"))

    (span,) = spans.get_finished_spans()
    assert span.name == "GET /status/<str:token>.svg"
    assert span.attributes
    assert span.attributes["http.response.status_code"] == 503
    assert not span.status.is_ok
    assert "secret" not in span.to_json()


def test_an_exception_leaves_no_text_in_its_span(spans: InMemorySpanExporter) -> None:
    def crash() -> None:
        with tracing.span("job", hotel="inn"):
            assert tracing.current_trace()
            raise LookupError("Ana Silva")

    with pytest.raises(LookupError):
        crash()

    (span,) = spans.get_finished_spans()
    assert span.status.description == "LookupError"
    assert "Ana Silva" not in span.to_json()


def test_without_a_collector_there_are_no_spans() -> None:
    with tracing.span("job") as made:
        assert (made, tracing.current_trace()) == (None, None)
    with pytest.raises(MiddlewareNotUsed):
        RequestTraceMiddleware(lambda request: HttpResponse())
