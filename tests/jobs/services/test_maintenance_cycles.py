"""Preventive maintenance: which cycle gets a work order, which are missed (domain rule 2)."""

from datetime import date, timedelta

import pytest

from hotels.models import Hotel, WorkOrder
from tests.jobs.services.maintenance import Run, complete, latest, open_order, plan_of, runner


@pytest.fixture
def run(hotel: Hotel) -> Run:
    return runner(hotel)


class TestMovedOrder:
    """A person changes the due date; the order still belongs to its cycle."""

    def test_moved_later_and_completed_it_leaves_the_cycles_up_to_that_date(
        self, hotel, run
    ) -> None:
        plan_of(hotel)
        run(date(2026, 1, 15))
        WorkOrder.objects.update(due_date=date(2026, 6, 20))
        complete(open_order(), date(2026, 1, 16))

        for month in (2, 3, 4):
            run(date(2026, month, 15))
            complete(open_order(), date(2026, month, 15))

        assert [order.cycle_date for order in WorkOrder.objects.order_by("cycle_date")] == [
            date(2026, month, 15) for month in (1, 2, 3, 4)
        ]
        assert not WorkOrder.objects.filter(missed_cycles__gt=0).exists()

    def test_moved_onto_the_next_cycle_it_does_not_block_that_one(self, hotel, run) -> None:
        plan_of(hotel)
        run(date(2026, 1, 15))
        WorkOrder.objects.update(due_date=date(2026, 2, 15))
        complete(open_order(), date(2026, 2, 10))

        result = run(date(2026, 2, 15))

        assert result.problems == ()
        assert latest() == (date(2026, 2, 15), 0, None)

    def test_moved_earlier_its_cycle_does_not_come_again(self, hotel, run) -> None:
        plan_of(hotel)
        run(date(2026, 1, 15))
        WorkOrder.objects.update(due_date=date(2026, 1, 2))
        complete(open_order(), date(2026, 1, 16))

        run(date(2026, 1, 20))

        assert WorkOrder.objects.count() == 1

    def test_moved_while_open_the_missed_cycles_count_from_its_cycle(self, hotel, run) -> None:
        plan_of(hotel)
        run(date(2026, 1, 15))
        WorkOrder.objects.update(due_date=date(2026, 6, 20))

        (skipped,) = run(date(2026, 3, 20)).skipped

        assert (skipped.due_date, skipped.missed_cycles) == (date(2026, 3, 15), 2)

    def test_a_floating_order_moved_while_open_counts_from_its_cycle_too(self, hotel, run) -> None:
        plan_of(hotel, mode="FLOATING")
        run(date(2026, 1, 15))
        WorkOrder.objects.update(due_date=date(2026, 6, 20))

        (skipped,) = run(date(2026, 3, 20)).skipped

        assert (skipped.due_date, skipped.missed_cycles) == (date(2026, 3, 15), 2)

    def test_a_floating_order_moved_later_and_cancelled_swallows_no_cycle(self, hotel, run) -> None:
        plan_of(hotel, mode="FLOATING")
        run(date(2026, 1, 15))
        WorkOrder.objects.update(due_date=date(2026, 6, 20), status="CANCELLED")

        run(date(2026, 2, 15))

        assert latest() == (date(2026, 2, 15), 0, None)


class TestFloatingTwiceEarly:
    def test_two_services_on_one_day_do_not_collide_with_an_earlier_far_cycle(
        self, hotel, run
    ) -> None:
        weekly = {"mode": "FLOATING", "interval_unit": "WEEKS", "lead_days": 40}
        plan_of(hotel, anchor_date=date(2026, 1, 30), **weekly)
        for day in (1, 2, 2):
            run(date(2026, 1, day))
            complete(open_order(), date(2026, 1, day))

        result = run(date(2026, 1, 2))

        assert result.problems == ()
        cycles = sorted(order.cycle_date.day for order in WorkOrder.objects.all())
        assert cycles == [8, 9, 16, 30]


