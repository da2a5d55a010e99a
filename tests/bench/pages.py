"""Server time of every console page: empty database, one hotel, 500 hotels × 90 days."""

from django.db import connection
from django.test import Client
from django.utils import timezone
from rich.table import Table

from hotels.models import Invoice
from jobs.models import JobExecution
from tests.bench import books, console, group, measuring
from tests.factories import UserFactory

SIZES = (0, 1, 500)
DAYS = 90
PATHS = (
    "/admin/",
    "/admin/run/check-no-shows/",
    "/admin/timeline/",
    "/admin/timeline/?hours=168",
    "/admin/timeline/night/",
    "/admin/trends/?days=90",
    "/admin/housekeeping/",
    "/admin/housekeeping/lists/",
    "/admin/availability/",
    "/admin/work-orders/",
    "/admin/no-shows/",
    "/admin/invoices/",
    "/admin/invoices/?show=due",
    "/admin/hotels/auditentry/",
    "/admin/jobs/jobexecution/",
    "/admin/hotels/booking/",
    "/admin/hotels/folio/",
    "/admin/hotels/invoice/",
)
OF_ONE = {
    "/admin/jobs/jobexecution/{}/change/": JobExecution,
    "/admin/invoices/{}/": Invoice,
    "/admin/invoices/{}/pdf/": Invoice,
}
Times = dict[str, tuple[float, int]]


def run() -> None:
    """Measure every size, then print a table of milliseconds and queries."""
    found = {size: _measured(size) for size in SIZES}
    table = Table(title=f"Server time of a page, {connection.vendor}", title_justify="left")
    table.add_column("page")
    for size in SIZES:
        table.add_column(f"{size} hotels", justify="right")
    for path in (*PATHS, *OF_ONE):
        table.add_row(path, *(_cell(found[size].get(path)) for size in SIZES))
    measuring.console.print(table)


def _measured(size: int) -> Times:
    group.empty()
    now = timezone.now()
    if size:
        hotels = group.hotels(size)
        books.fill(hotels, days=DAYS, now=now)
        console.generate(hotels=hotels, days=DAYS, now=now)
    client = Client(SERVER_NAME="localhost")
    client.force_login(UserFactory(is_superuser=True))
    # Past days are calculated on the first request.
    while b"data-poll" in client.get("/admin/trends/?days=90").content:
        pass
    paths = {path: path for path in PATHS}
    for path, model in OF_ONE.items():
        newest = model.objects.order_by("-pk").values_list("pk", flat=True).first()
        if newest is not None:
            paths[path] = path.format(newest)
    return {name: _time(client, path) for name, path in paths.items()}


def _time(client: Client, path: str) -> tuple[float, int]:
    console.page(client, path)
    took = measuring.median(lambda: console.page(client, path), times=7)
    return took, measuring.queries(lambda: console.page(client, path))


def _cell(measured: tuple[float, int] | None) -> str:
    return "" if measured is None else f"{measured[0] * 1000:,.0f} ms, {measured[1]} q"
