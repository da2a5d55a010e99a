"""Every locking statement locks one table, in order of its keys (docs/adr/0024)."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hotels.models import Guest, Hotel, HousekeepingTask, Room
from hotels.models.locking import LockableQuerySet
from tests.factories import RoomFactory
from tests.locking import LockInspector, breach_of

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [path for app in ("hotels", "jobs", "pms") for path in (ROOT / app).rglob("*.py")]
THE_ONE = ROOT / "hotels" / "models" / "locking.py"
LOCKABLE = [
    model
    for app in ("hotels", "jobs")
    for model in apps.get_app_config(app).get_models()
    if isinstance(model._default_manager.all(), LockableQuerySet)
]


@pytest.mark.once
def test_rows_are_locked_in_one_place_only() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in SOURCES
        if path != THE_ONE
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "select_for_update"
    ]

    assert found == []


@pytest.mark.postgres
@pytest.mark.django_db
def test_every_model_is_locked_without_the_tables_of_its_ordering() -> None:
    """SQLite has no locks of rows."""
    queries = [model._default_manager.locked() for model in LOCKABLE]  # type: ignore[attr-defined]
    related = [rows.select_related() for rows in queries]

    assert len(LOCKABLE) > 30
    assert [breach_of(str(rows.query)) for rows in (*queries, *related)] == [""] * len(queries) * 2


@pytest.mark.once
@pytest.mark.parametrize(
    ("sql", "breach"),
    [
        ('SELECT "a"."id" FROM "a" INNER JOIN "b" ON (1) ORDER BY "b"."code" ASC', ""),
        ('SELECT "a"."id" FROM "a" WHERE 1 LIMIT 21 FOR UPDATE', ""),
        ('SELECT 1 FROM "a" ORDER BY "a"."id" ASC FOR NO KEY UPDATE OF "a"', ""),
        ('SELECT 1 FROM "a" JOIN "b" ON (1) ORDER BY "a"."id" ASC LIMIT 1 FOR UPDATE OF "a"', ""),
        ('SELECT 1 FROM "a" JOIN "b" ON (1) ORDER BY "a"."id" ASC FOR UPDATE', "joined tables"),
        ('SELECT 1 FROM "a" JOIN "b" ON (1) LIMIT 21 FOR UPDATE OF "a", "b"', "joined tables"),
        ('SELECT 1 FROM "a" FOR UPDATE', "in no order"),
        ('SELECT 1 FROM "a" LIMIT 1 FOR NO KEY UPDATE OF "a"', "in no order"),
        ('SELECT 1 FROM "a" ORDER BY "a"."code" ASC FOR UPDATE OF "a"', "another order"),
        ('SELECT 1 FROM "a" ORDER BY "a"."id" DESC LIMIT 1 FOR UPDATE OF "a"', "another order"),
    ],
)
def test_a_statement_that_breaks_the_rule_is_found(sql: str, breach: str) -> None:
    assert breach in breach_of(sql)
    assert bool(breach) is bool(breach_of(sql))


@pytest.mark.postgres
@pytest.mark.django_db
def test_a_statement_that_breaks_the_rule_fails_its_test(
    hotel: Hotel, lock_inspector: LockInspector
) -> None:
    """SQLite has no locks of rows."""
    HousekeepingTask.objects.select_for_update().first()  # joins rooms and hotels for their order

    found = [breach.partition(":")[0] for breach in lock_inspector.take_breaches()]
    assert found == ["locks rows of joined tables"]


@pytest.mark.postgres
@pytest.mark.django_db
def test_tables_locked_in_the_wrong_order_fail_a_test(
    hotel: Hotel, lock_inspector: LockInspector
) -> None:
    """SQLite has no locks of rows."""
    with transaction.atomic():
        Hotel.objects.locked().get()
        Room.objects.update(floor=4)
    with transaction.atomic():
        Room.objects.update(floor=5)
        Hotel.objects.locked().get()

    found = [breach.partition(":")[0] for breach in lock_inspector.take_breaches()]
    assert found == ["locks hotels_hotel after hotels_room"]


@pytest.mark.postgres
@pytest.mark.django_db
def test_rows_are_updated_after_they_are_locked_in_order(hotel: Hotel) -> None:
    """SQLite has no locks of rows."""
    rooms = [RoomFactory(hotel=hotel) for _ in range(3)]

    with CaptureQueriesContext(connection) as queries:
        count = hotel.rooms.filter(pk__in=[rooms[2].pk, rooms[0].pk]).update_in_order(floor=4)

    locking, update = (query["sql"] for query in queries)
    assert "FOR NO KEY UPDATE" in locking
    assert breach_of(locking) == ""
    assert update.startswith('UPDATE "hotels_room"')
    assert count == 2


@pytest.mark.django_db
def test_only_the_rows_asked_for_are_updated_in_order(hotel: Hotel) -> None:
    ana, rui = (Guest.objects.create(hotel=hotel, name=name) for name in ("Ana", "Rui"))

    changed = Guest.objects.filter(name="Ana").update_in_order(vip=True)
    unchanged = Guest.objects.filter(name="Eva").update_in_order(vip=True)

    assert (changed, unchanged) == (1, 0)
    assert list(Guest.objects.filter(vip=True)) == [ana]
    assert not Guest.objects.get(pk=rui.pk).vip
