"""Preventive maintenance after changes of plans and equipment (domain rule 2)."""

from datetime import date
from typing import Any

import pytest

from hotels.maintenance.plans import save_equipment, save_plan
from hotels.models import Hotel, MaintenancePause, MaintenancePlan, WorkOrder
from tests.jobs.services.maintenance import (
    TODAY,
    Run,
    complete,
    latest,
    open_order,
    plan_of,
    runner,
    switch,
)


@pytest.fixture
def run(hotel: Hotel) -> Run:
    return runner(hotel)


class TestPaused:
    """Cycles while the plan was off, or the equipment not in use, are not missed."""

    @pytest.mark.parametrize("mode", ["FIXED", "FLOATING"])
    def test_a_plan_that_is_off_gets_no_order(self, hotel, run, mode) -> None:
        switch(plan_of(hotel, mode=mode), active=False, day=date(2026, 1, 10))

        assert run(date(2026, 1, 15)).done == 0

    def test_cycles_while_the_plan_was_off_are_not_missed(self, hotel, run) -> None:
        plan = plan_of(hotel)
        switch(plan, active=False, day=date(2026, 2, 1))
        switch(plan, active=True, day=date(2026, 6, 1))

        run(date(2026, 7, 15))

        # January was due before the plan was switched off, June after it was switched on.
        assert latest() == (date(2026, 7, 15), 2, date(2026, 1, 15))

    def test_a_cycle_on_the_day_of_switching_on_is_due_and_one_on_the_day_of_switching_off_is_not(
        self, hotel, run
    ) -> None:
        plan = plan_of(hotel)
        switch(plan, active=False, day=date(2026, 1, 15))
        switch(plan, active=True, day=date(2026, 2, 15))

        run(date(2026, 2, 15))

        assert latest() == (date(2026, 2, 15), 0, None)

    def test_switched_on_between_two_cycles_the_plan_waits_for_the_next_one(
        self, hotel, run
    ) -> None:
        plan = plan_of(hotel)
        switch(plan, active=False, day=date(2026, 1, 1))
        switch(plan, active=True, day=date(2026, 6, 20))

        run(date(2026, 6, 22))

        plan.refresh_from_db()
        assert not WorkOrder.objects.exists()
        assert plan.next_due_date == date(2026, 7, 15)

    def test_cycles_of_a_pause_are_not_missed_while_an_order_is_open(self, hotel, run) -> None:
        plan = plan_of(hotel)
        run(date(2026, 1, 15))
        switch(plan, active=False, day=date(2026, 2, 1))
        switch(plan, active=True, day=date(2026, 6, 1))

        (skipped,) = run(date(2026, 6, 20)).skipped

        assert skipped.missed_cycles == 1

    def test_cycles_before_the_equipment_was_installed_are_not_missed(self, hotel, run) -> None:
        plan_of(hotel, equipment__installed_date=date(2026, 5, 15))

        run(TODAY)

        assert latest() == (TODAY, 2, date(2026, 5, 15))

    def test_no_order_is_made_for_a_date_after_retirement(self, hotel, run) -> None:
        plan = plan_of(hotel, lead_days=20, equipment__retired_date=TODAY)
        complete_to_june(run)

        run(date(2026, 7, 1))

        plan.refresh_from_db()
        assert latest()[0] == date(2026, 6, 15)
        assert plan.next_due_date is None

    def test_a_floating_plan_makes_no_order_for_a_date_after_retirement(self, hotel, run) -> None:
        plan_of(
            hotel,
            mode="FLOATING",
            lead_days=20,
            anchor_date=TODAY,
            equipment__retired_date=TODAY,
        )

        run(date(2026, 7, 1))

        assert not WorkOrder.objects.exists()

    def test_cycles_while_equipment_was_retired_are_not_missed(self, hotel, run) -> None:
        plan = plan_of(hotel, equipment__retired_date=date(2026, 2, 1))
        equipment = plan.equipment
        equipment.retired_date = None
        save_equipment(equipment=equipment, today=date(2026, 6, 1))

        run(date(2026, 6, 15))

        assert latest() == (date(2026, 6, 15), 1, date(2026, 1, 15))

    def test_a_floating_plan_due_in_a_pause_is_due_when_it_is_in_use_again(
        self, hotel, run
    ) -> None:
        plan = plan_of(hotel, mode="FLOATING", interval_unit="YEARS")
        switch(plan, active=False, day=date(2026, 1, 1))
        switch(plan, active=True, day=date(2026, 3, 1))

        run(date(2026, 3, 2))

        assert latest() == (date(2026, 3, 1), 0, None)

    def test_a_plan_switched_off_and_on_on_one_day_has_no_pause(self, hotel) -> None:
        plan = plan_of(hotel)
        switch(plan, active=False, day=TODAY)
        switch(plan, active=True, day=TODAY)

        assert not MaintenancePause.objects.exists()


