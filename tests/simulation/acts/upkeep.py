"""The maintenance team: orders completed, cancelled, moved, opened again; plans on and off."""

from datetime import date

from hotels.maintenance.plans import save_equipment, save_plan
from hotels.maintenance.work_orders import complete_order, note_completion, start_order
from hotels.models import MaintenancePlan, WorkOrder
from tests.simulation.oracle import dates
from tests.simulation.oracle.upkeep import PlanOracle
from tests.simulation.world import World


def _order(world: World) -> tuple[int, PlanOracle, WorkOrder] | None:
    """An open order with its plan."""
    waiting = [pk for pk, plan in world.plans.items() if plan.open_cycle is not None]
    pk = world.pick(waiting)
    if pk is None:
        return None
    plan = world.plans[pk]
    row = WorkOrder.objects.select_related("hotel", "plan").get(plan=pk, cycle_date=plan.open_cycle)
    return pk, plan, row


def work(world: World) -> None:
    """An open order is started, moved to another date, completed or cancelled."""
    found = _order(world)
    if found is None:
        return
    pk, plan, row = found
    cycle = plan.open_cycle
    how = world.rng.choice(("complete", "complete", "complete", "start", "move", "cancel"))
    if how == "complete":
        complete_order(order=row, now=world.now)
        # A floating plan counts from the completion in local time (rule 2).
        plan.complete(world.books.calendar_day(world.now) if plan.floating else world.today)
    elif how == "start" and row.status != "IN_PROGRESS":
        start_order(order=row)
    elif how == "move":
        row.due_date += world.rng.choice((-3, -1, 1, 4)) * dates.DAY
        row.save()
    elif how == "cancel":
        row.status = WorkOrder.Status.CANCELLED
        note_completion(row, now=world.now)
        row.save()
        plan.cancel()
    world.note(f"{how} the order of {cycle}", f"plan-{pk}")


def open_again(world: World) -> None:
    """A completed order, the latest of its plan, was not done after all."""
    pk = world.pick(pk for pk, plan in world.plans.items() if plan.last_done is not None)
    if pk is None:
        return
    plan = world.plans[pk]
    cycle = plan.last_done
    assert isinstance(cycle, date)
    if max(plan.orders) != cycle:
        return
    row = WorkOrder.objects.select_related("hotel", "plan").get(plan=pk, cycle_date=cycle)
    row.status = WorkOrder.Status.OPEN
    note_completion(row, now=world.now)
    row.save()
    plan.reopen(cycle)
    world.note(f"reopened the order of {cycle}", f"plan-{pk}")


def switch(world: World) -> None:
    """A plan is switched off or on, its equipment retired or taken back, its interval changed."""
    pk = world.pick(world.plans)
    plan = world.plans[pk]
    row = MaintenancePlan.objects.select_related("equipment__hotel").get(pk=pk)
    how = world.rng.choice(("switch", "switch", "retire", "change"))
    if how == "retire":
        retired = None if plan.retired else world.today + world.rng.choice((0, 2)) * dates.DAY
        row.equipment.retired_date = retired
        save_equipment(equipment=row.equipment, today=world.today)
        plan.retire(retired, world.today)
    elif how == "change":
        value = world.rng.randint(2, 6)
        row.interval_value, row.interval_unit = value, "DAYS"
        save_plan(plan=row, today=world.today)
        plan.change(value, "DAYS")
    else:
        row.active = not plan.active
        save_plan(plan=row, today=world.today)
        plan.switch(world.today)
    world.note(f"{how} the plan", f"plan-{pk}")
