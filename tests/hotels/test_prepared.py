"""Queries that are compiled once: the same rows as those of the ORM, for the values of each run."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import BigAutoField, DateField, Max, Q
from django.db.transaction import TransactionManagementError
from django.db.utils import ConnectionDoesNotExist

from hotels.models import FolioLine, Hotel, HousekeepingTask
from hotels.prepared import Among, CompiledQuery, Given
from tests.factories import FolioLineFactory, HotelFactory, RoomFactory, RoomTypeFactory
from tests.jobs.services.housekeeping import TODAY, YESTERDAY, task_in

pytestmark = pytest.mark.django_db

HOTEL = Given("hotel", field=BigAutoField())
COLUMNS = ("pk", "name", "day_close_time", "last_round_date", "accommodation_tax_rate")
EITHER = CompiledQuery(
    lambda: (
        FolioLine.objects.filter(
            Q(Among("pk", keys="lines")) | Q(Among("folio", keys="folios"), category="ROOM")
        )
        .order_by("pk")
        .values_list("pk")
    )
)


def test_each_run_has_its_own_values() -> None:
    hotels = HotelFactory.create_batch(2)
    names = CompiledQuery(lambda: Hotel.objects.filter(pk=HOTEL).values_list("name"))

    found = [names.rows(hotel=hotel.pk) for hotel in hotels]

    assert found == [[(hotel.name,)] for hotel in hotels]


def test_values_are_of_the_types_that_the_orm_returns() -> None:
    hotel = HotelFactory(last_round_date=TODAY, accommodation_tax_rate="6.5")
    rows = CompiledQuery(
        lambda: Hotel.objects.filter(pk=HOTEL).values_list(*COLUMNS, "dirty_occupied_rooms")
    )

    (row,) = rows.rows(hotel=hotel.pk)

    assert row == (hotel.pk, hotel.name, time(3), TODAY, Decimal("6.5"), True)
    assert list(map(type, row)) == [int, str, time, date, Decimal, bool]


def test_aggregates_and_dates_are_taken_and_returned_as_by_the_orm() -> None:
    room = RoomFactory()
    done_at = datetime(2026, 7, 14, 23, 30, 1, 5, tzinfo=UTC)
    task_in(room, date=YESTERDAY, status="DONE", completed_at=done_at)
    task_in(room, date=TODAY)
    latest = CompiledQuery(
        lambda: (
            HousekeepingTask.objects.filter(date__lte=Given("day", field=DateField()))
            .order_by()
            .values_list("room_id")
            .annotate(last=Max("date"), done=Max("completed_at", filter=Q(status="DONE")))
        )
    )

    assert latest.rows(day=YESTERDAY) == [(room.pk, YESTERDAY, done_at)]
    assert latest.rows(day=TODAY) == [(room.pk, TODAY, done_at)]


def test_it_is_built_once() -> None:
    built = []
    query = CompiledQuery(lambda: built.append(1) or Hotel.objects.filter(pk=HOTEL).values("pk"))

    for key in (1, 2, 3):
        query.rows(hotel=key)

    assert built == [1]


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError, match="hotel"):
        CompiledQuery(lambda: Hotel.objects.filter(pk=HOTEL).values_list("pk")).rows()


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_in_a_transaction_only() -> None:
    """SQLite locks the whole database."""
    kind = RoomTypeFactory()
    query = CompiledQuery(lambda: Hotel.objects.filter(pk=HOTEL).locked().values_list("id", "name"))

    with transaction.atomic():
        query.rows(hotel=kind.hotel_id)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
            assert cursor.fetchone() == (True,)
    for unlocked in (query, CompiledQuery(query._build)):
        with pytest.raises(TransactionManagementError):
            unlocked.rows(hotel=kind.hotel_id)


class TestKeys:
    def test_each_run_gets_the_rows_of_its_keys(self) -> None:
        first, second, third = (FolioLineFactory(gross=n, phrase={"n": n}) for n in (1, 2, 3))
        of_folios = CompiledQuery(
            lambda: (
                FolioLine.objects.filter(
                    Among("folio", keys="folios"), gross__gte=0, category__in=["ROOM", "EXTRA"]
                )
                .order_by("pk")
                .values_list("gross", "phrase")
            )
        )

        found = [
            of_folios.rows(folios=[line.folio_id for line in each])
            for each in [[first], [second, third]]
        ]

        one, two, three = ((Decimal(n), {"n": n}) for n in (1, 2, 3))
        assert found == [[one], [two, three]]

    def test_several_collections_are_kept_apart(self) -> None:
        line, of_folio, _neither = (FolioLineFactory() for _ in range(3))

        found = EITHER.rows(lines={line.pk}, folios={of_folio.folio_id: "any"})

        assert found == [(line.pk,), (of_folio.pk,)]

    def test_the_rows_take_one_query_and_none_without_any_key(self, queries_of) -> None:
        line = FolioLineFactory()

        assert queries_of(lambda: EITHER.rows(lines=[line.pk], folios=[])) == 1
        assert queries_of(lambda: EITHER.rows(lines=[], folios=[])) == 0

    @pytest.mark.postgres
    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize(("pooled", "prepared"), [(False, 1), (True, 0)])
    def test_one_statement_is_prepared_for_keys_of_any_number_and_size(
        self, settings, pooled: bool, prepared: int
    ) -> None:
        """None behind a pooler, which would lose it."""
        settings.TRANSACTION_POOLING = pooled
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")  # by other tests, in a session that is used again
            connection.connection.prepare_threshold = None

        for keys in ([1], [2, 3], [2**15], [2**31, 1], [2**62], range(1000)):
            EITHER.rows(lines=keys, folios=[])

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", ["%ANY(%"]
            )
            assert cursor.fetchone() == (prepared,)

    def test_the_database_is_that_of_the_router(self, monkeypatch) -> None:
        EITHER.rows(lines=[1], folios=[])
        monkeypatch.setattr("hotels.prepared.router.db_for_read", lambda model: "elsewhere")

        with pytest.raises(ConnectionDoesNotExist, match="elsewhere"):
            EITHER.rows(lines=[1], folios=[])
