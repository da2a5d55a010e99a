"""Admin of maintenance: changes of plans, equipment and work orders (domain rule 2)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from hotels.models import Equipment, Hotel, MaintenancePause, MaintenancePlan, WorkOrder
from tests.factories import PlanFactory
from tests.hotels.admin.books import form_of, page
from tests.hotels.admin.conftest import Browser

pytestmark = pytest.mark.django_db
TODAY = date(2026, 7, 15)
NOON = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def plan(hotel: Hotel) -> MaintenancePlan:
    """A monthly plan, due on the 20th of each month."""
    return PlanFactory(equipment__hotel=hotel, anchor_date=date(2026, 7, 20))


@pytest.fixture
def manager(owner: User, browser: Browser) -> Client:
    return browser(owner)


def order_of(plan: MaintenancePlan, **fields: Any) -> WorkOrder:
    values = {"number": "PM-1", "title": "Descale", "created_at": NOON} | fields
    return WorkOrder.objects.create(
        hotel=plan.equipment.hotel, equipment=plan.equipment, plan=plan, **values
    )


def post(client: Client, row: Any, **changes: Any) -> Any:
    return client.post(page("change", row), form_of(row) | changes)


def error_of(answer: Any) -> str:
    return str(answer.context["adminform"].form.errors["interval_value"][0])


def confirmed(answer: Any) -> str:
    """The hidden value of the form that was shown again."""
    form = answer.context["adminform"].form
    return str(form["confirmed"].value())


class TestChangedInterval:
    def test_the_next_due_dates_are_shown_before_saving(self, plan, manager: Client) -> None:
        answer = post(manager, plan, interval_value=3)

        assert error_of(answer) == (
            "The next due dates will be 20 Jul 2026, 20 Oct 2026, 20 Jan 2027. "
            "Save again to confirm."
        )
        assert MaintenancePlan.objects.get().interval_value == 1

    def test_saved_again_the_change_takes_effect(self, plan, manager: Client) -> None:
        shown = post(manager, plan, interval_value=3)
        assert f'value="{confirmed(shown)}"' in shown.content.decode()

        answer = post(manager, plan, interval_value=3, confirmed=confirmed(shown))

        assert answer.status_code == 302
        stored = MaintenancePlan.objects.get()
        assert (stored.interval_value, stored.next_due_date) == (3, date(2026, 7, 20))

    def test_the_last_done_cycle_from_which_it_counts_is_shown(self, plan, manager: Client) -> None:
        MaintenancePlan.objects.update(anchor_date=date(2026, 1, 20))
        plan.refresh_from_db()
        order_of(
            plan,
            due_date=TODAY,
            cycle_date=date(2026, 6, 20),
            status="COMPLETED",
            completed_at=NOON,
        )

        shown = post(manager, plan, interval_value=3)
        assert error_of(shown).startswith(
            "Counted from 20 Jun 2026, the next due dates will be 20 Sept 2026, 20 Dec 2026"
        )

        post(manager, plan, interval_value=3, confirmed=confirmed(shown))
        stored = MaintenancePlan.objects.get()
        assert stored.counted_from_date == date(2026, 6, 20)
        assert stored.next_due_date == date(2026, 9, 20)

    def test_another_interval_than_the_one_shown_is_shown_first(
        self, plan, manager: Client
    ) -> None:
        shown = post(manager, plan, interval_value=3)

        answer = post(manager, plan, interval_value=2, confirmed=confirmed(shown))

        assert "20 Sept 2026" in error_of(answer)

    @pytest.mark.parametrize("value", [0, -2, 99_999])
    def test_an_interval_without_due_dates_is_refused(self, plan, manager: Client, value) -> None:
        answer = post(manager, plan, interval_value=value, interval_unit="YEARS")

        assert error_of(answer).startswith("Enter an interval of at least 1")

    def test_other_fields_of_a_plan_with_an_imported_zero_can_be_changed(
        self, plan, manager: Client
    ) -> None:
        MaintenancePlan.objects.update(interval_value=0)
        plan.refresh_from_db()

        answer = post(manager, plan, interval_value=0, name="Descale")

        assert answer.status_code == 302
        assert MaintenancePlan.objects.get().name == "Descale"

    def test_in_the_form_of_the_equipment_they_are_shown_too(self, plan, manager: Client) -> None:
        form = equipment_form(plan, interval_value=3)

        answer = manager.post(page("change", plan.equipment), form)
        assert "Save again to confirm." in answer.content.decode()
        assert MaintenancePlan.objects.get().interval_value == 1

        inline = answer.context["inline_admin_formsets"][0].formset.forms[0]
        form["plans-0-confirmed"] = inline["confirmed"].value()
        assert f'value="{inline["confirmed"].value()}"' in answer.content.decode()
        assert manager.post(page("change", plan.equipment), form).status_code == 302
        assert MaintenancePlan.objects.get().interval_value == 3


def equipment_form(plan: MaintenancePlan, **changes: Any) -> dict[str, Any]:
    """What a browser posts from the page of the plan's equipment, with the plan's row."""
    row = form_of(plan, **changes)
    names = ("interval_value", "interval_unit", "mode", "anchor_date", "lead_days", "name")
    values = {f"plans-0-{name}": row[name] for name in names}
    if plan.active and changes.get("active", True):
        values["plans-0-active"] = "on"
    return (
        form_of(plan.equipment)
        | values
        | {
            "plans-TOTAL_FORMS": 1,
            "plans-INITIAL_FORMS": 1,
            "plans-0-id": plan.pk,
            "plans-0-equipment": plan.equipment_id,
        }
    )


class TestSwitchedOff:
    def test_a_plan_switched_off_and_on_has_a_pause(self, plan, manager: Client) -> None:
        off = {name: value for name, value in form_of(plan).items() if name != "active"}
        assert manager.post(page("change", plan), off).status_code == 302
        plan.refresh_from_db()
        assert (plan.off_since_date, plan.next_due_date) == (TODAY, None)

        with time_machine.travel(datetime(2026, 7, 25, 12, tzinfo=UTC)):
            assert post(manager, plan, active="on").status_code == 302

        plan.refresh_from_db()
        assert (plan.off_since_date, plan.next_due_date) == (None, date(2026, 8, 20))
        pause = MaintenancePause.objects.get()
        assert (pause.plan, pause.start_date, pause.end_date) == (plan, TODAY, date(2026, 7, 25))

    def test_a_plan_is_switched_off_in_the_form_of_the_equipment(
        self, plan, manager: Client
    ) -> None:
        form = equipment_form(plan, active=False)

        assert manager.post(page("change", plan.equipment), form).status_code == 302

        assert MaintenancePlan.objects.get().off_since_date == TODAY

    def test_a_new_plan_can_be_off(self, plan, manager: Client) -> None:
        form = {n: v for n, v in form_of(plan).items() if n not in ("id", "active")}

        answer = manager.post(page("add", MaintenancePlan), form | {"name": "Other"})

        assert answer.status_code == 302
        assert MaintenancePlan.objects.get(name="Other").off_since_date == TODAY

    def test_a_new_plan_has_its_next_due_date_at_once(self, plan, manager: Client) -> None:
        form = {n: v for n, v in form_of(plan).items() if n != "id"}

        manager.post(page("add", MaintenancePlan), form | {"name": "Other"})

        assert MaintenancePlan.objects.get(name="Other").next_due_date == date(2026, 7, 20)


class TestRetired:
    def test_retired_equipment_has_no_next_due_dates(self, plan, manager: Client) -> None:
        post(manager, plan.equipment, retired_date="2026-07-20")

        assert MaintenancePlan.objects.get().next_due_date is None

    def test_equipment_returned_to_use_was_paused(self, plan, manager: Client) -> None:
        Equipment.objects.update(retired_date=date(2026, 7, 1))

        post(manager, plan.equipment, retired_date="")

        pause = MaintenancePause.objects.get()
        assert (pause.equipment, pause.plan) == (plan.equipment, None)
        assert (pause.start_date, pause.end_date) == (date(2026, 7, 1), TODAY)
        assert MaintenancePlan.objects.get().next_due_date == date(2026, 7, 20)

    def test_a_corrected_date_of_retirement_is_no_pause(self, plan, manager: Client) -> None:
        Equipment.objects.update(retired_date=date(2026, 7, 1))

        post(manager, plan.equipment, retired_date="2026-07-10")

        assert not MaintenancePause.objects.exists()


class TestPause:
    def test_a_pause_added_by_a_user_moves_the_next_due_date(self, plan, manager: Client) -> None:
        pause = {"equipment": plan.equipment_id, "plan": plan.pk}
        pause |= {"start_date": "2026-07-01", "end_date": "2026-08-01"}

        assert manager.post(page("add", MaintenancePause), pause).status_code == 302

        assert MaintenancePlan.objects.get().next_due_date == date(2026, 8, 20)

    def test_without_the_pause_the_plan_is_due_again(self, plan, manager: Client) -> None:
        pause = MaintenancePause.objects.create(
            equipment=plan.equipment, start_date=date(2026, 7, 1), end_date=date(2026, 8, 1)
        )

        manager.post(page("delete", pause), {"post": "yes"})

        assert MaintenancePlan.objects.get().next_due_date == date(2026, 7, 20)

    def test_pauses_deleted_in_the_list_make_the_plan_due_again(
        self, plan, manager: Client
    ) -> None:
        pause = MaintenancePause.objects.create(
            equipment=plan.equipment, start_date=date(2026, 7, 1), end_date=date(2026, 8, 1)
        )

        manager.post(
            page("changelist", MaintenancePause),
            {"action": "delete_selected", "_selected_action": [pause.pk], "post": "yes"},
        )

        assert not MaintenancePause.objects.exists()
        assert MaintenancePlan.objects.get().next_due_date == date(2026, 7, 20)

    def test_a_plan_with_a_pause_can_be_deleted(self, plan, manager: Client) -> None:
        MaintenancePause.objects.create(
            equipment=plan.equipment, plan=plan, start_date=date(2026, 7, 1), end_date=TODAY
        )

        manager.post(page("delete", plan), {"post": "yes"})

        assert not MaintenancePlan.objects.exists()


class TestWorkOrder:
    def test_the_due_date_can_be_moved_onto_that_of_another_order(
        self, plan, manager: Client
    ) -> None:
        order_of(plan, number="PM-2", due_date=date(2026, 8, 20), cycle_date=date(2026, 8, 20))
        order = order_of(plan, due_date=date(2026, 7, 20), cycle_date=date(2026, 7, 20))

        answer = post(manager, order, due_date="2026-08-20")

        order.refresh_from_db()
        assert answer.status_code == 302
        assert (order.due_date, order.cycle_date) == (date(2026, 8, 20), date(2026, 7, 20))

    def test_completed_late_it_settles_the_coming_cycle(self, plan, manager: Client) -> None:
        MaintenancePlan.objects.update(anchor_date=date(2026, 1, 20), lead_days=7)
        order = order_of(plan, due_date=TODAY, cycle_date=date(2026, 6, 20))

        post(manager, order, status="COMPLETED")

        order.refresh_from_db()
        assert order.settled_cycle_date == date(2026, 7, 20)

    def test_opened_again_it_has_no_completion(self, plan, manager: Client) -> None:
        order = order_of(
            plan,
            due_date=TODAY,
            cycle_date=TODAY,
            status="COMPLETED",
            completed_at=datetime(2026, 7, 1, tzinfo=UTC),
        )

        post(manager, order, status="IN_PROGRESS")
        order.refresh_from_db()
        assert order.completed_at is None

        post(manager, order, status="COMPLETED")
        order.refresh_from_db()
        assert order.completed_at == NOON
