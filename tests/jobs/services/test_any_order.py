"""The services in any order, crashing at any statement, with staff at work in between."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Count, Q
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from hotels.housekeeping.finishing import clean_room
from hotels.models import (
    BookingNight,
    BookingRoom,
    Folio,
    FolioLine,
    Hotel,
    HousekeepingTask,
    Invoice,
    InvoiceSeries,
    NoShowRecord,
    WorkOrder,
)
from hotels.no_shows.manager_actions import ReversalRefused, reinstate, waive
from jobs.base import JobContext, Service
from jobs.services.availability_recalc import recalculate_availability
from jobs.services.housekeeping_round import run_housekeeping_round
from jobs.services.invoice_generator import generate_invoices
from jobs.services.maintenance_scheduler import schedule_maintenance
from jobs.services.no_show_checker import check_and_process_no_shows
from tests.dumps import every_row
from tests.factories import PaymentFactory, PlanFactory, PolicyFactory, UserFactory, stay
from tests.hotels.billing.issued import charge
from tests.jobs.services.housekeeping import TODAY, busy_hotel

SERVICES: tuple[Service, ...] = (
    run_housekeeping_round,
    schedule_maintenance,
    check_and_process_no_shows,
    recalculate_availability,
    generate_invoices,
)
START = datetime(2026, 7, 15, 0, 30, tzinfo=UTC)


def books() -> Hotel:
    """A hotel with rooms in every state, every no-show policy, deposits and both plan modes."""
    hotel = busy_hotel(8)
    for n in range(4):
        policy = PolicyFactory(hotel=hotel, guaranteed=n % 2 == 0, taxed=n == 2)
        room = stay(hotel, arrival=TODAY - timedelta(days=n % 3), nights_count=3, policy=policy)
        if n < 2:
            PaymentFactory(folio=room.folio, amount=250, is_deposit=True)
    for mode in ("FIXED", "FLOATING"):
        PlanFactory(
            equipment__hotel=hotel, mode=mode, interval_unit="DAYS", anchor_date=TODAY, lead_days=1
        )
    return hotel


@contextmanager
def dying_at(statement: int) -> Iterator[None]:
    """Lose the database connection at the nth statement of the block."""
    seen = 0

    def count(execute: Callable[..., Any], *args: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == statement:
            raise OperationalError("server closed the connection unexpectedly")
        return execute(*args)

    with connection.execute_wrapper(count):
        yield


def work(service: Service, hotel: Hotel, now: datetime) -> None:
    with transaction.atomic():
        service(JobContext(hotel=Hotel.objects.get(pk=hotel.pk), now=now))


def arrive(hotel: Hotel, now: datetime) -> None:
    room = BookingRoom.objects.filter(hotel=hotel, status="CONFIRMED").order_by("pk").first()
    if room:
        BookingRoom.objects.filter(pk=room.pk).update(status="CHECKED_IN", checked_in_at=now)


def leave(hotel: Hotel, now: datetime) -> None:
    """Check out the guest who arrived first: release the remaining nights, complete the folio."""
    room = BookingRoom.objects.filter(hotel=hotel, status="CHECKED_IN").order_by("pk").first()
    if room is None or room.folio is None or room.folio.status != "OPEN":
        return
    BookingRoom.objects.filter(pk=room.pk).update(status="CHECKED_OUT", checked_out_at=now)
    BookingNight.objects.filter(booking_room=room, date__gte=hotel.business_date(now)).update(
        released=True
    )
    charge(room.folio, 120, rate=6)
    Folio.objects.filter(pk=room.folio_id).update(status="COMPLETED", completed_at=now)


def finish(hotel: Hotel, now: datetime) -> None:
    order = WorkOrder.objects.filter(hotel=hotel, status="OPEN").order_by("pk").first()
    if order:
        WorkOrder.objects.filter(pk=order.pk).update(status="COMPLETED", completed_at=now)
    task = HousekeepingTask.objects.filter(hotel=hotel, status="ASSIGNED").order_by("pk").first()
    if task:
        HousekeepingTask.objects.filter(pk=task.pk).update(status="DONE", completed_at=now)
        task.refresh_from_db()
        clean_room(task)


def take_back(hotel: Hotel, now: datetime) -> None:
    _decide(reinstate, hotel, now)


def forgive(hotel: Hotel, now: datetime) -> None:
    _decide(waive, hotel, now)


def _decide(how: Callable[..., Any], hotel: Hotel, now: datetime) -> None:
    record = NoShowRecord.objects.filter(hotel=hotel).order_by("-pk").first()
    if record:
        with suppress(ReversalRefused):
            how(record=record, user=UserFactory(), now=now)


def check_books(hotel: Hotel) -> None:
    """Check the invariants."""
    for series in InvoiceSeries.objects.filter(hotel=hotel):
        issued = Invoice.objects.filter(hotel=hotel, kind=series.kind, year=series.year)
        numbered = list(issued.order_by("sequence").values_list("sequence", "issue_date"))
        assert [number for number, _ in numbered] == list(range(1, series.last_number + 1))
        assert [day for _, day in numbered] == sorted(day for _, day in numbered)
    standing = Q(folio_lines__category="NO_SHOW_FEE", folio_lines__reverses=None)
    standing &= Q(folio_lines__reversed_by=None)
    rooms = BookingRoom.objects.filter(hotel=hotel).annotate(
        fees=Count("folio_lines", filter=standing)
    )
    assert not rooms.filter(fees__gt=1).exists()
    assert not rooms.exclude(status="NO_SHOW").filter(fees__gt=0).exists()
    gone = Q(status="NO_SHOW", no_show_records__outcome__in=("APPLIED", "WAIVED"))
    gone |= Q(status="RELEASED", no_show_records__outcome="RELEASED")
    away = rooms.filter(status__in=("NO_SHOW", "RELEASED"))
    assert away.count() == away.filter(gone).distinct().count()
    still_open = Q(work_orders__status__in=WorkOrder.OPEN_STATUSES)
    for equipment in hotel.equipment.all():
        plans = equipment.plans.annotate(n=Count("work_orders", filter=still_open))
        assert not plans.filter(n__gt=1).exists()
    for folio in Folio.objects.filter(hotel=hotel, invoices__live=True, invoices__kind="INVOICE"):
        lines = FolioLine.objects.filter(folio=folio)
        assert folio.status == "COMPLETED"
        assert sum(line.gross for line in lines) == sum(
            document.gross if document.kind == "INVOICE" else -document.gross
            for document in folio.invoices.all()
        )


steps = st.tuples(
    st.sampled_from(SERVICES),
    st.integers(0, 30),
    st.none() | st.integers(1, 30),
    st.sampled_from((None, arrive, leave, finish, take_back, forgive)),
)


class TestAnyOrder(TestCase):
    @settings(max_examples=15)
    @given(st.lists(steps, min_size=1, max_size=12))
    def test_a_crash_leaves_nothing_and_a_second_run_writes_nothing(self, taken) -> None:
        hotel, now = books(), START
        for service, hours, dies_at, meanwhile in taken:
            now += timedelta(hours=hours)
            if meanwhile:
                meanwhile(hotel, now)
            if dies_at:
                before = every_row()
                try:
                    with transaction.atomic(), dying_at(dies_at):
                        work(service, hotel, now)
                        raise OperationalError("died before the commit")
                except OperationalError:
                    assert every_row() == before
            work(service, hotel, now)
            after = every_row()
            work(service, hotel, now)
            assert every_row() == after
            check_books(hotel)
