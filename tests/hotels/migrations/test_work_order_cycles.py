"""Migration that gives work orders the cycle of their plan."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.migrating import Migrating

pytestmark = pytest.mark.migration("hotels.0009_work_order_cycles")
AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def earlier(migration: Migrating) -> Any:
    """The models before the migration."""
    return migration.earlier


@pytest.fixture
def plan(earlier: Any) -> Any:
    hotel = earlier.get_model("hotels", "Hotel").objects.create(
        code="h", name="Hotel", timezone="Europe/Lisbon", currency="EUR"
    )
    boiler = earlier.get_model("hotels", "Equipment").objects.create(
        hotel=hotel, code="B1", name="Boiler"
    )
    return plan_of(earlier, boiler, name="Descale")


def plan_of(models: Any, equipment: Any, **fields: Any) -> Any:
    return models.get_model("hotels", "MaintenancePlan").objects.create(
        equipment=equipment,
        interval_value=1,
        interval_unit="MONTHS",
        anchor_date=date(2026, 1, 15),
        **fields,
    )


def order_of(models: Any, plan: Any, *, number: str, due: date) -> None:
    orders(models).create(
        hotel_id=plan.equipment.hotel_id,
        equipment_id=plan.equipment_id,
        plan=plan,
        number=number,
        title="Descale",
        due_date=due,
        created_at=AT,
    )


def orders(models: Any) -> Any:
    return models.get_model("hotels", "WorkOrder").objects


def cycles(models: Any) -> dict[str, date | None]:
    return dict(orders(models).values_list("number", "cycle_date"))


def test_an_order_gets_the_cycle_of_its_number_where_it_was_moved(
    migration: Migrating, earlier: Any, plan: Any
) -> None:
    moved, kept = f"PM-{plan.pk}-20260115", f"PM-{plan.pk}-20260715"
    order_of(earlier, plan, number=moved, due=date(2026, 6, 20))
    order_of(earlier, plan, number=kept, due=date(2026, 7, 15))

    after = migration.forwards()

    assert cycles(after) == {moved: date(2026, 1, 15), kept: date(2026, 7, 15)}


def test_orders_that_were_each_moved_onto_the_next_date_all_get_their_cycles(
    migration: Migrating, earlier: Any, plan: Any
) -> None:
    numbers = [f"PM-{plan.pk}-2026{month:02}15" for month in range(1, 6)]
    for month, number in enumerate(numbers, start=2):
        order_of(earlier, plan, number=number, due=date(2026, month, 15))

    after = migration.forwards()

    assert cycles(after) == {number: date(2026, n, 15) for n, number in enumerate(numbers, start=1)}


def test_swapped_orders_have_both_cycles(migration: Migrating, earlier: Any, plan: Any) -> None:
    order_of(earlier, plan, number=f"PM-{plan.pk}-20260115", due=date(2026, 2, 15))
    order_of(earlier, plan, number=f"PM-{plan.pk}-20260215", due=date(2026, 1, 15))

    after = migration.forwards()

    assert sorted(filter(None, cycles(after).values())) == [date(2026, 1, 15), date(2026, 2, 15)]


@pytest.mark.parametrize(
    "number", ["WO-7", "PM-{0}-20260231", "PM-{0}-tomorrow", "PM-{0}9-20260115"]
)
def test_an_order_with_another_number_gets_its_due_date(
    migration: Migrating, earlier: Any, plan: Any, number: str
) -> None:
    order_of(earlier, plan, number=number.format(plan.pk), due=date(2026, 3, 3))

    after = migration.forwards()

    assert [*cycles(after).values()] == [date(2026, 3, 3)]


def test_an_order_without_a_plan_has_no_cycle(
    migration: Migrating, earlier: Any, plan: Any
) -> None:
    order_of(earlier, plan, number="WO-7", due=date(2026, 3, 3))
    orders(earlier).update(plan=None)

    after = migration.forwards()

    assert cycles(after) == {"WO-7": None}


def test_a_plan_that_is_off_has_no_missed_cycles(
    migration: Migrating, earlier: Any, plan: Any
) -> None:
    plan_of(earlier, plan.equipment, name="Inspect", active=False)

    after = migration.forwards()

    plans = after.get_model("hotels", "MaintenancePlan").objects
    off = dict(plans.values_list("name", "off_since_date"))
    assert off == {"Descale": None, "Inspect": date(2026, 1, 15)}


def test_backwards_orders_due_on_the_same_date_return_to_their_cycles(
    migration: Migrating, earlier: Any, plan: Any
) -> None:
    for month in (1, 2):
        number = f"PM-{plan.pk}-2026{month:02}15"
        order_of(earlier, plan, number=number, due=date(2026, month, 15))
    after = migration.forwards()
    orders(after).update(due_date=date(2026, 5, 1))

    back = migration.backwards()

    dues = orders(back).values_list("due_date", flat=True)
    assert sorted(dues) == [date(2026, 1, 15), date(2026, 2, 15)]


def test_backwards_a_moved_due_date_is_kept(migration: Migrating, earlier: Any, plan: Any) -> None:
    order_of(earlier, plan, number=f"PM-{plan.pk}-20260115", due=date(2026, 6, 20))
    migration.forwards()

    back = migration.backwards()

    assert orders(back).get().due_date == date(2026, 6, 20)
