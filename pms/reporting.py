"""Traces to a collector of OpenTelemetry, and crashes to Sentry or what speaks like it.

Both are off by default. Their libraries are imported only where they are on: commands of cron would
wait half a second for them.
"""

from typing import Any

from django.conf import settings

from hotels.tracing import report_with, trace_with

SERVICE = "hotel-back-office"
EXPORT_TIMEOUT = 5.0  # seconds; the end of a command waits so long for a collector that is down


def set_up() -> None:
    """Turn on what the settings name an address for."""
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        _set_up_traces(settings.OTEL_EXPORTER_OTLP_ENDPOINT)
    if settings.SENTRY_DSN:
        _set_up_crash_reports(settings.SENTRY_DSN)


def _set_up_traces(endpoint: str) -> None:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES take precedence, OTEL_TRACES_SAMPLER applies.
    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE}))
    exporter = OTLPSpanExporter(
        endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_TIMEOUT
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace_with(provider.get_tracer(SERVICE), flush=provider.force_flush)


def without_private_data(event: Any, _hint: Any = None) -> Any:
    """Return a report without what can hold secrets or names of guests.

    Paths and queries hold tokens and what was searched for, command lines too; the text of an
    exception can quote rows. Its type and its place in the code stay.
    """
    for name in ("extra", "user", "breadcrumbs"):
        event.pop(name, None)
    if "request" in event:
        event["request"] = {"method": event["request"].get("method")}
    if event.get("transaction_info", {}).get("source") != "route":
        event.pop("transaction", None)
    for each in event.get("exception", {}).get("values", ()):
        each["value"] = ""
    return event


def _set_up_crash_reports(dsn: str) -> None:
    import sentry_sdk
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=dsn,
        # Requests, variables and lines of the log hold names of guests.
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        before_send=without_private_data,
        integrations=[LoggingIntegration(level=None, event_level=None)],
        shutdown_timeout=EXPORT_TIMEOUT,
    )

    def report(error: BaseException, **tags: str) -> None:
        with sentry_sdk.new_scope() as scope:
            scope.set_tags(tags)
            sentry_sdk.capture_exception(error)

    report_with(report, flush=lambda: sentry_sdk.flush(timeout=EXPORT_TIMEOUT))
