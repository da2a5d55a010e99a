"""Compare cleans, cleanliness, availability and work orders."""

from typing import Any

from hotels.models import Hotel, HousekeepingTask, Room, RoomAvailability, WorkOrder
from tests.simulation.compare.difference import Difference, check, paired
from tests.simulation.oracle.books import Task
from tests.simulation.world import World


def hotel_dates(world: World) -> None:
    hotel, books = Hotel.objects.get(pk=world.hotel.pk), world.books
    check(world, "last-round", books.last_round, hotel.last_round_date)
    check(world, "last-recalculation", books.last_recalculation, hotel.last_availability_date)


def tasks(world: World) -> None:
    first = min((task.day for task in world.books.tasks), default=world.today)
    rows = list(HousekeepingTask.objects.filter(hotel=world.hotel, date__gte=first).order_by("pk"))
    by_room: dict[int, list[HousekeepingTask]] = {}
    for row in rows:
        by_room.setdefault(row.room_id, []).append(row)
    for room in world.books.rooms.values():
        expected = [task for task in world.books.tasks if task.room == room.pk]
        found = by_room.get(room.pk, [])
        paired(world, room.number, expected, found, _same_task)
        stored = {row.pk: row for row in found}
        for task in expected:
            check(world, room.number, _task(task), _stored_task(stored[task.pk or 0]))


def _same_task(task: Task, row: HousekeepingTask) -> bool:
    return (task.day, task.kind, task.source) == (row.date, row.kind, row.source)


def _task(task: Task) -> dict[str, Any]:
    return {
        "day": task.day,
        "kind": task.kind,
        "source": task.source,
        "status": task.status,
        "priority": task.priority,
        "minutes": task.minutes,
        "linen": task.linen,
        "assignee": task.assignee,
        "by_hand": task.by_hand,
        "stay": task.stay and task.stay.pk,
        "started": task.started,
        "rolled_from": task.rolled_from and task.rolled_from.pk,
    }


def _stored_task(row: HousekeepingTask) -> dict[str, Any]:
    return {
        "day": row.date,
        "kind": row.kind,
        "source": row.source,
        "status": row.status,
        "priority": row.priority,
        "minutes": row.credits,
        "linen": row.linen_change,
        "assignee": row.assignee_id,
        "by_hand": row.assigned_by_person,
        "stay": row.booking_room_id,
        "started": row.started_at,
        "rolled_from": row.rolled_over_from_id,
    }


def cleanliness(world: World) -> None:
    rows = Room.objects.filter(hotel=world.hotel).values_list("pk", "cleanliness")
    for pk, cleanliness in rows:
        room = world.books.rooms[pk]
        check(world, room.number, room.cleanliness, cleanliness)


def availability(world: World) -> None:
    rows = RoomAvailability.objects.filter(hotel=world.hotel)
    first = min((day for _, day in world.books.rows), default=None)
    if first is not None:
        rows = rows.filter(date__gte=first)
    columns = ("total_rooms", "occupied_rooms", "out_of_order", "available_rooms", "overbooked_by")
    actual = {
        (row[0], row[1]): tuple(row[2:])
        for row in rows.values_list("room_type", "date", *columns, "occupancy_rate")
    }
    for key in sorted(world.books.rows.keys() | actual.keys(), key=lambda key: (key[1], key[0])):
        row = world.books.rows.get(key)
        expected = row and tuple(vars(row).values())
        if expected != actual.get(key):
            label = f"{world.books.types[key[0]].code} {key[1]}"
            raise Difference(world, label, row, actual.get(key))


def orders(world: World) -> None:
    rows: dict[int, list[WorkOrder]] = {}
    for row in WorkOrder.objects.filter(hotel=world.hotel, plan__isnull=False):
        rows.setdefault(row.plan_id or 0, []).append(row)
    for pk, plan in world.plans.items():
        expected = {
            cycle: (order.status, len(order.missed), order.settled)
            for cycle, order in plan.orders.items()
        }
        check(
            world,
            f"plan-{pk}",
            expected,
            {
                row.cycle_date: (
                    row.status if row.status in ("COMPLETED", "CANCELLED") else "OPEN",
                    row.missed_cycles,
                    row.settled_cycle_date,
                )
                for row in rows.get(pk, [])
            },
        )
