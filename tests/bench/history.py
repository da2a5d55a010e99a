"""Benchmark of lists, statistics and console pages: few executions beside very many.

EXECUTIONS (1000000) is the larger number, ten million with LONG=yes, in 500 hotels with sixteen
executions a day, as the default schedules give. One in two hundred has failed. A page may take no
more than half as long again with all of them as with ten thousand.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from django.db import connection, models
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from hotels.models import ApiToken, Hotel, Membership
from jobs import counts, pruning
from jobs.models import JobExecution
from jobs.statistics import Scope
from jobs.statistics.last_30_days import last_30_days
from tests.bench import group, measuring
from tests.bench.measuring import Target
from tests.factories import MembershipFactory, UserFactory

HOTELS = 500
FEW = 10_000
LIST, STATISTICS, PAGE = 20, 30, 200  # milliseconds at most
AT_ONCE = 200  # runs stored in one statement
TIMES = 5
_RUNS = """
    INSERT INTO jobs_jobrun (job_name, "trigger", requested_by_name, created_at, scheduled_for)
    SELECT job, 'CRON', '', slot, slot FROM unnest(%s::text[]) job, LATERAL (
        SELECT date_trunc('hour', now()) - number * interval '450 minutes' AS slot
        FROM generate_series(1, %s) number
    ) slots ORDER BY slot RETURNING id
"""
_EXECUTIONS = """
    INSERT INTO jobs_jobexecution (
        run_id, hotel_id, job_name, "trigger", status, failure_kind, skip_reason, scheduled_for,
        as_of, attempt, effects, metadata, result, words, error, traceback,
        cancel_requested_by_name, created_at, updated_at, started_at, completed_at, problems
    )
    SELECT run.id, hotel.id, run.job_name, 'CRON', CASE WHEN failed THEN 'FAILED' ELSE 'COMPLETED'
        END, CASE WHEN failed THEN 'failed' ELSE '' END, '', slot, slot, 1, '{}', '{}',
        '{"hotelId": 1, "problems": [], "tasksCreated": 41, "tasksAssigned": 40}',
        '41 tasks, 40 assigned', CASE WHEN failed THEN 'The lobby is closed.' ELSE '' END, '', '',
        slot, slot + interval '2 seconds', slot + interval '1 second',
        slot + interval '2 seconds', 0
    FROM jobs_jobrun run CROSS JOIN hotels_hotel hotel, LATERAL (
        SELECT run.scheduled_for AS slot, (run.id * 7 + hotel.id) %% 200 = 0 AS failed
    ) more
    WHERE run.id >= %s AND run.id < %s ORDER BY run.id, hotel.id