class TestOverdueFirst:
    def test_with_lead_days_the_overdue_cycle_comes_before_the_coming_one(self, hotel, run) -> None:
        plan_of(hotel, lead_days=14)

        run(date(2026, 3, 10))

        assert latest() == (date(2026, 2, 15), 1, date(2026, 1, 15))

    def test_completed_within_the_lead_days_it_settles_the_coming_cycle(self, hotel, run) -> None:
        plan = plan_of(hotel, lead_days=14)
        run(date(2026, 3, 10))

        complete(open_order(), date(2026, 3, 11))
        plan.refresh_from_db()
        assert plan.next_due_date == date(2026, 4, 15)
        run(date(2026, 3, 16))

        order = WorkOrder.objects.get()
        assert (order.cycle_date, order.settled_cycle_date) == (
            date(2026, 2, 15),
            date(2026, 3, 15),
        )

    @pytest.mark.parametrize(
        ("day", "settles"),
        [(date(2026, 2, 28), False), (date(2026, 3, 1), True), (date(2026, 3, 15), True)],
    )
    def test_the_lead_days_end_on_the_due_date(self, hotel, run, day, settles) -> None:
        plan_of(hotel, lead_days=14)
        run(date(2026, 2, 20))

        complete(open_order(), day)

        assert (WorkOrder.objects.get().settled_cycle_date is not None) == settles

    def test_completed_before_the_lead_days_the_coming_cycle_gets_its_order(
        self, hotel, run
    ) -> None:
        plan_of(hotel, lead_days=14)
        run(date(2026, 2, 20))
        complete(open_order(), date(2026, 2, 28))

        run(date(2026, 3, 1))

        assert latest() == (date(2026, 3, 15), 0, None)

    def test_cycles_passed_while_the_order_was_open_are_missed_when_it_settles_a_later_one(
        self, hotel, run
    ) -> None:
        plan_of(hotel, lead_days=14)
        run(date(2026, 1, 15))

        complete(open_order(), date(2026, 5, 10))

        assert WorkOrder.objects.get().settled_cycle_date == date(2026, 5, 15)
        assert latest() == (date(2026, 1, 15), 3, date(2026, 2, 15))

    def test_completed_on_time_it_settles_no_other_cycle_however_long_the_lead_time(
        self, hotel, run
    ) -> None:
        plan_of(hotel, lead_days=60)
        run(date(2026, 1, 10))

        complete(open_order(), date(2026, 1, 15))
        run(date(2026, 1, 16))

        assert latest() == (date(2026, 2, 15), 0, None)

    def test_without_lead_days_it_settles_no_other_cycle(self, hotel, run) -> None:
        plan_of(hotel)
        run(date(2026, 1, 15))
        complete(open_order(), date(2026, 2, 15))

        run(date(2026, 2, 15))

        assert latest() == (date(2026, 2, 15), 0, None)

    def test_a_coming_cycle_within_the_lead_days_is_not_missed_while_an_order_is_open(
        self, hotel, run
    ) -> None:
        plan_of(hotel, lead_days=14)
        run(date(2026, 1, 15))

        (skipped,) = run(date(2026, 2, 10)).skipped

        assert (skipped.due_date, skipped.missed_cycles) == (date(2026, 2, 15), 0)

    def test_a_settled_cycle_is_due_again_if_the_order_is_cancelled(self, hotel, run) -> None:
        plan_of(hotel, lead_days=14)
        run(date(2026, 2, 20))
        complete(open_order(), date(2026, 3, 14))
        WorkOrder.objects.update(status="CANCELLED")

        run(date(2026, 3, 16))

        assert latest() == (date(2026, 3, 15), 0, None)


def test_the_order_that_settled_a_cycle_keeps_its_completion_when_the_next_is_done(
    hotel, run
) -> None:
    plan_of(hotel, lead_days=14)
    run(date(2026, 2, 20))
    complete(open_order(), date(2026, 3, 14))

    run(date(2026, 4, 15))
    complete(open_order(), date(2026, 4, 15) + timedelta(days=1))

    assert [order.settled_cycle_date for order in WorkOrder.objects.order_by("cycle_date")] == [
        date(2026, 3, 15),
        None,
    ]
