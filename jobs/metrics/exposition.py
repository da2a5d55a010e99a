"""The figures as families of Prometheus metrics."""

from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder

from jobs.metrics.readings import BUCKETS, Ended, Outbox, Readings, Unfinished

Row = tuple[Sequence[str], float]


def exposition(readings: Readings, *, accept: str) -> tuple[bytes, str]:
    """Return the text of a scrape and its content type, in the format that `accept` asks for."""
    registry = CollectorRegistry()
    registry.register(_Collector(readings))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def metric_names() -> frozenset[str]:
    """The names of all families, as queries use them; histograms by their series."""
    nothing = Readings(
        ended=(), unfinished=(), outbox=(), failed_messages=0, tick_age=0.0, workers=0
    )
    names: set[str] = set()
    for family in _families(nothing):
        suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
        names |= {f"{family.name}{suffix}" for suffix in suffixes.get(family.type, ("",))}
    return frozenset(names)


class _Collector:
    def __init__(self, readings: Readings) -> None:
        self._readings = readings

    def collect(self) -> Iterator[Metric]:
        return _families(self._readings)


def _families(readings: Readings) -> Iterator[Metric]:
    yield from _of_executions(readings.ended)
    yield from _of_unfinished(readings.unfinished)
    yield from _of_outbox(readings.outbox)
    yield _counter(
        "hotel_messages_failed",
        "Messages that failed for good since 00:00 UTC.",
        (),
        [((), readings.failed_messages)],
    )
    if readings.tick_age is not None:
        yield _gauge(
            "hotel_tick_age_seconds", "Time since the last tick.", (), [((), readings.tick_age)]
        )
    yield _gauge(
        "hotel_workers",
        "Processes that run executions at this moment.",
        (),
        [((), readings.workers)],
    )


def _of_executions(ended: Sequence[Ended]) -> Iterator[Metric]:
    yield _counter(
        "hotel_job_executions",
        "Executions that ended since 00:00 UTC.",
        ("job", "status"),
        [((each.job, each.status), each.count) for each in ended],
    )
    missed: dict[str, int] = {}
    for each in ended:
        missed[each.job] = missed.get(each.job, 0) + each.missed
    yield _counter(
        "hotel_job_slots_missed",
        "Slots recorded as missed since 00:00 UTC.",
        ("job",),
        [((job,), count) for job, count in missed.items()],
    )
    durations = HistogramMetricFamily(
        "hotel_job_duration_seconds",
        "Durations of the executions that ended since 00:00 UTC.",
        labels=("job", "status"),
    )
    ends = (*map(str, BUCKETS), "+Inf")
    for each in ended:
        numbers = list(zip(ends, each.buckets, strict=True))
        durations.add_metric((each.job, each.status), buckets=numbers, sum_value=each.seconds)
    yield durations


def _of_unfinished(unfinished: Sequence[Unfinished]) -> Iterator[Metric]:
    for name, text, column in (
        ("waiting", "Executions that wait, also for the end of a backoff.", "waiting"),
        ("ready", "Executions that could be started now.", "ready"),
        ("oldest_ready_seconds", "Age of the oldest that could be started now.", "oldest_ready"),
        ("running", "Executions at work.", "running"),
        ("late", "Slots that were due more than five minutes ago and have not ended.", "late"),
        ("lease_expired", "Executions at work although their lease is over.", "lease_expired"),
    ):
        rows: list[Row] = [((each.job,), getattr(each, column)) for each in unfinished]
        yield _gauge(f"hotel_job_{name}", text, ("job",), rows)


def _of_outbox(outbox: Sequence[Outbox]) -> Iterator[Metric]:
    for name, text, column in (
        ("waiting", "Messages that wait, also for their time or a retry.", "waiting"),
        ("due", "Messages that could be sent now.", "due"),
        ("oldest_due_seconds", "Age of the oldest that could be sent now.", "oldest_due"),
        ("sending", "Messages being sent.", "sending"),
    ):
        rows: list[Row] = [((each.channel,), getattr(each, column)) for each in outbox]
        yield _gauge(f"hotel_messages_{name}", text, ("channel",), rows)


def _gauge(name: str, text: str, labels: Sequence[str], rows: Sequence[Row]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=labels)
    for values, figure in rows:
        family.add_metric(values, figure)
    return family


def _counter(name: str, text: str, labels: Sequence[str], rows: Sequence[Row]) -> Metric:
    family = CounterMetricFamily(name, text, labels=labels)
    for values, figure in rows:
        family.add_metric(values, figure)
    return family