"""


@dataclass(frozen=True, kw_only=True)
class Request:
    """A request that is measured, with the most milliseconds it may take."""

    title: str
    get: Callable[[], None]
    at_most: float


def run() -> None:
    """Measure all requests with few executions and with many, then pruning."""
    many = int(os.environ.get("EXECUTIONS", "0"))
    many = many or (10_000_000 if os.environ.get("LONG") == "yes" else 1_000_000)
    measured: list[dict[str, tuple[float, str]]] = []
    for number in (FEW, many):
        group.empty()
        made = fill(number)
        requests = list(requests_of(number=made))
        with _unlimited():
            measured.append({each.title: _measured(each) for each in requests})
    few, found = measured
    for each in requests:
        (floor, _), (ours, note) = few[each.title], found[each.title]
        measuring.compare(
            each.title,
            ours=ours,
            floor=floor,
            of=f"the same with {FEW:,} executions, not {made:,}",
            target=Target(at_most=1.5, milliseconds=each.at_most),
            note=note,
        )
    _prune()


def fill(number: int) -> int:
    """Store about so many executions and count them; return how many there are."""
    group.hotels(HOTELS)
    jobs = ["daily-housekeeping", "maintenance-schedule", "check-no-shows"]
    jobs += ["generate-invoices", "recalc-availability"]
    with connection.cursor() as cursor, _without_indexes():
        cursor.execute("SET session_replication_role = replica")  # no foreign keys are checked
        cursor.execute(_RUNS, [jobs, number // HOTELS // len(jobs)])
        keys = [key for (key,) in cursor.fetchall()]
        for first in range(min(keys), max(keys) + 1, AT_ONCE):
            cursor.execute(_EXECUTIONS, [first, first + AT_ONCE])
        cursor.execute("RESET session_replication_role")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    counts.count_blocks()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE jobs_blockcount, jobs_hotelcount, jobs_executioncounter")
    return JobExecution.objects.count()


@contextmanager
def _without_indexes() -> Iterator[None]:
    """Drop the indexes of executions, but for keys and unique ones, and make them again."""
    indexes: list[models.Index] = list(JobExecution._meta.indexes)
    with connection.schema_editor() as editor:
        for index in indexes:
            editor.remove_index(JobExecution, index)
    yield
    with connection.schema_editor() as editor:
        for index in indexes:
            editor.add_index(JobExecution, index)


def requests_of(*, number: int) -> Iterator[Request]:
    """The requests of a superuser, and of managers of one hotel and of half of the hotels."""
    root = UserFactory(is_superuser=True, is_staff=True)
    hotels = Hotel.objects.order_by("pk")
    manager = MembershipFactory(hotel=hotels[3]).user
    _count_days(Scope.of_all(hotel_ids=hotels.values_list("pk", flat=True)))
    day = f"{JobExecution.objects.order_by('pk')[0].created_at:%Y-%m-%d}"
    deep = JobExecution.objects.order_by("pk")[2000].pk
    executions = "/admin/jobs/jobexecution/"
    for who, user in (("all hotels", root), ("one hotel", manager)):
        everywhere = user is root
        mine = number if everywhere else number // HOTELS
        # A hotel has twenty executions where all have ten thousand.
        limit = 50 if everywhere else 5
        api, browser = _program(user), _browser(user)
        for what, query in (
            ("newest", ""),
            *([("failed", "&status=FAILED")] if everywhere else ()),
            ("skipped, none", "&status=SKIPPED"),
            ("of one job", "&jobName=check-no-shows"),
            ("started by programs, none", "&trigger=API"),
            ("of the first day", f"&startDate={day}&endDate={day}"),
            ("middle page", f"&offset={mine // 2}"),
            ("last page", f"&offset={mine - limit}"),
            ("deep page by cursor", f"&cursor={deep}"),
        ):
            yield _request(f"API list, {who}: {what}", api, f"/api/jobs?limit={limit}{query}", LIST)
        yield _request(f"API statistics, {who}", api, "/api/jobs/stats", STATISTICS)
        for what, query in (
            ("newest", ""),
            ("failed", "status__exact=FAILED"),
            ("skipped, none", "status__exact=SKIPPED"),
            ("of the first day", f"created_at_from={day}&created_at_to={day}"),
            ("search by error", "q=lobby"),
            ("search by error, none", "q=zebra"),
        ):
            if everywhere:
                yield _request(f"Console list: {what}", browser, f"{executions}?{query}", PAGE)
        yield _request(f"Home, {who}", browser, "/admin/", PAGE)
        yield _request(f"Timeline, {who}", browser, "/admin/timeline/", PAGE)
    yield from _requests_of_half(list(hotels[::2]), number=number // 2)


def _requests_of_half(hotels: list[Hotel], *, number: int) -> Iterator[Request]:
    chain = UserFactory()
    Membership.objects.bulk_create(
        MembershipFactory.build(user=chain, hotel=each) for each in hotels
    )
    _count_days(Scope.of_some(hotel_ids=[hotel.pk for hotel in hotels]))
    api, who = _program(chain), "half of the hotels"
    for what, query in (
        ("newest", ""),
        ("failed", "&status=FAILED"),
        ("middle page", f"&offset={number // 2}"),
        ("last page", f"&offset={number - 50}"),
    ):
        yield _request(f"API list, {who}: {what}", api, f"/api/jobs?limit=50{query}", LIST)
    yield _request(f"API statistics, {who}", api, "/api/jobs/stats", STATISTICS)
    yield _request(f"Home, {who}", _browser(chain), "/admin/", PAGE)


def _count_days(scope: Scope) -> None:
    """Count the past days of the chart on Home, which open pages do one by one."""
    while not last_30_days(scope=scope, now=timezone.now()).whole:
        pass


def _request(title: str, client: Client, path: str, at_most: float) -> Request:
    def get() -> None:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.content[:200])

    return Request(title=title, get=get, at_most=at_most)


def _measured(request: Request) -> tuple[float, str]:
    """The median duration in seconds, and a note on queries and processor time."""
    request.get()
    begun = time.process_time()
    request.get()
    took = time.process_time() - begun
    queries = measuring.queries(request.get)
    median = measuring.median(request.get, times=TIMES)
    return median, f"{queries} queries, {took * 1000:,.0f} ms CPU in Python"


def _prune() -> None:
    """Time the deletion of the oldest tenth, batch by batch, beside dropping it as a table."""
    total = JobExecution.objects.count()
    before = JobExecution.objects.order_by("pk")[min(total // 10, 100_000)].created_at
    begun, deleted, longest = time.perf_counter(), 0, 0.0
    last = begun
    for batch in pruning.prune(before=before):
        deleted, now = deleted + batch, time.perf_counter()
        longest, last = max(longest, now - last), now
    took = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_part (LIKE jobs_jobexecution INCLUDING ALL)")
        cursor.execute("INSERT INTO bench_part SELECT * FROM jobs_jobexecution LIMIT %s", [deleted])
        dropped = measuring.duration(lambda: cursor.execute("DROP TABLE bench_part"))
    measuring.compare(
        f"Pruning of {deleted:,} executions in batches",
        ours=took,
        floor=dropped,
        of="dropping a table with as many",
        note=f"{deleted / took:,.0f} a second, the longest batch {longest * 1000:,.0f} ms",
    )


@contextmanager
def _unlimited() -> Iterator[None]:
    limit = "hotels.http.throttling._ConfiguredRate.get_rate"
    with mock.patch(limit, return_value=None):
        yield


def _program(user: Any) -> Client:
    client = APIClient(SERVER_NAME="localhost")
    client.credentials(HTTP_AUTHORIZATION=f"Token {ApiToken.issue(user=user)[1]}")
    return client


def _browser(user: Any) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    return client
