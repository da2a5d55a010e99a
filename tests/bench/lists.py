"""Random query strings over the lists of admin, console and API: no server error, none takes 1 s.

LISTS_QUERIES (10000) is their number, LISTS_SEED (1) the first seed.
"""

import os
import random
import time
from collections import Counter

from django.contrib import admin
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hotels.api.urls import urlpatterns as hotel_api
from hotels.console.urls import urlpatterns as hotels_console
from jobs.api.urls import urlpatterns as job_api
from jobs.console.urls import urlpatterns as jobs_console
from tests.bench import books, console, group, measuring
from tests.factories import UserFactory
from tests.hotels.admin.books import page
from tests.hotels.admin.queries import page_query, query_string

HOTELS, DAYS = 50, 30
LONGEST = 1.0  # seconds


def run() -> None:
    """Send them all, then print the answers; raises SystemExit with code 1 for a failure."""
    now = timezone.now()
    hotels = group.hotels(HOTELS)
    books.fill(hotels, days=DAYS, now=now)
    console.generate(hotels=hotels, days=DAYS, now=now)
    admin.autodiscover()
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    client.force_login(UserFactory(is_superuser=True, is_staff=True))
    chance = random.Random(int(os.environ.get("LISTS_SEED", "1")))
    models = sorted(admin.site._registry, key=lambda model: model.__name__)
    pages = _pages()
    statuses: Counter[int] = Counter()
    failures = []
    slowest = 0.0
    for _ in range(int(os.environ.get("LISTS_QUERIES", "10000"))):
        if chance.random() < len(pages) / (len(pages) + len(models)):
            path = f"{chance.choice(pages)}?{page_query(chance=chance)}"
        else:
            model = chance.choice(models)
            path = f"{page('changelist', model)}?{query_string(model, chance=chance)}"
        begin = time.perf_counter()
        status = client.get(path).status_code
        took = time.perf_counter() - begin
        statuses[status] += 1
        slowest = max(slowest, took)
        if status >= 500 or took > LONGEST:
            failures.append(f"{status} in {took:.2f} s: {path}")
    by_status = ", ".join(f"{count:,} × {status}" for status, count in sorted(statuses.items()))
    measuring.console.print(f"Lists, {connection.vendor}: {by_status}; slowest {slowest:.2f} s")
    if failures:
        measuring.console.print("\n".join(failures[:20]), markup=False)
        raise SystemExit(1)


def _pages() -> list[str]:
    """The paths of all console pages and API routes that name no object."""
    routes = [("jobs", jobs_console), ("hotels", hotels_console), ("api", [*hotel_api, *job_api])]
    return [
        reverse(f"{namespace}:{route.name}")
        for namespace, patterns in routes
        for route in patterns
        if not route.pattern.converters
    ]