def complete_to_june(run: Run) -> None:
    """Complete the orders up to June on their due dates."""
    for month in range(1, 7):
        run(date(2026, month, 15))
        complete(open_order(), date(2026, month, 15))


class TestChangedInterval:
    def changed(self, plan: MaintenancePlan, day: date, **fields: Any) -> MaintenancePlan:
        plan.refresh_from_db()
        for name, value in fields.items():
            setattr(plan, name, value)
        save_plan(plan=plan, today=day)
        return plan

    def test_it_counts_from_the_last_done_cycle(self, hotel, run) -> None:
        plan = plan_of(hotel)
        complete_to_june(run)

        self.changed(plan, date(2026, 6, 20), interval_value=2)
        run(date(2026, 7, 15))

        plan.refresh_from_db()
        assert (latest()[0], plan.next_due_date) == (date(2026, 6, 15), date(2026, 8, 15))

    def test_it_counts_from_a_settled_cycle(self, hotel, run) -> None:
        plan = plan_of(hotel, lead_days=14)
        run(date(2026, 2, 20))
        complete(open_order(), date(2026, 3, 14))

        changed = self.changed(plan, date(2026, 3, 20), interval_value=3)

        assert changed.next_due_date == date(2026, 6, 15)

    def test_it_counts_from_the_cycle_of_an_open_order(self, hotel, run) -> None:
        plan = plan_of(hotel)
        run(date(2026, 1, 15))

        changed = self.changed(plan, date(2026, 1, 20), interval_value=3)

        assert changed.next_due_date == date(2026, 4, 15)

    def test_a_cycle_that_no_longer_exists_is_not_missed(self, hotel, run) -> None:
        plan = plan_of(hotel)
        run(date(2026, 1, 15))
        complete(open_order(), date(2026, 1, 15))

        self.changed(plan, date(2026, 4, 1), interval_value=3)
        run(date(2026, 4, 15))

        assert latest() == (date(2026, 4, 15), 0, None)

    def test_a_plan_never_done_keeps_its_first_due_date(self, hotel) -> None:
        plan = plan_of(hotel, anchor_date=date(2026, 9, 1))

        changed = self.changed(plan, TODAY, interval_value=3)

        assert (changed.counted_from_date, changed.next_due_date) == (None, date(2026, 9, 1))

    def test_a_new_first_due_date_counts_again(self, hotel, run) -> None:
        plan = plan_of(hotel)
        complete_to_june(run)
        self.changed(plan, date(2026, 6, 20), interval_value=2)

        changed = self.changed(plan, date(2026, 6, 21), anchor_date=date(2026, 7, 20))

        assert (changed.counted_from_date, changed.next_due_date) == (None, date(2026, 7, 20))

    def test_the_day_of_the_month_is_kept(self, hotel, run) -> None:
        plan = plan_of(hotel, anchor_date=date(2026, 1, 31))
        for day in (date(2026, 1, 31), date(2026, 2, 28)):
            run(day)
            complete(open_order(), day)

        changed = self.changed(plan, date(2026, 3, 1), interval_value=2)

        assert changed.next_due_date == date(2026, 4, 30)

    def test_an_interval_of_zero_has_no_next_due_date(self, hotel) -> None:
        plan = plan_of(hotel)

        assert self.changed(plan, TODAY, interval_value=0).next_due_date is None

    def test_corrected_from_zero_the_interval_counts_from_the_first_due_date(self, hotel) -> None:
        plan = plan_of(hotel, interval_value=0, anchor_date=date(2026, 9, 1))

        changed = self.changed(plan, TODAY, interval_value=1)

        assert changed.next_due_date == date(2026, 9, 1)

    def test_a_floating_plan_counts_the_new_interval_from_the_last_service(
        self, hotel, run
    ) -> None:
        plan = plan_of(hotel, mode="FLOATING")
        run(date(2026, 1, 15))
        complete(open_order(), date(2026, 1, 20))

        changed = self.changed(plan, date(2026, 1, 25), interval_value=2)

        assert changed.next_due_date == date(2026, 3, 20)
